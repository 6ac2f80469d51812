"""Telling people of a case: a line on their first page and a mail with its number and a link, nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from school_portal.accounts import queries as accounts
from school_portal.audit import queries as audit
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.authz import everybody, require, scope
from school_portal.core.clock import local, now
from school_portal.core.jobs import enqueue
from school_portal.incidents import policy, queries
from school_portal.incidents.domain import IncidentState, NoticeKind, due_to_open, is_weekday
from school_portal.incidents.models import Incident, Involvement, Notice
from school_portal.incidents.service.readers import Readers, officers_above

MAIL_JOB = "incidents.mail_notices"
LEASE = timedelta(minutes=5)
BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=4))
MOST_TRIES = 20
MOST_AT_ONCE = 50


def notify(session: Session, incident: Incident, user_ids: Iterable[UUID], kind: NoticeKind) -> None:
    """Tell these people, once this transaction is stored."""
    moment = now()
    rows = [
        {
            "id": uuid4(),
            "org_path": incident.org_path,
            "incident_id": incident.id,
            "user_id": user_id,
            "kind": kind,
            "made_at": moment,
            "mailed_at": None,
            "next_try": moment,
            "tries": 0,
        }
        for user_id in dict.fromkeys(user_ids)
    ]
    if rows:
        session.execute(insert(Notice), rows)
        enqueue(session, MAIL_JOB)


def notify_of_report(session: Session, incident: Incident, readers: Readers) -> None:
    """A new report: the focal points at once, the head too when it is of level 4 or nobody else is there."""
    people = list(readers.people)
    if readers.is_above:
        kind = NoticeKind.NOBODY_THERE if readers.nobody_at_school else NoticeKind.CONFLICT
        notify(session, incident, [person.user_id for person in people], kind)
        return
    focal_points = [person for person in people if Role.FOCAL_POINT in person.roles]
    if incident.severity >= 4:
        notify(session, incident, [person.user_id for person in people], NoticeKind.URGENT)
    else:
        notify(session, incident, [p.user_id for p in focal_points or people], NoticeKind.NEW)


def escalate(session: Session, actor: Actor) -> int:
    """Reports that nobody opened in time: tell the head, then the officer above; returns how many. Operators only.

    Opened is what one of the case's readers has read: the audit knows.
    """
    require(actor.is_system)
    statement = (
        scope(select(Incident), everybody(Incident.org_path))
        .where(Incident.due_to_open.is_not(None), Incident.due_to_open <= now())
        .order_by(Incident.due_to_open)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    late = session.scalars(statement).all()
    return sum(_escalate_one(session, incident) for incident in late)


def _escalate_one(session: Session, incident: Incident) -> bool:
    opened = audit.acts_on(session, SYSTEM, incident.id, (queries.READ,), 1)
    if opened or incident.state is not IncidentState.SUBMITTED:
        incident.due_to_open = None
        return False
    told, involved = _told(session, incident.id), _involved(session, incident.id)
    leads = accounts.responsible_people(session, SYSTEM, incident.organisation_id)
    heads = [person.user_id for person in leads if Role.HEAD in person.roles]
    reach: list[UUID] = []
    next_due: datetime | None = due_to_open(incident.severity, local(now()), is_weekday)
    if not incident.concerns_lead:
        reach = [
            user_id
            for user_id in heads
            if user_id not in involved and (user_id, NoticeKind.NOT_OPENED) not in told
        ]
    if not reach:
        above = officers_above(session, incident)
        reach, next_due = [user_id for user_id in above if user_id not in involved], None
    incident.due_to_open = next_due
    notify(session, incident, reach, NoticeKind.NOT_OPENED)
    return True


def _told(session: Session, incident_id: UUID) -> set[tuple[UUID, NoticeKind]]:
    statement = scope(select(Notice.user_id, Notice.kind), everybody(Notice.org_path))
    return {(row[0], row[1]) for row in session.execute(statement.where(Notice.incident_id == incident_id))}


def _involved(session: Session, incident_id: UUID) -> set[UUID]:
    statement = scope(select(Involvement.user_id), everybody(Involvement.org_path))
    found = session.scalars(statement.where(Involvement.incident_id == incident_id))
    return {user_id for user_id in found if user_id}


# --- mail: claimed, sent in no transaction, marked ------------------------------------------------------------------


@dataclass(frozen=True)
class Parcel:
    """A mail to be sent: to whom, in which language, of which case."""

    notice_id: UUID
    address: str
    language: str
    kind: NoticeKind
    number: str
    incident_id: UUID


def claim_mails(session: Session, actor: Actor) -> list[Parcel]:
    """Take what is due; it is tried again later unless mark_mailed() says that it went out. Operators only.

    Nothing is sent to who may no longer know of the case, or has no address: on the first page she reads it anyway.
    """
    require(actor.is_system)
    statement = (
        scope(select(Notice), everybody(Notice.org_path))
        .where(Notice.next_try.is_not(None), Notice.next_try <= now())
        .order_by(Notice.next_try)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    parcels = []
    for notice in session.scalars(statement).all():
        parcel = _parcel(session, notice)
        notice.tries += 1
        if parcel is None or notice.tries > MOST_TRIES:
            notice.next_try = None
        else:
            notice.next_try = now() + BACKOFF[min(notice.tries, len(BACKOFF)) - 1]
            parcels.append(parcel)
    return parcels


def _parcel(session: Session, notice: Notice) -> Parcel | None:
    reader = accounts.actor_of(session, notice.user_id)
    address = accounts.address_of(session, SYSTEM, notice.user_id)
    if reader is None or address is None:
        return None
    seen = policy.reported_by if notice.kind is NoticeKind.TOLD_FOR_YOU else policy.known_to
    statement = scope(select(Incident.number), seen(reader)).where(Incident.id == notice.incident_id)
    number = session.scalar(statement)
    if number is None:
        return None
    return Parcel(notice.id, address.email, address.language, notice.kind, number, notice.incident_id)


def mark_mailed(session: Session, actor: Actor, notice_id: UUID) -> None:
    """The mail went out, or never will. Operators only."""
    require(actor.is_system)
    statement = scope(update(Notice), everybody(Notice.org_path)).where(Notice.id == notice_id)
    session.execute(
        statement.values(mailed_at=now(), next_try=None), execution_options={"synchronize_session": False}
    )


def settle_notices(session: Session, actor: Actor) -> None:
    """Hold every mail that waits for sent: records of the past are not told of today. Operators only."""
    require(actor.is_system)
    waiting = scope(update(Notice), everybody(Notice.org_path)).where(Notice.next_try.is_not(None))
    session.execute(
        waiting.values(mailed_at=Notice.made_at, next_try=None, tries=1),
        execution_options={"synchronize_session": False},
    )


def mail_is_due(session: Session, actor: Actor) -> bool:
    """Whether anything waits to be mailed, so that the worker need not write to find out."""
    require(actor.is_system)
    statement = scope(select(Notice.id), everybody(Notice.org_path))
    due = statement.where(Notice.next_try.is_not(None), Notice.next_try <= now()).limit(1)
    return session.scalar(due) is not None
