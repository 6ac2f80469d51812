"""Reads for documents about cases: which of them she may know of, who told, who holds which post."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.accounts import queries as accounts
from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.incidents import policy
from school_portal.incidents.models import Incident


def list_readable(session: Session, actor: Actor, incident_ids: Collection[UUID]) -> set[UUID]:
    """Those of the cases that she reads at this moment."""
    statement = scope(select(Incident.id), policy.visible_to(actor)).where(Incident.id.in_(incident_ids))
    return set(session.scalars(statement))


def reporter_name(session: Session, actor: Actor, incident_id: UUID) -> str:
    """Who told of a case that she reads; empty when the portal does not know. Whoever calls this tells the audit."""
    statement = scope(select(Incident.reported_by), policy.visible_to(actor))
    user_id = session.scalar(statement.where(Incident.id == incident_id))
    return accounts.name_of(session, actor, [user_id]).get(user_id, "") if user_id else ""
