"""What organisations offer to the application."""

from __future__ import annotations

from school_portal.core.i18n import lazy_gettext as _
from school_portal.organisations.commands import group
from school_portal.organisations.routes import blueprint
from school_portal.web.feature import Feature, NavItem

FEATURE = Feature(
    "organisations", blueprint, nav=(NavItem("organisations.index", _("Units")),), commands=(group,)
)
