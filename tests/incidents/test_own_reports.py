"""What a reporter reads later: her own words with names covered, the state in plain words, and what she added."""

from __future__ import annotations

from dataclasses import fields, replace
from uuid import UUID

import pytest
from sqlalchemy import select

from school_portal.core.authz import UnscopedRead
from school_portal.core.db import PortalSession
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.incidents import queries, service
from school_portal.incidents.domain import (
    CorrectPerson,
    IncidentState,
    Part,
    PlainGroup,
    ReporterState,
    SameAnswer,
)
from school_portal.incidents.models import Incident
from tests.incidents.cases import MAI, card, decide, file, staff, stored
from tests.world import World

PHONG = card(Part.ACTING, name="Đỗ Văn Phong")
WORDS = (
    "Nguyễn Thị Hoà Mai kể: bạn Phong đẩy em.\nEM MAI khóc; nguyen thi hoa mai nghỉ tiết 3, Hòa Mai về với mẹ. "
    "Do Van Phong thì ở lại."
)
COVERED = "••• kể: bạn ••• đẩy em.\nEM ••• khóc; ••• nghỉ tiết 3, ••• về với mẹ. ••• thì ở lại."


def words(session: PortalSession, world: World, case: UUID, who: str = "teacher_x") -> queries.OwnWords:
    return queries.get_own_words(session, world.people[who], case)


def test_the_reporter_reads_her_own_words_with_every_name_covered(
    session: PortalSession, world: World
) -> None:
    file(world, "y", facts="Chuyện khác.")
    case = file(world, facts=WORDS, people=(MAI, PHONG))
    own = words(session, world, case)
    assert own.facts == COVERED
    assert (own.report.state, own.added) == (ReporterState.RECEIVED, ())
    assert own.report.number == stored(session, case).number
    assert queries.get_case(session, world.people["head_x"], case).facts == WORDS


def test_what_she_adds_is_covered_too_and_what_others_add_is_not_hers(
    session: PortalSession, world: World
) -> None:
    teacher = world.people["teacher_x"]
    case = file(world, people=(MAI, PHONG))
    service.add_own_facts(session, teacher, case, "Sáng nay Phong lại chặn MAI.")
    service.add_facts(session, world.people["head_x"], case, "Gia đình em đã được mời đến.")
    service.add_own_facts(session, teacher, case, "Em đã vui hơn.")
    session.commit()
    added = words(session, world, case).added
    assert [each.text for each in added] == ["Sáng nay ••• lại chặn •••.", "Em đã vui hơn."]
    seen = queries.list_chronology(session, world.people["head_x"], case)
    assert [(entry.by, entry.by_reporter) for entry in seen] == [
        ("", True),
        (world.people["head_x"].name, False),
        ("", True),
    ]
    assert teacher.name not in repr(seen)
    for text, code in (("", "facts-missing"), (" \t", "facts-missing"), ("a" * 5001, "facts-too-long")):
        with pytest.raises(RuleBroken) as refusal:
            service.add_own_facts(session, teacher, case, text)
        assert refusal.value.code == code


def test_what_is_covered_in_her_words_tells_nothing_of_who_was_added_or_corrected_later(
    session: PortalSession, world: World
) -> None:
    head = world.people["head_x"]
    case = file(world, facts="Mai và Phong cãi nhau.", people=(MAI,))
    assert words(session, world, case).facts == "••• và Phong cãi nhau."
    service.add_person(session, head, case, PHONG)
    session.commit()
    assert words(session, world, case).facts == "••• và Phong cãi nhau."
    earlier = file(world, people=(replace(MAI, name="Nguyễn Thị Hòa Mai"),))
    [there] = queries.people_of(session, head, earlier)
    here = queries.people_of(session, head, case)[0]
    service.decide_same_person(session, head, case, here.id, there.id, SameAnswer.SAME)
    session.commit()
    assert words(session, world, case).facts == "••• và Phong cãi nhau."
    assert "Mai" not in repr(words(session, world, case))


