"""What the engine offers to the application."""

from __future__ import annotations

from flask import Flask

from school_portal.core.actor import Role
from school_portal.core.i18n import lazy_gettext as _
from school_portal.reports import tasks
from school_portal.reports.commands import group
from school_portal.reports.kinds import kinds
from school_portal.reports.routes import blueprint
from school_portal.reports.service import JOB
from school_portal.web.feature import Feature, NavItem


def offer_kinds(app: Flask) -> None:
    """Fill the engine's list with what all features offer."""
    features: tuple[Feature, ...] = app.extensions["portal_features"]
    kinds.offer(kind for feature in features for kind in feature.reports)


FEATURE = Feature(
    name="reports",
    blueprint=blueprint,
    nav=(
        NavItem(
            "reports.index",
            _("Reports"),
            frozenset({Role.HEAD, Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER}),
        ),
    ),
    jobs={JOB: tasks.render, "reports.sweep": tasks.sweep},
    sweeps=("reports.sweep",),
    commands=(group,),
    init_app=offer_kinds,
)
