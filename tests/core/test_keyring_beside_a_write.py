"""A process that has opened no data key yet can seal while it holds the write lock."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

import pytest

from school_portal.core.crypto import keyring
from school_portal.core.db import database
from tests.conftest import Backend


@pytest.mark.parametrize("name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_the_first_thing_a_process_seals_does_not_wait_for_its_own_lock(
    real_database: Callable[[str], Backend], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_database(name)
    monkeypatch.setattr(keyring, "_database", database)
    monkeypatch.setattr(keyring, "_data", {})
    monkeypatch.setattr(keyring, "_years", {})
    row, started = uuid4(), time.monotonic()
    with database.transaction() as session:
        session.connection()
        sealed = keyring.seal("person.name.v1", row, "Lê Thị Mùi".encode())

    assert time.monotonic() - started < 5, "it waited for the lock that it holds itself"
    assert keyring.unseal("person.name.v1", row, sealed).decode() == "Lê Thị Mùi"
