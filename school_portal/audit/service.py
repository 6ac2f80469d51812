"""Recording events: kept with the session, chained and stored as the last thing before its commit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session

from school_portal.audit import key
from school_portal.audit.domain import CHAIN, FIRST_MAC, link, write_body
from school_portal.audit.models import AuditEvent, AuditHead
from school_portal.audit.policy import PROVINCE_WIDE
from school_portal.core.actor import Actor
from school_portal.core.clock import now
from school_portal.core.db import PortalSession, insert_into, waiting


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: UUID | None,
    org_path: str | None = None,
    **details: str | int | bool | None,
) -> None:
    """Tell that `actor` did `action` to a subject, in the transaction that does it.

    `details` are codes, numbers and uuids, never a name or a person's words. Forgotten with a savepoint that rolls
    back; when the event can't be stored, the act isn't either.
    """
    columns = {
        "at": now(),
        "org_path": org_path or PROVINCE_WIDE,
        "actor_id": actor.user_id,
        "action": action,
        "subject_type": subject_type,
        "subject_id": subject_id,
    }
    body = {name: None if value is None else str(value) for name, value in columns.items()}
    body["at"] = columns["at"].isoformat()  # type: ignore[union-attr]
    waiting(session, "audit").append((columns, body | {"details": details}))


@event.listens_for(PortalSession, "before_commit")
def _append(session: Session) -> None:
    events = waiting(session, "audit")
    if session.in_nested_transaction() or not events:
        return
    session.flush()
    todo, events[:] = list(events), []
    session.execute(
        insert_into(session, AuditHead)
        .values(chain=CHAIN, seq=0, mac=FIRST_MAC)
        .on_conflict_do_nothing(index_elements=["chain"])
    )
    head = select(AuditHead.seq, AuditHead.mac).where(AuditHead.chain == CHAIN).with_for_update()
    seq, mac = session.execute(head).one()
    rows: list[dict[str, Any]] = []
    for columns, body in todo:
        seq += 1
        stored = write_body(body)
        mac = link(key.get(), CHAIN, seq, mac, stored)
        rows.append({**columns, "chain": CHAIN, "seq": seq, "body": stored, "mac": mac})
    session.execute(insert(AuditEvent), rows)
    session.execute(update(AuditHead).where(AuditHead.chain == CHAIN).values(seq=seq, mac=mac))
