"""The case file: a frozen dataclass of plain values, and how it is read. It says what is recorded and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from school_portal.accounts import queries as accounts
from school_portal.accounts.labels import role_words
from school_portal.core.actor import Actor
from school_portal.core.clock import local, now
from school_portal.core.i18n import current_language, format_date, format_datetime, format_time, gettext
from school_portal.incidents import labels, queries
from school_portal.incidents.domain import (
    EntryKind,
    Known,
    Part,
    Receiver,
    SelfHarm,
    Sex,
    grade_of,
    masked,
)
from school_portal.incidents.domain.documents import (
    CHILD_UNTIL,
    FilePrint,
    Progress,
    Step,
    progress_of,
    read_print,
    step_of,
)
from school_portal.incidents.queries import Case, InvolvedPerson, Taxonomy
from school_portal.incidents.queries.cases import Entry, View
from school_portal.incidents.queries.documents import reporter_name
from school_portal.incidents.report.words import (
    DASH,
    NOT_RECORDED,
    PROGRESS,
    ROLES,
    SEVERITIES,
    SIGNERS_IN_ENGLISH,
    STEPS,
)
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Letterhead
from school_portal.reports.domain import Order, Scope

EVERYBODY = (*Part, None)
"""Whose names are opened so that they can be covered in what people wrote; printed are only those asked for."""


@dataclass(frozen=True)
class Head:
    """The letterhead as printed."""

    parent_line: str
    issuer_line: str
    place_name: str
    full_name: str


@dataclass(frozen=True)
class StepLine:
    """A step on the line at the top: its state in a word and in the circle's look."""

    number: int
    name: str
    look: str
    words: str


@dataclass(frozen=True)
class PersonRow:
    """Somebody of the case. `name` is empty where names are not printed."""

    code: str
    role: str
    name: str
    sex: str
    age: str
    grade: str
    is_child: str
    condition: str


@dataclass(frozen=True)
class EntryRow:
    """A line of the chronology."""

    at: str
    step: str
    what: str
    text: str
    by: str


@dataclass(frozen=True)
class ToldRow:
    """A place that was or wasn't told."""

    place: str
    at: str
    by: str
    outcome: str


@dataclass(frozen=True)
class ViewRow:
    """That somebody read the case."""

    at: str
    who: str
    what: str


@dataclass(frozen=True)
class Annex:
    """The sheet that is kept apart: witnesses by name, and who told."""

    witnesses: tuple[PersonRow, ...] | None
    reporter: str | None


@dataclass(frozen=True)
class IncidentFile:
    """Everything that the case file prints."""

    title: str
    number: str
    head: Head
    made_on: date
    made_at: str
    draft_line: str
    watermark: str
    with_names: bool
    is_restricted: bool
    steps: tuple[StepLine, ...]
    facts: tuple[tuple[str, str], ...]
    account: str
    people: tuple[PersonRow, ...]
    severity: str
    reasons: tuple[str, ...]
    assigned: tuple[str, ...]
    told: tuple[ToldRow, ...]
    care: tuple[str, ...]
    outcome: str
    chronology: tuple[EntryRow, ...]
    views: tuple[ViewRow, ...]
    maker: str
    signer: str
    annex: Annex | None


@dataclass(frozen=True)
class Read:
    """What was read of a case, before it is put into words."""

    case: Case
    lists: Taxonomy
    letterhead: Letterhead
    school_name: str
    chronology: Sequence[Entry]
    views: Sequence[View]
    assigned: Sequence[queries.Assigned]
    posts: dict[str, str]
    """What somebody of the school is there, by name; left out where two share a name."""
    reporter: str = ""


def build(session: Session, actor: Actor, order: Order, scope: Scope) -> IncidentFile:
    """Read the case as who asks may read it now, in the order's language. What she opened is told at the download."""
    printed = read_print(order.options)
    assert order.subject_id is not None
    case = queries.get_case(session, actor, order.subject_id, names_of=EVERYBODY)
    on = local(now()).date()
    version_id = case.organisation_version_id
    school = organisations.units_of_versions(session, actor, [version_id])[version_id]
    parent_id = organisations.get_unit(session, actor, case.organisation_id).parent_id
    maker_id = parent_id if case.concerns_lead and parent_id else case.organisation_id
    read = Read(
        case=case,
        lists=queries.get_taxonomy(session, actor, case.taxonomy_version),
        letterhead=organisations.get_letterhead(session, actor, maker_id, on),
        school_name=school.name(current_language()),
        chronology=queries.list_chronology(session, actor, case.id),
        views=queries.list_views(session, actor, case.id),
        assigned=queries.list_assigned(session, actor, case.id),
        posts=_posts(session, actor, case),
        reporter=reporter_name(session, actor, case.id) if printed.reporter else "",
    )
    return compose(read, printed, actor.name, local(now()))


def _posts(session: Session, actor: Actor, case: Case) -> dict[str, str]:
    school = organisations.get_unit(session, actor, case.organisation_id)
    found: dict[str, set[str]] = {}
    for person in accounts.people_at(session, actor, case.organisation_id):
        found.setdefault(person.name, set()).add(str(role_words(person.roles[0], school)))
    return {name: words.pop() for name, words in found.items() if len(words) == 1}


