"""Triage: taking up, coding, severity and its counter-signature, setting aside, duplicates, links; figures follow."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from school_portal.audit import queries as audit
from school_portal.core.actor import SYSTEM, Role
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import today
from school_portal.core.db import PortalSession
from school_portal.core.errors import Conflict, NotFound, NotPermitted, PortalError, RuleBroken
from school_portal.incidents import queries, service
from school_portal.incidents.domain import (
    CorrectPerson,
    Duty,
    EntryKind,
    IncidentState,
    Part,
    PlainGroup,
    RecordKind,
    Safety,
    SameAnswer,
    TriageIncident,
)
from school_portal.incidents.models import Incident
from tests.incidents.cases import (
    MAI,
    add_post,
    card,
    decide,
    file,
    first_difference,
    levels,
    notices,
    sign,
    staff,
    stored,
)
from tests.world import World

HURT = replace(MAI, injury="clinic")
ASIDE = {"state": IncidentState.NOT_SUBSTANTIATED, "types": (), "reason": "Hai em đùa nhau."}


def kinds(session: PortalSession, world: World, case: UUID, who: str = "head_x") -> list[str]:
    """What the chronology tells of, for who reads it."""
    return [entry.kind.value for entry in queries.list_chronology(session, world.people[who], case)]


# --- taking up -------------------------------------------------------------------------------------------------


def test_who_takes_a_report_up_leads_it_and_twice_is_once(session: PortalSession, world: World) -> None:
    case, other = file(world), file(world, "y")
    head = world.people["head_x"]
    service.take_up(session, head, case)
    service.take_up(session, world.people["focal_point_x"], case)
    session.commit()
    row = stored(session, case)
    assert (row.state, row.due_to_open) == (IncidentState.IN_TRIAGE, None)
    assert [(a.user_id, a.duty) for a in queries.list_assigned(session, head, case)] == [
        (head.user_id, Duty.LEAD)
    ]
    assert kinds(session, world, case) == ["taken_up", "lead_named"]
    assert stored(session, other).state is IncidentState.SUBMITTED
    assert stored(session, other).due_to_open is not None


def test_leads_triage_and_in_a_conflict_case_its_officer_does_and_nobody_else(
    session: PortalSession, world: World
) -> None:
    of_school, of_officer = file(world, people=(HURT,)), file(world, concerns_lead=True, people=(HURT,))
    led = file(world)
    decide(world, "head_x", led, lead_id=world.people["counsellor_x"].user_id)
    may = {of_school: {"focal_point_x", "head_x"}, of_officer: {"commune_officer_p"}}
    acts = {}
    for case in may:
        version = stored(session, case).row_version
        acts[case] = [
            lambda actor, case=case: service.take_up(session, actor, case),
            lambda actor, case=case, version=version: service.triage_incident(
                session, actor, TriageIncident(case, version, IncidentState.ACCEPTED, ("TC01",))
            ),
            lambda actor, case=case: service.add_person(session, actor, case, card(Part.WITNESS)),
            lambda actor, case=case: service.link_incident(session, actor, case, "VV-2627-000001"),
        ]
    for who, actor in world.people.items():
        for case, allowed in may.items():
            if who in allowed:
                continue
            for act in acts[case]:
                with pytest.raises((NotFound, NotPermitted)):
                    act(actor)
    for act in acts[of_school]:
        with pytest.raises(NotFound):
            act(replace(world.people["head_x"], is_fresh=False))
    for case, allowed in may.items():
        for who in allowed:
            service.take_up(session, world.people[who], case)
            assert stored(session, case).state is IncidentState.IN_TRIAGE


def test_who_leads_a_case_without_being_in_charge_reads_it_and_adds_facts_and_decides_nothing(
    session: PortalSession, world: World
) -> None:
    case, other = file(world), file(world)
    counsellor = world.people["counsellor_x"]
    decide(world, "head_x", case, lead_id=counsellor.user_id)
    service.add_facts(session, counsellor, case, "Em đã nói chuyện với tôi.")
    row, [person] = stored(session, case), queries.people_of(session, counsellor, case)
    [suggested] = queries.people_of(session, world.people["head_x"], other)
    decision = TriageIncident(case, row.row_version, IncidentState.ACCEPTED, ("TL01",))
    for act in (
        lambda: service.take_up(session, counsellor, case),
        lambda: service.triage_incident(session, counsellor, decision),
        lambda: service.add_person(session, counsellor, case, card(Part.WITNESS)),
        lambda: service.correct_person(
            session, counsellor, CorrectPerson(case, person.id, person.version, card(Part.WITNESS))
        ),
        lambda: service.decide_same_person(
            session, counsellor, case, person.id, suggested.id, SameAnswer.SAME
        ),
        lambda: service.undo_same_person(session, counsellor, case, uuid4()),
        lambda: service.link_incident(session, counsellor, case, stored(session, other).number),
        lambda: service.give_back(session, counsellor, case, row.row_version),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert stored(session, case).type_codes == "TC01"


def test_a_case_that_is_open_for_triage_is_read_with_an_audit_event_and_only_by_who_triages(
    session: PortalSession, world: World
) -> None:
    case = file(world)
    decide(world, "head_x", case, lead_id=world.people["counsellor_x"].user_id)
    assert service.read_case(session, world.people["counsellor_x"], case).number
    with pytest.raises(NotPermitted):
        service.read_case_to_change(session, world.people["counsellor_x"], case)
    session.rollback()
    assert service.read_case_to_change(session, world.people["head_x"], case).id == case
    session.commit()
    events = audit.list_events(session, world.people["auditor"]).items
    assert next(event.action for event in events if event.subject_id == case) == "incident-read"


# --- accepting -------------------------------------------------------------------------------------------------


def test_accepting_codes_types_names_a_lead_and_tells_her(session: PortalSession, world: World) -> None:
    case = file(world)
    lead = world.people["counsellor_x"]
    file(world, "y")
    decide(world, "focal_point_x", case, types=("TC02", "TL01", "TC02"), lead_id=lead.user_id)
    seen = queries.get_case(session, lead, case)
    assert (seen.types, seen.state, seen.severity) == (("TC02", "TL01"), IncidentState.ACCEPTED, 3)
    assert kinds(session, world, case) == ["coded", "severity_set", "lead_named"]
    assert ("counsellor_x", "lead") in notices(world, case)
    [entry] = [e for e in queries.list_chronology(session, lead, case) if e.kind is EntryKind.LEAD_NAMED]
    assert entry.detail == lead.name


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"types": ()}, "types-missing"),
        ({"types": ("ZZ99",)}, "type-unknown"),
        ({"types": ("TC01", "ZZ99")}, "type-unknown"),
        ({"types": ("TC01", "TC02", "TC03", "TC04", "TC05", "TC06", "TC07")}, "type-unknown"),
        ({"severity": 1}, "reason-missing"),
        ({"severity": 1, "reason": " \n"}, "reason-missing"),
        ({"lead_id": uuid4()}, "lead-not-possible"),
        ({"state": IncidentState.NOT_SUBSTANTIATED}, "reason-missing"),
        ({"state": IncidentState.DUPLICATE}, "other-number-unknown"),
        ({"state": IncidentState.DUPLICATE, "other_number": "VV-2627-999999"}, "other-number-unknown"),
        ({"state": IncidentState.SUBMITTED}, "state-not-possible"),
        ({"state": IncidentState.IN_TRIAGE}, "state-not-possible"),
    ],
)
def test_a_decision_that_lacks_something_is_refused_and_changes_nothing(
    session: PortalSession, world: World, changes: dict[str, object], code: str
) -> None:
    case = file(world)
    version = stored(session, case).row_version
    with pytest.raises(RuleBroken) as refusal, session.begin_nested():
        decide(world, "head_x", case, **changes)
    assert refusal.value.code == code
    row = stored(session, case)
    assert (row.row_version, row.state, row.type_codes) == (version, IncidentState.SUBMITTED, "")
    assert first_difference(session) is None


def test_nobody_who_is_involved_or_of_another_school_can_lead(session: PortalSession, world: World) -> None:
    case = file(world, people=(MAI, staff(world, "counsellor_x")))
    for who in ("counsellor_x", "counsellor_y", "commune_officer_p"):
        with pytest.raises(RuleBroken) as refusal, session.begin_nested():
            decide(world, "head_x", case, lead_id=world.people[who].user_id)
        assert refusal.value.code == "lead-not-possible"
    possible = service.list_possible_leads(session, world.people["head_x"], case)
    names = {"focal_point_x", "head_x", "teacher_x"}
    assert {person.user_id for person in possible} == {world.people[who].user_id for who in names}


def test_who_decides_on_a_version_that_has_passed_is_told_of_the_conflict(
    session: PortalSession, world: World
) -> None:
    case = file(world)
    version = stored(session, case).row_version
    first = TriageIncident(case, version, IncidentState.ACCEPTED, ("TC01",))
    service.triage_incident(session, world.people["head_x"], first)
    session.commit()
    second = replace(first, types=("TL01",))
    with pytest.raises(Conflict):
        service.triage_incident(session, world.people["focal_point_x"], second)
    assert stored(session, case).type_codes == "TC01"
    decide(world, "focal_point_x", case, types=("TL01",))
    assert stored(session, case).type_codes == "TL01", "a decision can be made anew on what stands now"
    assert kinds(session, world, case).count("coded") == 2


def test_two_sessions_that_decide_at_once_do_not_overwrite_each_other(
    session: PortalSession, world: World
) -> None:
    """The version also guards the row when it was read before somebody else wrote."""
    case = file(world)
    read_before = stored(session, case)
    statement = scope(update(Incident), everybody(Incident.org_path)).where(Incident.id == case)
    session.execute(
        statement.values(row_version=Incident.row_version + 1),
        execution_options={"synchronize_session": False},
    )
    with pytest.raises(Conflict):
        service.triage_incident(
            session,
            world.people["head_x"],
            TriageIncident(case, read_before.row_version, IncidentState.ACCEPTED, ("TC01",)),
        )


# --- severity --------------------------------------------------------------------------------------------------


def test_lowering_a_grave_case_waits_for_the_officer_above_and_holds_until_she_signs(
    session: PortalSession, world: World
) -> None:
    noise = file(world, "y", people=(HURT,))
    case = file(world, people=(HURT,))
    decide(world, "head_x", case, severity=2, reason="Chỉ xây xát.")
    assert levels(session, case) == (3, 2)
    assert notices(world, case).count(("commune_officer_p", "lowering")) == 1
    officer = world.people["commune_officer_p"]
    assert queries.get_coded_case(session, officer, case).lowering_to == 2
    assert service.lowering_reason(session, officer, case) == "Chỉ xây xát."
    for who in ("head_x", "focal_point_x", "teacher_x"):
        with pytest.raises(NotPermitted if who != "teacher_x" else NotFound):
            sign(session, world.people[who], case, agrees=True)
    for who in ("commune_officer_q", "head_y", "administrator"):
        with pytest.raises(NotFound):
            sign(session, world.people[who], case, agrees=True)
        with pytest.raises(NotFound):
            service.lowering_reason(session, world.people[who], case)
    sign(session, officer, case, agrees=True)
    session.commit()
    assert levels(session, case) == (2, None)
    assert stored(session, case).lowering_reason is None
    assert ("head_x", "lowering_answered") in notices(world, case)
    assert kinds(session, world, case)[-1] == "lowering_agreed"
    with pytest.raises(NotFound):
        sign(session, officer, case, agrees=True)
    assert levels(session, noise) == (3, None)
    assert first_difference(session) is None


def test_a_lowering_that_is_refused_leaves_the_higher_level(session: PortalSession, world: World) -> None:
    case = file(world, group=PlainGroup.SEXUAL)
    decide(world, "head_x", case, types=("TL01",), severity=2, reason="Chỉ là lời nói.")
    assert levels(session, case) == (4, 2)
    sign(session, world.people["department_officer"], case, agrees=False)
    session.commit()
    assert levels(session, case) == (4, None)
    assert kinds(session, world, case)[-1] == "lowering_refused"
    assert ("head_x", "lowering_answered") in notices(world, case)
    decide(world, "head_x", case, types=("TL01",), severity=2, reason="Đã hỏi lại em.")
    assert levels(session, case) == (4, 2), "she may ask again"


def test_coding_a_milder_type_alone_lowers_nothing_and_asks_nobody(
    session: PortalSession, world: World
) -> None:
    case = file(world, group=PlainGroup.SEXUAL)
    decide(world, "head_x", case, types=("TL01",))
    assert levels(session, case) == (4, None)
    mild = file(world)
    decide(world, "head_x", mild, types=("NC01",))
    assert levels(session, mild) == (1, None), "from level 2 it follows the rule downwards"
    decide(world, "head_x", mild, types=("TC03",))
    assert levels(session, mild) == (4, None), "and upwards at once"


def test_level_two_is_lowered_by_the_school_itself_with_a_reason_but_not_against_staff(
    session: PortalSession, world: World
) -> None:
    mild = file(world)
    decide(world, "head_x", mild, severity=1, reason="Hai em đùa nhau.")
    assert levels(session, mild) == (1, None)
    about_staff = file(world, people=(MAI, staff(world, "teacher_x", Part.ACTING)))
    decide(world, "head_x", about_staff, severity=2, reason="Đã xin lỗi.")
    assert levels(session, about_staff) == (3, 2)
    sign(session, world.people["commune_officer_p"], about_staff, agrees=True)
    with pytest.raises(RuleBroken) as refusal:  # she knows of nothing below 3: nobody could sign
        decide(world, "head_x", about_staff, severity=1, reason="Hai bên hòa thuận.")
    assert refusal.value.code == "staff-case-lowest"
    assert levels(session, about_staff) == (2, None)


def test_raising_drops_a_lowering_that_waits(session: PortalSession, world: World) -> None:
    case = file(world, people=(HURT,))
    decide(world, "head_x", case, severity=2, reason="Chỉ xây xát.")
    decide(world, "focal_point_x", case, severity=4)
    assert levels(session, case) == (4, None)
    by_new_facts, by_type = file(world, people=(HURT,)), file(world, people=(HURT,))
    for each in (by_new_facts, by_type):
        decide(world, "head_x", each, severity=2, reason="Chỉ xây xát.")
        assert levels(session, each) == (3, 2)
    service.add_person(session, world.people["head_x"], by_new_facts, card(Part.HARMED, injury="hospital"))
    decide(world, "head_x", by_type, types=("TC03",))
    assert levels(session, by_new_facts) == levels(session, by_type) == (4, None)
    with pytest.raises(NotFound):
        sign(session, world.people["commune_officer_p"], case, agrees=True)


def test_what_the_officer_agreed_to_holds_when_a_person_is_corrected_or_the_case_decided_anew(
    session: PortalSession, world: World
) -> None:
    case = file(world, people=(HURT,))
    decide(world, "head_x", case, severity=2, reason="Chỉ xây xát.")
    sign(session, world.people["commune_officer_p"], case, agrees=True)
    session.commit()
    head = world.people["head_x"]
    [person] = queries.get_case(session, head, case).people
    service.correct_person(
        session,
        head,
        CorrectPerson(case, person.id, person.version, replace(HURT, class_name="8A3", name="")),
    )
    session.commit()
    assert levels(session, case) == (2, None), "nothing graver has become known"
    decide(world, "head_x", case, severity=2)
    assert levels(session, case) == (2, None)
    service.add_person(session, head, case, replace(HURT, injury="hospital", name="Lê An"))
    session.commit()
    assert levels(session, case) == (4, None), "what is graver than all that was known raises it"


def test_a_conflict_case_is_lowered_by_its_officer_and_signed_by_the_department(
    session: PortalSession, world: World
) -> None:
    world.add_person("second_officer_p", Role.COMMUNE_OFFICER, "p")
    case = file(world, concerns_lead=True, people=(HURT,))
    [officer] = [
        who
        for who in ("commune_officer_p", "second_officer_p")
        if queries.count_visible(session, world.people[who])
    ]
    decide(world, officer, case, severity=2, reason="Chỉ xây xát.")
    told = [who for who, kind in notices(world, case) if kind == "lowering"]
    assert told == ["department_officer"], "who may sign is told, and nobody else"
    for who in ("commune_officer_p", "second_officer_p"):
        with pytest.raises(NotPermitted):
            sign(session, world.people[who], case, agrees=True)
    sign(session, world.people["department_officer"], case, agrees=True)
    session.commit()
    assert levels(session, case) == (2, None)


def test_who_asked_does_not_sign_herself_also_when_she_holds_a_post_above(
    session: PortalSession, world: World
) -> None:
    both = add_post(world, "head_x", Role.COMMUNE_OFFICER, "p")
    case = file(world, people=(HURT,))
    decide(world, "head_x", case, severity=2, reason="Chỉ xây xát.")
    assert [who for who, kind in notices(world, case) if kind == "lowering"] == ["commune_officer_p"]
    with pytest.raises(NotPermitted):
        sign(session, both, case, agrees=True)
    sign(session, world.people["commune_officer_p"], case, agrees=True)
    assert levels(session, case) == (2, None)


def test_an_officer_who_is_in_the_case_signs_nothing_in_it(session: PortalSession, world: World) -> None:
    case = file(world, people=(HURT, staff(world, "teacher_x")))
    decide(world, "head_x", case, severity=2, reason="Chỉ xây xát.")
    officer = world.people["commune_officer_p"]
    both = replace(officer, user_id=world.people["teacher_x"].user_id)
    with pytest.raises(NotFound):
        sign(session, both, case, agrees=True)
    sign(session, officer, case, agrees=False)


# --- setting aside, duplicates, links --------------------------------------------------------------------------


def test_what_was_set_aside_stands_in_no_figure_and_can_be_taken_up_again(
    session: PortalSession, world: World
) -> None:
    head, path = world.people["head_x"], world.units["x"].org_path
    file(world, "y")
    stays, case = file(world), file(world)
    span = (path, today(), today())
    assert queries.totals(session, head, *span) == {"": 2}
    decide(world, "head_x", case, **ASIDE)
    assert queries.totals(session, head, *span) == {"": 1}
    assert queries.count_listed(session, head) == 2, "the list still has it"
    assert stored(session, case).state is IncidentState.NOT_SUBSTANTIATED
    [entry] = [
        e for e in queries.list_chronology(session, head, case) if e.kind is EntryKind.NOT_SUBSTANTIATED
    ]
    assert entry.text == "Hai em đùa nhau."
    service.take_up(session, head, case)
    session.commit()
    assert queries.totals(session, head, *span) == {"": 2}
    decide(world, "head_x", case)
    with pytest.raises(RuleBroken):
        service.take_up(session, head, case)
    assert stored(session, stays).state is IncidentState.SUBMITTED
    assert first_difference(session) is None


def test_a_duplicate_leads_to_a_case_that_she_reads_and_no_duplicate_leads_to_it(
    session: PortalSession, world: World
) -> None:
    head, focal_point = world.people["head_x"], world.people["focal_point_x"]
    first, second, third = file(world), file(world), file(world)
    elsewhere, hidden = file(world, "y"), file(world, people=(MAI, staff(world, "head_x")))
    numbers = {case: stored(session, case).number for case in (first, second, third, elsewhere, hidden)}

    def duplicate(case: UUID, of: UUID, who: str = "head_x") -> None:
        with session.begin_nested():
            decide(world, who, case, state=IncidentState.DUPLICATE, types=(), other_number=numbers[of])

    duplicate(second, first)
    assert queries.get_case(session, head, second).duplicate_of.number == numbers[first]  # type: ignore[union-attr]
    assert queries.totals(session, focal_point, world.units["x"].org_path, today(), today()) == {"": 3}
    for of, code in (
        (third, "other-number-unknown"),
        (elsewhere, "other-number-unknown"),
        (hidden, "other-number-unknown"),
        (second, "other-is-duplicate"),
    ):
        with pytest.raises(RuleBroken) as refusal:
            duplicate(third, of)
        assert refusal.value.code == code
    duplicate(third, hidden, "focal_point_x")
    seen = queries.get_case(session, head, third)
    assert (seen.state, seen.duplicate_of) == (IncidentState.DUPLICATE, None)
    assert numbers[hidden] not in repr(queries.list_chronology(session, head, third))
    assert numbers[hidden] in repr(queries.list_chronology(session, focal_point, third))
    service.take_up(session, head, second)
    assert stored(session, second).duplicate_of is None
    assert first_difference(session) is None


def test_an_officer_makes_her_case_no_duplicate_of_one_whose_coded_facts_are_all_she_knows(
    session: PortalSession, world: World
) -> None:
    case, known = file(world, concerns_lead=True), file(world, people=(HURT,))
    officer, number = world.people["commune_officer_p"], stored(session, known).number
    assert queries.find_by_number(session, officer, number)
    with pytest.raises(RuleBroken) as refusal, session.begin_nested():
        decide(
            world,
            "commune_officer_p",
            case,
            state=IncidentState.DUPLICATE,
            types=(),
            other_number=number,
        )
    assert refusal.value.code == "other-number-unknown"
    with pytest.raises(RuleBroken):
        service.link_incident(session, officer, case, number)


def test_a_case_on_which_others_stand_as_duplicates_does_not_become_one(
    session: PortalSession, world: World
) -> None:
    first, second, third = (file(world) for _ in range(3))
    numbers = [stored(session, case).number for case in (first, second, third)]
    decide(world, "head_x", second, state=IncidentState.DUPLICATE, types=(), other_number=numbers[0])
    with pytest.raises(RuleBroken) as refusal:
        decide(world, "head_x", first, state=IncidentState.DUPLICATE, types=(), other_number=numbers[1])
    assert refusal.value.code == "other-is-duplicate"


def test_a_link_is_seen_from_both_sides_by_who_reads_both_and_made_once(
    session: PortalSession, world: World
) -> None:
    head, focal_point = world.people["head_x"], world.people["focal_point_x"]
    one, hidden = file(world), file(world, people=(MAI, staff(world, "head_x")))
    other = file(world)
    for of in (hidden, other, other):
        service.link_incident(session, focal_point, one, stored(session, of).number)
    service.link_incident(session, focal_point, other, stored(session, one).number)
    session.commit()
    assert {link.id for link in queries.list_links(session, focal_point, one)} == {hidden, other}
    assert [link.id for link in queries.list_links(session, head, one)] == [other]
    assert [link.id for link in queries.list_links(session, head, other)] == [one]
    assert stored(session, hidden).number not in repr(queries.list_chronology(session, head, one))
    assert kinds(session, world, one).count("linked") == 1
    for number in (stored(session, hidden).number, stored(session, one).number, "x"):
        with pytest.raises(RuleBroken):
            service.link_incident(session, head, one, number)


def test_facts_are_added_and_never_rewritten_and_who_looks_after_the_case_is_told(
    session: PortalSession, world: World
) -> None:
    world.add_person("second_officer_p", Role.COMMUNE_OFFICER, "p")
    case, above = file(world), file(world, concerns_lead=True)
    service.add_facts(session, world.people["head_x"], case, "Em kể thêm.")
    [officer] = [
        who
        for who in ("commune_officer_p", "second_officer_p")
        if queries.count_visible(session, world.people[who])
    ]
    service.add_own_facts(session, world.people["teacher_x"], above, "Em kể thêm nữa.")
    session.commit()
    assert stored(session, case).facts == MAI_FACTS
    assert [who for who, kind in notices(world, case) if kind == "facts_added"] == ["focal_point_x"]
    assert [who for who, kind in notices(world, above) if kind == "facts_added"] == [officer]
    for text, code in (("", "facts-missing"), (" \n", "facts-missing"), ("a" * 5001, "facts-too-long")):
        with pytest.raises(RuleBroken) as refusal:
            service.add_facts(session, world.people["head_x"], case, text)
        assert refusal.value.code == code
    with pytest.raises(NotFound):
        service.add_facts(session, world.people["head_y"], case, "Em kể thêm.")


MAI_FACTS = "Em A bị đẩy ngã ở sân trường."


# --- figures follow --------------------------------------------------------------------------------------------


def test_types_are_counted_each_for_itself_and_leave_with_the_case(
    session: PortalSession, world: World
) -> None:
    span = ("/1/", today(), today())
    case, risk = file(world), file(world, group=PlainGroup.WORRY)
    file(world, "y")
    assert queries.totals(session, SYSTEM, *span, "type") == {}
    decide(world, "head_x", case, types=("TC02", "TL01"))
    decide(world, "head_x", risk, types=("NC01",))
    assert queries.totals(session, SYSTEM, *span, "type") == {"TC02": 1, "TL01": 1}
    assert queries.totals(session, SYSTEM, *span, "type", RecordKind.RISK) == {"NC01": 1}
    decide(world, "head_x", case, types=("TL01",), severity=3)
    assert queries.totals(session, SYSTEM, *span, "type") == {"TL01": 1}
    decide(world, "head_x", risk, types=("TC02",))
    assert queries.totals(session, SYSTEM, *span, "type", RecordKind.RISK) == {}
    assert queries.totals(session, SYSTEM, *span, "type") == {"TL01": 1, "TC02": 1}
    decide(world, "head_x", case, **ASIDE)
    assert queries.totals(session, SYSTEM, *span, "type") == {"TC02": 1}
    assert first_difference(session) is None


ACTORS = (
    *["head_x"] * 3,
    *["focal_point_x"] * 2,
    *("commune_officer_p", "department_officer", "head_y", "teacher_x"),
)


def random_act(chance: Random, session: PortalSession, world: World, cases: list[UUID]) -> None:
    """One thing that somebody might try on one of the cases."""
    case, actor = chance.choice(cases), world.people[chance.choice(ACTORS)]
    row = stored(session, case)
    decision = TriageIncident(
        case,
        row.row_version,
        chance.choice(list(IncidentState)),
        tuple(chance.sample(("TC01", "TC02", "TD02", "TL01", "NC01", "SH01", "WF01"), chance.randint(1, 2))),
        chance.choice((None, 1, 2, 3, 4)),
        chance.choice(("", "Lý do.", "Lý do khác.")),
        None,
        stored(session, chance.choice(cases)).number,
    )
    person = card(
        chance.choice(list(Part)),
        age=chance.choice((3, 4, 13, None)),
        injury=chance.choice(("none", "clinic", "hospital", "unknown")),
    )
    witness = staff(world, "focal_point_x", chance.choice((Part.WITNESS, Part.HARMED, Part.ACTING)))
    acts = {
        lambda: service.triage_incident(session, actor, decision): 6,
        lambda: service.take_up(session, actor, case): 2,
        lambda: sign(session, actor, case, agrees=chance.random() < 0.6): 2,
        lambda: service.add_person(session, actor, case, person): 2,
        lambda: service.add_person(session, actor, case, witness): 0.5,
        lambda: service.give_back(session, actor, case, row.row_version): 2,
    }
    chance.choices(list(acts), list(acts.values()))[0]()


@pytest.mark.parametrize("seed", range(3))
def test_after_any_sequence_of_acts_figures_lists_and_flags_agree_with_the_records(
    session: PortalSession, world: World, seed: int
) -> None:
    chance = Random(seed)
    cases = [
        file(
            world,
            chance.choice("xxxy"),
            group=chance.choice(list(PlainGroup)),
            safety=chance.choice(list(Safety)),
            concerns_lead=chance.random() < 0.1,
            people=(card(Part.HARMED, age=chance.choice((4, 13))),),
        )
        for _ in range(6)
    ]
    done = 0
    for _ in range(150):
        try:
            with session.begin_nested():
                random_act(chance, session, world, cases)
            done += 1
        except PortalError:
            pass
    session.commit()
    assert done >= 10
    assert first_difference(session) is None
    rows = [stored(session, case) for case in cases]
    for row in rows:
        assert row.is_open_at_school == (not row.is_restricted and not row.concerns_lead)
        assert row.is_known_above == (row.severity >= 3 or row.concerns_lead)
        assert row.lowering_to is None or row.lowering_to < row.severity
    for who in ("head_x", "focal_point_x", "commune_officer_p", "department_officer", "head_y"):
        actor = world.people[who]
        assert queries.count_listed(session, actor) == len(queries.list_incidents(session, actor).items), who
