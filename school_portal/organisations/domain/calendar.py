"""School years (5 September to 4 September, for ever), terms, summer, report days, and report periods."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

_OPENING = (9, 5)
_DAY = timedelta(days=1)


class PeriodUnknown(ValueError):
    """The code names no period; the message is the code as it was given."""


@dataclass(frozen=True, order=True)
class SchoolYear:
    """A school year by the calendar year in which it starts: 5 September to 4 September of the next year."""

    start_year: int

    def __post_init__(self) -> None:
        if not 1 <= self.start_year <= 9998:
            raise ValueError(f"no school year starts in {self.start_year}")

    @property
    def code(self) -> str:
        """As everybody writes it: "2026-2027"."""
        return f"{self.start_year:04d}-{self.start_year + 1:04d}"

    @property
    def short(self) -> str:
        """As it stands in case numbers: "2627"."""
        return f"{self.start_year % 100:02d}{(self.start_year + 1) % 100:02d}"

    @property
    def first(self) -> date:
        """5 September, the opening day."""
        return date(self.start_year, *_OPENING)

    @property
    def last(self) -> date:
        """4 September of the next year, the day before the next opening."""
        return date(self.start_year + 1, *_OPENING) - _DAY

    @property
    def next(self) -> SchoolYear:
        """The school year after this one."""
        return SchoolYear(self.start_year + 1)

    @property
    def previous(self) -> SchoolYear:
        """The school year before this one."""
        return SchoolYear(self.start_year - 1)


def school_year_of(day: date) -> SchoolYear:
    """The one school year in which the day lies."""
    return SchoolYear(day.year if (day.month, day.day) >= _OPENING else day.year - 1)


def parse_school_year(code: str) -> SchoolYear:
    """The school year "2026-2027" (blanks around the dash allowed); PeriodUnknown for anything else."""
    found = re.fullmatch(r"\s*([0-9]{4})\s*-\s*([0-9]{4})\s*", code)
    if found is None or int(found[2]) != int(found[1]) + 1 or not 1 <= int(found[1]) <= 9998:
        raise PeriodUnknown(code)
    return SchoolYear(int(found[1]))


@dataclass(frozen=True)
class YearDates:
    """The days of one school year that the department sets: ends of the terms, and when reports are due."""

    term1_last: date
    term2_last: date
    term1_due: date
    year_due: date

    def problems(self, year: SchoolYear) -> tuple[str, ...]:
        """Names of the fields that contradict the year or each other; empty when all is well."""
        wrong = []
        if not year.first <= self.term1_last < year.last - _DAY:
            wrong.append("term1_last")
        if not self.term1_last < self.term2_last < year.last:
            wrong.append("term2_last")
        if self.term1_due <= self.term1_last:
            wrong.append("term1_due")
        if self.year_due <= self.term2_last:
            wrong.append("year_due")
        return tuple(wrong)


def default_dates(year: SchoolYear) -> YearDates:
    """Term I to 18 January, term II to 31 May; reports due 25 January and 10 June (domain 8.2)."""
    spring = year.start_year + 1
    return YearDates(date(spring, 1, 18), date(spring, 5, 31), date(spring, 1, 25), date(spring, 6, 10))


@dataclass(frozen=True)
class Calendar:
    """The days of all school years: what the department has set, defaults for the rest."""

    years: Mapping[int, YearDates] = field(default_factory=dict)

    def dates(self, year: SchoolYear) -> YearDates:
        """The days of this school year."""
        return self.years.get(year.start_year) or default_dates(year)


class PeriodKind(StrEnum):
    """Over what time a report counts."""

    TERM_1 = "term_1"
    TERM_2 = "term_2"
    SUMMER = "summer"
    SCHOOL_YEAR = "school_year"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_SUFFIXES = {
    PeriodKind.TERM_1: "/1",
    PeriodKind.TERM_2: "/2",
    PeriodKind.SUMMER: "/H",
    PeriodKind.SCHOOL_YEAR: "",
}


@dataclass(frozen=True)
class Period:
    """A span of days with its code; both ends belong to it. `school_year` is the one in which it ends."""

    code: str
    kind: PeriodKind
    first: date
    last: date
    school_year: SchoolYear

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def period_of_year(kind: PeriodKind, year: SchoolYear, calendar: Calendar) -> Period:
    """A term, the summer, or the year of study (5 September to the end of term II) of a school year."""
    dates = calendar.dates(year)
    first, last = {
        PeriodKind.TERM_1: (year.first, dates.term1_last),
        PeriodKind.TERM_2: (dates.term1_last + _DAY, dates.term2_last),
        PeriodKind.SUMMER: (dates.term2_last + _DAY, year.last),
        PeriodKind.SCHOOL_YEAR: (year.first, dates.term2_last),
    }[kind]
    return Period(year.code + _SUFFIXES[kind], kind, first, last, year)


def _months(kind: PeriodKind, year: int, first_month: int, months: int, code: str) -> Period:
    first = date(year, first_month, 1)
    after = first_month + months
    last = date(year, after, 1) - _DAY if after <= 12 else date(year, 12, 31)
    return Period(code, kind, first, last, school_year_of(last))


def parse_period(code: str, calendar: Calendar) -> Period:
    """The period of a code: "2025-2026/1", "/2", "/H", "2025-2026", "2026-03", "2026-Q1", "2026"."""
    try:
        if found := re.fullmatch(r"([0-9]{4}-[0-9]{4})(/[12H])?", code):
            kind = next(kind for kind, suffix in _SUFFIXES.items() if suffix == (found[2] or ""))
            return period_of_year(kind, parse_school_year(found[1]), calendar)
        if found := re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", code):
            return _months(PeriodKind.MONTH, int(found[1]), int(found[2]), 1, code)
        if found := re.fullmatch(r"([0-9]{4})-Q([1-4])", code):
            return _months(PeriodKind.QUARTER, int(found[1]), int(found[2]) * 3 - 2, 3, code)
        if re.fullmatch(r"[0-9]{4}", code):
            return _months(PeriodKind.YEAR, int(code), 1, 12, code)
    except ValueError as error:  # a year that no calendar has, such as 0000
        raise PeriodUnknown(code) from error
    raise PeriodUnknown(code)


def periods_around(today: date, calendar: Calendar) -> tuple[Period, ...]:
    """What a form offers: the term that holds today first, then the rest of three school years, twelve months,
    six quarters and three calendar years, the latest first."""
    year = school_year_of(today)
    kinds = (PeriodKind.SCHOOL_YEAR, PeriodKind.SUMMER, PeriodKind.TERM_2, PeriodKind.TERM_1)
    of_years = [
        period_of_year(kind, SchoolYear(start), calendar)
        for start in range(year.start_year, year.start_year - 3, -1)
        for kind in kinds
    ]
    begun = [period for period in of_years if period.first <= today]
    terms = [period for period in begun if period.kind != PeriodKind.SCHOOL_YEAR and today in period]
    rest = [period for period in begun if period not in terms]
    month = today.year * 12 + today.month - 1
    months = [f"{m // 12:04d}-{m % 12 + 1:02d}" for m in range(month, month - 12, -1)]
    quarter = today.year * 4 + (today.month - 1) // 3
    quarters = [f"{q // 4:04d}-Q{q % 4 + 1}" for q in range(quarter, quarter - 6, -1)]
    years = [f"{y:04d}" for y in range(today.year, today.year - 3, -1)]
    return (*terms, *rest, *(parse_period(code, calendar) for code in (*months, *quarters, *years)))
