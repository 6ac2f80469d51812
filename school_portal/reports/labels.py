"""Words for states, steps and reasons."""

from __future__ import annotations

from typing import Any

from school_portal.core.i18n import lazy_gettext as _
from school_portal.reports.domain import Failure, ReportStatus, Step

STATUSES: dict[ReportStatus, Any] = {
    ReportStatus.REQUESTED: _("Waiting"),
    ReportStatus.RENDERING: _("Being made"),
    ReportStatus.READY: _("Ready"),
    ReportStatus.FAILED: _("Could not be made"),
    ReportStatus.EXPIRED: _("No longer kept"),
}

TONES: dict[ReportStatus, str] = {
    ReportStatus.REQUESTED: "neutral",
    ReportStatus.RENDERING: "state",
    ReportStatus.READY: "done",
    ReportStatus.FAILED: "danger",
    ReportStatus.EXPIRED: "neutral",
}

STEPS: dict[Step, Any] = {
    Step.READ: _("Reading the records"),
    Step.FILL: _("Filling in the pages"),
    Step.LAY_OUT: _("Laying out the pages"),
    Step.STORE: _("Storing the file"),
}

FAILURES: dict[Failure, Any] = {
    Failure.RIGHTS_LOST: _("You no longer have the right to this report. Ask whoever manages your account."),
    Failure.NOT_OFFERED: _("This kind of report is no longer offered."),
    Failure.TOO_LARGE: _("The report is too large to be made. Choose a smaller unit or a shorter period."),
    Failure.TOO_SLOW: _("The report took too long. Choose a smaller unit or a shorter period."),
    Failure.NOT_DRAWABLE: _(
        "The page could not be laid out. Try again; if it fails again, tell the department."
    ),
    Failure.GAVE_UP: _("The work was interrupted three times. Try again later."),
    Failure.NOT_STORED: _(
        "The file could not be stored, the disk may be full. Try again later; if it fails again, tell the department."
    ),
}

DRAFT = _("Draft, not signed.")

RULES: dict[str, Any] = {
    "kind-unknown": _("Choose a report from the list."),
    "scope-unknown": _("Choose a unit from the list."),
    "period-unknown": _("Choose a period from the list."),
    "subject-missing": _("Say which record the document is about."),
    "subject-unknown": _("This kind of document is not about one record."),
    "option-unknown": _("Choose what is printed from the list."),
    "too-many-open": _("%(most)s reports are still being made. Wait until one is ready."),
}
