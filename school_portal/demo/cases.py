"""One invented case: a story at a school on a day, its people, and the report that tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from random import Random
from uuid import UUID

from school_portal.core.actor import Actor
from school_portal.demo import calendar
from school_portal.demo.people import Staff
from school_portal.demo.pupils import STAFF_IS_NAMED, Around, Child, invent_people
from school_portal.demo.schools import DemoSchool
from school_portal.demo.stories import (
    AFTER_HOURS,
    AWAY,
    Story,
    candidates,
    narrative,
    phrase,
    words_of,
)
from school_portal.incidents import queries
from school_portal.incidents.domain import (
    Known,
    PlainGroup,
    Receiver,
    ReportIncident,
    Safety,
    SelfHarm,
    Told,
    Weapon,
    coding_of,
)
from school_portal.organisations.domain import Boarding, Level

GROUPS: dict[Level, tuple[int, ...]] = {
    Level.MN: (30, 6, 5, 2, 2, 18, 15, 15, 7),
    Level.TH: (30, 17, 22, 3, 3, 6, 8, 8, 3),
    Level.THCS: (31, 16, 24, 8, 3, 4, 5, 7, 3),
    Level.THPT: (28, 12, 22, 10, 4, 4, 6, 11, 4),
}
"""How often each of the nine groups is told at a level of school, in their order; drafted, no published figures."""
SOURCE = "demo"
PRIVATE = frozenset({PlainGroup.SEXUAL, PlainGroup.OUTSIDE})
CONFLICT, ABOUT_MANAGER = 0.012, 0.1
TOLD_BY_MOUTH, BY_FOCAL_POINT, BY_HEAD = 0.06, 0.1, 0.03
UPPER_LEVEL = 0.65
USUALLY = ("told",) * 10 + ("unsure",)
HOME = {"danger": Known.YES, "unsure": Known.UNKNOWN, "told": Known.NO}


@dataclass(frozen=True)
class Case:
    """A report with who sends it and when, and as what triage may code it."""

    school: DemoSchool
    report: ReportIncident
    reporter: Actor
    at: datetime
    story: Story
    types: tuple[str, ...]
    children: tuple[Child, ...]


@dataclass(frozen=True)
class Wanted:
    """What is asked of a case; what is not, chance decides."""

    group: PlainGroup | None = None
    story: Story | None = None
    types: frozenset[str] = field(default_factory=frozenset)
    """Only stories that may be coded as one of these."""
    reporter: Actor | None = None
    children: tuple[Child, ...] = ()
    conflict: bool = False
    about_manager: bool = False
    meant: Actor | None = None
    """Whose account is meant where the story has somebody of the staff acting."""
    self_harm: str = ""
    soon: bool = False
    """The school knows of it the same day, or the next morning."""


class Inventing:
    """Makes cases at one school."""

    def __init__(self, random: Random, school: DemoSchool, staff: Staff, lists: queries.Taxonomy) -> None:
        self.random, self.school, self.staff, self.lists = random, school, staff, lists

    def case(self, day: date, wanted: Wanted = Wanted()) -> Case:
        """Something that happened on a day."""
        random = self.random
        level = self._level()
        story = wanted.story or self._story(level, day, wanted)
        if level not in story.levels:
            level = next(known for known in self.school.kind.levels if known in story.levels)
        place, when = self._where_and_when(story, day)
        happened = calendar.moment_in(random, day, when)
        channel = random.choice(story.told)
        known = (
            calendar.known_soon(random, happened)
            if wanted.soon
            else calendar.known_at(random, happened, channel, is_private=story.group in PRIVATE)
        )
        at = calendar.reported_at(random, known, soon=wanted.soon)
        has_b = story.has_pupils_only and sum(cast.least for cast in story.people) > 1
        conflict = wanted.conflict or (has_b and wanted == Wanted() and random.random() < CONFLICT)
        reporter, told_by = self._reporter(wanted, plain=not (conflict or story.is_about_manager))
        injury = random.choice(story.injuries)
        closing = "conflict" if conflict else ""
        text = narrative(random, story, level, place, when, injury, closing=closing)
        people, children = invent_people(
            random,
            Around(
                level=level,
                day=day,
                story=story,
                injury=injury,
                self_harm=wanted.self_harm or random.choice(story.self_harm),
                words=words_of(text),
                ethnic_share=self.school.ethnic_share,
                staff=self._who_may_be_meant(story, reporter, told_by, wanted),
            ),
            wanted.children,
        )
        report = ReportIncident(
            id=UUID(int=random.getrandbits(128), version=4),
            organisation_id=self.school.unit.id,
            safety=Safety(random.choice(story.safety)),
            group=story.group,
            occurred_on=day,
            occurred_time=happened.time() if when != "unknown" and random.random() < 0.6 else None,
            day_part=when,
            place=place,
            facts=text,
            learned_at=known,
            channel=channel,
            people=people,
            weapon=Weapon(random.choice(story.weapons)),
            repeated=Known(random.choice(story.repeated)),
            online=Known(random.choice(story.online)),
            first_aid=Known.YES if injury in ("minor", "clinic", "hospital") else Known.UNKNOWN,
            concerns_lead=conflict or story.is_about_manager,
            told_by=told_by,
            source=SOURCE,
        )
        types = random.choice(
            [codes for codes in story.types if not wanted.types or wanted.types & set(codes)]
        )
        report = self._with_family(report, story, known, at)
        report = self._with_places_told(report, story, types, known, at)
        return Case(self.school, report, reporter, at, story, types, children)

    def _level(self) -> Level:
        """Where it happens in a school of two levels: mostly the upper one."""
        levels = self.school.kind.levels
        return levels[-1] if self.random.random() < UPPER_LEVEL else levels[0]

    def _story(self, level: Level, day: date, wanted: Wanted) -> Story:
        random, away = self.random, not calendar.is_school_day(day)
        for _ in range(100):
            group = wanted.group or random.choices(list(PlainGroup), GROUPS[level])[0]
            about_manager = wanted.about_manager or (
                group is PlainGroup.ADULT and not wanted.meant and random.random() < ABOUT_MANAGER
            )
            found = [
                story
                for story in candidates(group, level, away=away, about_manager=about_manager)
                if self._places(story)
                and (not wanted.types or wanted.types & {code for codes in story.types for code in codes})
                and (not wanted.self_harm or wanted.self_harm in story.self_harm)
            ]
            if found:
                return random.choices(found, [story.weight for story in found])[0]
            away = away and wanted.group is None
        raise ValueError(f"no story for {wanted}")

    def _places(self, story: Story) -> list[str]:
        """Where it can happen here: nobody boards at a day school, and only seniors lodge."""
        boards = self.school.kind.boarding is Boarding.FULL
        return [
            place
            for place in story.places
            if (place != "boarding" or boards)
            and (place != "lodging" or Level.THPT in self.school.kind.levels)
        ]

    def _where_and_when(self, story: Story, day: date) -> tuple[str, str]:
        places, whens = self._places(story) or list(story.places), list(story.whens)
        if not calendar.is_school_day(day):
            places = [place for place in places if place in AWAY] or places
            whens = [when for when in whens if when in AFTER_HOURS] or whens
        return self.random.choice(places), self.random.choice(whens)

    def _reporter(self, wanted: Wanted, *, plain: bool) -> tuple[Actor, UUID | None]:
        """Mostly a teacher; the person in charge also writes down what a colleague told her."""
        random, staff = self.random, self.staff
        teacher = wanted.reporter or random.choice(staff.teachers)
        if wanted.reporter or not plain:
            return teacher, None
        chance = random.random()
        if chance < TOLD_BY_MOUTH:
            return staff.focal_point, teacher.user_id
        if chance < TOLD_BY_MOUTH + BY_FOCAL_POINT:
            return staff.focal_point, None
        return (staff.head if chance > 1 - BY_HEAD else teacher), None

    def _who_may_be_meant(
        self, story: Story, reporter: Actor, told_by: UUID | None, wanted: Wanted
    ) -> list[Actor]:
        """Never the reporter, never who has the account of the accounts file; mostly nobody is named."""
        if wanted.meant:
            return [wanted.meant]
        if story.is_about_manager or self.random.random() > STAFF_IS_NAMED:
            return []
        others = self.staff.teachers[1:]
        return [actor for actor in others if actor.user_id not in (reporter.user_id, told_by)]

    def _with_family(
        self, report: ReportIncident, story: Story, known: datetime, at: datetime
    ) -> ReportIncident:
        """The family is told unless that may bring danger."""
        random = self.random
        answer = random.choice(story.family or USUALLY)
        if answer == "told":
            told_at = known + (at - known) * random.random() if random.random() < 0.75 else None
            return replace(report, family_danger=Known.NO, family_told_at=told_at)
        sort = "unsure_home" if story.family and answer == "unsure" else answer
        reason = phrase(random, "reasons", sort) + "." if random.random() < 0.85 else ""
        return replace(report, family_danger=HOME[answer], family_reason=reason)

    def _with_places_told(
        self, report: ReportIncident, story: Story, types: tuple[str, ...], known: datetime, at: datetime
    ) -> ReportIncident:
        """Of what is of level 4, or will be once it is coded, a place is told that must know."""
        random = self.random
        adults = {entry.code for entry in self.lists.relations if entry.is_adult}
        people = [replace(person, is_adult=person.relation in adults) for person in report.people]
        levels = [
            coding_of(
                report.group,
                report.safety,
                report.weapon,
                report.repeated,
                report.online,
                people,
                self.lists.rules(codes),
                self.lists.injury_levels([person.injury for person in people]),
            ).severity.level
            for codes in ((), types)
        ]
        if max(levels) < 4:
            return report
        places = story.calls or self._places_to_call(report)
        wanted = [place for place in places if random.random() < 0.7] or [random.choice(places)]
        told = tuple(self._told(place, known + (at - known) * random.random()) for place in wanted)
        return replace(report, told=told)

    def _places_to_call(self, report: ReportIncident) -> tuple[str, ...]:
        """Of a child that harms itself the police is not told."""
        harms = any(
            person.self_harm in (SelfHarm.THOUGHTS, SelfHarm.PLAN, SelfHarm.ATTEMPT)
            for person in report.people
        )
        if harms:
            return ("health", "hotline_111")
        injured = any(person.injury in ("clinic", "hospital") for person in report.people)
        return ("police", "health") if injured else ("police", "commune", "hotline_111")

    def _told(self, place: str, at: datetime) -> Told:
        random = self.random
        reference = {
            "hotline_111": f"111-{random.randrange(10_000, 99_999)}",
            "commune": f"{random.randrange(11, 240)}/TN",
        }
        return Told(Receiver(place), at, phrase(random, "told_by", place), reference.get(place, ""))
