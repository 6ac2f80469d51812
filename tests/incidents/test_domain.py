"""Rules about reports, numbers and counting, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school_portal.incidents.domain import (
    REPORTER_STATES,
    TRANSITIONS,
    IncidentState,
    Known,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    Receiver,
    RecordKind,
    ReporterState,
    ReportIncident,
    Safety,
    SelfHarm,
    Sex,
    Told,
    case_number,
    check_code,
    is_counted,
    listed_value,
    may_become,
    problem_with,
    problem_with_person,
    tally_facts,
)

VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 12, 12, 25, tzinfo=VIET_NAM)
TODAY = date(2026, 11, 12)


def at(day: int, hour: int = 8) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=VIET_NAM)


def report(**changes: object) -> ReportIncident:
    values: dict[str, object] = {
        "id": uuid4(),
        "organisation_id": uuid4(),
        "safety": Safety.SAFE,
        "group": PlainGroup.FIGHT,
        "occurred_on": TODAY,
        "day_part": "break",
        "place": "yard",
        "facts": "Em A bị đẩy ngã.",
    }
    return ReportIncident(**(values | changes))  # type: ignore[arg-type]


SECOND = timedelta(seconds=1)
SKEW = timedelta(minutes=5)
TOLD = Told(Receiver.POLICE)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"occurred_on": date(1970, 1, 5)}, None),
        ({"occurred_on": date(1946, 1, 1)}, None),
        ({"occurred_on": date(1945, 12, 31)}, "occurred-too-long-ago"),
        ({"occurred_on": date(1, 1, 1)}, "occurred-too-long-ago"),
        ({"occurred_on": TODAY + timedelta(days=1)}, "occurred-in-future"),
        ({"occurred_on": date(9999, 12, 31)}, "occurred-in-future"),
        ({"learned_at": NOW + SKEW + SECOND}, "learned-in-future"),
        ({"learned_at": NOW + SKEW}, None),
        ({"learned_at": at(12, 0)}, None),
        ({"learned_at": at(11, 23)}, "learned-before-it-happened"),
        ({"learned_at": at(11, 23).astimezone(UTC)}, "learned-before-it-happened"),
        ({"learned_at": at(12, 1).astimezone(UTC)}, None),
        ({"learned_at": at(9)}, "learned-before-it-happened"),
        ({"facts": " \n "}, "facts-missing"),
        ({"facts": "a" * 5000}, None),
        ({"facts": "a" * 5001}, "facts-too-long"),
        ({"facts": "a" * 20_000}, "facts-too-long"),
        ({"people": (PersonInvolved(name="x"),) * 30}, None),
        ({"people": (PersonInvolved(name="x"),) * 31}, "too-many-people"),
        ({"people": (PersonInvolved(birth_year=2027),)}, "born-after-it-happened"),
        ({"family_danger": Known.NO, "family_told_at": NOW}, None),
        ({"family_danger": Known.YES, "family_told_at": NOW}, "family-told-in-danger"),
        ({"family_danger": Known.UNKNOWN, "family_told_at": NOW}, "family-told-in-danger"),
        ({"family_danger": Known.YES, "family_reason": "Bố hay đánh."}, None),
        ({"family_danger": Known.NO, "family_told_at": NOW + timedelta(hours=1)}, "told-in-future"),
        ({"told": (TOLD, Told(Receiver.HEALTH, NOW))}, None),
        ({"told": (TOLD, Told(Receiver.HEALTH, NOW + timedelta(hours=1)))}, "told-in-future"),
    ],
)
def test_what_cannot_be_is_named_and_what_can_be_is_taken(
    changes: dict[str, object], problem: str | None
) -> None:
    found = problem_with(report(**changes), NOW, TODAY)
    assert (found[0] if found else None) == problem
    assert found is None or found[1], "each problem belongs to a field"


@pytest.mark.parametrize(
    ("person", "problem"),
    [
        (PersonInvolved(), None),
        (PersonInvolved(age=0), None),
        (PersonInvolved(age=-1), "born-after-it-happened"),
        (PersonInvolved(birth_year=2026), None),
        (PersonInvolved(birth_year=2027), "born-after-it-happened"),
        (PersonInvolved(birth_year=10**30), "born-after-it-happened"),
        (PersonInvolved(age=110), None),
        (PersonInvolved(age=111), "age-impossible"),
        (PersonInvolved(birth_year=1915), "age-impossible"),
        (PersonInvolved(age=10**30), "age-impossible"),
        (PersonInvolved(birth_year=2010, age=10**30), "age-impossible"),
        (PersonInvolved(birth_year=2010, age=-5), "born-after-it-happened"),
    ],
)
def test_nobody_is_involved_before_birth_or_at_an_age_that_nobody_reaches(
    person: PersonInvolved, problem: str | None
) -> None:
    found = problem_with_person(person, TODAY)
    assert (found[0] if found else None) == problem


def test_a_day_with_its_hour_still_to_come_has_not_happened() -> None:
    assert problem_with(report(occurred_time=time(12, 25)), NOW, TODAY) is None
    assert problem_with(report(occurred_time=time(14, 0)), NOW, TODAY) == (
        "occurred-later-today",
        "occurred_time",
    )
    yesterday = report(occurred_on=TODAY - timedelta(days=1), occurred_time=time(14, 0))
    assert problem_with(yesterday, NOW, TODAY) is None


def test_the_school_does_not_learn_of_it_in_the_hours_before_it_happened() -> None:
    told = {"occurred_time": time(10, 0), "learned_at": at(12, 9)}
    assert problem_with(report(**told), NOW, TODAY) == ("learned-before-it-happened", "learned_at")
    assert problem_with(report(**(told | {"learned_at": at(12, 10)})), NOW, TODAY) is None


def test_a_card_with_nothing_but_first_answers_is_no_person_and_any_answer_makes_one() -> None:
    assert PersonInvolved().is_blank
    assert PersonInvolved(kind=PersonKind.STAFF).is_blank
    for answer in (
        {"parts": frozenset({Part.WITNESS})},
        {"name": "Mai"},
        {"class_name": "8A"},
        {"user_id": uuid4()},
        {"age": 0},
        {"birth_year": 2012},
        {"sex": Sex.MALE},
        {"injury": "none"},
        {"can_tell": Known.NO},
        {"self_harm": SelfHarm.NONE},
        {"relation": "parent"},
    ):
        assert not PersonInvolved(**answer).is_blank, answer  # type: ignore[arg-type]


def test_a_year_of_birth_gives_the_age_on_the_day_and_a_told_age_stands() -> None:
    assert PersonInvolved(birth_year=2013).on(date(2026, 3, 1)).age == 13
    assert PersonInvolved(age=12).on(date(2026, 3, 1)).age == 12
    assert PersonInvolved().on(date(2026, 3, 1)).age is None


@pytest.mark.parametrize(
    ("year", "serial", "number"),
    [
        (2026, 123, "VV-2627-000123"),
        (1999, 1, "VV-9900-000001"),
        (1969, 1017, "VV-6970-001017"),
        (2026, 1_234_567, "VV-2627-1234567"),
    ],
)
def test_the_number_tells_school_year_and_running_number(year: int, serial: int, number: str) -> None:
    assert case_number(year, serial) == number


@given(a=st.text(max_size=50), b=st.text(max_size=50))
def test_the_check_code_stands_for_exactly_these_words(a: str, b: str) -> None:
    one = UUID(int=1)
    codes = [check_code(one, "VV-2627-000001", NOW, text) for text in (a, b)]
    assert (codes[0] == codes[1]) == (a == b)
    assert check_code(UUID(int=2), "VV-2627-000001", NOW, a) != codes[0]
    assert check_code(one, "VV-2627-000001", NOW.astimezone(UTC), a) == codes[0]


def test_nothing_is_decided_for_ever_and_nothing_becomes_just_sent_again() -> None:
    for state in IncidentState:
        assert may_become(state, IncidentState.ACCEPTED) or state is IncidentState.ACCEPTED
        assert not may_become(state, IncidentState.SUBMITTED)
        assert TRANSITIONS[state], state
    aside = (IncidentState.NOT_SUBSTANTIATED, IncidentState.DUPLICATE)
    assert all(may_become(state, IncidentState.IN_TRIAGE) for state in aside)


def test_the_reporter_is_told_four_states_and_never_why() -> None:
    assert set(REPORTER_STATES) == set(IncidentState)
    assert set(REPORTER_STATES.values()) == set(ReporterState)


def test_what_was_set_aside_or_told_twice_stands_in_no_figure() -> None:
    assert {state for state in IncidentState if not is_counted(state)} == {
        IncidentState.NOT_SUBSTANTIATED,
        IncidentState.DUPLICATE,
    }


def test_each_combination_of_the_lists_filters_is_counted_by_itself() -> None:
    every = list(product(range(1, 5), PlainGroup, IncidentState))
    assert len({listed_value(*facts) for facts in every}) == len(every) == 180


def test_each_type_of_a_case_is_a_fact_of_its_own_kind_of_record() -> None:
    facts = tally_facts("worry", 1, RecordKind.RISK, Safety.SAFE, "yard", "break", ("NC01", "SH01"))
    assert ("risk_type", "NC01") in facts
    assert ("risk_type", "SH01") in facts
    assert not any(name == "type" for name, _ in facts)
