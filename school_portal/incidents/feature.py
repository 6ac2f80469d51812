"""What incidents offer to the application."""

from __future__ import annotations

from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM, Role
from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents import service, tasks
from school_portal.incidents.commands import taxonomy_group
from school_portal.incidents.documents import DOCUMENTS
from school_portal.incidents.routes import blueprint
from school_portal.organisations.service import on_moved
from school_portal.web.feature import Feature, NavItem


def load_lists(session: Session) -> None:
    """The shipped lists of types, places and other answers."""
    service.load_shipped_lists(session, SYSTEM)


def follow_unit(session: Session, organisation_id: UUID, old_path: str, new_path: str) -> None:
    """A unit that moves takes its incidents' places in lists and figures along."""
    service.follow_move(session, SYSTEM, old_path, new_path)


def listen_to_moves(app: Flask) -> None:
    """Have organisations tell of moves."""
    on_moved(follow_unit)


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
    jobs={
        "incidents.mail_notices": tasks.mail_notices,
        "incidents.escalate": tasks.escalate,
        "incidents.tidy": tasks.tidy,
    },
    sweeps=("incidents.mail_notices", "incidents.escalate", "incidents.tidy"),
    reports=DOCUMENTS,
    commands=(taxonomy_group,),
    init_app=listen_to_moves,
)
