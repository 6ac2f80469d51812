"""Which cases happen where and when: the scenes of every demo, and as many more as are wanted, by chance."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from heapq import merge as in_order
from random import Random

from school_portal.demo import calendar
from school_portal.demo.calendar import DAY, HOUR, MINUTE, Days
from school_portal.demo.cases import Case, Inventing, Wanted
from school_portal.demo.past import Fate
from school_portal.demo.people import Accounts
from school_portal.demo.scenes import SCENES, Scene
from school_portal.demo.schools import DemoSchool, DemoSchools
from school_portal.incidents import queries
from school_portal.incidents.domain import PlainGroup

OF_X_AND_Y = 3.0
"""So many times as often is something told at the two schools whose people have accounts to look at it."""
SAME, FOLLOWS = 0.03, 0.03
"""How often a report tells of a case that is known already, or of the same children again."""
REPEATABLE = frozenset({PlainGroup.FIGHT, PlainGroup.BULLYING, PlainGroup.WORDS, PlainGroup.ONLINE})
REMEMBERED = 100
TRIES = 40


@dataclass(frozen=True)
class Planned:
    """A case and what becomes of it."""

    day: date
    case: Case
    fate: Fate


@dataclass(frozen=True)
class Copied:
    """A day to which another case is copied."""

    day: date


class Plot:
    """The cases of a demo in the order of their days."""

    def __init__(
        self, random: Random, schools: DemoSchools, people: Accounts, lists: queries.Taxonomy, days: Days
    ) -> None:
        self.random, self.schools, self.people, self.lists, self.days = random, schools, people, lists, days
        self.end = calendar.midnight(days.end)
        self._weights = [
            school.kind.weight * (OF_X_AND_Y if school in (schools.x, schools.y) else 1)
            for school in schools.all
        ]
        self._recent: deque[Planned] = deque(maxlen=REMEMBERED)

    def cases(self, number: int, most: int) -> Iterator[Planned | Copied]:
        """So many, one after the other; of more than `most` the others are copied."""
        scenes = self._scenes(SCENES[:number])
        days = self.days.draw(self.random, number - len(scenes))
        yield from in_order(
            sorted(scenes, key=lambda planned: planned.day),
            (self.by_chance(day) if self._is_played(number, most) else Copied(day) for day in days),
            key=lambda planned: planned.day,
        )

    def _is_played(self, number: int, most: int) -> bool:
        return number <= most or self.random.random() < most / number

    # --- by chance ---------------------------------------------------------------------------------------------------

    def by_chance(self, day: date) -> Planned:
        """A case at one of the schools."""
        chance = self.random.random()
        planned = None
        if chance < SAME:
            planned = self._same(day)
        elif chance < SAME + FOLLOWS:
            planned = self._following(day)
        if planned is None:
            (school,) = self.random.choices(self.schools.all, self._weights)
            planned = Planned(day, self._case(school, day, Wanted()), Fate())
        self._recent.append(planned)
        return planned

    def _same(self, day: date) -> Planned | None:
        """A second report of what happened in the last days, by somebody else."""
        first = self._earlier(day, 0, 7)
        return self._told_again(first, day) if first else None

    def _told_again(self, first: Planned, day: date, reporter: int | None = None) -> Planned:
        case = first.case
        teachers = self.people.staff[case.school.unit.id].teachers
        others = [teacher for teacher in teachers if teacher is not case.reporter]
        wanted = Wanted(
            story=case.story,
            reporter=self.random.choice(others) if reporter is None else teachers[reporter],
            children=case.children,
        )
        again = self._case(case.school, first.day, wanted)
        at = max(again.at, case.at + 20 * MINUTE, calendar.midnight(day) + 8 * HOUR)
        again = self._in_past(replace(again, at=calendar.waking(self.random, at)))
        return Planned(day, again, Fate(same_as=case.report.id))

    def _following(self, day: date) -> Planned | None:
        """The same children again, days later."""
        first = self._earlier(day, 2, 40)
        return self._told_on(first, day, Wanted(self.random.choice(sorted(REPEATABLE)))) if first else None

    def _told_on(self, first: Planned, day: date, wanted: Wanted) -> Planned:
        again = replace(wanted, children=first.case.children)
        case = self._case(first.case.school, day, again)
        return Planned(day, case, Fate(linked_to=first.case.report.id, adds=True))

    def _earlier(self, day: date, least: int, most: int) -> Planned | None:
        """A case between pupils that anybody in charge at the school may read."""
        found = [
            planned
            for planned in self._recent
            if planned.fate == Fate()
            and least <= (day - planned.day).days <= most
            and planned.case.at < calendar.midnight(day)
            and planned.case.story.group in REPEATABLE
            and planned.case.story.has_pupils_only
            and not planned.case.report.concerns_lead
        ]
        return self.random.choice(found) if found else None

    def _case(self, school: DemoSchool, day: date, wanted: Wanted) -> Case:
        inventing = Inventing(self.random, school, self.people.staff[school.unit.id], self.lists)
        for _ in range(TRIES):
            case = inventing.case(day, wanted)
            if case.at < self.end:
                return case
        return self._in_past(case)

    def _in_past(self, case: Case) -> Case:
        """Told before the end, if need be earlier than people take."""
        if case.at < self.end:
            return case
        at = self.end - self.random.randrange(150, 400) * MINUTE
        known = min(case.report.learned_at or at, at - 5 * MINUTE)
        report = replace(case.report, learned_at=known, family_told_at=None, told=())
        return replace(case, at=at, report=report)

    # --- scenes ------------------------------------------------------------------------------------------------------

    def _scenes(self, scenes: tuple[Scene, ...]) -> list[Planned]:
        found: dict[str, Planned] = {}
        all_planned = []
        for scene in scenes:
            planned = self._scene(scene, found)
            if scene.key:
                found[scene.key] = planned
            all_planned.append(planned)
        return all_planned

    def _scene(self, scene: Scene, earlier: dict[str, Planned]) -> Planned:
        school = self._school(scene.school)
        staff = self.people.staff[school.unit.id]
        day = self.days.back(scene.days)
        if scene.same_as:
            return self._told_again(earlier[scene.same_as], day, reporter=0)
        meant = {"teacher": staff.teachers[-1], "head": staff.head}.get(scene.of_staff)
        wanted = replace(scene.wanted, reporter=staff.teachers[0 if scene.own else 1], meant=meant, soon=True)
        if scene.follows:
            return self._told_on(earlier[scene.follows], day, wanted)
        return Planned(day, self._case(school, day, wanted), scene.fate)

    def _school(self, name: str) -> DemoSchool:
        if name in ("x", "y"):
            return self.schools.x if name == "x" else self.schools.y
        return next((school for school in self.schools.all if school.kind.short == name), self.schools.y)


def first_moment(first: date) -> datetime:
    """When the people of the demo were given their accounts."""
    return calendar.midnight(first - 21 * DAY) + 8 * HOUR
