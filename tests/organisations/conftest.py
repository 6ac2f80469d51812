"""The small province of these tests."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.organisations.scene import Scene, make_scene


@pytest.fixture
def scene(session: Session) -> Scene:
    """Units on each database."""
    return make_scene(session)
