"""Who may read the audit."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, or_

from school_portal.audit.models import AuditEvent
from school_portal.core.actor import Actor, Role
from school_portal.core.authz import everybody, visible_in

PROVINCE_WIDE = "/"
"""Path of events that belong to no unit, such as a sign-in tried with an unknown name."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Auditors see the events of the units at and below theirs; at the top also those that belong to no unit."""
    if actor.is_system:
        return everybody(AuditEvent.org_path)
    paths = actor.paths(Role.AUDITOR)
    rows = visible_in(AuditEvent.org_path, paths)
    if any(path.count("/") == 2 for path in paths):
        rows = or_(rows, AuditEvent.org_path == PROVINCE_WIDE)
    return rows


def about(subject_id: UUID) -> ColumnElement[bool]:
    """The events about one subject, for who may read the subject."""
    return AuditEvent.subject_id == subject_id


def may_read(actor: Actor) -> bool:
    """Auditors only."""
    return actor.is_system or actor.holds(Role.AUDITOR)
