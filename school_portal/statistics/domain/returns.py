"""Nil returns: for which terms, until when; who has reported; which period a report is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from school_portal.organisations.domain import (
    Calendar,
    Period,
    PeriodKind,
    PeriodUnknown,
    SchoolYear,
    parse_period,
)

_TERMS = (PeriodKind.TERM_1, PeriodKind.TERM_2)


class Standing(StrEnum):
    """Whether a school has reported for a term. Silence is not zero."""

    CASES = "cases"
    NIL = "nil"
    MISSING = "missing"


@dataclass(frozen=True)
class SignNil:
    """A head says that nothing happened at her school in a term."""

    organisation_id: UUID
    period: str


@dataclass(frozen=True)
class Completeness:
    """How many schools were due to report for a term, and what came."""

    due: int = 0
    cases: int = 0
    nil: int = 0

    @property
    def reported(self) -> int:
        """With a case or a nil return."""
        return self.cases + self.nil

    @property
    def missing(self) -> int:
        """With neither."""
        return self.due - self.reported


def is_asked_for(period: Period, today: date) -> bool:
    """A nil return is asked for terms that have begun, not for the summer, months or years."""
    return period.kind in _TERMS and period.first <= today


def due_day(period: Period, calendar: Calendar) -> date:
    """When the term's report is due; the nil return with it."""
    dates = calendar.dates(period.school_year)
    return dates.term1_due if period.kind is PeriodKind.TERM_1 else dates.year_due


def may_be_withdrawn(period: Period, calendar: Calendar, today: date) -> bool:
    """While the term is open: up to the day on which its report is due."""
    return today <= due_day(period, calendar)


def standing_of(has_case: bool, has_nil: bool) -> Standing:
    """A case counts before a nil return that was signed without it."""
    if has_case:
        return Standing.CASES
    return Standing.NIL if has_nil else Standing.MISSING


def add_up(standings: Iterable[Standing]) -> Completeness:
    """How many there are of each."""
    found = list(standings)
    return Completeness(len(found), found.count(Standing.CASES), found.count(Standing.NIL))


def period_before(period: Period, calendar: Calendar) -> Period | None:
    """The one right before it of the same kind: term I before term II, term II of the year before before term I."""
    year, first = period.school_year.start_year, period.first
    month = first.year * 12 + first.month - 1
    match period.kind:
        case PeriodKind.TERM_2:
            code = _of_year(year, "/1")
        case PeriodKind.TERM_1:
            code = _of_year(year - 1, "/2")
        case PeriodKind.SUMMER:
            code = _of_year(year - 1, "/H")
        case PeriodKind.SCHOOL_YEAR:
            code = _of_year(year - 1, "")
        case PeriodKind.MONTH:
            code = f"{(month - 1) // 12:04d}-{(month - 1) % 12 + 1:02d}"
        case PeriodKind.QUARTER:
            code = f"{(month - 3) // 12:04d}-Q{(month - 3) % 12 // 3 + 1}"
        case PeriodKind.YEAR:
            code = f"{first.year - 1:04d}"
    return _find(code, calendar)


def year_before(period: Period, calendar: Calendar) -> Period | None:
    """The same term, month or quarter of the year before."""
    year = period.first.year - 1
    match period.kind:
        case PeriodKind.MONTH:
            code = f"{year:04d}-{period.first.month:02d}"
        case PeriodKind.QUARTER:
            code = f"{year:04d}-Q{(period.first.month + 2) // 3}"
        case PeriodKind.YEAR:
            code = f"{year:04d}"
        case _:
            code = period.code.replace(
                period.school_year.code, _of_year(period.school_year.start_year - 1, "")
            )
    return _find(code, calendar)


def _of_year(start_year: int, suffix: str) -> str:
    return (SchoolYear(start_year).code if start_year >= 1 else "") + suffix


def _find(code: str, calendar: Calendar) -> Period | None:
    try:
        return parse_period(code, calendar)
    except PeriodUnknown:
        return None
