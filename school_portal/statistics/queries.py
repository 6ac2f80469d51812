"""Figures of a unit over a period, who has reported for a term, and nil returns; over what the reader may know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.accounts import queries as accounts
from school_portal.accounts.queries import PersonAt
from school_portal.core.actor import Actor
from school_portal.core.authz import require, scope, within
from school_portal.core.clock import today
from school_portal.core.errors import NotFound
from school_portal.incidents import queries as incidents
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Calendar, Period, PeriodKind, SchoolYear, Unit, period_of_year
from school_portal.organisations.queries import SchoolLine
from school_portal.statistics import policy
from school_portal.statistics.domain import (
    Completeness,
    Counts,
    Standing,
    add_up,
    count,
    due_day,
    is_asked_for,
    level_of,
    may_be_withdrawn,
    standing_of,
)
from school_portal.statistics.models import NilReturn


def count_cases(session: Session, actor: Actor, org_path: str, period: Period) -> Counts:
    """All figures of what happened in the period at the unit and below, over what the actor may know exists."""
    days = (period.first, period.last)
    records = list(incidents.list_counted(session, actor, org_path, *days))
    versions = {record.organisation_version_id for record in records}
    taught = organisations.levels_of_versions(session, actor, versions)
    return count(
        records,
        {version: level_of(levels) for version, levels in taught.items()},
        incidents.count_harmed(session, actor, org_path, *days),
    )


# --- who has reported ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SchoolStanding:
    """A school that was due to report for a term, and whether it has."""

    school: SchoolLine
    standing: Standing
    signed_at: datetime | None
    is_contradicted: bool
    """A nil return is signed and a case is recorded all the same; to be told above the school only."""


def terms_within(session: Session, actor: Actor, period: Period) -> list[Period]:
    """The terms that the days of a period touch and that have begun; the first one first."""
    calendar = organisations.get_calendar(session, actor)
    year = period.first.year
    found: list[Period] = []
    for start in range(year - 1, period.last.year + 1):
        for kind in (PeriodKind.TERM_1, PeriodKind.TERM_2):
            term = _term(kind, start, calendar)
            if term and term.first <= period.last and period.first <= term.last:
                found.append(term)
    return [term for term in found if is_asked_for(term, today())]


def _term(kind: PeriodKind, start_year: int, calendar: Calendar) -> Period | None:
    return period_of_year(kind, SchoolYear(start_year), calendar) if 1 <= start_year <= 9998 else None


def list_standings(session: Session, actor: Actor, org_path: str, term: Period) -> list[SchoolStanding]:
    """Each school at and below a path that is due to report for the term, by name. Four statements at any size.

    Due is who stands at the term's end, or today while it runs.
    """
    schools = organisations.schools_within(session, actor, org_path, min(term.last, today()))
    with_case = incidents.units_with_cases(session, actor, org_path, term.first, term.last)
    nil = _signed(session, actor, org_path, term.code)
    return [
        SchoolStanding(
            school,
            standing_of(school.id in with_case, school.id in nil),
            nil.get(school.id),
            school.id in with_case and school.id in nil,
        )
        for school in schools
    ]


def completeness(
    session: Session, actor: Actor, org_path: str, term: Period
) -> tuple[Completeness, dict[str, Completeness]]:
    """How many are due and have reported: all, and by level of school."""
    standings = list_standings(session, actor, org_path, term)
    return add_up(line.standing for line in standings), _by_level(standings)


def _by_level(standings: list[SchoolStanding]) -> dict[str, Completeness]:
    found: dict[str, list[Standing]] = {}
    for line in standings:
        found.setdefault(level_of(line.school.levels), []).append(line.standing)
    return {level: add_up(lines) for level, lines in found.items()}


def _signed(session: Session, actor: Actor, org_path: str, period: str) -> dict[UUID, datetime]:
    statement = scope(select(NilReturn.organisation_id, NilReturn.signed_at), policy.visible_to(actor)).where(
        within(NilReturn.org_path, org_path), NilReturn.period == period, NilReturn.withdrawn_at.is_(None)
    )
    return {row.organisation_id: row.signed_at for row in session.execute(statement)}


@dataclass(frozen=True)
class Reporting:
    """What an officer's page shows of one term."""

    unit: Unit
    term: Period
    due_on: date
    whole: Completeness
    by_level: dict[str, Completeness]
    missing: list[SchoolStanding]
    nil: list[SchoolStanding]
    contradicted: list[SchoolStanding]
    heads: dict[UUID, PersonAt]


