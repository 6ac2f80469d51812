"""What the first page of each role shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.accounts import units as accounts
from school_portal.accounts.queries import PersonAt
from school_portal.audit import queries as audit
from school_portal.core.actor import Actor, Role
from school_portal.core.clock import today
from school_portal.incidents import queries as incidents
from school_portal.incidents import service as filing
from school_portal.incidents.domain import RecordKind
from school_portal.incidents.policy import LEADS, OFFICERS, SCHOOL_ROLES
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Period, Unit, UnitKind
from school_portal.reports import queries as reports

REPORT_ROLES = (Role.HEAD, *OFFICERS)
SHOWN = 5


@dataclass(frozen=True)
class Figure:
    """One count: in this term so far, and in the same days of the same term a year ago."""

    name: str
    now: int
    before: int


@dataclass(frozen=True)
class TermFigures:
    """Counts of a unit and all below it, over what the viewer may know exists."""

    unit: Unit
    period: Period
    year_before: str
    rows: tuple[Figure, ...]


@dataclass(frozen=True)
class Below:
    """How many open units stand below one of hers."""

    unit: Unit
    communes: int
    schools: int


@dataclass(frozen=True)
class Home:
    """The parts of a first page; those that are None or empty are not hers."""

    units: tuple[Unit, ...]
    own_reports: list[incidents.OwnReport] | None
    drafts: list[incidents.OwnDraft]
    lists: incidents.Taxonomy | None
    ask: PersonAt | None
    waiting: Sequence[incidents.WaitingRow]
    notices: Sequence[incidents.OwnNotice]
    cases: Sequence[incidents.IncidentRow] | None
    open_cases: int
    figures: tuple[TermFigures, ...]
    reports: Sequence[reports.ReportRequest] | None
    below: tuple[Below, ...]
    may_invite: bool
    events: Sequence[audit.EventRow] | None

    @property
    def is_province(self) -> bool:
        """Whether one of her units is the top of the tree."""
        return any(unit.kind is UnitKind.DEPARTMENT for unit in self.units)


def get_home(session: Session, actor: Actor) -> Home:
    """By the roles that she holds; a remembered device shows her own reports, drafts and whom to ask, nothing else."""
    units = tuple(
        organisations.units_by_id(session, actor, [p.organisation_id for p in actor.posts]).values()
    )
    files = actor.holds(*SCHOOL_ROLES)
    drafts = incidents.list_drafts(session, actor) if files else []
    leads = actor.is_fresh and actor.holds(*LEADS, *OFFICERS)
    return Home(
        units=units,
        own_reports=incidents.list_own_reports(session, actor) if files else None,
        drafts=drafts,
        lists=incidents.get_taxonomy(session, actor) if drafts else None,
        ask=_whom_to_ask(session, actor) if files else None,
        waiting=incidents.list_waiting(session, actor)[:SHOWN] if leads else (),
        notices=incidents.list_notices(session, actor)[:SHOWN] if actor.is_fresh else (),
        cases=incidents.list_incidents(session, actor).items[:SHOWN] if leads else None,
        open_cases=incidents.count_visible(session, actor) if leads else 0,
        figures=tuple(_figures(session, actor, unit) for unit in units if _reads_figures(actor, unit)),
        reports=reports.list_reports(session, actor).items[:3] if _asks_for_reports(actor) else None,
        below=tuple(_below(session, actor, unit) for unit in units if _oversees(actor, unit)),
        may_invite=actor.is_fresh and accounts.may_invite(actor),
        events=audit.list_events(session, actor).items[:SHOWN] if _audits(actor) else None,
    )


def _whom_to_ask(session: Session, actor: Actor) -> PersonAt | None:
    for school, _name in filing.own_schools(session, actor):
        for person in filing.readers_at(session, actor, UUID(school)).people:
            if person.phone and person.user_id != actor.user_id:
                return person
    return None


def _reads_figures(actor: Actor, unit: Unit) -> bool:
    return actor.is_fresh and actor.holds_at(unit.org_path, *LEADS, *OFFICERS)


def _asks_for_reports(actor: Actor) -> bool:
    return actor.is_fresh and actor.holds(*REPORT_ROLES)


def _audits(actor: Actor) -> bool:
    return actor.is_fresh and actor.holds(Role.AUDITOR)


def _oversees(actor: Actor, unit: Unit) -> bool:
    return actor.is_fresh and unit.kind is not UnitKind.SCHOOL


def _below(session: Session, actor: Actor, unit: Unit) -> Below:
    counts = organisations.count_below(session, actor, unit.org_path)
    return Below(unit, counts[UnitKind.COMMUNE], counts[UnitKind.SCHOOL])


def _figures(session: Session, actor: Actor, unit: Unit) -> TermFigures:
    period = organisations.choose_periods(session, actor)[0]
    year_before = period.school_year.previous.code
    earlier = organisations.get_period(
        session, actor, period.code.replace(period.school_year.code, year_before)
    )
    until = min(today(), period.last)
    now = _counts(session, actor, unit, period.first, until)
    before = _counts(session, actor, unit, earlier.first, earlier.first + (until - period.first))
    rows = tuple(Figure(name, now[name], before[name]) for name in now)
    return TermFigures(unit, period, year_before, rows)


def _counts(session: Session, actor: Actor, unit: Unit, first: date, last: date) -> dict[str, int]:
    severities = incidents.totals(session, actor, unit.org_path, first, last, "severity")
    risks = incidents.totals(session, actor, unit.org_path, first, last, kind=RecordKind.RISK)
    return {
        "all": sum(severities.values()),
        "severity-3": severities.get("3", 0),
        "severity-4": severities.get("4", 0),
        "risk": sum(risks.values()),
    }
