"""The words that code branches on: groups, answers, parts, states, duties, and which state may follow which."""

from __future__ import annotations

from enum import StrEnum


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


class Known(StrEnum):
    """An answer that may always be «not known yet»."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


class Weapon(StrEnum):
    """Whether somebody had a weapon."""

    NO = "no"
    CARRIED = "carried"
    USED = "used"
    UNKNOWN = "unknown"


class SelfHarm(StrEnum):
    """Whether a person thinks of harming herself. A flag beside any type, with steps and no police clock of its own."""

    UNKNOWN = "unknown"
    NONE = "none"
    THOUGHTS = "thoughts"
    PLAN = "plan"
    ATTEMPT = "attempt"


class IncidentState(StrEnum):
    """Where triage stands; what comes after it is computed from what is recorded."""

    SUBMITTED = "submitted"
    IN_TRIAGE = "in_triage"
    ACCEPTED = "accepted"
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


class Receiver(StrEnum):
    """Who receives information about a child in danger (Decree 56/2017, article 25): four places."""

    HOTLINE_111 = "hotline_111"
    POLICE = "police"
    COMMUNE = "commune"
    HEALTH = "health"


class Duty(StrEnum):
    """Why somebody is assigned to a case."""

    FOCAL_POINT = "focal_point"
    HEAD = "head"
    LEAD = "lead"
    OFFICER = "officer"
    """The one named officer of the office above, in a case that concerns the school's head or focal point."""


class NamesReason(StrEnum):
    """Why somebody opens the names in a case; the audit keeps the code."""

    HELP = "help"
    FAMILY = "family"
    AUTHORITY = "authority"
    VERIFY = "verify"


class EntryKind(StrEnum):
    """What a line of the chronology tells of."""

    REPORTED = "reported"
    FACTS_ADDED = "facts_added"
    TAKEN_UP = "taken_up"
    CODED = "coded"
    SEVERITY_SET = "severity_set"
    LOWERING_ASKED = "lowering_asked"
    LOWERING_AGREED = "lowering_agreed"
    LOWERING_REFUSED = "lowering_refused"
    LEAD_NAMED = "lead_named"
    LINKED = "linked"
    MARKED_DUPLICATE = "marked_duplicate"
    NOT_SUBSTANTIATED = "not_substantiated"
    AUTHORITY_TOLD = "authority_told"
    FAMILY_TOLD = "family_told"
    PERSON_ADDED = "person_added"
    PERSON_CORRECTED = "person_corrected"
    SAME_PERSON = "same_person"
    SAME_PERSON_UNDONE = "same_person_undone"
    ASSIGNED = "assigned"
    GIVEN_BACK = "given_back"


class NoticeKind(StrEnum):
    """Why somebody is told of a case: a link and its number, no more."""

    NEW = "new"
    URGENT = "urgent"
    NOT_OPENED = "not_opened"
    NOBODY_THERE = "nobody_there"
    CONFLICT = "conflict"
    LOWERING = "lowering"
    LOWERING_ANSWERED = "lowering_answered"
    FACTS_ADDED = "facts_added"
    GIVEN_BACK = "given_back"
    LEAD = "lead"
    SET_ASIDE = "set_aside"
    """To officers: a grave case, or one against staff, was set aside or called a duplicate."""
    STAFF_CORRECTED = "staff_corrected"
    """To officers: somebody of the staff no longer stands in a case as acting."""
    TOLD_FOR_YOU = "told_for_you"
    """To a colleague who told the focal point by mouth: it is written down."""


class SameAnswer(StrEnum):
    """Whether a person of one report is a person of an earlier one; a person decides, never the portal."""

    SAME = "same"
    NOT_SAME = "not_same"


REPORTER_STATES = {
    IncidentState.SUBMITTED: ReporterState.RECEIVED,
    IncidentState.IN_TRIAGE: ReporterState.VERIFYING,
    IncidentState.ACCEPTED: ReporterState.SUPPORTING,
    IncidentState.NOT_SUBSTANTIATED: ReporterState.ENDED,
    IncidentState.DUPLICATE: ReporterState.SUPPORTING,
}
"""What becomes of a report that tells of a known case is told of that case: its child is being helped."""

TRANSITIONS = {
    IncidentState.SUBMITTED: frozenset(IncidentState) - {IncidentState.SUBMITTED},
    IncidentState.IN_TRIAGE: frozenset(IncidentState) - {IncidentState.SUBMITTED},
    IncidentState.ACCEPTED: frozenset(
        {IncidentState.ACCEPTED, IncidentState.NOT_SUBSTANTIATED, IncidentState.DUPLICATE}
    ),
    IncidentState.NOT_SUBSTANTIATED: frozenset({IncidentState.IN_TRIAGE, IncidentState.ACCEPTED}),
    IncidentState.DUPLICATE: frozenset({IncidentState.IN_TRIAGE, IncidentState.ACCEPTED}),
}
"""Nothing is deleted, and no decision of triage is for ever: what was set aside can be taken up again."""


def may_become(state: IncidentState, wanted: IncidentState) -> bool:
    """Whether triage may lead from one state to the other."""
    return wanted in TRANSITIONS[state]
