"""Rules about incidents: groups, severity, numbers, what a report must hold. No database, no text, no clock."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

CLOCK_SKEW = timedelta(minutes=5)
FACTS_LIMIT = 5000
NAME_LIMIT = 120
CLASS_LIMIT = 20
MOST_PEOPLE = 30
MOST_YEARS_AGO = 80
"""A case number keeps two digits of the year, so events must lie less than a century apart."""
RECORD_KIND = "record_kind"
"""The fact that tells kinds of records apart in the tally."""


class PlainGroup(StrEnum):
    """What it comes nearest to, in a teacher's words; the exact type is picked at triage."""

    FIGHT = "fight"
    BULLYING = "bullying"
    WORDS = "words"
    ONLINE = "online"
    SEXUAL = "sexual"
    ADULT = "adult"
    OUTSIDE = "outside"
    WORRY = "worry"
    UNCLEAR = "unclear"


class RecordKind(StrEnum):
    """A risk or a worry about a child's welfare never counts as an incident."""

    INCIDENT = "incident"
    RISK = "risk"
    WELFARE = "welfare"


class Safety(StrEnum):
    """Whether the child is safe now."""

    SAFE = "safe"
    NOT_SAFE = "not_safe"
    UNKNOWN = "unknown"


class IncidentState(StrEnum):
    """Where the handling stands."""

    SUBMITTED = "submitted"
    INTERVENING = "intervening"
    HANDLING = "handling"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"
    HANDED_OVER = "handed_over"
    NOT_SUBSTANTIATED = "not_substantiated"
    DUPLICATE = "duplicate"


class ReporterState(StrEnum):
    """What the reporter is told: never measures, never silence."""

    RECEIVED = "received"
    VERIFYING = "verifying"
    SUPPORTING = "supporting"
    ENDED = "ended"


class PersonKind(StrEnum):
    """What a person is to the school."""

    PUPIL = "pupil"
    STAFF = "staff"
    OTHER = "other"


class Sex(StrEnum):
    """As far as it is known."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


class Part(StrEnum):
    """A person's part in an incident; she may have several."""

    HARMED = "harmed"
    ACTING = "acting"
    WITNESS = "witness"


class NamesReason(StrEnum):
    """Why somebody opens the names in a case; the audit keeps the code."""

    HELP = "help"
    FAMILY = "family"
    AUTHORITY = "authority"
    VERIFY = "verify"


REPORTER_STATES = {
    IncidentState.SUBMITTED: ReporterState.RECEIVED,
    IncidentState.INTERVENING: ReporterState.SUPPORTING,
    IncidentState.HANDLING: ReporterState.VERIFYING,
    IncidentState.FOLLOW_UP: ReporterState.SUPPORTING,
    IncidentState.CLOSED: ReporterState.ENDED,
    IncidentState.HANDED_OVER: ReporterState.SUPPORTING,
    IncidentState.NOT_SUBSTANTIATED: ReporterState.ENDED,
    IncidentState.DUPLICATE: ReporterState.VERIFYING,
}

GROUP_SEVERITY = {
    PlainGroup.FIGHT: 2,
    PlainGroup.BULLYING: 2,
    PlainGroup.WORDS: 2,
    PlainGroup.ONLINE: 2,
    PlainGroup.SEXUAL: 3,
    PlainGroup.ADULT: 3,
    PlainGroup.OUTSIDE: 3,
    PlainGroup.WORRY: 1,
    PlainGroup.UNCLEAR: 2,
}
"""First severity of a group until triage picks a type; drafted by the portal's authors."""


@dataclass(frozen=True)
class PersonInvolved:
    """One card of the form. `user_id` links a person of the staff to her account, so that she sees nothing of it."""

    kind: PersonKind = PersonKind.PUPIL
    parts: frozenset[Part] = frozenset()
    sex: Sex = Sex.UNKNOWN
    class_name: str = ""
    name: str = ""
    user_id: UUID | None = None

    @property
    def is_blank(self) -> bool:
        """A card left empty is no person: nothing but the first answers of its radio groups."""
        return not (self.parts or self.class_name or self.name or self.user_id)


