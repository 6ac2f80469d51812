"""The list of cases: keyset pages over coded facts, an exact total, and finding one by number or by a name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, undefer

from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.core.crypto import fold
from school_portal.core.i18n import current_language
from school_portal.core.paging import PAGE_SIZE, Page, read_cursor, write_cursor
from school_portal.incidents import policy
from school_portal.incidents.domain import (
    LISTED,
    Duty,
    IncidentState,
    PlainGroup,
    listed_value,
    number_from,
)
from school_portal.incidents.models import Assignment, Incident, Involvement, Person, PersonToken
from school_portal.incidents.tokens import name_tokens
from school_portal.organisations import queries as organisations
from school_portal.tally import queries as tally

MOST_CANDIDATES = 200


@dataclass(frozen=True)
class IncidentFilters:
    """What is looked for; empty means all."""

    group: str = ""
    state: str = ""
    severity: str = ""

    def matches(self, severity: int, group: PlainGroup, state: IncidentState) -> bool:
        """Whether a record with these facts is looked for."""
        return all(
            not wanted or wanted == str(value)
            for wanted, value in ((self.group, group), (self.state, state), (self.severity, severity))
        )

    def clauses(self) -> list[ColumnElement[bool]]:
        """As conditions."""
        clauses: list[ColumnElement[bool]] = []
        if self.group:
            clauses.append(Incident.group_code == self.group)
        if self.state:
            clauses.append(Incident.state == self.state)
        if self.severity:
            clauses.append(Incident.severity == int(self.severity))
        return clauses


@dataclass(frozen=True)
class IncidentRow:
    """A line of the list: coded facts, nothing sealed. `school` is its name on the day of the event."""

    id: UUID
    number: str
    occurred_on: date
    group: PlainGroup
    severity: int
    state: IncidentState
    place: str
    types: tuple[str, ...]
    is_restricted: bool
    school: str = ""


@dataclass(frozen=True)
class WaitingRow:
    """A case that waits for triage, and by when it must be opened; None once somebody has taken it up."""

    case: IncidentRow
    due: datetime | None


COLUMNS = (
    Incident.id,
    Incident.number,
    Incident.occurred_on,
    Incident.group_code,
    Incident.severity,
    Incident.state,
    Incident.place,
    Incident.type_codes,
    Incident.is_restricted,
    Incident.organisation_version_id,
)


def list_incidents(
    session: Session, actor: Actor, filters: IncidentFilters = IncidentFilters(), cursor: str | None = None
) -> Page[IncidentRow]:
    """The incidents of which she may know, the newest event first."""
    statement = scope(select(*COLUMNS), policy.known_to(actor)).where(*filters.clauses(), *_after(cursor))
    rows = session.execute(
        statement.order_by(Incident.occurred_on.desc(), Incident.id.desc()).limit(PAGE_SIZE + 1)
    ).all()
    items = rows_of(session, actor, rows[:PAGE_SIZE])
    more = len(rows) > PAGE_SIZE
    return Page(items, write_cursor(items[-1].occurred_on.isoformat(), str(items[-1].id)) if more else None)


def rows_of(session: Session, actor: Actor, rows: object) -> list[IncidentRow]:
    """Lines of a list from rows of COLUMNS; with the school for who oversees several."""
    found = list(rows)  # type: ignore[call-overload]
    items = [IncidentRow(*row[:3], PlainGroup(row[3]), *row[4:7], _codes(row[7]), row[8]) for row in found]
    if not actor.holds(*policy.OFFICERS):
        return items
    names = organisations.units_of_versions(session, actor, {row[9] for row in found})
    return [
        replace(item, school=names[row[9]].name(current_language()) if row[9] in names else "")
        for item, row in zip(items, found, strict=True)
    ]


def _codes(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def _after(cursor: str | None) -> list[ColumnElement[bool]]:
    position = read_cursor(cursor, 2)
    try:
        day, last = (date.fromisoformat(position[0]), UUID(position[1])) if position else (None, None)
    except ValueError:
        return []
    if day is None:
        return []
    return [or_(Incident.occurred_on < day, and_(Incident.occurred_on == day, Incident.id < last))]


def count_listed(session: Session, actor: Actor, filters: IncidentFilters = IncidentFilters()) -> int:
    """Exactly how many the list has in all.

    From the tally of her one unit less what is hidden from her, so that it costs the same at any size; counted row by
    row only for who reads single cases without holding a place's list, or holds several places.
    """
    lead_paths, office_paths = actor.paths(*policy.LEADS), actor.paths(*policy.OFFICERS)
    paths = [*lead_paths, *office_paths]
    other_paths = set(actor.paths(*policy.SCHOOL_ROLES)) - set(lead_paths)
    if not actor.is_fresh or len(paths) != 1 or other_paths:
        return _count(session, _listed(actor, filters))
    counts = tally.of_all_days(session, actor, paths[0], LISTED)
    lowest = 3 if office_paths else 1
    wanted = {
        listed_value(severity, group, state)
        for severity in range(lowest, 5)
        for group in PlainGroup
        for state in IncidentState
        if filters.matches(severity, group, state)
    }
    number = sum(n for value, n in counts.items() if value in wanted)
    hidden = _facts_of_hidden(session, actor, paths[0])
    number -= sum(
        severity >= lowest and filters.matches(severity, group, state) for severity, group, state in hidden
    )
    return number + (_count_own_below_3(session, actor, filters) if office_paths else 0)


def _listed(actor: Actor, filters: IncidentFilters) -> Select[tuple[int]]:
    statement = scope(select(func.count()).select_from(Incident), policy.known_to(actor))
    return statement.where(*filters.clauses())


def _count(session: Session, statement: Select[tuple[int]]) -> int:
    return session.scalar(statement) or 0


def _facts_of_hidden(
    session: Session, actor: Actor, path: str
) -> list[tuple[int, PlainGroup, IncidentState]]:
    """Of what the tally counts, that of which the viewer must not know; few, and found by an index."""
    facts = select(Incident.severity, Incident.group_code, Incident.state)
    statements = [scope(facts, policy.hidden_by_involvement(actor, path))]
    if not policy.counts_whole(actor, path):
        statements.append(scope(facts, policy.hidden_at_school(actor, path)))
    rows = [row for statement in statements for row in session.execute(statement)]
    return [(row.severity, PlainGroup(row.group_code), row.state) for row in rows]


def _count_own_below_3(session: Session, actor: Actor, filters: IncidentFilters) -> int:
    """Cases below level 3 that an officer has because they concern a lead."""
    mine = scope(select(Assignment.incident_id), policy.own_assignments(actor))
    ids = session.scalars(mine.where(Assignment.duty == Duty.OFFICER)).all()
    if not ids:
        return 0
    facts = (Incident.severity, Incident.group_code, Incident.state)
    rows = session.execute(scope(select(*facts), policy.visible_to(actor)).where(Incident.id.in_(ids)))
    return sum(row.severity < 3 and filters.matches(row.severity, row.group_code, row.state) for row in rows)


def find_by_number(session: Session, actor: Actor, text: str) -> IncidentRow | None:
    """The case with this number, however it was typed, when she may know of it."""
    number = number_from(text)
    statement = scope(select(*COLUMNS), policy.known_to(actor)).where(Incident.number == number)
    rows = session.execute(statement).all() if number else []
    return rows_of(session, actor, rows)[0] if rows else None


def list_naming(session: Session, actor: Actor, name: str) -> list[IncidentRow]:
    """The newest 50 cases that she reads with a person whose name has all the words, accents aside."""
    found = _incidents_naming(session, actor, name)
    statement = scope(select(*COLUMNS), policy.visible_to(actor)).where(Incident.id.in_(found))
    newest = statement.order_by(Incident.occurred_on.desc(), Incident.id.desc()).limit(PAGE_SIZE)
    return rows_of(session, actor, session.execute(newest).all())


def _incidents_naming(session: Session, actor: Actor, name: str) -> set[UUID]:
    """Tokens are short on purpose, so candidates are opened and compared."""
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


def count_visible(session: Session, actor: Actor) -> int:
    """How many cases wait for triage among those that she reads; for her first page and the menu."""
    waiting = (IncidentState.SUBMITTED, IncidentState.IN_TRIAGE)
    statement = scope(select(func.count()).select_from(Incident), policy.visible_to(actor))
    return _count(session, statement.where(Incident.state.in_(waiting)))


def list_waiting(session: Session, actor: Actor) -> list[WaitingRow]:
    """What waits for triage among the cases that she reads, the most urgent first; at most 50."""
    waiting = (IncidentState.SUBMITTED, IncidentState.IN_TRIAGE)
    statement = scope(select(*COLUMNS, Incident.due_to_open), policy.visible_to(actor))
    statement = statement.where(Incident.state.in_(waiting)).order_by(
        Incident.severity.desc(), Incident.reported_at, Incident.id
    )
    rows = session.execute(statement.limit(PAGE_SIZE)).all()
    cases = rows_of(session, actor, rows)
    return [WaitingRow(case, row.due_to_open) for case, row in zip(cases, rows, strict=True)]
