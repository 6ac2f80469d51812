"""Who will read a report: the persons in charge and the head, or one named officer above; and assigning them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from school_portal.accounts import queries as accounts
from school_portal.accounts.queries import PersonAt
from school_portal.audit.service import record
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import now
from school_portal.incidents import policy
from school_portal.incidents.domain import Duty, Part, PersonInvolved
from school_portal.incidents.models import Assignment, Incident
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Unit


@dataclass(frozen=True)
class Readers:
    """Who reads a case in whole. `office` is the unit above when the case is handled there."""

    people: tuple[PersonAt, ...]
    office: Unit | None = None
    nobody_at_school: bool = False

    @property
    def is_above(self) -> bool:
        """Handled above the school."""
        return self.office is not None


def plan_readers(
    session: Session,
    actor: Actor,
    school: Unit,
    *,
    is_restricted: bool,
    concerns_lead: bool,
    people: Iterable[PersonInvolved] = (),
    held: Collection[UUID] = (),
) -> Readers:
    """Who would read a report with these answers, in the order in which they take it up.

    It goes above when it concerns a lead: because the reporter says so, because a lead is named as acting, because
    every lead is involved, or because the school has none. Of a restricted one the first focal point and the head
    read; else every focal point and the head. Nobody involved. `held`: who has it already keeps it.
    """
    involved = {person.user_id for person in people if person.user_id}
    acting = {person.user_id for person in people if Part.ACTING in person.parts and person.user_id}
    leads = accounts.responsible_people(session, SYSTEM, school.id)
    free = [person for person in leads if person.user_id not in involved]
    if concerns_lead or not free or acting & {person.user_id for person in leads}:
        officer, office = _officer_above(session, school, involved, held)
        return Readers((officer,) if officer else (), office, nobody_at_school=not leads)
    focal_points = [person for person in free if Role.FOCAL_POINT in person.roles]
    focal_points.sort(key=lambda person: person.user_id not in held)
    heads = [person for person in free if Role.HEAD in person.roles and person not in focal_points[:1]]
    first = focal_points[:1] if is_restricted else focal_points
    return Readers(tuple(dict.fromkeys([*first, *heads])))


def _officer_above(
    session: Session, school: Unit, involved: Collection[UUID], held: Collection[UUID]
) -> tuple[PersonAt | None, Unit | None]:
    """The officer of the unit above who has the fewest such cases; of the next one above where it has none."""
    nearest: Unit | None = None
    found: list[tuple[PersonAt, Unit]] = []
    parent_id = school.parent_id
    while parent_id is not None and (held or not found):
        office = organisations.get_unit(session, SYSTEM, parent_id)
        nearest = nearest or office
        officers = [
            person
            for person in accounts.people_at(session, SYSTEM, office.id)
            if set(policy.OFFICERS) & set(person.roles) and person.user_id not in involved
        ]
        keeps = next((person for person in officers if person.user_id in held), None)
        if keeps:
            return keeps, office
        if officers and not found:
            loads = _loads(session, [person.user_id for person in officers])
            found = [(min(officers, key=lambda person: (loads.get(person.user_id, 0), person.name)), office)]
        parent_id = office.parent_id
    return found[0] if found else (None, nearest)


def _loads(session: Session, user_ids: list[UUID]) -> dict[UUID, int]:
    statement = (
        scope(select(Assignment.user_id, func.count()), everybody(Assignment.org_path))
        .where(Assignment.user_id.in_(user_ids), Assignment.ended_at.is_(None))
        .where(Assignment.duty == Duty.OFFICER)
        .group_by(Assignment.user_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def assign_readers(
    session: Session, actor: Actor, incident: Incident, readers: Readers
) -> tuple[PersonAt, ...]:
    """Assign who must be, for the case to be hers: the officer above, or of a restricted one people of the school.

    Returns who was not assigned before.
    """
    if readers.is_above:
        duties = [(person, Duty.OFFICER) for person in readers.people]
    elif incident.is_restricted:
        duties = [(person, _duty_of(person)) for person in readers.people]
    else:
        duties = []
    held = assigned_users(session, incident.id) if duties else set()
    new = [(person, duty) for person, duty in duties if person.user_id not in held]
    for person, duty in new:
        assign(session, actor, incident, person.user_id, duty)
    return tuple(person for person, _ in new)


def _duty_of(person: PersonAt) -> Duty:
    return Duty.FOCAL_POINT if Role.FOCAL_POINT in person.roles else Duty.HEAD


def assigned_users(session: Session, incident_id: UUID) -> set[UUID]:
    """Who is assigned to a case now, whoever asks."""
    statement = scope(select(Assignment.user_id), everybody(Assignment.org_path))
    active = statement.where(Assignment.incident_id == incident_id, Assignment.ended_at.is_(None))
    return set(session.scalars(active))


def assign(session: Session, actor: Actor, incident: Incident, user_id: UUID, duty: Duty) -> None:
    """Assign somebody to the case from now on; told to the audit."""
    assignment = Assignment(
        org_path=incident.org_path,
        incident_id=incident.id,
        user_id=user_id,
        duty=duty,
        since=now(),
        ended_at=None,
    )
    values = {column.key: getattr(assignment, column.key) for column in Assignment.__table__.columns}
    session.execute(insert(Assignment), [values])
    record(
        session,
        actor,
        "incident-assigned",
        "incident",
        incident.id,
        incident.org_path,
        duty=duty.value,
        to=str(user_id),
    )


def end_assignments(
    session: Session,
    actor: Actor,
    incident: Incident,
    *,
    duties: Collection[Duty] = tuple(Duty),
    user_id: UUID | None = None,
) -> None:
    """End who is assigned by one of the duties; of one person only when she is given."""
    statement = (
        scope(update(Assignment), everybody(Assignment.org_path))
        .where(Assignment.incident_id == incident.id, Assignment.ended_at.is_(None))
        .where(Assignment.duty.in_(list(duties)))
    )
    if user_id is not None:
        statement = statement.where(Assignment.user_id == user_id)
    session.execute(statement.values(ended_at=now()), execution_options={"synchronize_session": False})


def readers_at(
    session: Session,
    actor: Actor,
    organisation_id: UUID,
    *,
    is_restricted: bool = False,
    concerns_lead: bool = False,
    people: Iterable[PersonInvolved] = (),
) -> Readers:
    """Who would read a report of hers at one of her schools; for the pages before and after sending."""
    school = organisations.get_unit(session, actor, organisation_id)
    return plan_readers(
        session, actor, school, is_restricted=is_restricted, concerns_lead=concerns_lead, people=people
    )


def officers_above(session: Session, incident: Incident) -> list[UUID]:
    """The officers of the nearest unit above the school that has any."""
    return _officers_above(session, incident, policy.OFFICERS)


def countersigners(session: Session, incident: Incident, asked_by: UUID | None) -> list[UUID]:
    """Who may sign a lower severity: the nearest officers above the school, or above the officer who has the case."""
    roles = (Role.DEPARTMENT_OFFICER,) if incident.concerns_lead else policy.OFFICERS
    return _officers_above(session, incident, roles, besides=asked_by)


def _officers_above(
    session: Session, incident: Incident, roles: Collection[Role], besides: UUID | None = None
) -> list[UUID]:
    school = organisations.get_unit(session, SYSTEM, incident.organisation_id)
    parent_id = school.parent_id
    while parent_id is not None:
        office = organisations.get_unit(session, SYSTEM, parent_id)
        people = accounts.people_at(session, SYSTEM, office.id)
        found = [
            person.user_id
            for person in people
            if set(roles) & set(person.roles) and person.user_id != besides
        ]
        if found:
            return found
        parent_id = office.parent_id
    return []
