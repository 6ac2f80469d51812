"""Reading the days of school years, periods, and numbers of pupils."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import require, scope, within
from school_portal.core.clock import today
from school_portal.core.errors import RuleBroken
from school_portal.organisations import policy
from school_portal.organisations.domain import (
    Calendar,
    Figures,
    Level,
    Period,
    PeriodUnknown,
    SchoolYear,
    YearDates,
    parse_period,
    periods_around,
)
from school_portal.organisations.models import Enrolment, TermDates


def get_calendar(session: Session, actor: Actor) -> Calendar:
    """The days of all school years: what the department has set, defaults for the rest."""
    rows = session.scalars(select(TermDates))
    return Calendar(
        {
            row.school_year: YearDates(row.term1_last, row.term2_last, row.term1_due, row.year_due)
            for row in rows
        }
    )


def get_calendar_to_edit(session: Session, actor: Actor) -> Calendar:
    """The days of all school years, for the page where they are set; NotPermitted for others."""
    require(policy.may_edit_calendar(actor))
    return get_calendar(session, actor)


def may_edit_calendar(session: Session, actor: Actor) -> bool:
    """Whether the page shows the button."""
    return policy.may_edit_calendar(actor)


def get_period(session: Session, actor: Actor, code: str) -> Period:
    """The period of a code such as "2025-2026/1"; RuleBroken when there is none."""
    try:
        return parse_period(code, get_calendar(session, actor))
    except PeriodUnknown as error:
        raise RuleBroken("period-unknown", "period", given=code) from error


def choose_periods(session: Session, actor: Actor) -> tuple[Period, ...]:
    """The periods that a form offers today, the current term first."""
    return periods_around(today(), get_calendar(session, actor))


def get_enrolment(
    session: Session, actor: Actor, organisation_id: UUID, school_year: SchoolYear
) -> list[Figures]:
    """A unit's numbers in a school year, by level in the order of age."""
    statement = scope(select(Enrolment), policy.enrolment_visible_to(actor)).where(
        Enrolment.organisation_id == organisation_id, Enrolment.school_year == school_year.start_year
    )
    by_level = {row.level: row for row in session.scalars(statement)}
    return [
        Figures(level, by_level[level].pupils, by_level[level].girls, by_level[level].staff)
        for level in Level
        if level in by_level
    ]


def sum_enrolment(session: Session, actor: Actor, org_path: str, school_year: SchoolYear) -> list[Figures]:
    """The numbers of a unit and all below it in a school year, by level; girls and staff where they were told."""
    statement = scope(
        select(
            Enrolment.level, func.sum(Enrolment.pupils), func.sum(Enrolment.girls), func.sum(Enrolment.staff)
        ),
        policy.enrolment_visible_to(actor),
    ).where(within(Enrolment.org_path, org_path), Enrolment.school_year == school_year.start_year)
    rows = {row[0]: Figures(*row) for row in session.execute(statement.group_by(Enrolment.level))}
    return [rows[level] for level in Level if level in rows]


def pupils_by_unit(
    session: Session, actor: Actor, organisation_ids: Iterable[UUID], school_year: SchoolYear
) -> dict[UUID, int]:
    """How many learners each of these units has in a school year; units without numbers are left out."""
    statement = scope(
        select(Enrolment.organisation_id, func.sum(Enrolment.pupils)), policy.enrolment_visible_to(actor)
    ).where(
        Enrolment.organisation_id.in_(set(organisation_ids)), Enrolment.school_year == school_year.start_year
    )
    return {key: int(total) for key, total in session.execute(statement.group_by(Enrolment.organisation_id))}
