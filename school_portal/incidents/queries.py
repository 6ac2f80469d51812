"""Reading incidents: the list, the case, one's own reports, and figures less what a viewer may not know of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, undefer

from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.core.crypto import fold
from school_portal.core.errors import NotFound
from school_portal.core.paging import PAGE_SIZE, Page, read_cursor, write_cursor
from school_portal.incidents import policy
from school_portal.incidents.domain import (
    RECORD_KIND,
    REPORTER_STATES,
    IncidentState,
    Part,
    PersonKind,
    PlainGroup,
    RecordKind,
    ReporterState,
    Safety,
    Sex,
    fact_name,
    tally_facts,
)
from school_portal.incidents.models import Incident, Involvement, Person, PersonToken, TaxonomyEntry
from school_portal.incidents.tokens import name_tokens
from school_portal.tally import queries as tally
from school_portal.tally.domain import ALL, Facts

MONTH = "month"
FACT_COLUMNS = {
    "group": Incident.group_code,
    "severity": Incident.severity,
    "safety": Incident.safety,
    "place": Incident.place,
    "day_part": Incident.day_part,
}
MOST_CANDIDATES = 200


@dataclass(frozen=True)
class Entry:
    """A line of a list to choose from."""

    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True)
class Taxonomy:
    """The newest version of the lists."""

    version: int
    places: tuple[Entry, ...]
    day_parts: tuple[Entry, ...]


@dataclass(frozen=True)
class IncidentFilters:
    """What is looked for; empty means all."""

    group: str = ""
    state: str = ""
    name: str = ""


@dataclass(frozen=True)
class IncidentRow:
    """A line of the list: nothing sealed."""

    id: UUID
    number: str
    occurred_on: date
    group: PlainGroup
    severity: int
    state: IncidentState
    place: str


@dataclass(frozen=True)
class InvolvedPerson:
    """A person of a case by her code; the name only where it was asked for."""

    code: str
    parts: tuple[Part, ...]
    kind: PersonKind
    sex: Sex
    class_name: str
    name: str | None = None


@dataclass(frozen=True)
class Case:
    """What the case page shows."""

    id: UUID
    org_path: str
    organisation_id: UUID
    number: str
    group: PlainGroup
    record_kind: RecordKind
    occurred_on: date
    occurred_time: time | None
    day_part: str
    place: str
    learned_at: datetime
    reported_at: datetime
    safety: Safety
    severity: int
    state: IncidentState
    facts: str
    people: tuple[InvolvedPerson, ...]


@dataclass(frozen=True)
class OwnReport:
    """What the reporter may know of her own report."""

    id: UUID
    number: str
    reported_at: datetime
    check_code: str
    state: ReporterState
    severity: int
    organisation_id: UUID
    concerns_lead: bool


def get_taxonomy(session: Session, actor: Actor) -> Taxonomy:
    """The newest lists of places and parts of the day; everybody who files reads them."""
    newest = select(func.max(TaxonomyEntry.version)).scalar_subquery()
    rows = session.scalars(
        select(TaxonomyEntry).where(TaxonomyEntry.version == newest).order_by(TaxonomyEntry.position)
    ).all()
    lists: dict[str, list[Entry]] = {"place": [], "day_part": []}
    for row in rows:
        lists[row.list].append(Entry(row.code, row.name_vi, row.name_en))
    version = rows[0].version if rows else 0
    return Taxonomy(version, tuple(lists["place"]), tuple(lists["day_part"]))


def list_incidents(
    session: Session, actor: Actor, filters: IncidentFilters = IncidentFilters(), cursor: str | None = None
) -> Page[IncidentRow]:
    """The incidents that she sees, the newest event first."""
    statement = scope(
        select(
            Incident.id,
            Incident.number,
            Incident.occurred_on,
            Incident.group_code,
            Incident.severity,
            Incident.state,
            Incident.place,
        ),
        policy.visible_to(actor),
    ).where(*_clauses(session, actor, filters), *_after(cursor))
    rows = session.execute(
        statement.order_by(Incident.occurred_on.desc(), Incident.id.desc()).limit(PAGE_SIZE + 1)
    ).all()
    items = [IncidentRow(*row[:3], PlainGroup(row[3]), *row[4:]) for row in rows[:PAGE_SIZE]]
    more = len(rows) > PAGE_SIZE
    return Page(items, write_cursor(items[-1].occurred_on.isoformat(), str(items[-1].id)) if more else None)


def _after(cursor: str | None) -> list[ColumnElement[bool]]:
    position = read_cursor(cursor, 2)
    try:
        day, last = (date.fromisoformat(position[0]), UUID(position[1])) if position else (None, None)
    except ValueError:
        return []
    if day is None:
        return []
    return [or_(Incident.occurred_on < day, and_(Incident.occurred_on == day, Incident.id < last))]


def _clauses(session: Session, actor: Actor, filters: IncidentFilters) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = []
    if filters.group:
        clauses.append(Incident.group_code == filters.group)
    if filters.state:
        clauses.append(Incident.state == filters.state)
    if filters.name:
        clauses.append(Incident.id.in_(_incidents_naming(session, actor, filters.name)))
    return clauses


def _incidents_naming(session: Session, actor: Actor, name: str) -> set[UUID]:
    """Incidents with a person whose name has all the words, accents aside.

    Tokens are short on purpose, so candidates are opened and compared.
    """
    words = set(fold(name).split())
    tokens = name_tokens(name)
    if not tokens:
        return set()
    found = (
        scope(select(PersonToken.person_id), policy.tokens_visible_to(actor))
        .where(PersonToken.token.in_(tokens))
        .group_by(PersonToken.person_id)
        .having(func.count() == len(tokens))
        .limit(MOST_CANDIDATES)
    )
    candidates = session.scalars(found).all()
    people = session.scalars(
        scope(select(Person).options(undefer(Person.name)), policy.people_visible_to(actor)).where(
            Person.id.in_(candidates)
        )
    )
    matching = [person.id for person in people if words <= set(fold(person.name or "").split())]
    rows = scope(select(Involvement.incident_id), policy.involvements_visible_to(actor)).where(
        Involvement.person_id.in_(matching)
    )
    return set(session.scalars(rows))


def get_case(session: Session, actor: Actor, incident_id: UUID, *, with_names: bool = False) -> Case:
    """One case; raises NotFound when she may not see it. Whoever calls this tells the audit."""
    found = session.scalars(
        scope(select(Incident).options(undefer(Incident.facts)), policy.visible_to(actor)).where(
            Incident.id == incident_id
        )
    ).one_or_none()
    if found is None:
        raise NotFound("incident-not-found")
    return Case(
        id=found.id,
        org_path=found.org_path,
        organisation_id=found.organisation_id,
        number=found.number,
        group=PlainGroup(found.group_code),
        record_kind=found.record_kind,
        occurred_on=found.occurred_on,
        occurred_time=found.occurred_time,
        day_part=found.day_part,
        place=found.place,
        learned_at=found.learned_at,
        reported_at=found.reported_at,
        safety=found.safety,
        severity=found.severity,
        state=found.state,
        facts=found.facts or "",
        people=_people_of(session, actor, incident_id, with_names),
    )


def _people_of(
    session: Session, actor: Actor, incident_id: UUID, with_names: bool
) -> tuple[InvolvedPerson, ...]:
    involvements = session.scalars(
        scope(select(Involvement), policy.involvements_visible_to(actor))
        .where(Involvement.incident_id == incident_id)
        .order_by(Involvement.position)
    ).all()
    names: dict[UUID, str | None] = {}
    if with_names:
        people = session.scalars(
            scope(select(Person).options(undefer(Person.name)), policy.people_visible_to(actor)).where(
                Person.id.in_([row.person_id for row in involvements])
            )
        )
        names = {person.id: person.name for person in people}
    return tuple(
        InvolvedPerson(
            code=person_code(row.position),
            parts=tuple(part for part in Part if getattr(row, f"is_{part.value}")),
            kind=row.kind,
            sex=row.sex,
            class_name=row.class_name,
            name=names.get(row.person_id),
        )
        for row in involvements
    )


def person_code(position: int) -> str:
    """A, B, ... Z, then P27, P28: how a person is called on a case page."""
    return chr(ord("A") + position) if position < 26 else f"P{position + 1}"


def list_own_reports(session: Session, actor: Actor) -> list[OwnReport]:
    """The last 50 reports that she sent, with their state in plain words."""
    statement = scope(select(*_OWN), policy.reported_by(actor))
    rows = session.execute(statement.order_by(Incident.reported_at.desc(), Incident.id).limit(PAGE_SIZE))
    return [_own(*row) for row in rows]


def get_own_report(session: Session, actor: Actor, incident_id: UUID) -> OwnReport:
    """One of her own reports; raises NotFound."""
    statement = scope(select(*_OWN), policy.reported_by(actor)).where(Incident.id == incident_id)
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound("report-not-found")
    return _own(*row)


_OWN = (
    Incident.id,
    Incident.number,
    Incident.reported_at,
    Incident.check_code,
    Incident.state,
    Incident.severity,
    Incident.organisation_id,
    Incident.concerns_lead,
)


def _own(
    id: UUID,
    number: str,
    reported_at: datetime,
    code: str,
    state: IncidentState,
    severity: int,
    organisation_id: UUID,
    concerns_lead: bool,
) -> OwnReport:
    return OwnReport(
        id, number, reported_at, code, REPORTER_STATES[state], severity, organisation_id, concerns_lead
    )


def own_report_of(incident: Incident) -> OwnReport:
    """The reporter's view of a record that was just made."""
    return _own(*(getattr(incident, column.key) for column in _OWN))


