"""The matrix' scene, made once for a file: each request in it is taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from school_portal.core import authz
from school_portal.core.db import database, set_read_only
from tests.access.matrix import Scene, make_scene
from tests.conftest import BackendFactory, _isolated, backends
from tests.world import make_world


@pytest.fixture(scope="module")
def scene(make_backend: BackendFactory) -> Iterator[Scene]:
    """Everybody and everything that the matrix needs, on one database."""
    backend = make_backend(backends()[0])
    authz.begin_request()
    set_read_only(False)
    was = backend.app.config.get("PROPAGATE_EXCEPTIONS")
    for connection in _isolated(backend):
        with database.session() as session:
            made = make_scene(backend.app, connection, session, make_world(session))
        backend.app.config["PROPAGATE_EXCEPTIONS"] = False
        yield made
        backend.app.config["PROPAGATE_EXCEPTIONS"] = was
