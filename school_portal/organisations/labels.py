"""Words for each kind, level, period and for the lines of a letterhead."""

from __future__ import annotations

from typing import Any

from school_portal.core.i18n import gettext, lazy_pgettext
from school_portal.core.i18n import lazy_gettext as _
from school_portal.organisations.domain import (
    Boarding,
    HeadWord,
    LearnerWord,
    Letterhead,
    Level,
    Ownership,
    Period,
    PeriodKind,
    SchoolKind,
    SuccessionKind,
    UnitDetails,
    UnitKind,
    head_word,
)

UNIT_KINDS: dict[UnitKind, Any] = {
    UnitKind.DEPARTMENT: _("Department of Education and Training"),
    UnitKind.COMMUNE: _("Commune office"),
    UnitKind.SCHOOL: _("School"),
}

SCHOOL_KINDS: dict[SchoolKind, Any] = {
    SchoolKind.KINDERGARTEN: _("Kindergarten"),
    SchoolKind.NURSERY: _("Independent nursery"),
    SchoolKind.PRIMARY: _("Primary school"),
    SchoolKind.LOWER_SECONDARY: _("Lower secondary school"),
    SchoolKind.PRIMARY_LOWER_SECONDARY: _("Primary and lower secondary school"),
    SchoolKind.UPPER_SECONDARY: _("Upper secondary school"),
    SchoolKind.LOWER_UPPER_SECONDARY: _("Lower and upper secondary school"),
    SchoolKind.ALL_LEVELS: _("School of several levels"),
    SchoolKind.GIFTED: _("School for gifted pupils"),
    SchoolKind.ETHNIC_BOARDING: _("Ethnic boarding school"),
    SchoolKind.SPECIAL: _("Special school"),
    SchoolKind.CONTINUING_CENTRE: _("Vocational and continuing education centre"),
    SchoolKind.VOCATIONAL: _("Vocational school or college"),
}

LEVELS: dict[Level, Any] = {
    Level.MN: _("Preschool"),
    Level.TH: _("Primary"),
    Level.THCS: _("Lower secondary"),
    Level.THPT: _("Upper secondary"),
    Level.GDTX: _("Continuing education"),
    Level.GDNN: _("Vocational education"),
}

BOARDINGS: dict[Boarding, Any] = {
    Boarding.NONE: _("Day school"),
    Boarding.SEMI: _("Semi-boarding"),
    Boarding.FULL: _("Boarding"),
}

OWNERSHIPS: dict[Ownership, Any] = {
    Ownership.PUBLIC: _("Public"),
    Ownership.COMMUNITY: _("Community-run"),
    Ownership.PRIVATE: _("Private"),
}

SUCCESSION_KINDS: dict[SuccessionKind, Any] = {
    SuccessionKind.MERGED: _("Merged into"),
    SuccessionKind.SPLIT: _("Split off"),
    SuccessionKind.RENAMED: _("Renamed"),
}

HEAD_WORDS: dict[HeadWord, Any] = {
    HeadWord.PRINCIPAL: _("Principal"),
    HeadWord.DIRECTOR: _("Director"),
    HeadWord.OWNER: _("Owner"),
    HeadWord.CHIEF: _("Head of office"),
}

LEARNER_WORDS: dict[LearnerWord, Any] = {
    LearnerWord.PUPIL: lazy_pgettext("learners", "pupils"),
    LearnerWord.CHILD: lazy_pgettext("learners", "children"),
    LearnerWord.LEARNER: lazy_pgettext("learners", "learners"),
}

PERIOD_KINDS: dict[PeriodKind, Any] = {
    PeriodKind.TERM_1: _("Term I"),
    PeriodKind.TERM_2: _("Term II"),
    PeriodKind.SUMMER: _("Summer"),
    PeriodKind.SCHOOL_YEAR: _("School year"),
    PeriodKind.MONTH: _("Month"),
    PeriodKind.QUARTER: _("Quarter"),
    PeriodKind.YEAR: _("Calendar year"),
}