def compose(read: Read, printed: FilePrint, reader: str, moment: datetime) -> IncidentFile:
    """Put what was read into the words of the current language.

    Without names every name of the case is covered in what people wrote too: the file may leave the school.
    """
    case, lists = read.case, read.lists
    with_names = printed.reason is not None
    names = [person.name for person in case.people if person.name]

    def told(text: str) -> str:
        return text if with_names else masked(text, names)

    what = labels.names_in(lists.types, case.types) if case.types else str(labels.PLAIN_GROUPS[case.group])
    made_at = format_datetime(moment)
    steps = progress_of(
        case.state,
        family_answered=bool(case.family_told_at or case.family_reason),
        first_aid_given=case.first_aid is Known.YES,
    )
    coding = case.coding(lists)
    return IncidentFile(
        title=gettext("%(what)s, %(day)s", what=what, day=format_date(case.occurred_on)),
        number=case.number,
        head=_head(read.letterhead),
        made_on=moment.date(),
        made_at=made_at,
        draft_line=_foot(case.number, made_at, reader if with_names else ""),
        watermark=gettext("With names, for %(reader)s, %(moment)s", reader=reader, moment=made_at)
        if with_names
        else "",
        with_names=with_names,
        is_restricted=case.is_restricted,
        steps=tuple(_step_line(step, steps[step], case) for step in Step),
        facts=tuple(_facts(case, lists, read.school_name)),
        account=told(case.facts),
        people=tuple(_people(case, lists, with_names=with_names)),
        severity=str(SEVERITIES[case.severity]),
        reasons=tuple(str(labels.SEVERITY_REASONS[code]) for code in coding.severity.reasons),
        assigned=tuple(_assigned(read)),
        told=tuple(_told(case, told)),
        care=(gettext("First aid was given."),) if case.first_aid is Known.YES else (),
        outcome=str(labels.STATES[case.state]) if steps[Step.HANDLE] is Progress.DONE else "",
        chronology=tuple(_chronology(read, told)),
        views=tuple(
            ViewRow(
                format_datetime(view.at),
                _post_of(view.name, read.posts),
                gettext("The case, with names") if view.with_names else gettext("The case, by code"),
            )
            for view in reversed(read.views)
        ),
        maker=gettext("Officer of the unit above")
        if case.concerns_lead
        else gettext("Person in charge of child protection"),
        signer=_signer(read.letterhead),
        annex=_annex(case, lists, printed, read.reporter),
    )


def _head(letterhead: Letterhead) -> Head:
    english = current_language() == "en"
    return Head(
        parent_line=letterhead.parent_line,
        issuer_line=letterhead.issuer_line,
        place_name=letterhead.place_name,
        full_name=letterhead.full_name_en if english else letterhead.full_name_vi,
    )


def _signer(letterhead: Letterhead) -> str:
    title = letterhead.signer_title
    return SIGNERS_IN_ENGLISH.get(title, title) if current_language() == "en" else title


def _foot(number: str, made_at: str, reader: str) -> str:
    first = gettext(
        "File %(number)s, for internal use. It holds private matters of children: do not copy it, do not pass it on.",
        number=number,
    )
    second = gettext("Made by the School Safety Portal at %(moment)s.", moment=made_at)
    if reader:
        second += " " + gettext("With names, for %(reader)s.", reader=reader)
    return f"{first}\n{second}"


def _step_line(step: Step, progress: Progress, case: Case) -> StepLine:
    words = str(PROGRESS[progress])
    if step is Step.DETECT:
        words = f"{words} {format_datetime(case.learned_at)}"
    elif step is Step.HANDLE and progress is Progress.DONE:
        words = str(labels.STATES[case.state])
    return StepLine(step.value, str(STEPS[step]), progress.value, words)


def _facts(case: Case, lists: Taxonomy, school_name: str) -> Iterable[tuple[str, str]]:
    """Label and value, each pair half a row."""
    when = format_date(case.occurred_on)
    if case.occurred_time:
        when = f"{format_time(case.occurred_time)} {when}"
    if case.day_part != "unknown":
        when = f"{when}, {labels.name_in(lists.day_parts, case.day_part).lower()}"
    types = labels.names_in(lists.types, case.types) if case.types else gettext("Not coded yet")
    yield gettext("Institution"), school_name
    yield gettext("State"), str(labels.STATES[case.state])
    yield gettext("Group of behaviour"), str(labels.PLAIN_GROUPS[case.group])
    yield gettext("Type"), types
    yield gettext("When it happened"), when
    yield gettext("The school learned of it"), format_datetime(case.learned_at)
    yield gettext("Place"), labels.name_in(lists.places, case.place)
    yield gettext("How it came to light"), labels.name_in(lists.channels, case.channel)
    yield gettext("Safe now"), str(labels.SAFETY[case.safety])
    yield gettext("Weapon"), str(labels.WEAPONS[case.weapon])
    yield gettext("Happened before"), str(labels.KNOWN[case.repeated])
    yield gettext("Spread online"), str(labels.KNOWN[case.online])


