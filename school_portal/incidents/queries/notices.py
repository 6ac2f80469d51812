"""What somebody is told of: on her first page, and by mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.incidents import policy
from school_portal.incidents.domain import NoticeKind
from school_portal.incidents.models import Incident, Notice

MOST_SHOWN = 10


@dataclass(frozen=True)
class OwnNotice:
    """A line on somebody's first page; `opens` when the case behind it is hers to open."""

    incident_id: UUID
    number: str
    kind: NoticeKind
    at: datetime
    opens: bool


def list_notices(session: Session, actor: Actor) -> list[OwnNotice]:
    """Her newest notices, of cases of which she may still know, or which she reported."""
    for_case = _notices(actor, policy.known_to(actor))
    for_teller = _notices(actor, policy.reported_by(actor))
    cases = session.execute(for_case.where(Notice.kind != NoticeKind.TOLD_FOR_YOU)).all()
    told = session.execute(for_teller.where(Notice.kind == NoticeKind.TOLD_FOR_YOU)).all()
    found = [OwnNotice(*row, True) for row in cases] + [OwnNotice(*row, False) for row in told]
    return sorted(found, key=lambda notice: notice.at, reverse=True)[:MOST_SHOWN]


def _notices(actor: Actor, incidents: ColumnElement[bool]) -> Select[Any]:
    statement = scope(
        select(Notice.incident_id, Incident.number, Notice.kind, Notice.made_at),
        policy.own_notices(actor),
    ).join(Incident, Incident.id == Notice.incident_id)
    scoped = scope(statement, incidents)
    return scoped.order_by(Notice.made_at.desc()).limit(MOST_SHOWN)
