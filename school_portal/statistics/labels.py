"""Words of the term report and of the pages about figures."""

from __future__ import annotations

from typing import Any

from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents.domain import IncidentState, PlainGroup, Sex
from school_portal.incidents.labels import PLAIN_GROUPS
from school_portal.organisations.domain import Level, UnitKind
from school_portal.organisations.labels import LEVELS
from school_portal.statistics.domain import NO_SCHOOL, SEVERAL_LEVELS

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

BASES = (
    _("Pursuant to the Law on Children of 5 April 2016;"),
    _(
        "Pursuant to Government Decree No. 56/2017/NĐ-CP of 9 May 2017 detailing articles of the Law on Children;"
    ),
    _(
        "Pursuant to Government Decree No. 80/2017/NĐ-CP of 17 July 2017 on a safe, healthy and friendly "
        "educational environment and on preventing school violence;"
    ),
    _(
        "Pursuant to Circular No. 18/2023/TT-BGDĐT of 26 October 2023 of the Minister of Education and Training on "
        "building safe schools and preventing injuries in general and continuing education."
    ),
)

SMALL, HIDDEN = "1-4", "*"
"""How a number from 1 to 4 is printed, and one that is left out with it."""

UNCODED = _("Not classified yet")

LEVEL_WORDS: dict[str, Any] = {
    **{level.value: words for level, words in LEVELS.items()},
    SEVERAL_LEVELS: _("School of several levels"),
    NO_SCHOOL: _("Not at an institution"),
}
LEVEL_ORDER = (*(level.value for level in Level), SEVERAL_LEVELS, NO_SCHOOL)

GROUP_WORDS: dict[PlainGroup, Any] = {**PLAIN_GROUPS, PlainGroup.UNCLEAR: _("Group not clear")}
SEVERITY_WORDS: dict[int, Any] = {
    4: _("Level 4 · Emergency"),
    3: _("Level 3"),
    2: _("Level 2 · Handled at school"),
    1: _("Level 1 · Risk"),
}
STATE_WORDS: dict[str, Any] = {
    IncidentState.SUBMITTED.value: _("Received, not taken up yet"),
    IncidentState.IN_TRIAGE.value: _("Being looked into"),
    IncidentState.ACCEPTED.value: _("Accepted for handling"),
    IncidentState.NOT_SUBSTANTIATED.value: _("Not enough grounds"),
    IncidentState.DUPLICATE.value: _("Same as another case"),
}
STATES_IN_FIGURES = (IncidentState.SUBMITTED, IncidentState.IN_TRIAGE, IncidentState.ACCEPTED)
STATES_SET_ASIDE = (IncidentState.NOT_SUBSTANTIATED, IncidentState.DUPLICATE)
SEX_WORDS: dict[str, Any] = {
    Sex.FEMALE.value: _("Female"),
    Sex.MALE.value: _("Male"),
    Sex.UNKNOWN.value: _("Not known"),
}
SEX_ORDER = (Sex.FEMALE.value, Sex.MALE.value, Sex.UNKNOWN.value)

RULES: dict[str, Any] = {
    "period-unknown": _("There is no period with this code."),
    "term-not-asked-for": _("Choose a term that has begun."),
    "cases-known": _(
        "You know of cases in this term: nothing needs to be signed, they count as your report."
    ),
    "term-closed": _("The term is closed. Ask the office above to put it right."),
}
