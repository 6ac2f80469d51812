"""Words of the first page."""

from __future__ import annotations

from typing import Any

from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents.domain import ReporterState

REPORTER_SENTENCES: dict[ReporterState, Any] = {
    ReporterState.RECEIVED: _("It has reached the person in charge of child protection."),
    ReporterState.VERIFYING: _("The person in charge is looking into it."),
    ReporterState.SUPPORTING: _("The school is supporting the children."),
    ReporterState.ENDED: _("Ended. Thank you for speaking up."),
}
"""What becomes of a report, in one human sentence; no measures, no severity, no names (domain review T6)."""

WENT_ABOVE = _("It went to the unit above the school, nobody at the school sees it.")
FIGURES: dict[str, Any] = {
    "all": _("Cases"),
    "severity-3": _("of these severity 3"),
    "severity-4": _("of these severity 4"),
    "risk": _("Risks and worries noted"),
}
