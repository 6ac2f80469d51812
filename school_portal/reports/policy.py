"""Who sees a requested document: who asked for it, while she has a post over its unit."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_

from school_portal.core.actor import Actor
from school_portal.core.authz import everybody, nobody, visible_in
from school_portal.reports.kinds import ReportKind
from school_portal.reports.models import ReportRequest


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """One's own requests, for units at or below one's posts; a remembered device sees none."""
    if actor.is_system:
        return everybody(ReportRequest.org_path)
    if actor.user_id is None or not actor.is_fresh:
        return nobody(ReportRequest.org_path)
    return and_(
        ReportRequest.requested_by == actor.user_id, visible_in(ReportRequest.org_path, actor.paths())
    )


def may_request(actor: Actor, kind: ReportKind, org_path: str) -> bool:
    """The kind says who may have it for a unit; asked at the request, when it is made, and at each download."""
    return actor.is_system or (actor.is_fresh and kind.may_request(actor, org_path))
