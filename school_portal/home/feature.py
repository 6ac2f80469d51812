"""What the first page offers to the application."""

from __future__ import annotations

from school_portal.core.i18n import lazy_gettext as _
from school_portal.home.routes import blueprint
from school_portal.web.feature import Feature, NavItem

FEATURE = Feature("home", blueprint, nav=(NavItem("home.index", _("Overview")),))
