"""One case as whoever reads it sees it: narrative, people by code, chronology, who has seen it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from school_portal.accounts import queries as accounts
from school_portal.audit import queries as audit
from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.core.errors import NotFound
from school_portal.incidents import policy
from school_portal.incidents.domain import (
    Coding,
    Duty,
    EntryKind,
    IncidentState,
    Known,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    Receiver,
    RecordKind,
    Safety,
    SelfHarm,
    Sex,
    Weapon,
    coding_of,
)
from school_portal.incidents.models import (
    Assignment,
    AuthorityTold,
    ChronologyEntry,
    Incident,
    IncidentLink,
    Involvement,
    Person,
)
from school_portal.incidents.queries.taxonomy import Taxonomy


@dataclass(frozen=True)
class InvolvedPerson:
    """A person of a case by her code; the name only where it was asked for."""

    id: UUID
    code: str
    person_code: str
    parts: tuple[Part, ...]
    kind: PersonKind
    relation: str
    is_adult: bool
    sex: Sex
    class_name: str
    age: int | None
    injury: str
    can_tell: Known
    self_harm: SelfHarm
    version: int
    user_id: UUID | None = None
    """The account of somebody of the staff, so that correcting her keeps the case from her."""
    name: str | None = None

    def for_rules(self) -> PersonInvolved:
        """As the rules of severity look at her."""
        return PersonInvolved(
            kind=self.kind,
            parts=frozenset(self.parts),
            sex=self.sex,
            age=self.age,
            relation=self.relation,
            is_adult=self.is_adult,
            injury=self.injury,
            can_tell=self.can_tell,
            self_harm=self.self_harm,
        )


@dataclass(frozen=True)
class Entry:
    """A line of the chronology; `by` is a name, empty for the reporter and for the portal itself.

    `detail` is a code, a change of level ("2>3"), a number, or the name of who leads from then on.
    """

    at: datetime
    kind: EntryKind
    by: str
    by_reporter: bool
    detail: str
    text: str


@dataclass(frozen=True)
class ToldPlace:
    """A receiving place that was told."""

    receiver: Receiver
    at: datetime | None
    by: str
    reference: str


@dataclass(frozen=True)
class Assigned:
    """Somebody assigned to the case now."""

    user_id: UUID
    name: str
    duty: Duty


@dataclass(frozen=True)
class LinkedCase:
    """A case that belongs together with this one."""

    id: UUID
    number: str


@dataclass(frozen=True)
class View:
    """That somebody opened the case; `with_names` when she opened names in it."""

    at: datetime
    name: str
    with_names: bool


@dataclass(frozen=True)
class Case:
    """What the case page shows."""

    id: UUID
    org_path: str
    organisation_id: UUID
    organisation_version_id: UUID
    number: str
    version: int
    taxonomy_version: int
    group: PlainGroup
    types: tuple[str, ...]
    record_kind: RecordKind
    occurred_on: date
    occurred_time: time | None
    day_part: str
    place: str
    channel: str
    learned_at: datetime
    reported_at: datetime
    due_to_open: datetime | None
    safety: Safety
    weapon: Weapon
    repeated: Known
    online: Known
    first_aid: Known
    family_danger: Known
    family_told_at: datetime | None
    family_reason: str
    severity: int
    severity_computed: int
    lowering_to: int | None
    lowering_by: UUID | None
    lowering_reason: str
    state: IncidentState
    duplicate_of: LinkedCase | None
    concerns_lead: bool
    is_staff_case: bool
    is_restricted: bool
    source: str
    facts: str
    people: tuple[InvolvedPerson, ...] = ()
    told: tuple[ToldPlace, ...] = ()

    def with_part(self, part: Part) -> list[InvolvedPerson]:
        """The people who have this part."""
        return [person for person in self.people if part in person.parts]

    def person(self, involvement_id: UUID) -> InvolvedPerson:
        """One of its people; raises NotFound when she is none of them."""
        found = next((person for person in self.people if person.id == involvement_id), None)
        if found is None:
            raise NotFound("person-not-found")
        return found

    def coding(self, lists: Taxonomy) -> Coding:
        """What the rules make of it as it stands: the level, with each rule that raised it."""
        return coding_of(
            self.group,
            self.safety,
            self.weapon,
            self.repeated,
            self.online,
            [person.for_rules() for person in self.people],
            lists.rules(self.types),
            lists.injury_levels([person.injury for person in self.people]),
        )


def get_incident(session: Session, actor: Actor, incident_id: UUID) -> Incident:
    """The record to be changed, with its texts; raises NotFound when she does not read the case."""
    texts = (Incident.facts, Incident.family_reason, Incident.lowering_reason)
    statement = scope(select(Incident).options(*map(undefer, texts)), policy.visible_to(actor))
    found = session.scalars(statement.where(Incident.id == incident_id)).one_or_none()
    if found is None:
        raise NotFound("incident-not-found")
    return found


def get_case(session: Session, actor: Actor, incident_id: UUID, names_of: Iterable[Part | None] = ()) -> Case:
    """One case; raises NotFound when she may not read it. Whoever calls this tells the audit.

    `names_of` opens names: of whoever has one of the parts; None stands for people whose part is not known.
    """
    found = get_incident(session, actor, incident_id)
    people = people_of(session, actor, incident_id)
    return Case(
        id=found.id,
        org_path=found.org_path,
        organisation_id=found.organisation_id,
        organisation_version_id=found.organisation_version_id,
        number=found.number,
        version=found.row_version,
        taxonomy_version=found.taxonomy_version,
        group=PlainGroup(found.group_code),
        types=tuple(filter(None, found.type_codes.split(","))),
        record_kind=found.record_kind,
        occurred_on=found.occurred_on,
        occurred_time=found.occurred_time,
        day_part=found.day_part,
        place=found.place,
        channel=found.channel,
        learned_at=found.learned_at,
        reported_at=found.reported_at,
        due_to_open=found.due_to_open,
        safety=found.safety,
        weapon=found.weapon,
        repeated=found.repeated,
        online=found.online,
        first_aid=found.first_aid,
        family_danger=found.family_danger,
        family_told_at=found.family_told_at,
        family_reason=found.family_reason or "",
        severity=found.severity,
        severity_computed=found.severity_computed,
        lowering_to=found.lowering_to,
        lowering_by=found.lowering_by,
        lowering_reason=found.lowering_reason or "",
        state=found.state,
        duplicate_of=_linked(session, actor, found.duplicate_of),
        concerns_lead=found.concerns_lead,
        is_staff_case=found.is_staff_case,
        is_restricted=found.is_restricted,
        source=found.source,
        facts=found.facts or "",
        people=_named(session, actor, people, frozenset(names_of)),
        told=_told(session, actor, incident_id),
    )


def _linked(session: Session, actor: Actor, incident_id: UUID | None) -> LinkedCase | None:
    if incident_id is None:
        return None
    statement = scope(select(Incident.id, Incident.number), policy.visible_to(actor))
    row = session.execute(statement.where(Incident.id == incident_id)).one_or_none()
    return LinkedCase(*row) if row else None


def people_of(session: Session, actor: Actor, incident_id: UUID) -> tuple[InvolvedPerson, ...]:
    """The people of a case that she reads, by code, in the order in which they were written down."""
    statement = (
        scope(select(Involvement, Person.code), policy.involvements_visible_to(actor))
        .join(Person, Person.id == Involvement.person_id)
        .where(Involvement.incident_id == incident_id)
    )
    statement = scope(statement, policy.people_visible_to(actor)).order_by(Involvement.position)
    return tuple(_person(row, code) for row, code in session.execute(statement))


def _person(row: Involvement, code: str) -> InvolvedPerson:
    return InvolvedPerson(
        id=row.id,
        code=person_code(row.position),
        person_code=code,
        parts=tuple(part for part in Part if getattr(row, f"is_{part.value}")),
        kind=row.kind,
        relation=row.relation,
        is_adult=row.is_adult,
        sex=row.sex,
        class_name=row.class_name,
        age=row.age,
        injury=row.injury,
        can_tell=row.can_tell,
        self_harm=row.self_harm,
        version=row.row_version,
        user_id=row.user_id,
    )


def _named(
    session: Session, actor: Actor, people: tuple[InvolvedPerson, ...], parts: frozenset[Part | None]
) -> tuple[InvolvedPerson, ...]:
    wanted = {person.id for person in people if parts & frozenset(person.parts or (None,))}
    if not wanted:
        return people
    statement = (
        scope(select(Person, Involvement.id).options(undefer(Person.name)), policy.people_visible_to(actor))
        .join(Involvement, Involvement.person_id == Person.id)
        .where(Involvement.id.in_(wanted))
    )
    rows = session.execute(scope(statement, policy.involvements_visible_to(actor)))
    names = {involvement_id: person.name for person, involvement_id in rows}
    return tuple(replace(person, name=names.get(person.id)) for person in people)


def person_code(position: int) -> str:
    """A, B, ... Z, then P27, P28: how a person is called on a case page."""
    return chr(ord("A") + position) if position < 26 else f"P{position + 1}"


def _told(session: Session, actor: Actor, incident_id: UUID) -> tuple[ToldPlace, ...]:
    texts = (AuthorityTold.told_by, AuthorityTold.reference)
    statement = scope(select(AuthorityTold).options(*map(undefer, texts)), policy.told_visible_to(actor))
    rows = session.scalars(statement.where(AuthorityTold.incident_id == incident_id))
    places = [ToldPlace(row.receiver, row.told_at, row.told_by or "", row.reference or "") for row in rows]
    return tuple(sorted(places, key=lambda place: list(Receiver).index(place.receiver)))


def list_chronology(session: Session, actor: Actor, incident_id: UUID) -> list[Entry]:
    """What was known and done, the earliest first. The reporter is not named in it.

    That it was linked to a case of which she must not know is left out.
    """
    statement = scope(
        select(ChronologyEntry).options(undefer(ChronologyEntry.text)), policy.entries_visible_to(actor)
    ).where(ChronologyEntry.incident_id == incident_id)
    rows = session.scalars(statement.order_by(ChronologyEntry.at, ChronologyEntry.id)).all()
    leads = {UUID(row.detail) for row in rows if row.kind is EntryKind.LEAD_NAMED}
    names = accounts.name_of(session, actor, leads | {row.by_user for row in rows if row.by_user})
    told = {row.detail for row in rows if row.kind in _NAMES_A_CASE}
    numbers = _numbers_she_reads(session, actor, told) if told else set()
    return [
        Entry(
            row.at,
            row.kind,
            names.get(row.by_user, "") if row.by_user else "",
            row.by_reporter,
            _detail(row, names, numbers),
            row.text or "",
        )
        for row in rows
        if row.kind is not EntryKind.LINKED or row.detail in numbers
    ]


_NAMES_A_CASE = (EntryKind.LINKED, EntryKind.MARKED_DUPLICATE)


def _detail(row: ChronologyEntry, names: dict[UUID, str], numbers: set[str]) -> str:
    if row.kind is EntryKind.LEAD_NAMED:
        return names.get(UUID(row.detail), "")
    return "" if row.kind in _NAMES_A_CASE and row.detail not in numbers else row.detail


def _numbers_she_reads(session: Session, actor: Actor, numbers: set[str]) -> set[str]:
    statement = scope(select(Incident.number), policy.visible_to(actor))
    return set(session.scalars(statement.where(Incident.number.in_(numbers))))


def list_assigned(session: Session, actor: Actor, incident_id: UUID) -> list[Assigned]:
    """Who is assigned to a case that she reads, now."""
    statement = scope(select(Assignment.user_id, Assignment.duty), policy.assignments_visible_to(actor))
    statement = statement.where(Assignment.incident_id == incident_id, Assignment.ended_at.is_(None))
    rows = session.execute(statement.order_by(Assignment.since, Assignment.id)).all()
    names = accounts.name_of(session, actor, {row.user_id for row in rows})
    return [Assigned(row.user_id, names.get(row.user_id, ""), row.duty) for row in rows]


def list_links(session: Session, actor: Actor, incident_id: UUID) -> list[LinkedCase]:
    """The cases that belong together with this one, those that she reads."""
    statement = scope(
        select(IncidentLink.incident_id, IncidentLink.other_id), policy.links_visible_to(actor)
    ).where((IncidentLink.incident_id == incident_id) | (IncidentLink.other_id == incident_id))
    ids = {one if other == incident_id else other for one, other in session.execute(statement)}
    cases = scope(select(Incident.id, Incident.number), policy.visible_to(actor)).where(Incident.id.in_(ids))
    return [LinkedCase(*row) for row in session.execute(cases.order_by(Incident.number))]


READ, NAMES_READ = "incident-read", "names-read"
MOST_VIEWS = 30


def list_views(session: Session, actor: Actor, incident_id: UUID) -> list[View]:
    """Who has opened a case that she reads, the newest first; the reporter's reading of her own words is not in it."""
    get_incident(session, actor, incident_id)
    events = audit.acts_on(session, actor, incident_id, (READ, NAMES_READ), MOST_VIEWS)
    names = accounts.name_of(session, actor, {event.actor_id for event in events if event.actor_id})
    return [
        View(event.at, names.get(event.actor_id, ""), event.action == NAMES_READ)
        for event in events
        if event.actor_id
    ]
