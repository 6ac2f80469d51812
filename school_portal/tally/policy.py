"""Who may read counts."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from school_portal.core.actor import Actor, Role
from school_portal.core.authz import everybody, visible_in
from school_portal.tally.models import Tally

READERS = (Role.FOCAL_POINT, Role.HEAD, Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Counts of one's own unit and of those below it, for focal points, heads and officers."""
    return everybody(Tally.org_path) if actor.is_system else visible_in(Tally.org_path, actor.paths(*READERS))
