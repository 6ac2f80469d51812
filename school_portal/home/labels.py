"""Words of the first page."""

from __future__ import annotations

from typing import Any

from school_portal.core.i18n import lazy_gettext as _

FIGURES: dict[str, Any] = {
    "all": _("Cases"),
    "severity-3": _("of these severity 3"),
    "severity-4": _("of these severity 4"),
    "risk": _("Risks and worries noted"),
}
