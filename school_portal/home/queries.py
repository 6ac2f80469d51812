"""What the first page of each role shows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.incidents import queries as incidents
from school_portal.incidents.policy import LEADS, OFFICERS, SCHOOL_ROLES
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Period, Unit, UnitKind

@dataclass(frozen=True)
class UnitFigures:
    """Counts of one of her units over the current period, over what she may know exists."""

    unit: Unit
    period: Period
    total: int
    by_severity: dict[str, int]
    schools_below: int


@dataclass(frozen=True)
class Home:
    """The parts of a first page; those that are None are not hers."""

    own_reports: list[incidents.OwnReport] | None
    cases: incidents.Page[incidents.IncidentRow] | None
    figures: tuple[UnitFigures, ...]
    units: tuple[Unit, ...]


def get_home(session: Session, actor: Actor) -> Home:
    """Her reports, her cases, her figures, by the roles that she holds; a remembered device shows reports only."""
    units = tuple(organisations.units_by_id(session, actor, [p.organisation_id for p in actor.posts]).values())
    reads_cases = actor.is_fresh and actor.holds(*LEADS, *OFFICERS)
    return Home(
        own_reports=incidents.list_own_reports(session, actor) if actor.holds(*SCHOOL_ROLES) else None,
        cases=incidents.list_incidents(session, actor) if reads_cases else None,
        figures=tuple(_figures(session, actor, unit) for unit in units if _reads_figures(actor, unit)),
        units=units,
    )


def _reads_figures(actor: Actor, unit: Unit) -> bool:
    return actor.is_fresh and actor.holds_at(unit.org_path, *LEADS, *OFFICERS)


def _figures(session: Session, actor: Actor, unit: Unit) -> UnitFigures:
    period = organisations.choose_periods(session, actor)[0]
    days = (period.first, period.last)
    by_severity = incidents.totals(session, actor, unit.org_path, *days, "severity")
    return UnitFigures(
        unit=unit,
        period=period,
        total=sum(by_severity.values()),
        by_severity=by_severity,
        schools_below=organisations.count_below(session, actor, unit.org_path)[UnitKind.SCHOOL],
    )
