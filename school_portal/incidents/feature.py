"""What incidents offer to the application."""

from __future__ import annotations

from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM, Role
from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents import service
from school_portal.incidents.routes import blueprint
from school_portal.web.feature import Feature, NavItem


def load_lists(session: Session) -> None:
    """The shipped lists of places and parts of the day."""
    service.load_shipped_lists(session, SYSTEM)


FEATURE = Feature(
    name="incidents",
    blueprint=blueprint,
    nav=(
        NavItem(
            "incidents.index",
            _("Cases"),
            frozenset({Role.FOCAL_POINT, Role.HEAD, Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER}),
        ),
    ),
    loads=load_lists,
)