RULES: dict[str, Any] = {
    "text-too-long": _("This is too long."),
    "unit-code-missing": _("Enter the code of the unit."),
    "unit-code-taken": _("Another unit has the code %(given)s at this time."),
    "unit-code-ambiguous": _("Several units end in %(given)s: %(one)s and %(other)s. Enter the whole code."),
    "unit-code-unknown": _("There is no unit with this code."),
    "unit-name-missing": _("Enter the name of the unit."),
    "unit-closed": _("This unit has ended."),
    "unit-still-manages": _("Other units still belong to this one. Move or merge them first."),
    "school-kind-missing": _("Choose the kind of school."),
    "levels-missing": _("Choose at least one level that is taught."),
    "commune-missing": _("Choose the commune where the school stands."),
    "commune-unknown": _("There is no commune with the code %(given)s."),
    "email-bad": _("This is not an e-mail address."),
    "manager-missing": _("Choose who manages the unit."),
    "manager-cannot-manage": _("This unit cannot manage others."),
    "manager-below-itself": _("A unit cannot be managed by one below itself."),
    "merge-needs-another": _("Choose another unit to merge into."),
    "merge-needs-same-kind": _("Only units of the same kind can be merged."),
    "split-needs-parts": _("Enter at least one new unit."),
    "name-unchanged": _("The name is the same as before."),
    "date-in-future": _("Choose a day that is not in the future."),
    "date-before-version": _("On this day or later another version of the unit begins. Choose a later day."),
    "number-out-of-range": _("Enter a number from 0 to 100,000."),
    "more-girls-than-pupils": _("There cannot be more girls than pupils."),
    "enrolment-of-schools-only": _("Only schools have numbers of pupils."),
    "dates-in-disorder": _("The days must follow each other within the school year."),
    "period-unknown": _("There is no period with this code."),
    # rows of imported lists
    "cells-do-not-fit": _("the row has more or fewer cells than the heading"),
    "code-twice": _("the same code stands in line %(line)s"),
    "code-of-an-office": _("this code belongs to %(office)s"),
    "not-a-school": _("this row is not a school"),
    "word-unknown": _("unknown word; known are: %(words)s"),
    "level-unknown": _("unknown level; known are: %(words)s"),
    "date-unknown": _("not a date; write it as 2026-09-05"),
    "commune-code-and-name-differ": _("the code %(given)s belongs to %(place)s"),
    "commune-not-given": _("no commune is given"),
    "commune-name-unknown": _("no commune has this name"),
    "commune-name-ambiguous": _("several communes have this name: %(both)s"),
    "commune-taken-by-name": _("unknown code; taken by its name: %(place)s (%(taken)s)"),
    "manager-unknown": _("there is no managing unit with this code"),
    # whole files
    "file-unreadable": _("%(path)s cannot be read: %(why)s"),
    "file-unwritable": _("%(path)s cannot be written: %(why)s"),
    "file-not-utf8": _("The file is not UTF-8 text (byte %(byte)s). Save it as CSV UTF-8."),
    "file-too-big": _("The file is larger than %(most)s MB."),
    "file-too-many-rows": _("The file has more than %(most)s rows."),
    "file-empty": _("The file is empty."),
    "file-broken-quotes": _("The quotation marks do not match near line %(line)s."),
    "column-twice": _("The column %(column)s stands in the heading twice."),
    "columns-missing": _("The file lacks columns: %(columns)s"),
    "mapping-broken": _("The mapping cannot be used: %(why)s"),
    "province-unknown": _("There is no province with the code %(province)s."),
    "another-department": _("The portal already belongs to another department."),
}
"""What each rule says when it is broken, for forms and for rows of lists."""

_ROMAN = ("I", "II", "III", "IV")


def rule_text(code: str, values: dict[str, object]) -> str:
    """What a broken rule says, its values filled in."""
    text = str(RULES.get(code, code))
    return text % values if values else text


def period_label(period: Period) -> str:
    """The period within a sentence: "học kỳ I năm học 2026-2027", "tháng 3 năm 2026", "quý I năm 2026"."""
    year, month = f"{period.first.year:04d}", period.first.month
    match period.kind:
        case PeriodKind.TERM_1:
            return gettext("term I of school year %(year)s", year=period.school_year.code)
        case PeriodKind.TERM_2:
            return gettext("term II of school year %(year)s", year=period.school_year.code)
        case PeriodKind.SUMMER:
            return gettext("summer of school year %(year)s", year=period.school_year.code)
        case PeriodKind.SCHOOL_YEAR:
            return gettext("school year %(year)s", year=period.school_year.code)
        case PeriodKind.MONTH:
            return gettext("month %(month)s of %(year)s", month=month, year=year)
        case PeriodKind.QUARTER:
            return gettext("quarter %(quarter)s of %(year)s", quarter=_ROMAN[(month - 1) // 3], year=year)
        case PeriodKind.YEAR:
            return gettext("year %(year)s", year=year)


# --- letterheads: the words of Decree 30/2020 are Vietnamese in every language ----------------------------

_SIGNERS = {
    HeadWord.PRINCIPAL: "HIỆU TRƯỞNG",
    HeadWord.DIRECTOR: "GIÁM ĐỐC",
    HeadWord.OWNER: "CHỦ CƠ SỞ",
    HeadWord.CHIEF: "TRƯỞNG PHÒNG",
}
_COMMUNE_OFFICE = "PHÒNG VĂN HÓA - XÃ HỘI"
_DEPARTMENT = "SỞ GIÁO DỤC VÀ ĐÀO TẠO"
_PLACE_WORDS = ("Xã ", "Phường ", "Đặc khu ", "Thị trấn ", "Tỉnh ", "Thành phố ")


def letterhead(
    kind: UnitKind, unit: UnitDetails, manager_kind: UnitKind | None, manager: UnitDetails | None, place: str
) -> Letterhead:
    """The letterhead of a unit; what its record gives by hand wins over the rule.

    Above a school stands UBND XÃ (PHƯỜNG) ... or SỞ GIÁO DỤC VÀ ĐÀO TẠO, by who manages it; above a commune
    office its people's committee. `place` names the commune where the unit stands (Decree 30/2020; domain 4.2).
    """
    parent, issuer = manager.name_vi if manager else "", unit.name_vi
    if kind == UnitKind.COMMUNE:
        parent, issuer, place = f"UBND {unit.name_vi}", _COMMUNE_OFFICE, unit.name_vi
    elif kind == UnitKind.DEPARTMENT:
        parent, issuer = "", _DEPARTMENT
    elif manager and manager_kind == UnitKind.COMMUNE:
        parent = f"UBND {manager.name_vi}"
    elif manager_kind == UnitKind.DEPARTMENT:
        parent = _DEPARTMENT
    return Letterhead(
        parent_line=(unit.letterhead_parent or parent).upper(),
        issuer_line=(unit.letterhead_issuer or issuer).upper(),
        place_name=unit.letterhead_place or _own_name(place),
        signer_title=(unit.letterhead_signer or _SIGNERS[head_word(kind, unit.school_kind)]).upper(),
        full_name_vi=unit.name_vi,
        full_name_en=unit.name_en or unit.name_vi,
        document_symbol=unit.document_symbol,
    )


def _own_name(place: str) -> str:
    """Documents of Xã Hiền Lương are dated "Hiền Lương, ngày ..."."""
    word = next((word for word in _PLACE_WORDS if place.startswith(word)), "")
    return place.removeprefix(word)
