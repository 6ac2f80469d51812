"""What a teacher tells of a child is found in no file and in no cell of the database."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from school_portal.audit import queries as audit
from school_portal.core.actor import SYSTEM
from school_portal.core.db import Base, database
from tests.access.filing import file_by_web, report_form
from tests.conftest import Backend, backends
from tests.world import World, make_world, sign_in

NAME = "Nguyễn Thị Hoàng Yến Canary"
FACTS = "Em bị bạn Zylophonq đe dọa ở cầu thang; chuyện con chim hoàng yến."
CANARIES = ("Hoàng Yến", "Canary", "Zylophonq", "chim hoàng yến", "Nguyễn Thị Hoàng Yến")


def disguises(canary: str) -> Iterator[bytes]:
    """The forms in which a word might lie about."""
    for form in ("NFC", "NFD"):
        for shape in (canary, canary.lower(), canary.upper()):
            word = unicodedata.normalize(form, shape)
            yield word.encode()
            yield word.encode("utf-16-le")
            yield word.encode("utf-16-be")
            yield word.encode("unicode_escape")
            yield word.encode().hex().encode()
            # base64 at each of its three alignments, without the ends that its neighbours change
            for shift in range(3):
                yield base64.b64encode(b"-" * shift + word.encode())[4:-4] or b"\0none"


NEEDLES = {needle for canary in CANARIES for needle in disguises(canary) if len(needle) >= 6}


def found_in(data: bytes) -> set[bytes]:
    return {needle for needle in NEEDLES if needle in data}


@pytest.fixture(params=backends())
def filed(
    request: pytest.FixtureRequest, real_database: Callable[[str], Backend]
) -> Iterator[tuple[Backend, World, UUID]]:
    """An incident filed by the web on a database with real commits, read and opened by the head."""
    backend = real_database(request.param)
    with database.session() as session:
        world = make_world(session)
        teacher, head = backend.app.test_client(), backend.app.test_client()
        sign_in(teacher, session, world.people["teacher_x"])
        sign_in(head, session, world.people["head_x"])
        incident_id = file_by_web(teacher, report_form(world, facts=FACTS, name=NAME))
        assert FACTS in head.get(f"/incidents/{incident_id}").text
        head.get(f"/incidents/?name={NAME}")
        yield backend, world, incident_id


def test_the_needles_are_sharp() -> None:
    assert found_in(f"x{NAME}y".encode())
    assert found_in(base64.b64encode(f"ab{FACTS}".encode()))
    assert found_in(unicodedata.normalize("NFD", FACTS).encode("utf-16-le"))
    assert not found_in(b"the quick brown fox jumps over the lazy dog" * 20)


def test_no_cell_of_the_database_holds_what_was_told(filed: tuple[Backend, World, UUID]) -> None:
    leaks, cells = [], 0
    with database.engine.connect() as connection:
        for table in Base.metadata.tables:
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                for name, value in row.items():
                    cells += 1
                    if found_in(as_bytes(value)):
                        leaks.append(f"{table}.{name}")
    assert leaks == []
    assert cells > 500


def as_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()


def test_no_file_of_the_instance_or_the_embedded_database_holds_it(
    filed: tuple[Backend, World, UUID],
) -> None:
    backend, *_ = filed
    files = [
        path for path in backend.app.extensions["portal_config"].portal_instance.rglob("*") if path.is_file()
    ]
    if backend.name == "sqlite":
        store = Path(str(database.engine.url.database))
        beside = [path for path in store.parent.glob(f"{store.name}*") if path.is_file()]
        assert {path.name for path in beside} >= {store.name, f"{store.name}-wal"}
        files += beside
    assert [path for path in files if found_in(path.read_bytes())] == []


def test_the_audit_names_nobody_and_is_whole(filed: tuple[Backend, World, UUID]) -> None:
    _, _, incident_id = filed
    with database.session() as session:
        events = audit.list_events(session, filed[1].people["auditor"]).items
        assert [event.action for event in events if event.subject_id == incident_id] == [
            "incident-read",
            "incident-reported",
        ]
        assert [verdict.broken_at for verdict in audit.verify(session, SYSTEM)] == [None]


def test_pages_of_strangers_and_addresses_name_nobody(filed: tuple[Backend, World, UUID]) -> None:
    backend, world, incident_id = filed
    with database.session() as session:
        for name in ("head_y", "commune_officer_p", "department_officer", "administrator", "auditor"):
            client = backend.app.test_client()
            sign_in(client, session, world.people[name])
            for path in ("/", "/incidents/", f"/incidents/{incident_id}", "/audit/", "/accounts/"):
                assert not found_in(client.get(path).text.encode()), (name, path)
