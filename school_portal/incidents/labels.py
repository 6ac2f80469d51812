"""Words for incidents."""

from __future__ import annotations

from typing import Any

from school_portal.core.i18n import current_language
from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents.domain import (
    IncidentState,
    NamesReason,
    Part,
    PersonKind,
    PlainGroup,
    RecordKind,
    ReporterState,
    Safety,
    Sex,
)

PLAIN_GROUPS: dict[PlainGroup, Any] = {
    PlainGroup.FIGHT: _("Fighting, hitting"),
    PlainGroup.BULLYING: _("Bullying, exclusion, extortion"),
    PlainGroup.WORDS: _("Words, threats"),
    PlainGroup.ONLINE: _("Online, filming"),
    PlainGroup.SEXUAL: _("Touching, sexual"),
    PlainGroup.ADULT: _("An adult at school"),
    PlainGroup.OUTSIDE: _("At home, outside school"),
    PlainGroup.WORRY: _("Worry about a child"),
    PlainGroup.UNCLEAR: _("Not clear yet, the person in charge will decide"),
}
GROUP_HINTS: dict[PlainGroup, Any] = {
    PlainGroup.WORRY: _("At risk, wants to harm itself, changed behaviour"),
}
SAFETY: dict[Safety, Any] = {
    Safety.SAFE: _("Yes, the child is safe"),
    Safety.NOT_SAFE: _("Not safe yet"),
    Safety.UNKNOWN: _("Not known yet"),
}
SAFETY_HINTS: dict[Safety, Any] = {Safety.NOT_SAFE: _("Call 111 or 113 first, then go on here")}
STATES: dict[IncidentState, Any] = {
    IncidentState.SUBMITTED: _("Received"),
    IncidentState.INTERVENING: _("Intervening"),
    IncidentState.HANDLING: _("Being handled"),
    IncidentState.FOLLOW_UP: _("Being followed up"),
    IncidentState.CLOSED: _("Ended"),
    IncidentState.HANDED_OVER: _("Handed over to an authority"),
    IncidentState.NOT_SUBSTANTIATED: _("Not enough grounds"),
    IncidentState.DUPLICATE: _("Same as another case"),
}
REPORTER_STATES: dict[ReporterState, Any] = {
    ReporterState.RECEIVED: _("Received"),
    ReporterState.VERIFYING: _("Being looked into"),
    ReporterState.SUPPORTING: _("Being supported"),
    ReporterState.ENDED: _("Ended"),
}
RECORD_KINDS: dict[RecordKind, Any] = {
    RecordKind.INCIDENT: _("Incident"),
    RecordKind.RISK: _("Risk"),
    RecordKind.WELFARE: _("Welfare"),
}
PERSON_KINDS: dict[PersonKind, Any] = {
    PersonKind.PUPIL: _("Pupil"),
    PersonKind.STAFF: _("Staff"),
    PersonKind.OTHER: _("Somebody else"),
}
SEXES: dict[Sex, Any] = {
    Sex.UNKNOWN: _("Not known yet"),
    Sex.FEMALE: _("Female"),
    Sex.MALE: _("Male"),
}
PARTS: dict[Part, Any] = {
    Part.HARMED: _("Was harmed"),
    Part.ACTING: _("Is named as acting or concerned"),
    Part.WITNESS: _("Saw it"),
}
SEVERITY_REASONS: dict[str, Any] = {
    "group-on-one": _("three or more against one"),
    "many-harmed": _("four or more were harmed"),
    "staff-acting": _("an adult of the school is concerned"),
    "not-safe": _("the child is not safe now"),
}
NAMES_REASONS: dict[NamesReason, Any] = {
    NamesReason.HELP: _("To help or keep the child safe"),
    NamesReason.FAMILY: _("To speak with the family"),
    NamesReason.AUTHORITY: _("To tell 111, the police or the commune"),
    NamesReason.VERIFY: _("To look into what happened"),
}
RULES: dict[str, Any] = {
    "occurred-in-future": _("This date has not come yet. Choose the day on which it happened."),
    "occurred-too-long-ago": _("This date lies too far back. Check the year."),
    "learned-in-future": _("This time has not come yet. Say when the school learned of it."),
    "learned-before-it-happened": _(
        "The school cannot have learned of it before it happened. Check both dates."
    ),
    "facts-missing": _("Write in a sentence or two what the child said or what was seen."),
    "facts-too-long": _("This is longer than 5,000 characters. Keep to the facts; more can be added later."),
    "too-many-people": _("At most 30 people fit here. Add further ones on the case page."),
    "place-unknown": _("Choose a place from the list."),
    "day-part-unknown": _("Choose a part of the day from the list."),
}


def entry_name(entry: Any) -> str:
    """A taxonomy entry's name in the current language."""
    return str(entry.name_vi if current_language() == "vi" else entry.name_en)


def name_in(entries: Any, code: str) -> str:
    """The name of a code in a list; the code itself when a newer list has dropped it."""
    return next((entry_name(entry) for entry in entries if entry.code == code), code)
