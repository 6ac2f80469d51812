"""Words of the case file."""

from __future__ import annotations

from typing import Any

from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents.domain import Part
from school_portal.incidents.domain.documents import Progress, Step

STEPS: dict[Step, Any] = {
    Step.DETECT: _("Detect"),
    Step.ALERT: _("Alert"),
    Step.INTERVENE: _("Intervene"),
    Step.HANDLE: _("Handle"),
    Step.REPORT: _("Report"),
}
PROGRESS: dict[Progress, Any] = {
    Progress.DONE: _("Done"),
    Progress.NOW: _("Under way"),
    Progress.NOT_RECORDED: _("not recorded yet"),
}
ROLES: dict[Part, Any] = {
    Part.HARMED: _("Person harmed"),
    Part.ACTING: _("Person named as concerned"),
    Part.WITNESS: _("Person who saw it"),
}
"""Nobody is called more than named as concerned: what is found out later has a record of its own."""

SEVERITIES = {
    1: _("Level 1 · Risk"),
    2: _("Level 2 · Handled at school"),
    3: _("Level 3"),
    4: _("Level 4 · Emergency"),
}
NOT_RECORDED = _("Not recorded yet.")
DASH = "-"
# Letterheads are Vietnamese (Decree 30/2020); these are for the English edition.
SIGNERS_IN_ENGLISH = {
    "HIỆU TRƯỞNG": "PRINCIPAL",
    "GIÁM ĐỐC": "DIRECTOR",
    "CHỦ CƠ SỞ": "OWNER",
    "TRƯỞNG PHÒNG": "HEAD OF OFFICE",
}
