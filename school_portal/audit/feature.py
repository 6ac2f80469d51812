"""What the audit offers to the application."""

from __future__ import annotations

from school_portal.audit.routes import blueprint
from school_portal.core.actor import Role
from school_portal.core.i18n import lazy_gettext as _
from school_portal.web.feature import Feature, NavItem

FEATURE = Feature("audit", blueprint, nav=(NavItem("audit.index", _("Audit"), frozenset({Role.AUDITOR})),))
