"""The children and adults of a case: who they are, how old, in which class; names stay in the protected box."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from school_portal.core.actor import Actor
from school_portal.demo.names import invent_name
from school_portal.demo.stories import Cast, Story
from school_portal.incidents.domain import (
    Known,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    SelfHarm,
    Sex,
)
from school_portal.organisations.domain import Level, school_year_of

GRADES: dict[Level, tuple[tuple[int, ...], tuple[float, ...]]] = {
    Level.TH: ((1, 2, 3, 4, 5), (1.0, 1.3, 1.6, 2.0, 2.0)),
    Level.THCS: ((6, 7, 8, 9), (2.2, 2.6, 2.8, 2.0)),
    Level.THPT: ((10, 11, 12), (3.0, 3.0, 2.0)),
}
NURSERY = (("Mẫu giáo lớn", 5), ("Mẫu giáo nhỡ", 4), ("Mẫu giáo bé", 3), ("Nhà trẻ", 2))
NURSERY_WEIGHTS = (4, 3, 2, 1)
PARTS: dict[str, frozenset[Part]] = {
    "harmed": frozenset({Part.HARMED}),
    "acting": frozenset({Part.ACTING}),
    "both": frozenset({Part.HARMED, Part.ACTING}),
    "witness": frozenset({Part.WITNESS}),
    "unclear": frozenset(),
}
BOYS = {PlainGroup.FIGHT: 0.74, PlainGroup.BULLYING: 0.52, PlainGroup.WORDS: 0.5, PlainGroup.ONLINE: 0.38}
"""How many of the children harmed are boys; of those acting a few more."""
CHILD_IS_NAMED, WITNESS_IS_NAMED, ADULT_IS_NAMED, STAFF_IS_NAMED = 0.85, 0.6, 0.25, 0.35
SEX_UNKNOWN = 0.02
NEAR_BY = frozenset({"parent", "step_parent", "relative", "neighbour", "employer", "other_parent"})


@dataclass(frozen=True)
class Child:
    """A pupil, the same one in two reports when both tell of her."""

    sex: Sex
    name: str
    class_name: str
    grade: int | None
    born: int
    age: int | None = None
    """Of a small child, whose months matter more than her year."""


@dataclass(frozen=True)
class Around:
    """What the people of one report have in common."""

    level: Level
    day: date
    story: Story
    injury: str
    self_harm: str
    words: frozenset[str]
    """Words of the narrative: nobody in it is called so."""
    ethnic_share: float
    staff: Sequence[Actor]
    """Whose account may be meant where somebody of the staff acts."""


def invent_people(
    random: Random, around: Around, known: Sequence[Child] = ()
) -> tuple[tuple[PersonInvolved, ...], tuple[Child, ...]]:
    """The cards of a report in the order of its story, and the children on them; those known already come first."""
    cards: list[PersonInvolved] = []
    children: list[Child] = []
    waiting = list(known)
    for cast in around.story.people:
        for _ in range(random.randint(cast.least, cast.most)):
            if cast.kind is PersonKind.STAFF:
                cards.append(_staff(random, around, cast, len(cards)))
            elif cast.kind is PersonKind.OTHER:
                cards.append(_adult(random, around, cast))
            else:
                first = children[0] if children else None
                child = waiting.pop(0) if waiting else _child(random, around, cast, first)
                children.append(child)
                cards.append(_card(random, around, cast, child, first, len(cards)))
    return tuple(cards), tuple(children)


def _child(random: Random, around: Around, cast: Cast, first: Child | None) -> Child:
    sex = _sex(random, around.story, cast, first)
    if first is not None and cast.relation == "classmate":
        place = first
    elif around.level is Level.MN:
        place = first or _small_child(random, around.day)
        if cast.relation == "other_school":
            place = _pupil(random, Level.TH, around.day, random.choice((2, 3, 4)))
    else:
        place = _pupil(random, around.level, around.day, _grade(random, around, cast, first))
    taken = {first.name} if first else set[str]()
    while True:
        name = invent_name(random, sex, ethnic_share=around.ethnic_share, avoid=around.words)
        if name not in taken:
            return replace(place, sex=sex, name=name)


def _sex(random: Random, story: Story, cast: Cast, first: Child | None) -> Sex:
    fixed = story.sexes[0 if first is None else 1]
    if fixed is not None and cast.part != "witness":
        return fixed
    if cast.part == "both" and first is not None and random.random() < 0.85:
        return first.sex
    boys = BOYS.get(story.group, 0.5) + (0.15 if cast.part == "acting" else 0)
    return Sex.MALE if random.random() < boys else Sex.FEMALE


def _grade(random: Random, around: Around, cast: Cast, first: Child | None) -> int:
    grades, weights = GRADES[around.level]
    if first is None or first.grade is None:
        has_older = any(each.relation == "older" for each in around.story.people)
        if has_older:
            return random.choices(grades[:-1], weights[:-1])[0]
        return random.choices(grades, weights)[0]
    if cast.relation == "older":
        return min(first.grade + random.choice((1, 1, 2)), grades[-1])
    return min(max(first.grade + random.choice((-1, 0, 0, 0, 1)), grades[0]), grades[-1])


def _pupil(random: Random, level: Level, day: date, grade: int) -> Child:
    letters = "ABCD" if level is Level.TH else "AAAAB"
    turn = "" if level is Level.TH else str(random.randint(1, 7 if level is Level.THPT else 4))
    class_name = f"{grade}{random.choice(letters)}{turn}"
    born = school_year_of(day).start_year - grade - 5
    return Child(Sex.UNKNOWN, "", class_name, grade, born)


def _small_child(random: Random, day: date) -> Child:
    group, age = random.choices(NURSERY, NURSERY_WEIGHTS)[0]
    born = school_year_of(day).start_year - age
    return Child(Sex.UNKNOWN, "", f"{group} {random.choice('ABC')}", None, born, age)


def _card(
    random: Random, around: Around, cast: Cast, child: Child, first: Child | None, position: int
) -> PersonInvolved:
    unknown_child = cast.relation in ("unknown", "other_school", "partner") and random.random() < 0.6
    named = random.random() < (WITNESS_IS_NAMED if cast.part == "witness" else CHILD_IS_NAMED)
    how = random.random()
    is_harmed = Part.HARMED in PARTS[cast.part]
    return PersonInvolved(
        kind=PersonKind.PUPIL,
        parts=PARTS[cast.part],
        sex=Sex.UNKNOWN if random.random() < SEX_UNKNOWN else child.sex,
        class_name="" if unknown_child or cast.relation == "unknown" else child.class_name,
        name=child.name if named and not unknown_child and not _clashes(child.name, around.words) else "",
        age=child.age
        if child.age is not None
        else (around.day.year - child.born if how < 0.4 and not unknown_child else None),
        birth_year=child.born if child.age is None and how > 0.85 and not unknown_child else None,
        relation=_relation(cast, child, first),
        injury=_injury(random, around, cast, position),
        can_tell=_can_tell(random, around.level) if is_harmed or position == 0 else Known.UNKNOWN,
        self_harm=SelfHarm(around.self_harm) if position == 0 else SelfHarm.UNKNOWN,
    )


def _relation(cast: Cast, child: Child, first: Child | None) -> str:
    if first is None or cast.part == "witness":
        return "unknown"
    if cast.relation:
        return "same_school" if cast.relation == "older" else cast.relation
    return "classmate" if child.class_name == first.class_name else "same_school"


def _injury(random: Random, around: Around, cast: Cast, position: int) -> str:
    if position == 0:
        return around.injury
    if cast.part == "both":
        return random.choice(("none", around.injury if around.injury in ("none", "minor") else "minor"))
    return "none" if cast.part == "harmed" else random.choice(("none", "unknown"))


def _can_tell(random: Random, level: Level) -> Known:
    answers = (Known.YES, Known.UNKNOWN, Known.NO)
    return random.choices(answers, (30, 65, 2) if level is Level.MN else (72, 26, 1))[0]


def _staff(random: Random, around: Around, cast: Cast, position: int) -> PersonInvolved:
    free = [actor for actor in around.staff if not _clashes(actor.name, around.words)]
    meant = random.choice(free) if free else None
    return PersonInvolved(
        kind=PersonKind.STAFF,
        parts=PARTS[cast.part],
        sex=(around.story.sexes[1] if position else None)
        or random.choices((Sex.FEMALE, Sex.MALE, Sex.UNKNOWN), (6, 3, 1))[0],
        name=meant.name if meant else "",
        user_id=meant.user_id if meant else None,
        relation=cast.relation,
        injury="none" if position == 0 else "unknown",
    )


def _adult(random: Random, around: Around, cast: Cast) -> PersonInvolved:
    fixed = around.story.sexes[1]
    sex = fixed or random.choices((Sex.MALE, Sex.FEMALE, Sex.UNKNOWN), (6, 2, 2))[0]
    named = cast.relation in NEAR_BY and random.random() < ADULT_IS_NAMED
    name = invent_name(random, sex, ethnic_share=around.ethnic_share, avoid=around.words) if named else ""
    return PersonInvolved(
        kind=PersonKind.OTHER,
        parts=PARTS[cast.part],
        sex=sex,
        name=name,
        relation=cast.relation,
        injury="unknown",
    )


def _clashes(name: str, words: Collection[str]) -> bool:
    return any(part.lower() in words for part in name.split() if len(part) > 1)