def totals(
    session: Session,
    actor: Actor,
    org_path: str,
    first: date,
    last: date,
    fact: str = ALL,
    kind: RecordKind = RecordKind.INCIDENT,
) -> dict[str, int]:
    """Counts of one kind of record by value of one fact, of a unit and all below it.

    Over what the actor may know exists. Facts: `all`, `month` ("2026-11") and those of FACT_COLUMNS. Values without
    a record are left out. Risks and worries are never among the incidents: they are asked for by their own kind.
    """
    if fact == MONTH:
        counts = tally.by_month(session, actor, org_path, first, last, (RECORD_KIND, kind.value))
    elif fact == ALL:
        kinds = tally.totals(session, actor, org_path, first, last, RECORD_KIND)
        counts = {"": kinds.get(kind.value, 0)}
    else:
        counts = tally.totals(session, actor, org_path, first, last, fact_name(fact, kind))
    for value, n in _hidden(session, actor, org_path, first, last, fact, kind):
        counts[value] = counts.get(value, 0) - n
    return {value: n for value, n in counts.items() if n}


def _hidden(
    session: Session, actor: Actor, org_path: str, first: date, last: date, fact: str, kind: RecordKind
) -> list[tuple[str, int]]:
    if actor.is_system:
        return []
    column = Incident.occurred_on if fact in (ALL, MONTH) else FACT_COLUMNS[fact]
    statement = (
        scope(select(column, func.count()), policy.hidden_in_figures(actor, org_path))
        .where(Incident.occurred_on.between(first, last), Incident.record_kind == kind)
        .group_by(column)
    )
    rows = session.execute(statement).all()
    if fact == ALL:
        return [("", n) for _, n in rows]
    if fact == MONTH:
        return [(f"{day:%Y-%m}", n) for day, n in rows]
    return [(str(getattr(value, "value", value)), n) for value, n in rows]


