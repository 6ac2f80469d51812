"""Numbers of pupils and staff, and the days of school years."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.audit.service import record
from school_portal.core.actor import Actor
from school_portal.core.authz import require
from school_portal.core.errors import Conflict, RuleBroken
from school_portal.organisations import policy, queries
from school_portal.organisations.domain import Figures, SchoolYear, UnitKind, YearDates
from school_portal.organisations.models import Enrolment, TermDates

MOST = 100_000
"""More learners than any level of any school has: a slip of the keyboard."""


def record_enrolment(
    session: Session, actor: Actor, organisation_id: UUID, year: SchoolYear, figures: Sequence[Figures]
) -> int:
    """The numbers of a school in a school year, by level; levels that are not given stay. How many changed."""
    unit = queries.load_organisation(session, actor, organisation_id)
    require(policy.may_edit_enrolment(actor, unit.org_path))
    if unit.kind != UnitKind.SCHOOL:
        raise RuleBroken("enrolment-of-schools-only")
    standing = {
        row.level: row for row in queries.load_enrolment(session, actor, organisation_id, year.start_year)
    }
    changed = 0
    for each in figures:
        _check(each)
        row = standing.get(each.level)
        if row is None:
            row = Enrolment(
                organisation_id=unit.id,
                org_path=unit.org_path,
                school_year=year.start_year,
                level=each.level,
                pupils=each.pupils,
                girls=each.girls,
                staff=each.staff,
            )
            session.add(row)
            changed += 1
        elif (row.pupils, row.girls, row.staff) != (each.pupils, each.girls, each.staff):
            row.pupils, row.girls, row.staff = each.pupils, each.girls, each.staff
            changed += 1
    if changed:
        session.flush()
        record(
            session,
            actor,
            "enrolment-recorded",
            "organisation",
            unit.id,
            unit.org_path,
            school_year=year.code,
            levels=" ".join(each.level.value for each in figures),
        )
    return changed


def set_term_dates(
    session: Session, actor: Actor, year: SchoolYear, dates: YearDates, expected: int | None = None
) -> None:
    """The department sets the ends of the terms and the report days of a school year for the whole province."""
    require(policy.may_edit_calendar(actor))
    for field in dates.problems(year):
        raise RuleBroken("dates-in-disorder", field)
    row = queries.load_term_dates(session, actor, year.start_year)
    if expected is not None and expected != (row.row_version if row else 0):
        raise Conflict
    values = {
        "term1_last": dates.term1_last,
        "term2_last": dates.term2_last,
        "term1_due": dates.term1_due,
        "year_due": dates.year_due,
    }
    if row is None:
        session.add(TermDates(school_year=year.start_year, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    record(session, actor, "term-dates-set", "school-year", None, school_year=year.code)


def _check(figures: Figures) -> None:
    for field in ("pupils", "girls", "staff"):
        value = getattr(figures, field)
        if value is not None and not 0 <= value <= MOST:
            raise RuleBroken("number-out-of-range", f"{field}_{figures.level.value}")
    if figures.girls is not None and figures.girls > figures.pupils:
        raise RuleBroken("more-girls-than-pupils", f"girls_{figures.level.value}")