def test_the_state_is_told_in_plain_words_and_measures_type_and_people_never(
    session: PortalSession, world: World
) -> None:
    head = world.people["head_x"]
    case = file(world, people=(MAI, PHONG))
    first = file(world)
    states = [words(session, world, case).report.state]
    service.take_up(session, head, case)
    states.append(words(session, world, case).report.state)
    decide(world, "head_x", case, types=("TC02",), severity=2, reason="Lý do kín.", lead_id=head.user_id)
    states.append(words(session, world, case).report.state)
    aside = {"types": (), "reason": "Lý do kín."}
    decide(world, "head_x", case, state=IncidentState.NOT_SUBSTANTIATED, **aside)
    states.append(words(session, world, case).report.state)
    number = stored(session, first).number
    service.take_up(session, head, case)
    decide(world, "head_x", case, state=IncidentState.DUPLICATE, types=(), other_number=number)
    states.append(words(session, world, case).report.state)
    assert states == [
        ReporterState.RECEIVED,
        ReporterState.VERIFYING,
        ReporterState.SUPPORTING,
        ReporterState.ENDED,
        ReporterState.SUPPORTING,
    ]
    own = words(session, world, case)
    said = repr(own)
    for word in ("TC02", "Lý do kín", number, head.name, str(head.user_id), "duplicate", "not_substantiated"):
        assert word not in said, word
    assert {field.name for field in fields(own)} == {"report", "group", "occurred_on", "facts", "added"}


def test_a_conflict_case_tells_its_reporter_no_less(session: PortalSession, world: World) -> None:
    case = file(world, facts=WORDS, people=(MAI, PHONG, staff(world, "head_x", Part.ACTING)))
    own = words(session, world, case)
    assert (own.facts, own.report.was_sent_above) == (COVERED, True)
    service.add_own_facts(session, world.people["teacher_x"], case, "Thêm.")
    assert [each.text for each in words(session, world, case).added] == ["Thêm."]


def test_another_teacher_finds_neither_words_nor_receipt_nor_list(
    session: PortalSession, world: World
) -> None:
    case = file(world, group=PlainGroup.SEXUAL)
    own = file(world, by="counsellor_x")
    for who, actor in world.people.items():
        if who == "teacher_x":
            continue
        for read in (queries.get_own_words, queries.get_own_report):
            with pytest.raises(NotFound):
                read(session, actor, case)
        with pytest.raises(NotFound):
            service.add_own_facts(session, actor, case, "Thêm.")
        listed = [report.id for report in queries.list_own_reports(session, actor)]
        assert listed == ([own] if who == "counsellor_x" else [])
    assert [report.id for report in queries.list_own_reports(session, world.people["teacher_x"])] == [case]


def test_a_remembered_device_shows_her_states_and_her_words_and_no_case(
    session: PortalSession, world: World
) -> None:
    case = file(world, by="focal_point_x")
    remembered = replace(world.people["focal_point_x"], is_fresh=False)
    assert [report.id for report in queries.list_own_reports(session, remembered)] == [case]
    assert queries.get_own_words(session, remembered, case).report.id == case
    with pytest.raises(NotFound):
        queries.get_case(session, remembered, case)


def test_a_reporter_who_is_in_the_case_herself_reads_her_words_and_nothing_more(
    session: PortalSession, world: World
) -> None:
    case = file(world, by="focal_point_x", people=(MAI, staff(world, "focal_point_x")))
    assert words(session, world, case, "focal_point_x").report.id == case
    with pytest.raises(NotFound):
        queries.get_case(session, world.people["focal_point_x"], case)


def test_the_receipt_never_changes_its_check_code_whatever_becomes_of_the_case(
    session: PortalSession, world: World
) -> None:
    case, other = file(world), file(world)
    teacher = world.people["teacher_x"]
    code = queries.get_own_report(session, teacher, case).check_code
    [person] = queries.people_of(session, world.people["head_x"], case)
    correction = CorrectPerson(case, person.id, person.version, card(Part.HARMED, name="Tên Mới"))
    service.correct_person(session, world.people["head_x"], correction)
    decide(world, "head_x", case)
    service.add_own_facts(session, teacher, case, "Thêm.")
    assert queries.get_own_report(session, teacher, case).check_code == code
    assert queries.get_own_report(session, teacher, other).check_code != code
    assert len(code) == 9


def test_the_sealed_words_are_read_by_a_scoped_statement_or_not_at_all(
    session: PortalSession, world: World
) -> None:
    file(world)
    with pytest.raises(UnscopedRead):
        session.execute(select(Incident.facts)).all()