def may_report(actor: Actor) -> bool:
    """Whether she works at a school and so can report there; who only oversees schools can't."""
    return any(policy.may_report(actor, post.org_path) for post in actor.posts)


def may_search(actor: Actor) -> bool:
    """Whether the page that looks for names is hers."""
    return policy.may_search_names(actor)


def count_visible(session: Session, actor: Actor) -> int:
    """How many open incidents she sees; for her home page and the menu."""
    ended = (IncidentState.CLOSED, IncidentState.NOT_SUBSTANTIATED, IncidentState.DUPLICATE)
    statement = scope(select(func.count()).select_from(Incident), policy.visible_to(actor))
    return session.scalar(statement.where(Incident.state.not_in(ended))) or 0


def records_for_tally(
    session: Session, actor: Actor, org_path: str | None = None
) -> Iterator[tuple[str, date, Facts]]:
    """Each incident as it is counted, of all units or of exactly one: for making the tally again, for moving counts.

    Operators only; others see nothing here but their own cases.
    """
    columns = (Incident.org_path, Incident.occurred_on, Incident.record_kind, *FACT_COLUMNS.values())
    statement = scope(select(*columns), policy.visible_to(actor))
    if org_path is not None:
        statement = statement.where(Incident.org_path == org_path)
    rows = session.execute(statement.execution_options(yield_per=2000))
    for path, day, kind, group, severity, safety, place, day_part in rows:
        yield path, day, tally_facts(group, severity, kind, safety.value, place, day_part)
