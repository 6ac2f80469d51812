"""Who may have figures as a document."""

from __future__ import annotations

from school_portal.core.actor import Actor, Role


def may_request_term_report(actor: Actor, org_path: str) -> bool:
    """The department's and a commune's officer and a school's head, each for the own unit, signed in afresh."""
    roles = (Role.DEPARTMENT_OFFICER, Role.COMMUNE_OFFICER, Role.HEAD)
    return actor.is_system or (actor.is_fresh and actor.holds_at(org_path, *roles))
