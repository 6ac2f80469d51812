"""What somebody would try who wants to read, hide or trace a case; each was once possible."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from school_portal.audit.models import AuditEvent
from school_portal.core.authz import everybody, scope
from school_portal.core.db import PortalSession
from school_portal.core.errors import Conflict, NotFound, RuleBroken
from school_portal.incidents import queries, service
from school_portal.incidents.domain import (
    CorrectPerson,
    IncidentState,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    SameAnswer,
    SelfHarm,
)
from tests.incidents.cases import MAI, card, command, decide, file, levels, notices, staff, stored
from tests.world import World


def reads(session: PortalSession, world: World, who: str, case: object) -> bool:
    try:
        queries.get_case(session, world.people[who], case)  # type: ignore[arg-type]
    except NotFound:
        return False
    return True


def test_an_accused_whose_name_was_typed_instead_of_picked_sees_nothing(
    session: PortalSession, world: World
) -> None:
    name = world.people["focal_point_x"].name.upper()
    typed = PersonInvolved(PersonKind.STAFF, frozenset({Part.ACTING}), name=f"  {name} ".strip())
    case = service.report_incident(session, world.people["teacher_x"], command(world, people=(MAI, typed))).id
    assert not reads(session, world, "focal_point_x", case)
    assert not reads(session, world, "head_x", case), "a lead is named as acting: it goes above"
    assert reads(session, world, "commune_officer_p", case)
    later = file(world)
    service.add_person(
        session, world.people["head_x"], later, replace(typed, parts=frozenset({Part.WITNESS}))
    )
    assert not reads(session, world, "focal_point_x", later)
    assert reads(session, world, "head_x", later)


def test_a_counter_signature_holds_for_what_was_read_only(session: PortalSession, world: World) -> None:
    case = file(world, people=(card(Part.HARMED, injury="hospital"),))
    decide(world, "head_x", case, severity=3, reason="Em đã về nhà.")
    officer = world.people["commune_officer_p"]
    read = queries.get_coded_case(session, officer, case).version
    decide(world, "head_x", case, severity=1, reason="Không có gì.")
    with pytest.raises(Conflict):
        service.countersign(session, officer, case, read, agrees=True)
    assert levels(session, case) == (4, 1)


@pytest.mark.parametrize("graver", ["a person", "a type"])
def test_a_lower_level_that_was_asked_for_before_graver_facts_is_asked_for_no_more(
    session: PortalSession, world: World, graver: str
) -> None:
    case = file(world, people=(card(Part.HARMED, injury="clinic"),))
    decide(world, "head_x", case, severity=2, reason="Em đã khỏe.")
    assert levels(session, case) == (3, 2)
    if graver == "a person":
        service.add_person(session, world.people["head_x"], case, card(self_harm=SelfHarm.ATTEMPT))
    else:
        decide(world, "head_x", case, types=("TD02",))
    assert levels(session, case) == (4, None)


def test_taking_the_accused_out_of_a_case_opens_nothing_and_is_told_above(
    session: PortalSession, world: World
) -> None:
    second = world.add_person("second_x", world.people["focal_point_x"].posts[0].role, "x")
    case = file(world, people=(MAI, staff(world, "teacher_x", Part.ACTING)))
    person = queries.people_of(session, world.people["head_x"], case)[1]
    harmless = PersonInvolved(PersonKind.OTHER, frozenset({Part.WITNESS}))
    service.correct_person(
        session, world.people["head_x"], CorrectPerson(case, person.id, person.version, harmless)
    )
    session.commit()
    row = stored(session, case)
    assert (row.is_restricted, row.is_staff_case, row.severity) == (True, True, 3)
    assert not reads(session, world, second.name.removeprefix("Cô "), case)
    assert ("commune_officer_p", "staff_corrected") in notices(world, case)
    [body] = session.scalars(
        scope(select(AuditEvent.body), everybody(AuditEvent.org_path)).where(
            AuditEvent.action == "person-corrected"
        )
    )
    assert str(world.people["teacher_x"].user_id).encode() in body


def test_a_correction_that_leaves_the_account_as_it_stands_keeps_her_out(
    session: PortalSession, world: World
) -> None:
    case = file(world, people=(MAI, staff(world, "focal_point_x")))
    person = queries.people_of(session, world.people["head_x"], case)[1]
    kept = PersonInvolved(PersonKind.STAFF, frozenset({Part.HARMED}))
    service.correct_person(
        session,
        world.people["head_x"],
        CorrectPerson(case, person.id, person.version, kept, keeps_account=True),
    )
    assert not reads(session, world, "focal_point_x", case)


def test_coding_it_as_not_clear_yet_opens_no_restricted_case(session: PortalSession, world: World) -> None:
    world.add_person("second_x", world.people["focal_point_x"].posts[0].role, "x")
    case = file(world, group=PlainGroup.SEXUAL)
    decide(world, "head_x", case, types=("CR00",))
    assert stored(session, case).is_restricted
    assert not reads(session, world, "second_x", case)


@pytest.mark.parametrize("how", [IncidentState.NOT_SUBSTANTIATED, IncidentState.DUPLICATE])
def test_a_grave_case_that_leaves_the_figures_is_told_above_at_once(
    session: PortalSession, world: World, how: IncidentState
) -> None:
    mild, grave = file(world), file(world, people=(card(Part.HARMED, injury="hospital"),))
    number = stored(session, mild).number if how is IncidentState.DUPLICATE else ""
    decide(world, "head_x", grave, state=how, types=(), reason="Không đủ căn cứ.", other_number=number)
    assert ("commune_officer_p", "set_aside") in notices(world, grave)
    if number:
        assert stored(session, mild).severity == 4, "the case it is the same as is as grave"
    quiet = file(world)
    decide(world, "head_x", quiet, state=IncidentState.NOT_SUBSTANTIATED, types=(), reason="Đùa nhau.")
    assert ("commune_officer_p", "set_aside") not in notices(world, quiet)


def test_a_reporter_who_comes_to_be_accused_follows_her_report_no_more(
    session: PortalSession, world: World
) -> None:
    case = file(world)
    teacher = world.people["teacher_x"]
    before = queries.get_own_report(session, teacher, case)
    service.add_person(session, world.people["head_x"], case, staff(world, "teacher_x", Part.ACTING))
    for read in (queries.get_own_report, queries.get_own_words):
        with pytest.raises(NotFound):
            read(session, teacher, case)
    with pytest.raises(NotFound):
        service.add_own_facts(session, teacher, case, "Thêm.")
    assert case not in {own.id for own in queries.list_own_reports(session, teacher)}
    other = file(world, by="counsellor_x") if before else None
    assert other is not None


def test_what_a_reporter_is_told_does_not_change_when_a_lead_turns_out_to_be_concerned(
    session: PortalSession, world: World
) -> None:
    case = file(world)
    teacher = world.people["teacher_x"]
    before = queries.get_own_report(session, teacher, case)
    service.add_person(session, world.people["focal_point_x"], case, staff(world, "head_x", Part.ACTING))
    assert stored(session, case).concerns_lead
    assert queries.get_own_report(session, teacher, case) == before


def test_a_head_who_is_written_down_later_is_not_locked_out_in_silence(
    session: PortalSession, world: World
) -> None:
    case = file(world)
    service.add_person(session, world.people["focal_point_x"], case, staff(world, "head_x"))
    assert stored(session, case).concerns_lead
    assert ("commune_officer_p", "conflict") in notices(world, case)
    assert not reads(session, world, "focal_point_x", case)


def test_what_an_open_case_says_of_itself_points_to_no_restricted_one(
    session: PortalSession, world: World
) -> None:
    head = world.people["head_x"]
    hidden, here = file(world, group=PlainGroup.SEXUAL, people=(MAI,)), file(world, people=(MAI,))
    with pytest.raises(RuleBroken) as refusal:
        decide(
            world,
            "head_x",
            here,
            state=IncidentState.DUPLICATE,
            types=(),
            other_number=stored(session, hidden).number,
        )
    assert refusal.value.code == "other-is-read-by-fewer"
    [mine], [theirs] = (queries.people_of(session, head, case) for case in (here, hidden))
    with pytest.raises(NotFound):
        service.decide_same_person(session, head, here, mine.id, theirs.id, SameAnswer.SAME)
