"""What people tell: a report, its people, triage, corrections; and the rules that such a thing can break."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from school_portal.incidents.domain.words import (
    IncidentState,
    Known,
    Part,
    PersonKind,
    PlainGroup,
    Receiver,
    Safety,
    SelfHarm,
    Sex,
    Weapon,
)

CLOCK_SKEW = timedelta(minutes=5)
SCHOOLS_CLOCK = ZoneInfo("Asia/Ho_Chi_Minh")
FACTS_LIMIT = 5000
REASON_LIMIT = 1000
SHORT_LIMIT = 120
NAME_LIMIT = 120
CLASS_LIMIT = 20
MOST_PEOPLE = 30
MOST_YEARS_AGO = 80
"""A case number keeps two digits of the year, so events must lie less than a century apart."""
OLDEST = 110
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_GRADE = re.compile(r"(?!.*(?:tuổi|tháng))(?:lớp\s*)?(1[0-2]|[1-9])(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class PersonInvolved:
    """One card of the form. `user_id` links a person of the staff to her account, so that she sees nothing of it.

    `age` is in years on the day of the event; `birth_year` is kept sealed, when that is what was told. Codes of
    relation and injury are the taxonomy's; `is_adult` is what its relation says.
    """

    kind: PersonKind = PersonKind.PUPIL
    parts: frozenset[Part] = frozenset()
    sex: Sex = Sex.UNKNOWN
    class_name: str = ""
    name: str = ""
    user_id: UUID | None = None
    age: int | None = None
    birth_year: int | None = None
    relation: str = "unknown"
    is_adult: bool = False
    injury: str = "unknown"
    can_tell: Known = Known.UNKNOWN
    self_harm: SelfHarm = SelfHarm.UNKNOWN

    @property
    def is_blank(self) -> bool:
        """A card left empty is no person: nothing but the first answers of its radio groups."""
        told = (self.parts, self.class_name, self.name, self.user_id, self.birth_year)
        return not any(told) and self.age is None and not self._is_answered

    @property
    def _is_answered(self) -> bool:
        return (self.self_harm, self.can_tell, self.injury, self.relation, self.sex) != (
            SelfHarm.UNKNOWN,
            Known.UNKNOWN,
            "unknown",
            "unknown",
            Sex.UNKNOWN,
        )

    @property
    def is_injured(self) -> bool:
        """Known to be injured, however slightly."""
        return self.injury not in ("unknown", "none")

    def on(self, day: date) -> PersonInvolved:
        """With the age on the day of the event when the year of birth was told."""
        if self.birth_year is None or self.age is not None:
            return self
        return replace(self, age=day.year - self.birth_year)


@dataclass(frozen=True)
class Told:
    """That one of the receiving places was told, as far as it is known when, by whom and under which reference."""

    receiver: Receiver
    at: datetime | None = None
    by: str = ""
    reference: str = ""


@dataclass(frozen=True)
class ReportIncident:
    """What somebody tells the school; `id` is that of the draft, so that a second sending is the same report."""

    id: UUID
    organisation_id: UUID
    safety: Safety
    group: PlainGroup
    occurred_on: date
    day_part: str
    place: str
    facts: str
    occurred_time: time | None = None
    learned_at: datetime | None = None
    channel: str = "unknown"
    people: tuple[PersonInvolved, ...] = ()
    weapon: Weapon = Weapon.UNKNOWN
    repeated: Known = Known.UNKNOWN
    online: Known = Known.UNKNOWN
    first_aid: Known = Known.UNKNOWN
    family_danger: Known = Known.UNKNOWN
    family_told_at: datetime | None = None
    family_reason: str = ""
    told: tuple[Told, ...] = ()
    concerns_lead: bool = False
    told_by: UUID | None = None
    """The colleague who told it by mouth, when the focal point writes it down for her."""
    source: str = "portal"


@dataclass(frozen=True)
class TriageIncident:
    """What triage decides; `version` is that of the case that the page showed.

    `severity` None keeps what the rule gives; `other_number` names the case that it is the same as.
    """

    incident_id: UUID
    version: int
    state: IncidentState
    types: tuple[str, ...] = ()
    severity: int | None = None
    reason: str = ""
    lead_id: UUID | None = None
    other_number: str = ""


@dataclass(frozen=True)
class CorrectPerson:
    """A person of a case as she should have been written down; `version` is that of the involvement shown.

    An empty name leaves the name as it is, and so does `keeps_account` with the account of a member of the staff.
    """

    incident_id: UUID
    involvement_id: UUID
    version: int
    person: PersonInvolved
    keeps_account: bool = False


def birth_year_or_age(number: int | None) -> tuple[int | None, int | None]:
    """What a number in the box «age or year of birth» means, as (year, age): four digits are a year."""
    if number is None:
        return None, None
    return (number, None) if number >= 1000 else (None, number)


def storable(text: str) -> str:
    """A text that is kept readable, without the control characters that PostgreSQL refuses in one."""
    return _CONTROL.sub("", text)


def grade_of(class_name: str) -> int | None:
    """The grade that a class's name begins with: 8 of "8A2", 10 of "10 Toán"; None for a group of small children."""
    found = _GRADE.match(class_name)
    return int(found[1]) if found else None


def problem_with(command: ReportIncident, moment: datetime, today: date) -> tuple[str, str] | None:
    """The first rule that the report breaks, as (code, field); None when it can be taken.

    It did not happen in the future nor longer ago than anybody can tell of, the school did not learn of it before
    it happened, nobody in it was born later, and the facts are told.
    """
    if command.occurred_on > today:
        return "occurred-in-future", "occurred_on"
    if command.occurred_on.year < today.year - MOST_YEARS_AGO:
        return "occurred-too-long-ago", "occurred_on"
    if command.learned_at and command.learned_at > moment + CLOCK_SKEW:
        return "learned-in-future", "learned_at"
    happened = datetime.combine(command.occurred_on, command.occurred_time or time.min, SCHOOLS_CLOCK)
    if command.occurred_time and happened > moment + CLOCK_SKEW:
        return "occurred-later-today", "occurred_time"
    if command.learned_at and command.learned_at < happened:
        return "learned-before-it-happened", "learned_at"
    if not command.facts.strip():
        return "facts-missing", "facts"
    if len(command.facts) > FACTS_LIMIT:
        return "facts-too-long", "facts"
    if len(command.people) > MOST_PEOPLE:
        return "too-many-people", "people"
    problems = (problem_with_person(person, command.occurred_on) for person in command.people)
    return next(filter(None, problems), None) or problem_with_what_was_done(
        command.family_danger, command.family_told_at, command.told, moment
    )


def problem_with_person(person: PersonInvolved, day: date) -> tuple[str, str] | None:
    """Nobody is involved before she is born, nor at an age that nobody reaches."""
    ages = [person.age or 0, 0 if person.birth_year is None else day.year - person.birth_year]
    if min(ages) < 0:
        return "born-after-it-happened", "age"
    if max(ages) > OLDEST:
        return "age-impossible", "age"
    return None


def problem_with_what_was_done(
    family_danger: Known, family_told_at: datetime | None, told: Iterable[Told], moment: datetime
) -> tuple[str, str] | None:
    """The family is told only where that brings nobody into danger, and nobody was told in the future."""
    if family_told_at and family_danger is not Known.NO:
        return "family-told-in-danger", "family_danger"
    if family_told_at and family_told_at > moment + CLOCK_SKEW:
        return "told-in-future", "family_told_at"
    late = next((one.receiver for one in told if one.at and one.at > moment + CLOCK_SKEW), None)
    return ("told-in-future", late.value) if late else None
