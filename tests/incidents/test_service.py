"""Filing an incident: one transaction, one number, one count, one audit event."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from school_portal.audit import queries as audit
from school_portal.audit.models import AuditEvent
from school_portal.core.actor import SYSTEM
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import today
from school_portal.core.db import PortalSession
from school_portal.core.errors import NotFound, NotPermitted, RuleBroken
from school_portal.incidents import queries, service
from school_portal.incidents.domain import (
    NamesReason,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    ReportIncident,
    Safety,
    Sex,
)
from school_portal.incidents.models import Incident, Person
from tests.world import World

MAI = PersonInvolved(PersonKind.PUPIL, frozenset({Part.HARMED}), Sex.FEMALE, "8A2", "Nguyễn Thị Hoà Mai")
PHONG = PersonInvolved(PersonKind.PUPIL, frozenset({Part.ACTING}), Sex.MALE, "9B", "Đỗ Văn Phong")


def command(world: World, **changes: object) -> ReportIncident:
    base = ReportIncident(
        id=uuid4(),
        organisation_id=world.units["x"].id,
        safety=Safety.SAFE,
        group=PlainGroup.FIGHT,
        occurred_on=today(),
        day_part="break",
        place="toilet",
        facts="Em A bị em B giật tóc.",
        people=(MAI, PHONG),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_a_teachers_report_is_read_by_the_focal_point_with_people_by_code(
    session: PortalSession, world: World
) -> None:
    world.report("y")
    receipt = service.report_incident(session, world.people["teacher_x"], command(world))
    session.commit()
    case = service.read_case(session, world.people["focal_point_x"], receipt.id)
    assert case.facts == "Em A bị em B giật tóc."
    assert [(p.code, p.parts, p.name) for p in case.people] == [
        ("A", (Part.HARMED,), None),
        ("B", (Part.ACTING,), None),
    ]
    assert [row.id for row in queries.list_incidents(session, world.people["head_x"]).items] == [receipt.id]


@pytest.mark.parametrize(
    "who",
    [
        "teacher_x",
        "counsellor_x",
        "focal_point_y",
        "head_y",
        "head_sister",
        "head_z",
        "commune_officer_p",
        "commune_officer_q",
        "department_officer",
        "administrator",
        "auditor",
    ],
)
def test_nobody_but_the_leads_of_the_school_finds_it(session: PortalSession, world: World, who: str) -> None:
    incident_id = world.report("x", by="teacher_x", people=(MAI,))
    with pytest.raises(NotFound):
        queries.get_case(session, world.people[who], incident_id)
    assert queries.list_incidents(session, world.people[who]).items == []
    assert queries.list_incidents(session, world.people["head_x"]).items != []


def test_who_is_involved_sees_neither_the_case_nor_that_it_is_counted(
    session: PortalSession, world: World
) -> None:
    head, focal_point = world.people["head_x"], world.people["focal_point_x"]
    witness = PersonInvolved(PersonKind.STAFF, frozenset({Part.WITNESS}), user_id=focal_point.user_id)
    incident_id = world.report("x", people=(MAI, witness))
    other_id = world.report("x")
    span = (world.units["x"].org_path, date(1960, 1, 1), today())
    assert queries.get_case(session, head, incident_id).id == incident_id
    with pytest.raises(NotFound):
        queries.get_case(session, focal_point, incident_id)
    assert [row.id for row in queries.list_incidents(session, focal_point).items] == [other_id]
    assert queries.totals(session, head, *span) == {"": 2}
    assert queries.totals(session, focal_point, *span) == {"": 1}
    assert queries.totals(session, focal_point, *span, "severity") == {"2": 1}
    assert sum(queries.totals(session, focal_point, *span, "month").values()) == 1
    assert queries.totals(session, world.people["department_officer"], "/1/", *span[1:]) == {"": 2}


def test_a_report_that_concerns_a_lead_goes_to_the_officer_directly_above(
    session: PortalSession, world: World
) -> None:
    of_x = world.report("x", concerns_lead=True)
    of_z = world.report("z", concerns_lead=True)
    span = (date(1960, 1, 1), today())
    for who in ("head_x", "focal_point_x", "commune_officer_q", "department_officer"):
        with pytest.raises(NotFound):
            queries.get_case(session, world.people[who], of_x)
    assert queries.get_case(session, world.people["commune_officer_p"], of_x).id == of_x
    assert queries.get_case(session, world.people["department_officer"], of_z).id == of_z
    assert queries.totals(session, world.people["head_x"], world.units["x"].org_path, *span) == {}
    assert queries.totals(session, world.people["commune_officer_p"], world.units["p"].org_path, *span) == {
        "": 1
    }


def test_sending_the_same_form_twice_is_one_report(session: PortalSession, world: World) -> None:
    once = command(world)
    first = service.report_incident(session, world.people["teacher_x"], once)
    second = service.report_incident(session, world.people["teacher_x"], once)
    assert first == second
    assert len(queries.list_incidents(session, world.people["head_x"]).items) == 1
    with pytest.raises(NotFound):
        service.report_incident(session, world.people["head_x"], once)


def test_numbers_run_through_the_province_within_the_school_year_of_the_event(
    session: PortalSession, world: World
) -> None:
    dates = [date(2026, 9, 5), date(2026, 9, 4), date(2026, 11, 1), date(1970, 1, 5)]
    ids = [world.report(unit, occurred_on=day) for unit, day in zip("xyzx", dates, strict=True)]
    numbers = dict(
        session.execute(scope(select(Incident.id, Incident.number), everybody(Incident.org_path))).all()
    )
    assert [numbers[id] for id in ids] == [
        "VV-2627-000001",
        "VV-2526-000001",
        "VV-2627-000002",
        "VV-6970-000001",
    ]


def test_a_stranger_may_not_file_at_a_school(session: PortalSession, world: World) -> None:
    with pytest.raises(NotFound):
        service.report_incident(session, world.people["teacher_y"], command(world))
    with pytest.raises(NotPermitted):
        service.report_incident(session, world.people["commune_officer_p"], command(world))
    assert (
        session.scalar(scope(select(func.count()).select_from(Incident), everybody(Incident.org_path))) == 0
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"place": "moon"}, "place-unknown"),
        ({"day_part": "never"}, "day-part-unknown"),
        ({"occurred_on": date(2999, 1, 1)}, "occurred-in-future"),
    ],
)
def test_what_cannot_be_is_refused_and_counts_nowhere(
    session: PortalSession, world: World, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(RuleBroken) as refusal:
        service.report_incident(session, world.people["teacher_x"], command(world, **changes))
    assert refusal.value.code == code
    span = (world.units["x"].org_path, date(1960, 1, 1), today())
    assert queries.totals(session, SYSTEM, *span) == {}


def test_staff_of_another_school_cannot_be_picked(session: PortalSession, world: World) -> None:
    stranger = PersonInvolved(PersonKind.STAFF, user_id=world.people["teacher_y"].user_id)
    with pytest.raises(NotFound):
        service.report_incident(session, world.people["teacher_x"], command(world, people=(stranger,)))


def test_names_open_for_a_reason_and_the_audit_tells(session: PortalSession, world: World) -> None:
    incident_id = world.report("x", people=(MAI, PHONG))
    opened = service.read_names(session, world.people["focal_point_x"], incident_id, NamesReason.HELP)
    session.commit()
    assert [person.name for person in opened.case.people] == ["Nguyễn Thị Hoà Mai", "Đỗ Văn Phong"]
    last = audit.list_events(session, world_auditor(world)).items[0]
    assert (last.action, last.subject_id) == ("names-read", incident_id)
    with pytest.raises(NotFound):
        service.read_names(session, world.people["head_y"], incident_id, NamesReason.HELP)


def world_auditor(world: World) -> object:
    return world.people["auditor"]


@pytest.mark.parametrize("words", ["hòa mai", "HOA", "Mai Nguyen", "đỗ phong", "do van phong"])
def test_a_name_is_found_whatever_its_accents(session: PortalSession, world: World, words: str) -> None:
    incident_id = world.report("x", people=(MAI, PHONG))
    world.report("y", people=(MAI, PHONG))
    world.report("x")
    found = queries.list_naming(session, world.people["head_x"], words)
    assert [row.id for row in found] == [incident_id]


def test_a_search_for_a_name_is_told_to_the_audit_without_the_name(
    session: PortalSession, world: World
) -> None:
    world.report("x", people=(MAI, PHONG))
    world.report("y", people=(MAI,))
    assert len(service.search_by_name(session, world.people["head_x"], "hoa mai")) == 1
    session.commit()
    statement = scope(select(AuditEvent.body), everybody(AuditEvent.org_path))
    [body] = session.scalars(statement.where(AuditEvent.action == "names-searched")).all()
    assert b'"found":1' in body
    assert b"mai" not in body.lower()
    for who in ("teacher_x", "counsellor_x", "administrator", "auditor"):
        with pytest.raises(NotPermitted):
            service.search_by_name(session, world.people[who], "hoa mai")


@pytest.mark.parametrize("words", ["Hoa Phong", "Lan", "...", ""])
def test_a_name_that_nobody_bears_finds_nothing(session: PortalSession, world: World, words: str) -> None:
    world.report("x", people=(MAI, PHONG))
    assert queries.list_naming(session, world.people["head_x"], words) == []


def test_what_was_told_lies_sealed_in_the_table(session: PortalSession, world: World) -> None:
    world.report("x", people=(MAI,), facts="Chuyện của em Mai")
    incident = session.scalars(
        scope(select(Incident).options(undefer(Incident.facts)), everybody(Incident.org_path))
    ).one()
    person = session.scalars(
        scope(select(Person).options(undefer(Person.name)), everybody(Person.org_path))
    ).one()
    assert b"Mai" not in incident.facts_sealed + person.name_sealed
    assert (incident.facts, person.name) == ("Chuyện của em Mai", MAI.name)


def test_the_tally_rises_with_the_record_and_falls_back_with_it(session: PortalSession, world: World) -> None:
    span = ("/1/", date(1960, 1, 1), today())
    savepoint = session.begin_nested()
    world.report("x")
    assert queries.totals(session, SYSTEM, *span) == {"": 1}
    savepoint.rollback()
    assert queries.totals(session, SYSTEM, *span) == {}


def test_the_list_goes_on_page_by_page_without_losing_or_repeating_one(
    session: PortalSession, world: World
) -> None:
    for n in range(53):
        world.report("x", occurred_on=today() - timedelta(days=n // 3))
        world.report("y")
    first = queries.list_incidents(session, world.people["head_x"])
    second = queries.list_incidents(session, world.people["head_x"], cursor=first.next)
    assert (len(first.items), len(second.items), second.next) == (50, 3, None)
    assert len({row.id for row in (*first.items, *second.items)}) == 53
    assert [row.occurred_on for row in (*first.items, *second.items)] == sorted(
        (today() - timedelta(days=n // 3) for n in range(53)), reverse=True
    )


def test_each_report_has_exactly_one_audit_event(session: PortalSession, world: World) -> None:
    incident_id = world.report("x", by="teacher_x")
    session.commit()
    statement = scope(select(AuditEvent.action, AuditEvent.actor_id), everybody(AuditEvent.org_path))
    rows = session.execute(statement.where(AuditEvent.subject_id == incident_id)).all()
    assert [tuple(row) for row in rows] == [("incident-reported", world.people["teacher_x"].user_id)]


def picked(world: World, *names: str, part: Part = Part.ACTING) -> tuple[PersonInvolved, ...]:
    """Cards that name these members of the staff."""
    return tuple(
        PersonInvolved(PersonKind.STAFF, frozenset({part}), user_id=world.people[name].user_id)
        for name in names
    )


@pytest.mark.parametrize("part", [Part.ACTING, Part.WITNESS])
def test_a_case_that_names_every_lead_is_not_lost_but_goes_to_the_officer_above(
    session: PortalSession, world: World, part: Part
) -> None:
    named = picked(world, "head_x", "focal_point_x", "teacher_x", part=part)
    told = command(world, people=named, concerns_lead=False)
    receipt = service.report_incident(session, world.people["counsellor_x"], told)
    session.commit()
    assert receipt.was_sent_above
    assert service.read_case(session, world.people["commune_officer_p"], receipt.id)
    for lead in ("head_x", "focal_point_x"):
        assert queries.list_incidents(session, world.people[lead]).items == []


def test_one_lead_who_is_named_leaves_the_case_to_the_other_lead(
    session: PortalSession, world: World
) -> None:
    told = command(world, people=picked(world, "head_x", part=Part.WITNESS), concerns_lead=False)
    receipt = service.report_incident(session, world.people["counsellor_x"], told)
    session.commit()
    assert not receipt.was_sent_above
    assert service.read_case(session, world.people["focal_point_x"], receipt.id)
    assert queries.list_incidents(session, world.people["head_x"]).items == []
