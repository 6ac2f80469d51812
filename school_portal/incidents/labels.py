"""Words for incidents."""

from __future__ import annotations

from typing import Any

from school_portal.core.i18n import current_language
from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents.domain import (
    Duty,
    EntryKind,
    IncidentState,
    Known,
    NamesReason,
    NoticeKind,
    Part,
    PersonKind,
    PlainGroup,
    Receiver,
    RecordKind,
    ReporterState,
    Safety,
    SameAnswer,
    SelfHarm,
    Sex,
    Weapon,
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
SAFETY_HINTS: dict[Safety, Any] = {Safety.NOT_SAFE: _("Call 111, 113 or 115 first, then go on here")}
KNOWN: dict[Known, Any] = {
    Known.UNKNOWN: _("Not known yet"),
    Known.NO: _("No"),
    Known.YES: _("Yes"),
}
WEAPONS: dict[Weapon, Any] = {
    Weapon.UNKNOWN: _("Not known yet"),
    Weapon.NO: _("No weapon"),
    Weapon.CARRIED: _("Carried, not used"),
    Weapon.USED: _("Used"),
}
SELF_HARM: dict[SelfHarm, Any] = {
    SelfHarm.UNKNOWN: _("Not known yet"),
    SelfHarm.NONE: _("No sign of it"),
    SelfHarm.THOUGHTS: _("Speaks or writes of wanting to die or to hurt itself"),
    SelfHarm.PLAN: _("Has a plan or the means"),
    SelfHarm.ATTEMPT: _("Has tried, has hurt itself"),
}
RECEIVERS: dict[Receiver, Any] = {
    Receiver.HOTLINE_111: _("Hotline 111"),
    Receiver.POLICE: _("Police"),
    Receiver.COMMUNE: _("Commune People's Committee"),
    Receiver.HEALTH: _("Health centre, hospital"),
}
STATES: dict[IncidentState, Any] = {
    IncidentState.SUBMITTED: _("Just sent"),
    IncidentState.IN_TRIAGE: _("Being looked into"),
    IncidentState.ACCEPTED: _("Accepted"),
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
    "not-safe": _("The child is not safe now: level 4."),
    "hospital": _("Somebody is in hospital or has died: level 4."),
    "weapon-used": _("A weapon was used: level 4."),
    "self-harm": _("There is a plan or an attempt to harm oneself: level 4."),
    "clinic": _("An injury that a doctor looked at: at least level 3."),
    "weapon-carried": _("Somebody carried a weapon: at least level 3."),
    "repeated": _("It happened before: at least level 3."),
    "online": _("It has spread online: at least level 3."),
    "adult-acting": _("An adult is concerned: at least level 3."),
    "group-on-one": _("Three or more against one: at least level 3."),
    "many-harmed": _("Four or more were harmed: at least level 3."),
    "cannot-tell": _("The child cannot tell of it: at least level 3."),
    "small-child": _("A child under six, and an older child or an adult: one level more."),
}
SEVERITY_UNKNOWN: dict[str, Any] = {
    "safety": _("whether the child is safe now"),
    "injury": _("injuries"),
    "weapon": _("weapons"),
    "repeated": _("whether it happened before"),
    "online": _("whether it spread online"),
}
AGE_BANDS: dict[str, Any] = {
    "0-2": _("0 to 2 years"),
    "3-5": _("3 to 5 years"),
    "6-10": _("6 to 10 years"),
    "11-14": _("11 to 14 years"),
    "15-17": _("15 to 17 years"),
    "18+": _("18 years or more"),
    "": _("age not known"),
}
DUTIES: dict[Duty, Any] = {
    Duty.FOCAL_POINT: _("Person in charge"),
    Duty.HEAD: _("Head"),
    Duty.LEAD: _("Leads the case"),
    Duty.OFFICER: _("Officer of the unit above"),
}
SAME_ANSWERS: dict[SameAnswer, Any] = {
    SameAnswer.SAME: _("The same child"),
    SameAnswer.NOT_SAME: _("Not the same"),
}
ENTRIES: dict[EntryKind, Any] = {
    EntryKind.REPORTED: _("Reported"),
    EntryKind.FACTS_ADDED: _("Facts added"),
    EntryKind.TAKEN_UP: _("Taken up"),
    EntryKind.CODED: _("Type coded"),
    EntryKind.SEVERITY_SET: _("Severity changed"),
    EntryKind.LOWERING_ASKED: _("A lower severity proposed, the manager decides"),
    EntryKind.LOWERING_AGREED: _("The manager agreed to the lower severity"),
    EntryKind.LOWERING_REFUSED: _("The manager kept the higher severity"),
    EntryKind.LEAD_NAMED: _("Somebody was named to lead the case"),
    EntryKind.LINKED: _("Linked to another case"),
    EntryKind.MARKED_DUPLICATE: _("Marked as the same as another case"),
    EntryKind.NOT_SUBSTANTIATED: _("Set aside: not enough grounds"),
    EntryKind.AUTHORITY_TOLD: _("Told"),
    EntryKind.FAMILY_TOLD: _("The family was told"),
    EntryKind.PERSON_ADDED: _("Somebody was added"),
    EntryKind.PERSON_CORRECTED: _("Data of somebody corrected"),
    EntryKind.SAME_PERSON: _("Compared with an earlier case"),
    EntryKind.SAME_PERSON_UNDONE: _("A comparison taken back"),
    EntryKind.ASSIGNED: _("Handled above the school from now on"),
    EntryKind.GIVEN_BACK: _("Given back to the school"),
}
NOTICES: dict[NoticeKind, Any] = {
    NoticeKind.NEW: _("A new report waits for you"),
    NoticeKind.URGENT: _("Urgent: a report of level 4"),
    NoticeKind.NOT_OPENED: _("A report has not been opened in time"),
    NoticeKind.NOBODY_THERE: _("A report from a school that has nobody in charge"),
    NoticeKind.CONFLICT: _("A report that is yours to look after, above the school"),
    NoticeKind.LOWERING: _("A lower severity waits for your signature"),
    NoticeKind.LOWERING_ANSWERED: _("The manager has answered about the severity"),
    NoticeKind.FACTS_ADDED: _("Facts were added to a case"),
    NoticeKind.GIVEN_BACK: _("A case was given back to the school"),
    NoticeKind.LEAD: _("You were named to lead a case"),
    NoticeKind.SET_ASIDE: _("A case of level 3 or 4, or against staff, was set aside"),
    NoticeKind.STAFF_CORRECTED: _("Somebody of the staff was taken out of a case"),
    NoticeKind.TOLD_FOR_YOU: _("What you told by mouth has been written down"),
}
NAMES_REASONS: dict[NamesReason, Any] = {
    NamesReason.HELP: _("To help or keep the child safe"),
    NamesReason.FAMILY: _("To speak with the family"),
    NamesReason.AUTHORITY: _("To tell 111, the police or the commune"),
    NamesReason.VERIFY: _("To look into what happened"),
}
RULES: dict[str, Any] = {
    "occurred-in-future": _("This date has not come yet. Choose the day on which it happened."),
    "occurred-later-today": _("This time has not come yet. Check the day and the time."),
    "occurred-too-long-ago": _("This date lies too far back. Check the year."),
    "learned-in-future": _("This time has not come yet. Say when the school learned of it."),
    "learned-before-it-happened": _(
        "The school cannot have learned of it before it happened. Check both dates."
    ),
    "facts-missing": _("Write in a sentence or two what the child said or what was seen."),
    "facts-too-long": _("This is longer than 5,000 characters. Keep to the facts; more can be added later."),
    "too-many-people": _("At most 30 people fit here. Add further ones on the case page."),
    "born-after-it-happened": _("Nobody is involved before being born. Check the age or the year."),
    "age-impossible": _("This age is not possible. Write the age or the year of birth."),
    "family-told-in-danger": _(
        "Telling the family may bring danger, and yet it was told? If it was told before, answer No and write so below;"
        " else take back that it was told."
    ),
    "told-in-future": _("This time has not come yet. Say when they were told."),
    "channel-unknown": _("Choose from the list how it came to light."),
    "injury-unknown": _("Choose the injury from the list."),
    "relation-unknown": _("Choose the relation from the list."),
    "draft-too-long": _("This is more than a draft can hold. Shorten the facts; more can be added later."),
    "too-many-drafts": _("You have very many drafts. Send or discard some of them first."),
    "types-missing": _("Choose at least one type."),
    "type-unknown": _("Choose at most six types from the list."),
    "reason-missing": _("Write in a sentence why."),
    "staff-case-lowest": _("A case in which staff is concerned is not lowered any further."),
    "state-not-possible": _("The case has moved on meanwhile. Open it again."),
    "other-number-unknown": _("There is no such case among those that you read. Check the number."),
    "other-is-read-by-fewer": _(
        "That case is read by fewer people than this one. Open that one and name this one there."
    ),
    "other-is-duplicate": _("That case is itself a duplicate. Give the number of the case it belongs to."),
    "lead-not-possible": _("Choose somebody of the school who is not involved in the case."),
    "nobody-to-give-back-to": _(
        "Nobody at the school could look after it: name a head or a person in charge who is not involved first."
    ),
    "person-blank": _("Say at least one thing about the person."),
    "place-unknown": _("Choose a place from the list."),
    "day-part-unknown": _("Choose a part of the day from the list."),
}


def entry_name(entry: Any) -> str:
    """A taxonomy entry's name in the current language."""
    return str(entry.name_vi if current_language() == "vi" else entry.name_en)


def name_in(entries: Any, code: str) -> str:
    """The name of a code in a list; the code itself when a newer list has dropped it."""
    return next((entry_name(entry) for entry in entries if entry.code == code), code)


# --- the case page and triage ----------------------------------------------------------------------------------------

FAMILY_DANGERS: dict[Known, Any] = {
    Known.NO: _("No"),
    Known.YES: _("Yes, it may bring danger"),
    Known.UNKNOWN: _("Not known yet"),
}
CAN_TELL: dict[Known, Any] = {
    Known.YES: _("Can tell of it"),
    Known.NO: _("Cannot tell of it by itself"),
    Known.UNKNOWN: _("Not known yet"),
}
STATE_TONES: dict[IncidentState, str] = {
    IncidentState.SUBMITTED: "wait",
    IncidentState.IN_TRIAGE: "state",
    IncidentState.ACCEPTED: "state",
    IncidentState.NOT_SUBSTANTIATED: "neutral",
    IncidentState.DUPLICATE: "neutral",
}
"""A report that nobody has taken up waits for somebody; nothing else is coloured."""


def practice_topics(case: Any) -> list[str]:
    """Which advice on what to do and what not to do belongs on the page of a case, the most pressing first."""
    held = {
        "not_safe": case.safety is Safety.NOT_SAFE,
        "self_harm": case.group is PlainGroup.WORRY or any(p.self_harm in _WANTS_TO_DIE for p in case.people),
        "sexual": case.group is PlainGroup.SEXUAL or any(code.startswith("TD") for code in case.types),
        "adult": case.group is PlainGroup.ADULT or case.is_staff_case,
        "outside": case.group is PlainGroup.OUTSIDE or any(code.startswith("NG") for code in case.types),
        "online": case.group is PlainGroup.ONLINE or case.online is Known.YES,
        "general": True,
        "family": case.family_told_at is None,
    }
    return [topic for topic, holds in held.items() if holds]


_WANTS_TO_DIE = (SelfHarm.THOUGHTS, SelfHarm.PLAN, SelfHarm.ATTEMPT)


def names_in(entries: Any, codes: Any) -> str:
    """The names of several codes of a list, one after the other."""
    return "; ".join(name_in(entries, code) for code in codes)


def definition_of(entry: Any) -> str:
    """What a type means, in the current language."""
    return str(entry.definition_vi if current_language() == "vi" else entry.definition_en)


def short_definition_of(entry: Any) -> str:
    """Its first sentence; what to do about it comes after."""
    return definition_of(entry).partition(". ")[0].rstrip(".") + "."


def entry_detail(kind: EntryKind, detail: str, lists: Any) -> str:
    """What a line of the chronology is about, in words; empty when its name says it all."""
    if kind is EntryKind.CODED:
        return names_in(lists.types, detail.split(","))
    if kind in _LEVEL_CHANGES and ">" in detail:
        old, _arrow, new = detail.partition(">")
        return str(_("level %(old)s to level %(new)s", old=old, new=new))
    if kind is EntryKind.AUTHORITY_TOLD and detail in list(Receiver):
        return str(RECEIVERS[Receiver(detail)])
    if kind is EntryKind.SAME_PERSON:
        code, _space, answer = detail.partition(" ")
        return f"{code}: {SAME_ANSWERS[SameAnswer(answer)]}"
    if kind in (EntryKind.PERSON_ADDED, EntryKind.PERSON_CORRECTED):
        return str(_("Person %(code)s", code=detail))
    return "" if kind is EntryKind.ASSIGNED else detail


_LEVEL_CHANGES = (
    EntryKind.SEVERITY_SET,
    EntryKind.LOWERING_ASKED,
    EntryKind.LOWERING_AGREED,
    EntryKind.LOWERING_REFUSED,
)

# --- filing ------------------------------------------------------------------------------------------------------

FILING_STEPS: dict[str, Any] = {
    "what": _("What"),
    "who": _("Who is concerned"),
    "done": _("What was done"),
    "check": _("Check and send"),
}
FAMILY_DANGER: dict[Known, Any] = {
    Known.NO: _("No"),
    Known.YES: _("Yes"),
    Known.UNKNOWN: _("Not sure"),
}
FAMILY_TOLD: dict[str, Any] = {"no": _("Not told yet"), "yes": _("Told")}
CONCERNS_LEAD: dict[str, Any] = {"no": _("No"), "yes": _("Yes"), "unknown": _("Not known yet")}
REPORTER_SENTENCES: dict[ReporterState, Any] = {
    ReporterState.RECEIVED: _("It has reached the person in charge of child protection."),
    ReporterState.VERIFYING: _("The person in charge is looking into it."),
    ReporterState.SUPPORTING: _("The school is supporting the children."),
    ReporterState.ENDED: _("Ended. Thank you for speaking up."),
}
"""What becomes of a report, in one human sentence; no measures, no severity, no names (domain review T6)."""

WENT_ABOVE = _("It went to the unit above the school, nobody at the school sees it.")
