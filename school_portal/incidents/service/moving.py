"""When a unit moves, and when somebody who was assigned is no longer there."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from school_portal.accounts import queries as accounts
from school_portal.core.actor import SYSTEM, Actor
from school_portal.core.authz import everybody, require, scope
from school_portal.incidents import policy, queries
from school_portal.incidents.domain import Duty, EntryKind, IncidentState
from school_portal.incidents.models import Assignment, Incident
from school_portal.incidents.service.changes import apply_flags, people_for_rules, school_of, tell
from school_portal.incidents.service.filing import LEVEL_COLUMNS
from school_portal.incidents.service.notices import notify_of_report
from school_portal.incidents.service.readers import assign_readers, end_assignments, plan_readers
from school_portal.organisations.domain import level_numbers
from school_portal.tally import service as tally

MOST_AT_ONCE = 100


def follow_move(session: Session, actor: Actor, old_path: str, new_path: str) -> None:
    """A unit has moved: its incidents stand in the lists of the units now above it and count there, and only there.

    Called in the transaction that moves the unit, after the database has rewritten the paths of its records.
    """
    levels = dict(zip(LEVEL_COLUMNS, level_numbers(new_path, len(LEVEL_COLUMNS)), strict=True))
    statement = scope(update(Incident), everybody(Incident.org_path)).where(Incident.org_path == new_path)
    session.execute(statement.values(**levels), execution_options={"synchronize_session": "fetch"})
    records = queries.records_for_tally(session, SYSTEM, new_path)
    tally.move(session, actor, old_path, new_path, ((day, facts) for _, day, facts in records))
    for incident_id, gone in sorted(_of_people_gone(session, new_path).items()):
        _assign_one(session, incident_id, gone)


def assign_again(session: Session, actor: Actor) -> int:
    """Give cases whose readers have gone to those who are there now; returns how many. Operators only.

    Of restricted cases and those handled above: whoever is assigned has lost her post, or nobody ever was.
    """
    require(actor.is_system)
    gone = _of_people_gone(session)
    cases = sorted(_without_reader(session) | gone.keys())
    return sum(_assign_one(session, each, gone.get(each, set())) for each in cases[:MOST_AT_ONCE])


def _without_reader(session: Session) -> set[UUID]:
    """New reports that are not open at the school and to which nobody is assigned."""
    assigned = scope(select(Assignment.incident_id), everybody(Assignment.org_path))
    statement = scope(select(Incident.id), everybody(Incident.org_path)).where(
        Incident.state == IncidentState.SUBMITTED,
        Incident.is_open_at_school.is_(False),
        Incident.id.not_in(assigned.where(Assignment.ended_at.is_(None))),
    )
    return set(session.scalars(statement.limit(MOST_AT_ONCE)))


def _of_people_gone(session: Session, org_path: str | None = None) -> dict[UUID, set[UUID]]:
    """Cases with the people assigned to them who can't read them any more; of one unit, or of all."""
    statement = scope(select(Assignment.user_id, Assignment.incident_id), everybody(Assignment.org_path))
    statement = statement.where(Assignment.ended_at.is_(None))
    if org_path is not None:
        statement = statement.where(Assignment.org_path == org_path)
    assigned: dict[UUID, set[UUID]] = {}
    for user_id, incident_id in session.execute(statement):
        assigned.setdefault(user_id, set()).add(incident_id)
    gone: dict[UUID, set[UUID]] = {}
    for user_id, mine in assigned.items():
        reader = accounts.actor_of(session, user_id)
        seen: set[UUID] = set()
        if reader is not None:
            visible = scope(select(Incident.id), policy.visible_to(reader)).where(Incident.id.in_(mine))
            seen = set(session.scalars(visible))
        for incident_id in mine - seen:
            gone.setdefault(incident_id, set()).add(user_id)
    return gone


def _assign_one(session: Session, incident_id: UUID, gone: set[UUID]) -> bool:
    """Those who are gone give way to whoever is there now; who reads it all the same keeps it. Who is new is told."""
    statement = scope(select(Incident), everybody(Incident.org_path)).where(Incident.id == incident_id)
    incident = session.scalars(statement.with_for_update()).one()
    readers = plan_readers(
        session,
        SYSTEM,
        school_of(session, SYSTEM, incident),
        is_restricted=incident.is_restricted,
        concerns_lead=incident.concerns_lead,
        people=people_for_rules(session, incident),
    )
    if not readers.people:
        return False
    if readers.is_above and not incident.concerns_lead:
        end_assignments(session, SYSTEM, incident)
        incident.concerns_lead = True
        apply_flags(incident)
        tell(session, SYSTEM, incident, EntryKind.ASSIGNED, Duty.OFFICER.value)
    for user_id in gone:
        end_assignments(session, SYSTEM, incident, user_id=user_id)
    new = assign_readers(session, SYSTEM, incident, readers)
    if new:
        notify_of_report(session, incident, replace(readers, people=new))
    return True
