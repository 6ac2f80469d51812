"""What a teacher tells of a child is found in no file and in no cell of the database."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from school_portal.audit import queries as audit
from school_portal.core.actor import SYSTEM
from school_portal.core.clock import today
from school_portal.core.crypto import sealed_fields
from school_portal.core.db import Base, database
from school_portal.incidents import queries, service
from school_portal.incidents.domain import (
    CorrectPerson,
    IncidentState,
    Known,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    Receiver,
    ReportIncident,
    Safety,
    Told,
    TriageIncident,
)
from tests.access.filing import file_by_web, report_form
from tests.conftest import Backend, backends
from tests.world import World, make_world, sign_in

NAME = "Nguyễn Thị Hoàng Yến Canary"
BORN = 1961
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
    assert leaking_cells() == []


def leaking_cells() -> list[str]:
    """Columns in which a canary lies readable."""
    leaks, cells = [], 0
    with database.engine.connect() as connection:
        for table in Base.metadata.tables:
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                for name, value in row.items():
                    cells += 1
                    if found_in(as_bytes(value)):
                        leaks.append(f"{table}.{name}")
    assert cells > 500
    return leaks


def as_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()


def test_no_file_of_the_instance_or_the_embedded_database_holds_it(
    filed: tuple[Backend, World, UUID],
) -> None:
    assert leaking_files(filed[0]) == []


def leaking_files(backend: Backend) -> list[Path]:
    """Files of the instance and of the embedded database that hold a canary."""
    files = [
        path for path in backend.app.extensions["portal_config"].portal_instance.rglob("*") if path.is_file()
    ]
    if backend.name == "sqlite":
        store = Path(str(database.engine.url.database))
        beside = [path for path in store.parent.glob(f"{store.name}*") if path.is_file()]
        assert {path.name for path in beside} >= {store.name, f"{store.name}-wal"}
        files += beside
    return [path for path in files if found_in(path.read_bytes())]


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


# --- every sealed field, written through the services ------------------------------------------------------------


@pytest.fixture(params=backends())
def written(
    request: pytest.FixtureRequest, real_database: Callable[[str], Backend]
) -> tuple[Backend, World, UUID]:
    """A case in whose every free text a canary sits, with real commits; a draft that is not sent yet beside it."""
    backend = real_database(request.param)
    with database.transaction() as session:
        world = make_world(session)
        teacher, head = world.people["teacher_x"], world.people["head_x"]
        service.save_draft(session, teacher, uuid4(), "what", [("facts", FACTS), ("people-0-name", NAME)])
        harmed = PersonInvolved(
            PersonKind.PUPIL, frozenset({Part.HARMED}), name=NAME, birth_year=BORN, injury="clinic"
        )
        report = ReportIncident(
            id=uuid4(),
            organisation_id=world.units["x"].id,
            safety=Safety.SAFE,
            group=PlainGroup.FIGHT,
            occurred_on=today(),
            day_part="break",
            place="yard",
            facts=FACTS,
            people=(harmed,),
            family_danger=Known.YES,
            family_reason=FACTS,
            told=(Told(Receiver.POLICE, by=NAME, reference=NAME),),
        )
        incident_id = service.report_incident(session, teacher, report).id
    with database.transaction() as session:
        service.add_own_facts(session, teacher, incident_id, FACTS)
        service.add_facts(session, head, incident_id, FACTS)
        service.add_person(session, head, incident_id, replace(harmed, name=f"{NAME} B"))
        person = queries.people_of(session, head, incident_id)[0]
        again = CorrectPerson(incident_id, person.id, person.version, replace(harmed, name=f"{NAME} A"))
        service.correct_person(session, head, again)
        service.search_by_name(session, head, NAME)
    with database.transaction() as session:
        version = queries.get_incident(session, head, incident_id).row_version
        decision = TriageIncident(incident_id, version, IncidentState.ACCEPTED, ("TC01",), 2, FACTS)
        service.triage_incident(session, head, decision)
        service.read_case(session, head, incident_id)
    return backend, world, incident_id


def test_no_free_text_of_a_case_or_draft_lies_readable_in_any_cell_or_file(
    written: tuple[Backend, World, UUID],
) -> None:
    backend, world, incident_id = written
    with database.session() as session:
        case = queries.get_case(session, world.people["head_x"], incident_id)
        assert {case.facts, case.family_reason, case.lowering_reason} == {FACTS}
        entries = queries.list_chronology(session, world.people["head_x"], incident_id)
        assert sum(entry.text == FACTS for entry in entries) == 3
    assert leaking_cells() == []
    assert leaking_files(backend) == []


def test_the_case_of_the_canaries_fills_every_sealed_field_that_there_is(
    written: tuple[Backend, World, UUID],
) -> None:
    """So that a new sealed field can't be forgotten here."""
    empty, readable = [], []
    with database.engine.connect() as connection:
        for mapper in Base.registry.mappers:
            table = mapper.class_.__tablename__
            for field in sealed_fields(mapper.class_).values():
                column = f'SELECT "{field.column}" FROM "{table}" WHERE "{field.column}" IS NOT NULL'
                values = [bytes(value) for value in connection.scalars(text(column))]
                empty += [f"{table}.{field.column}"] * (not values)
                readable += [
                    f"{table}.{field.column}" for value in values if str(BORN).encode() in value[17:]
                ]
    assert empty == []
    assert readable == []


def test_what_officers_know_of_it_and_what_the_audit_keeps_holds_no_canary(
    written: tuple[Backend, World, UUID],
) -> None:
    _, world, incident_id = written
    with database.transaction() as session:
        officer = world.people["commune_officer_p"]
        coded = service.read_coded_case(session, officer, incident_id)
        rows = queries.list_incidents(session, officer).items
        assert [row.id for row in rows] == [incident_id]
        assert not found_in(repr((coded, rows, queries.list_notices(session, officer))).encode())
    with database.session() as session:
        assert [verdict.broken_at for verdict in audit.verify(session, SYSTEM)] == [None]
