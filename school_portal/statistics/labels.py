"""Words of the term report that depend on the kind of unit."""

from __future__ import annotations

from typing import Any

from school_portal.core.i18n import lazy_gettext as _
from school_portal.organisations.domain import UnitKind

TERM_REPORT = _("Preventing school violence")

WHOLE_PROVINCE = _("Whole province")

AREAS: dict[UnitKind, Any] = {
    UnitKind.DEPARTMENT: _("in the educational institutions of the province"),
    UnitKind.COMMUNE: _("in the educational institutions managed by the commune"),
    UnitKind.SCHOOL: _("at the institution"),
}

RECIPIENTS: dict[UnitKind, tuple[Any, ...]] = {
    UnitKind.DEPARTMENT: (
        _("As above"),
        _("The department's directors; its divisions"),
        _("File: VT, HSSV"),
    ),
    UnitKind.COMMUNE: (_("As above"), _("File: VT")),
    UnitKind.SCHOOL: (_("As above"), _("File: VT")),
}

MINISTRY = _("Ministry of Education and Training")
DEPARTMENT = _("Department of Education and Training")

# Letterheads are Vietnamese (Decree 30/2020); these are for the English edition.
SIGNERS_IN_ENGLISH = {
    "HIỆU TRƯỞNG": "PRINCIPAL",
    "GIÁM ĐỐC": "DIRECTOR",
    "CHỦ CƠ SỞ": "OWNER",
    "TRƯỞNG PHÒNG": "HEAD OF OFFICE",
}