def get_reporting(session: Session, actor: Actor, organisation_id: UUID, term: Period) -> Reporting:
    """Who has reported for the term and who is missing; NotPermitted for others than officers of the unit."""
    unit = organisations.get_unit(session, actor, organisation_id)
    require(policy.may_see_reporting(actor, unit.org_path))
    standings = list_standings(session, actor, unit.org_path, term)
    return Reporting(
        unit,
        term,
        due_day(term, organisations.get_calendar(session, actor)),
        add_up(line.standing for line in standings),
        _by_level(standings),
        [line for line in standings if line.standing is Standing.MISSING],
        [line for line in standings if line.standing is Standing.NIL],
        [line for line in standings if line.is_contradicted],
        accounts.heads_within(session, actor, unit.org_path),
    )


# --- whose figures ---------------------------------------------------------------------------------------------------


def _units(session: Session, actor: Actor, may: Callable[[Actor, str], bool]) -> list[Unit]:
    """Her own units of which she may do something, the highest first."""
    found = organisations.units_by_id(session, actor, {post.organisation_id for post in actor.posts})
    allowed = [unit for unit in found.values() if may(actor, unit.org_path)]
    return sorted(allowed, key=lambda unit: (len(unit.org_path), unit.org_path))


def units_with_figures(session: Session, actor: Actor) -> list[Unit]:
    """Her own units whose figures she may see, the highest first; NotPermitted when there is none."""
    require(policy.may_see_figures(actor))
    return _units(session, actor, policy.may_request_term_report)


def units_to_oversee(session: Session, actor: Actor) -> list[Unit]:
    """Her own offices, whose schools report to her; NotPermitted when there is none."""
    require(policy.may_oversee_reporting(actor))
    return _units(session, actor, policy.may_see_reporting)


def units_to_sign_for(session: Session, actor: Actor) -> list[Unit]:
    """The schools that she heads; NotPermitted when there is none."""
    require(policy.may_sign_somewhere(actor))
    return [unit for unit in _units(session, actor, policy.may_sign) if unit.is_open]


@dataclass(frozen=True)
class Pages:
    """Which pages beside the figures are hers."""

    reporting: bool
    signing: bool


def pages_for(session: Session, actor: Actor) -> Pages:
    """By her roles."""
    return Pages(policy.may_oversee_reporting(actor), policy.may_sign_somewhere(actor))


def choose_terms(session: Session, actor: Actor) -> list[Period]:
    """The terms for which a nil return is asked, the current or last one first."""
    offered = organisations.choose_periods(session, actor)
    terms = [period for period in offered if is_asked_for(period, today())]
    return sorted(terms, key=lambda term: term.first, reverse=True)


# --- nil returns -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnNil:
    """A standing nil return as its school's head sees it."""

    id: UUID
    unit: Unit
    term: Period
    signed_at: datetime
    may_withdraw: bool
    knows_of_cases: bool


def terms_to_sign(session: Session, actor: Actor, units: list[Unit]) -> list[Period]:
    """The terms for which she may sign at one of her schools at least: those in which she knows of no case there."""
    return [
        term
        for term in choose_terms(session, actor)
        if any(not knows_of_cases(session, actor, unit.org_path, term) for unit in units)
    ]


def list_own_nil(session: Session, actor: Actor) -> list[OwnNil]:
    """Standing nil returns of the schools that she heads, the newest term first."""
    units = {unit.id: unit for unit in units_to_sign_for(session, actor)}
    calendar = organisations.get_calendar(session, actor)
    statement = scope(select(NilReturn), policy.visible_to(actor)).where(
        NilReturn.organisation_id.in_(units), NilReturn.withdrawn_at.is_(None)
    )
    found = []
    for row in session.scalars(statement):
        term = organisations.get_period(session, actor, row.period)
        unit = units[row.organisation_id]
        found.append(
            OwnNil(
                row.id,
                unit,
                term,
                row.signed_at,
                may_be_withdrawn(term, calendar, today()),
                knows_of_cases(session, actor, unit.org_path, term),
            )
        )
    return sorted(found, key=lambda own: (own.term.first, own.unit.org_path), reverse=True)


def knows_of_cases(session: Session, actor: Actor, org_path: str, term: Period) -> bool:
    """Whether a counted case of the term is one of which she may know. A hidden one never shows here (review U3)."""
    return bool(incidents.units_with_cases(session, actor, org_path, term.first, term.last))


def find_nil(session: Session, actor: Actor, organisation_id: UUID, period: str) -> NilReturn | None:
    """The standing nil return of a school for a term, if one is signed."""
    statement = scope(select(NilReturn), policy.visible_to(actor)).where(
        NilReturn.organisation_id == organisation_id,
        NilReturn.period == period,
        NilReturn.withdrawn_at.is_(None),
    )
    return session.scalars(statement).one_or_none()


def get_nil(session: Session, actor: Actor, return_id: UUID) -> NilReturn:
    """A nil return that she may see; NotFound otherwise."""
    statement = scope(select(NilReturn), policy.visible_to(actor)).where(NilReturn.id == return_id)
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise NotFound("nil-return-not-found")
    return found
