"""The one rule of severity (domain review 6.3), restriction and lowering (U20), without a database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school_portal.incidents.domain import (
    Coding,
    Known,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    RecordKind,
    Safety,
    SelfHarm,
    TypeRule,
    Weapon,
    coding_of,
    decide_severity,
)

GROUPS = {
    PlainGroup.FIGHT: 2,
    PlainGroup.BULLYING: 2,
    PlainGroup.WORDS: 2,
    PlainGroup.ONLINE: 2,
    PlainGroup.SEXUAL: 4,
    PlainGroup.ADULT: 3,
    PlainGroup.OUTSIDE: 3,
    PlainGroup.WORRY: 1,
    PlainGroup.UNCLEAR: 2,
}
INJURIES = {"unknown": 0, "none": 0, "minor": 0, "clinic": 3, "hospital": 4, "death": 4}


@dataclass(frozen=True)
class Told:
    """What is known of a case; by default two pupils, nothing that raises."""

    group: PlainGroup = PlainGroup.FIGHT
    safety: Safety = Safety.SAFE
    weapon: Weapon = Weapon.NO
    repeated: Known = Known.NO
    online: Known = Known.NO
    people: tuple[PersonInvolved, ...] = ()
    types: tuple[TypeRule, ...] = ()

    def coding(self) -> Coding:
        answers = (self.group, self.safety, self.weapon, self.repeated, self.online)
        levels = [INJURIES[person.injury] for person in self.people]
        return coding_of(*answers, self.people, self.types, levels)

    @property
    def level(self) -> int:
        return self.coding().severity.level


def pupil(*parts: Part, **changes: Any) -> PersonInvolved:
    base = PersonInvolved(PersonKind.PUPIL, frozenset(parts), age=12, injury="none", can_tell=Known.YES)
    return replace(base, **changes)


HARMED, ACTING = pupil(Part.HARMED), pupil(Part.ACTING)
TEACHER = PersonInvolved(PersonKind.STAFF, frozenset({Part.ACTING}))
PLAIN = Told(people=(HARMED, ACTING))


@pytest.mark.parametrize("group", list(PlainGroup))
def test_until_it_is_coded_a_group_has_its_own_default_in_the_brief(group: PlainGroup) -> None:
    coding = Told(group=group).coding()
    assert coding.severity.level == coding.severity.base == GROUPS[group]
    assert coding.severity.reasons == ()
    assert coding.is_restricted == (
        group in (PlainGroup.SEXUAL, PlainGroup.ADULT, PlainGroup.OUTSIDE, PlainGroup.WORRY)
    )


RAISES: list[tuple[str, int, dict[str, Any]]] = [
    ("clinic", 3, {"people": (pupil(Part.HARMED, injury="clinic"),)}),
    ("repeated", 3, {"repeated": Known.YES}),
    ("group-on-one", 3, {"people": (HARMED, ACTING, ACTING, ACTING)}),
    ("online", 3, {"online": Known.YES}),
    ("adult-acting", 3, {"people": (HARMED, TEACHER)}),
    ("adult-acting", 3, {"people": (HARMED, pupil(Part.ACTING, kind=PersonKind.OTHER, is_adult=True))}),
    ("adult-acting", 3, {"people": (HARMED, pupil(Part.ACTING, kind=PersonKind.OTHER, age=30))}),
    ("many-harmed", 3, {"people": (HARMED,) * 4}),
    ("cannot-tell", 3, {"people": (pupil(Part.HARMED, can_tell=Known.NO),)}),
    ("weapon-carried", 3, {"weapon": Weapon.CARRIED}),
    ("hospital", 4, {"people": (pupil(Part.HARMED, injury="hospital"),)}),
    ("hospital", 4, {"people": (pupil(Part.HARMED, injury="death"),)}),
    ("weapon-used", 4, {"weapon": Weapon.USED}),
    ("self-harm", 4, {"people": (pupil(Part.WITNESS, self_harm=SelfHarm.PLAN),)}),
    ("self-harm", 4, {"people": (pupil(Part.HARMED, self_harm=SelfHarm.ATTEMPT),)}),
    ("not-safe", 4, {"safety": Safety.NOT_SAFE}),
]


@pytest.mark.parametrize(("reason", "level", "changes"), RAISES)
def test_each_rule_raises_to_its_level_and_is_shown_by_its_sentence(
    reason: str, level: int, changes: dict[str, Any]
) -> None:
    severity = replace(PLAIN, **changes).coding().severity
    assert (severity.level, severity.base) == (level, 2)
    assert severity.reasons == (reason,)
    assert replace(PLAIN, group=PlainGroup.SEXUAL, **changes).level == 4, "what is higher stays"


@pytest.mark.parametrize(
    "changes",
    [
        {"people": (HARMED, ACTING, ACTING)},
        {"people": (HARMED, HARMED, ACTING, ACTING, ACTING)},
        {"people": (HARMED,) * 3},
        {"people": (HARMED, replace(TEACHER, parts=frozenset({Part.WITNESS})))},
        {"people": (pupil(Part.HARMED, injury="minor"),)},
        {"people": (pupil(Part.HARMED, self_harm=SelfHarm.THOUGHTS),)},
        {"people": (HARMED, pupil(Part.ACTING, can_tell=Known.NO))},
        {"people": (HARMED, pupil(Part.ACTING, kind=PersonKind.OTHER, age=None))},
    ],
)
def test_what_is_no_rule_of_the_review_leaves_the_level_alone(changes: dict[str, Any]) -> None:
    severity = replace(PLAIN, **changes).coding().severity
    assert (severity.level, severity.reasons) == (2, ())


@pytest.mark.parametrize(
    ("acting", "level"),
    [
        ((pupil(Part.ACTING, age=6),), 3),
        ((pupil(Part.ACTING, age=5),), 2),
        ((pupil(Part.ACTING, age=5), pupil(Part.ACTING, age=9)), 3),
        ((pupil(Part.ACTING, age=None),), 2),
        ((TEACHER,), 4),
        ((pupil(Part.ACTING, age=40),), 4),
        ((), 2),
    ],
)
def test_a_child_under_six_before_a_bigger_one_or_an_adult_is_one_level_more(
    acting: tuple[PersonInvolved, ...], level: int
) -> None:
    assert replace(PLAIN, people=(pupil(Part.HARMED, age=5), *acting)).level == level


def test_one_level_more_never_leads_beyond_the_highest() -> None:
    told = replace(PLAIN, safety=Safety.NOT_SAFE, people=(pupil(Part.HARMED, age=3), TEACHER))
    assert told.level == 4


def test_the_highest_of_several_types_counts_and_types_replace_the_groups_default() -> None:
    mild, grave = TypeRule("TL01", 2), TypeRule("KI01", 4)
    assert replace(PLAIN, types=(mild, grave)).level == 4
    coding = replace(PLAIN, group=PlainGroup.SEXUAL, types=(mild,)).coding()
    assert (coding.severity.level, coding.is_restricted) == (2, False)
    home = TypeRule("NG02", 3, is_restricted=True, injured_severity=4)
    for injury, level in (("unknown", 3), ("none", 3), ("minor", 4)):
        assert replace(PLAIN, types=(home,), people=(pupil(Part.HARMED, injury=injury),)).level == level
    assert replace(PLAIN, types=(home,), people=(HARMED, pupil(Part.ACTING, injury="minor"))).level == 3


@pytest.mark.parametrize(
    ("changes", "is_restricted", "is_staff_case"),
    [
        ({}, False, False),
        ({"people": (HARMED, TEACHER)}, True, True),
        ({"people": (HARMED, replace(TEACHER, parts=frozenset({Part.WITNESS})))}, False, False),
        ({"people": (pupil(Part.WITNESS, self_harm=SelfHarm.THOUGHTS),)}, True, False),
        ({"people": (pupil(Part.WITNESS, self_harm=SelfHarm.NONE),)}, False, False),
        ({"types": (TypeRule("TD01", 3, is_restricted=True), TypeRule("TL01", 2))}, True, False),
        ({"types": (TypeRule("TL01", 2),), "people": (HARMED, TEACHER)}, True, True),
    ],
)
def test_self_harm_staff_and_the_reviews_types_restrict_a_case(
    changes: dict[str, Any], is_restricted: bool, is_staff_case: bool
) -> None:
    coding = replace(PLAIN, **changes).coding()
    assert (coding.is_restricted, coding.is_staff_case) == (is_restricted, is_staff_case)


# --- for any case at all ---------------------------------------------------------------------------------------

SMALL = st.sampled_from([0, 3, 5])
PEOPLE = st.builds(
    PersonInvolved,
    kind=st.sampled_from(PersonKind),
    parts=st.frozensets(st.sampled_from(Part)),
    age=st.none() | st.integers(0, 60),
    injury=st.sampled_from(list(INJURIES)),
    can_tell=st.sampled_from(Known),
    self_harm=st.sampled_from(SelfHarm),
    is_adult=st.booleans(),
)
TYPES = st.builds(
    TypeRule,
    code=st.just("TC01"),
    severity=st.integers(1, 4),
    record_kind=st.sampled_from(RecordKind),
    is_restricted=st.booleans(),
    injured_severity=st.sampled_from([0, 4]),
)
CASES = st.builds(
    Told,
    group=st.sampled_from(PlainGroup),
    safety=st.sampled_from(Safety),
    weapon=st.sampled_from(Weapon),
    repeated=st.sampled_from(Known),
    online=st.sampled_from(Known),
    people=st.lists(PEOPLE, max_size=6).map(tuple),
    types=st.lists(TYPES, max_size=2).map(tuple),
)
UNKNOWN = {
    "safety": Safety.UNKNOWN,
    "weapon": Weapon.UNKNOWN,
    "repeated": Known.UNKNOWN,
    "online": Known.UNKNOWN,
}
NOTHING = {"safety": Safety.SAFE, "weapon": Weapon.NO, "repeated": Known.NO, "online": Known.NO}
NOT_KNOWN = {"injury": "unknown", "can_tell": Known.UNKNOWN, "self_harm": SelfHarm.UNKNOWN}
NOT_SO = {"injury": "none", "can_tell": Known.YES, "self_harm": SelfHarm.NONE}


def default_of(told: Told) -> int:
    """The level that a case begins with, before anything is known of it."""
    base = max((rule.severity for rule in told.types), default=GROUPS[told.group])
    return min(base, 2) if told.coding().record_kind is RecordKind.WELFARE else base


@given(told=CASES, data=st.data())
def test_an_answer_that_is_not_known_gives_no_more_than_any_answer_and_no_less_than_the_default(
    told: Told, data: st.DataObject
) -> None:
    question = data.draw(st.sampled_from(list(UNKNOWN)))
    unknown = replace(told, **{question: UNKNOWN[question]})  # type: ignore[arg-type]
    assert default_of(unknown) <= unknown.level <= told.level
    nothing = replace(told, **{question: NOTHING[question]})  # type: ignore[arg-type]
    assert nothing.level == unknown.level, "that nothing happened lowers no further than not to know"


@given(told=CASES.filter(lambda told: bool(told.people)), data=st.data())
def test_the_same_is_true_of_what_is_told_of_a_person(told: Told, data: st.DataObject) -> None:
    question = data.draw(st.sampled_from(list(NOT_KNOWN)))
    first, *others = told.people
    unknown, nothing = (
        replace(told, people=(replace(first, **{question: answers[question]}), *others))  # type: ignore[arg-type]
        for answers in (NOT_KNOWN, NOT_SO)
    )
    assert default_of(unknown) <= unknown.level <= told.level
    assert nothing.level == unknown.level


@given(told=CASES, person=PEOPLE)
def test_one_more_witness_never_lowers_it(told: Told, person: PersonInvolved) -> None:
    witness = replace(person, parts=frozenset({Part.WITNESS}))
    assert replace(told, people=(*told.people, witness)).level >= told.level


@given(told=CASES)
def test_a_level_is_between_one_and_four_and_every_raise_has_its_reason(told: Told) -> None:
    severity = told.coding().severity
    assert 1 <= severity.base <= severity.level <= 4
    assert severity.level == severity.base or severity.reasons
    assert len(set(severity.reasons)) == len(severity.reasons)


@given(told=CASES)
def test_a_child_who_is_not_safe_now_makes_any_case_four(told: Told) -> None:
    assert replace(told, safety=Safety.NOT_SAFE).level == 4


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, 1),
        ({"repeated": Known.YES, "online": Known.YES, "weapon": Weapon.CARRIED}, 1),
        ({"people": (HARMED, TEACHER)}, 1),
        ({"people": (pupil(Part.HARMED, age=4), TEACHER)}, 1),
        ({"people": (pupil(Part.HARMED, age=4), pupil(Part.ACTING, age=9))}, 1),
        ({"safety": Safety.NOT_SAFE}, 4),
        ({"people": (pupil(Part.HARMED, self_harm=SelfHarm.PLAN),)}, 4),
    ],
)
def test_a_worry_about_a_child_is_one_until_there_is_danger(changes: dict[str, Any], level: int) -> None:
    for types in ((), (TypeRule("NC01", 1, RecordKind.RISK),)):
        coding = replace(PLAIN, group=PlainGroup.WORRY, types=types, **changes).coding()
        assert (coding.record_kind, coding.severity.level) == (RecordKind.RISK, level)


DANGERS = {"not-safe", "hospital", "weapon-used", "self-harm"}


@given(told=CASES)
def test_a_risk_is_one_unless_there_is_danger(told: Told) -> None:
    risk = replace(told, group=PlainGroup.WORRY, types=())
    coding = risk.coding()
    if coding.record_kind is RecordKind.RISK:
        assert coding.severity.level == (4 if DANGERS & set(coding.severity.reasons) else 1)


@given(
    told=CASES,
    people=st.lists(PEOPLE.filter(lambda each: each.kind is PersonKind.PUPIL), min_size=1, max_size=4),
    ages=st.lists(SMALL, min_size=6, max_size=6),
)
def test_between_children_under_six_it_is_at_most_two_and_no_violence(
    told: Told, people: list[PersonInvolved], ages: list[int]
) -> None:
    small = [
        replace(each, age=age, is_adult=False, parts=frozenset({part}))
        for each, age, part in zip(
            (*people, people[0], people[0]),
            ages,
            (*[Part.WITNESS] * 4, Part.HARMED, Part.ACTING),
            strict=False,
        )
    ]
    pair = [replace(small[0], parts=frozenset({part})) for part in (Part.HARMED, Part.ACTING)]
    coding = replace(told, people=(*small, *pair)).coding()
    assert coding.record_kind is RecordKind.WELFARE
    severity = coding.severity
    assert severity.level == 4 if DANGERS & set(severity.reasons) else severity.level <= 2


def test_the_conduct_of_a_small_child_towards_a_bigger_one_is_no_matter_of_the_rule_for_small_children() -> (
    None
):
    told = replace(PLAIN, people=(pupil(Part.HARMED, age=7), pupil(Part.ACTING, age=4)))
    assert (told.coding().record_kind, told.level) == (RecordKind.INCIDENT, 2)
    unknown = replace(PLAIN, people=(pupil(Part.HARMED, age=None), pupil(Part.ACTING, age=4)))
    assert unknown.coding().record_kind is RecordKind.INCIDENT, "an age that is not known makes nobody small"


# --- lowering --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("in_force", "computed", "wanted", "staff", "holds", "waits"),
    [
        (2, 2, None, False, 2, None),
        (2, 3, None, False, 3, None),
        (2, 2, 4, False, 4, None),
        (4, 4, 4, False, 4, None),
        (3, 2, None, False, 3, None),  # coded anew as something milder: nobody asked for less
        (4, 2, None, False, 4, None),
        (3, 3, 2, False, 3, 2),
        (4, 4, 3, False, 4, 3),
        (4, 2, 2, False, 4, 2),
        (4, 4, 1, False, 4, 1),
        (2, 2, 1, False, 1, None),
        (2, 1, None, False, 1, None),
        (2, 2, 1, True, 2, 1),
        (2, 1, None, True, 2, None),
        (1, 1, 1, True, 1, None),
        (3, 3, 4, True, 4, None),
    ],
)
def test_lowering_three_four_or_a_staff_case_waits_for_the_manager_and_raising_for_nobody(
    in_force: int, computed: int, wanted: int | None, staff: bool, holds: int, waits: int | None
) -> None:
    assert decide_severity(in_force, computed, wanted, staff) == (holds, waits)


LEVELS = st.integers(1, 4)


@given(in_force=LEVELS, computed=LEVELS, wanted=st.none() | LEVELS, staff=st.booleans())
def test_what_officers_see_never_falls_out_of_their_sight_without_their_signature(
    in_force: int, computed: int, wanted: int | None, staff: bool
) -> None:
    holds, waits = decide_severity(in_force, computed, wanted, staff)
    assert holds >= 3 or in_force < 3
    assert holds >= in_force or not staff
    assert waits is None or waits < holds == in_force