@dataclass(frozen=True)
class ReportIncident:
    """What somebody tells the school; `id` is made with the form, so that a second sending is the same report."""

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
    people: tuple[PersonInvolved, ...] = ()
    concerns_lead: bool = False
    source: str = "portal"


@dataclass(frozen=True)
class Severity:
    """The level and the codes of the reasons that raised it above the group's own."""

    level: int
    reasons: tuple[str, ...] = field(default=())


def first_severity(command: ReportIncident) -> Severity:
    """Severity before triage: the group's own, raised to 3 or 4 by what is known. Unknown answers never lower it.

    Source: the portal's severity rule (docs/glossary.md), drafted: at least 3 when three or more act on one, four or
    more are harmed, or an adult of the school acts; 4 when the child is not safe now.
    """
    acting = [person for person in command.people if Part.ACTING in person.parts]
    harmed = [person for person in command.people if Part.HARMED in person.parts]
    to_three = {
        "group-on-one": len(acting) >= 3 and len(harmed) == 1,
        "many-harmed": len(harmed) >= 4,
        "staff-acting": any(person.kind is PersonKind.STAFF for person in acting),
    }
    to_four = {"not-safe": command.safety is Safety.NOT_SAFE}
    base = GROUP_SEVERITY[command.group]
    reasons = [code for code, holds in to_three.items() if holds and base < 3]
    level = max(base, 3) if any(to_three.values()) else base
    if any(to_four.values()):
        reasons, level = [*reasons, *(code for code, holds in to_four.items() if holds)], 4
    return Severity(level, tuple(reasons))


def record_kind(command: ReportIncident) -> RecordKind:
    """A worry about a child is a risk, as long as nothing has happened; all else is an incident."""
    return RecordKind.RISK if command.group is PlainGroup.WORRY else RecordKind.INCIDENT


def problem_with(command: ReportIncident, moment: datetime, today: date) -> tuple[str, str] | None:
    """The first rule that the report breaks, as (code, field); None when it can be taken.

    It did not happen in the future nor longer ago than anybody can tell of, the school did not learn of it before
    it happened, and the facts are told.
    """
    if command.occurred_on > today:
        return "occurred-in-future", "occurred_on"
    if command.occurred_on.year < today.year - MOST_YEARS_AGO:
        return "occurred-too-long-ago", "occurred_on"
    if command.learned_at and command.learned_at > moment + CLOCK_SKEW:
        return "learned-in-future", "learned_at"
    if command.learned_at and command.learned_at.date() < command.occurred_on - timedelta(days=1):
        return "learned-before-it-happened", "learned_at"
    if not command.facts.strip():
        return "facts-missing", "facts"
    if len(command.facts) > FACTS_LIMIT:
        return "facts-too-long", "facts"
    if len(command.people) > MOST_PEOPLE:
        return "too-many-people", "people"
    return None


def case_number(school_year: int, serial: int) -> str:
    """`VV-2627-000123`: school year of the event's date, then the province's running number in it, gaps allowed."""
    return f"VV-{school_year % 100:02}{(school_year + 1) % 100:02}-{serial:06}"


def check_code(incident_id: UUID, number: str, reported_at: datetime, facts: str) -> str:
    """Eight letters that stand for exactly this report: whoever keeps the receipt can prove what she sent, and when."""
    at = reported_at.astimezone(UTC).isoformat(timespec="seconds")
    digest = hashlib.sha256(f"{incident_id}|{number}|{at}|{facts}".encode()).hexdigest().upper()
    return f"{digest[:4]}-{digest[4:8]}"


def fact_name(fact: str, kind: RecordKind) -> str:
    """The name under which a fact of one kind of record is counted: `group` of incidents, `risk_group` of risks."""
    return fact if kind is RecordKind.INCIDENT else f"{kind.value}_{fact}"


def tally_facts(
    group: str, severity: int, kind: RecordKind, safety: str, place: str, day_part: str
) -> tuple[tuple[str, str], ...]:
    """The facts under which a record is counted, each kind of record apart, so that a risk never is a case."""
    facts = {
        "group": group,
        "severity": str(severity),
        "safety": safety,
        "place": place,
        "day_part": day_part,
    }
    return ((RECORD_KIND, kind.value), *((fact_name(fact, kind), value) for fact, value in facts.items()))
