"""Who may have figures, who signs nil returns and who sees which of them."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from school_portal.core.actor import Actor, Role
from school_portal.core.authz import everybody, visible_in
from school_portal.statistics.models import NilReturn

OFFICERS = (Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER)
READERS = (Role.HEAD, *OFFICERS)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Nil returns of one's own school, for its head, and of all schools below, for officers."""
    if actor.is_system:
        return everybody(NilReturn.org_path)
    return visible_in(NilReturn.org_path, actor.paths(*READERS) if actor.is_fresh else ())


def may_request_term_report(actor: Actor, org_path: str) -> bool:
    """The department's and a commune's officer and a school's head, each for the own unit, signed in afresh."""
    return actor.is_system or (actor.is_fresh and actor.holds_at(org_path, *READERS))


def may_see_figures(actor: Actor) -> bool:
    """Whoever may have them as a document, of one unit at least."""
    return actor.is_fresh and actor.holds(*READERS)


def may_see_reporting(actor: Actor, org_path: str) -> bool:
    """Officers, for their own unit: who has reported and who is to be called."""
    return actor.is_fresh and actor.holds_at(org_path, *OFFICERS)


def may_oversee_reporting(actor: Actor) -> bool:
    """Officers."""
    return actor.is_fresh and actor.holds(*OFFICERS)


def may_sign(actor: Actor, org_path: str) -> bool:
    """The school's own head, signed in afresh; nobody signs for her."""
    return actor.is_fresh and actor.holds_at(org_path, Role.HEAD)


def may_sign_somewhere(actor: Actor) -> bool:
    """Heads."""
    return actor.is_fresh and actor.holds(Role.HEAD)
