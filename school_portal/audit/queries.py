"""Reading the audit, and proving that it is whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from school_portal.audit import key, policy
from school_portal.audit.domain import CHAIN, ChainVerdict, StoredEvent, verify_chain
from school_portal.audit.models import AuditEvent, AuditHead
from school_portal.core.actor import Actor
from school_portal.core.authz import require, scope
from school_portal.core.paging import PAGE_SIZE, Page, read_cursor, write_cursor

MOST_DIGITS = 9
COPIES = ("at", "org_path", "actor_id", "action", "subject_type", "subject_id")


@dataclass(frozen=True)
class EventFilters:
    """What the auditor looks for; empty means all."""

    action: str = ""
    actor_id: UUID | None = None
    subject_id: UUID | None = None

    def clauses(self) -> list[Any]:
        """As conditions."""
        clauses = []
        if self.action:
            clauses.append(AuditEvent.action == self.action)
        if self.actor_id:
            clauses.append(AuditEvent.actor_id == self.actor_id)
        if self.subject_id:
            clauses.append(AuditEvent.subject_id == self.subject_id)
        return clauses


@dataclass(frozen=True)
class EventRow:
    """One line of the list."""

    seq: int
    at: datetime
    action: str
    actor_id: UUID | None
    subject_type: str
    subject_id: UUID | None


def list_events(
    session: Session, actor: Actor, filters: EventFilters = EventFilters(), cursor: str | None = None
) -> Page[EventRow]:
    """The newest events first, of the units that the auditor oversees."""
    require(policy.may_read(actor))
    columns = (
        AuditEvent.seq,
        AuditEvent.at,
        AuditEvent.action,
        AuditEvent.actor_id,
        AuditEvent.subject_type,
        AuditEvent.subject_id,
    )
    statement = scope(select(*columns), policy.visible_to(actor)).where(*filters.clauses())
    position = read_cursor(cursor, 1)
    if position and position[0].isdecimal() and len(position[0]) <= MOST_DIGITS:
        statement = statement.where(AuditEvent.seq < int(position[0]))
    rows = session.execute(statement.order_by(AuditEvent.seq.desc()).limit(PAGE_SIZE + 1)).all()
    items = [EventRow(*row) for row in rows[:PAGE_SIZE]]
    return Page(items, write_cursor(str(items[-1].seq)) if len(rows) > PAGE_SIZE else None)


def acts_on(
    session: Session, actor: Actor, subject_id: UUID, actions: Sequence[str], limit: int
) -> list[EventRow]:
    """The newest acts of these kinds on one subject, for who may read the subject itself: the caller has checked.

    So that whoever answers for a case sees who has opened it.
    """
    columns = (
        AuditEvent.seq,
        AuditEvent.at,
        AuditEvent.action,
        AuditEvent.actor_id,
        AuditEvent.subject_type,
        AuditEvent.subject_id,
    )
    statement = scope(select(*columns), policy.about(subject_id)).where(AuditEvent.action.in_(actions))
    rows = session.execute(statement.order_by(AuditEvent.seq.desc()).limit(limit))
    return [EventRow(*row) for row in rows]


def verify(session: Session, actor: Actor) -> list[ChainVerdict]:
    """Walk every chain from its first event, also one that nobody but a forger began; command `audit verify`.

    The caller sees to it that all of it reads one state of the database.
    """
    ends = {chain: (seq, mac) for chain, seq, mac in heads(session, actor)}
    begun = session.scalars(scope(select(AuditEvent.chain).distinct(), policy.visible_to(actor)))
    return [
        verify_chain(key.get(), chain, _events(session, actor, chain), ends.get(chain))
        for chain in sorted({CHAIN, *ends, *begun})
    ]


def heads(session: Session, actor: Actor) -> list[tuple[str, int, bytes]]:
    """The end of each chain: its name, how many events it has, the last link; for backups."""
    require(actor.is_system)
    rows = session.execute(select(AuditHead.chain, AuditHead.seq, AuditHead.mac).order_by(AuditHead.chain))
    return [(chain, seq, mac) for chain, seq, mac in rows]


def _events(session: Session, actor: Actor, chain: str) -> Iterator[StoredEvent]:
    columns = [
        AuditEvent.seq,
        AuditEvent.body,
        AuditEvent.mac,
        *(getattr(AuditEvent, name) for name in COPIES),
    ]
    statement = scope(select(*columns), policy.visible_to(actor)).where(AuditEvent.chain == chain)
    for row in session.execute(statement.order_by(AuditEvent.seq).execution_options(yield_per=1000)):
        yield StoredEvent(row.seq, row.body, row.mac, _copies(row))


def _copies(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COPIES}
