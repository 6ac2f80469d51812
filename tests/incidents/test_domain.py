"""Rules about incidents, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school_portal.incidents.domain import (
    GROUP_SEVERITY,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    RecordKind,
    ReportIncident,
    Safety,
    case_number,
    check_code,
    first_severity,
    problem_with,
    record_kind,
)

NOW = datetime(2026, 11, 12, 5, 25, tzinfo=UTC)
TODAY = date(2026, 11, 12)


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


people = st.lists(
    st.builds(
        PersonInvolved,
        kind=st.sampled_from(PersonKind),
        parts=st.frozensets(st.sampled_from(Part)),
    ),
    max_size=8,
).map(tuple)


@given(people=people, group=st.sampled_from(PlainGroup), safety=st.sampled_from(Safety))
def test_severity_is_never_below_the_groups_own_and_names_each_raise(
    people: tuple[PersonInvolved, ...], group: PlainGroup, safety: Safety
) -> None:
    severity = first_severity(report(people=people, group=group, safety=safety))
    assert GROUP_SEVERITY[group] <= severity.level <= 4
    assert (severity.level > GROUP_SEVERITY[group]) == bool(severity.reasons)


@given(people=people, more=people, group=st.sampled_from(PlainGroup))
def test_a_child_who_is_not_safe_makes_it_four_whoever_is_known(
    people: tuple[PersonInvolved, ...], more: tuple[PersonInvolved, ...], group: PlainGroup
) -> None:
    assert first_severity(report(people=people + more, group=group, safety=Safety.NOT_SAFE)).level == 4


@given(people=people, group=st.sampled_from(PlainGroup))
def test_an_unknown_answer_never_lowers_it(people: tuple[PersonInvolved, ...], group: PlainGroup) -> None:
    known = first_severity(report(people=people, group=group, safety=Safety.SAFE)).level
    assert first_severity(report(people=people, group=group, safety=Safety.UNKNOWN)).level >= known


@pytest.mark.parametrize(
    ("parts", "kinds", "level"),
    [
        ([Part.HARMED] + [Part.ACTING] * 2, [PersonKind.PUPIL] * 3, 2),
        ([Part.HARMED] + [Part.ACTING] * 3, [PersonKind.PUPIL] * 4, 3),
        ([Part.HARMED] * 2 + [Part.ACTING] * 3, [PersonKind.PUPIL] * 5, 2),
        ([Part.HARMED] * 4, [PersonKind.PUPIL] * 4, 3),
        ([Part.HARMED, Part.ACTING], [PersonKind.PUPIL, PersonKind.STAFF], 3),
        ([Part.HARMED, Part.WITNESS], [PersonKind.PUPIL, PersonKind.STAFF], 2),
    ],
)
def test_a_group_against_one_many_harmed_or_staff_make_it_three(
    parts: list[Part], kinds: list[PersonKind], level: int
) -> None:
    involved = tuple(
        PersonInvolved(kind=kind, parts=frozenset({part})) for part, kind in zip(parts, kinds, strict=True)
    )
    assert first_severity(report(people=involved)).level == level


def test_a_worry_about_a_child_is_a_risk_and_no_incident() -> None:
    assert record_kind(report(group=PlainGroup.WORRY)) is RecordKind.RISK
    assert record_kind(report(group=PlainGroup.UNCLEAR)) is RecordKind.INCIDENT


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"occurred_on": date(1970, 1, 5)}, None),
        ({"occurred_on": date(1926, 10, 5)}, ("occurred-too-long-ago", "occurred_on")),
        ({"occurred_on": date(1, 1, 1)}, ("occurred-too-long-ago", "occurred_on")),
        ({"occurred_on": TODAY + timedelta(days=1)}, ("occurred-in-future", "occurred_on")),
        ({"learned_at": NOW + timedelta(hours=1)}, ("learned-in-future", "learned_at")),
        ({"learned_at": NOW + timedelta(minutes=4)}, None),
        ({"learned_at": NOW - timedelta(days=3)}, ("learned-before-it-happened", "learned_at")),
        ({"facts": " \n "}, ("facts-missing", "facts")),
        ({"facts": "a" * 5001}, ("facts-too-long", "facts")),
        ({"people": (PersonInvolved(name="x"),) * 31}, ("too-many-people", "people")),
    ],
)
def test_what_cannot_be_is_named_with_its_field(
    changes: dict[str, object], problem: tuple[str, str] | None
) -> None:
    assert problem_with(report(**changes), NOW, TODAY) == problem


def test_a_card_with_nothing_but_first_answers_is_no_person() -> None:
    assert PersonInvolved().is_blank
    assert PersonInvolved(kind=PersonKind.STAFF).is_blank
    assert not PersonInvolved(parts=frozenset({Part.WITNESS})).is_blank
    assert not PersonInvolved(name="Mai").is_blank


@pytest.mark.parametrize(
    ("year", "serial", "number"),
    [(2026, 123, "VV-2627-000123"), (1999, 1, "VV-9900-000001"), (1969, 1017, "VV-6970-001017")],
)
def test_the_number_tells_school_year_and_running_number(year: int, serial: int, number: str) -> None:
    assert case_number(year, serial) == number


@given(a=st.text(max_size=50), b=st.text(max_size=50))
def test_the_check_code_stands_for_exactly_these_words(a: str, b: str) -> None:
    one = UUID(int=1)
    codes = [check_code(one, "VV-2627-000001", NOW, text) for text in (a, b)]
    assert (codes[0] == codes[1]) == (a == b)
    assert check_code(UUID(int=2), "VV-2627-000001", NOW, a) != codes[0]