def _people(case: Case, lists: Taxonomy, *, with_names: bool) -> Iterable[PersonRow]:
    """Whoever is nothing but a witness stands here as a number, without what would tell who it is (U13)."""
    seen = 0
    for person in case.people:
        if person.parts == (Part.WITNESS,):
            seen += 1
            role = gettext("Witness %(number)s", number=seen)
            yield PersonRow(person.code, role, *[DASH] * 6)
        else:
            yield _person(person, lists, with_name=with_names)


def _person(person: InvolvedPerson, lists: Taxonomy, *, with_name: bool) -> PersonRow:
    roles = [str(ROLES[part]) for part in person.parts] or [gettext("Part not known yet")]
    condition = []
    if person.injury not in ("none", "unknown"):
        condition.append(labels.name_in(lists.injuries, person.injury))
    if person.can_tell is Known.NO:
        condition.append(str(labels.CAN_TELL[Known.NO]))
    if person.self_harm not in (SelfHarm.NONE, SelfHarm.UNKNOWN):
        condition.append(str(labels.SELF_HARM[person.self_harm]))
    return PersonRow(
        code=person.code,
        role="; ".join(roles),
        name=(person.name or "") if with_name else "",
        sex=DASH if person.sex is Sex.UNKNOWN else str(labels.SEXES[person.sex]),
        age=DASH if person.age is None else str(person.age),
        grade=_grade(person, with_name=with_name),
        is_child=_is_child(person),
        condition="; ".join(condition) or DASH,
    )


def _grade(person: InvolvedPerson, *, with_name: bool) -> str:
    """The class beside a name; without names the grade only, which is shared by many."""
    grade = grade_of(person.class_name)
    return (person.class_name if with_name else str(grade or "")) or DASH


def _is_child(person: InvolvedPerson) -> str:
    if person.age is None:
        return DASH
    return str(labels.KNOWN[Known.YES if person.age < CHILD_UNTIL else Known.NO])


def _assigned(read: Read) -> Iterable[str]:
    for person in read.assigned:
        yield (
            f"{labels.DUTIES[person.duty]}: {person.name}" if person.name else str(labels.DUTIES[person.duty])
        )


def _told(case: Case, told: Callable[[str], str]) -> Iterable[ToldRow]:
    """The family first, then the four receiving places; who was not told says so."""
    if case.family_told_at:
        yield ToldRow(gettext("Family"), format_datetime(case.family_told_at), DASH, gettext("Told"))
    else:
        reason = told(case.family_reason)
        outcome = gettext("Not told: %(reason)s", reason=reason) if reason else str(NOT_RECORDED)
        yield ToldRow(gettext("Family"), DASH, DASH, outcome)
    by_receiver = {place.receiver: place for place in case.told}
    for receiver in Receiver:
        name, place = str(labels.RECEIVERS[receiver]), by_receiver.get(receiver)
        if place is None:
            yield ToldRow(name, DASH, DASH, str(NOT_RECORDED))
            continue
        outcome = (
            gettext("Told, reference %(reference)s", reference=place.reference)
            if place.reference
            else gettext("Told")
        )
        at = format_datetime(place.at) if place.at else gettext("time not known")
        yield ToldRow(name, at, place.by or DASH, outcome)


def _chronology(read: Read, told: Callable[[str], str]) -> Iterable[EntryRow]:
    case, detect = read.case, str(STEPS[Step.DETECT])
    reporter = gettext("The reporter")
    channel = labels.name_in(read.lists.channels, case.channel) if case.channel != "unknown" else ""
    learned = gettext("The school learned of it")
    learned = f"{learned}: {channel}" if channel else learned
    yield EntryRow(format_datetime(case.learned_at), detect, learned, "", DASH)
    yield EntryRow(format_datetime(case.reported_at), detect, gettext("The report was sent"), "", reporter)
    for entry in read.chronology:
        what = str(labels.ENTRIES[entry.kind])
        detail = labels.entry_detail(entry.kind, entry.detail, read.lists)
        if entry.kind is EntryKind.LEAD_NAMED:
            detail = _post_of(entry.detail, read.posts) if entry.detail else ""
        yield EntryRow(
            format_datetime(entry.at),
            str(STEPS[step_of(entry.kind)]),
            f"{what}: {detail}" if detail else what,
            told(entry.text),
            reporter if entry.by_reporter else _post_of(entry.by, read.posts),
        )


def _post_of(name: str, posts: dict[str, str]) -> str:
    """Official papers name the post; whoever has none at the school now by name, and officers above by their office."""
    return posts.get(name, name) if name else gettext("Somebody above the school")


def _annex(case: Case, lists: Taxonomy, printed: FilePrint, reporter: str) -> Annex | None:
    if printed.reason is None or not printed.has_annex:
        return None
    rows = tuple(_person(person, lists, with_name=True) for person in case.with_part(Part.WITNESS))
    known = reporter or gettext("The portal does not know: it was taken over from elsewhere.")
    return Annex(rows if printed.witnesses else None, known if printed.reporter else None)
