"""What the figures offer to the application: their pages and the term report."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.core.actor import Actor, Role
from school_portal.core.i18n import current_language
from school_portal.core.i18n import lazy_gettext as _
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Calendar, Unit, UnitKind, parse_period
from school_portal.organisations.labels import period_label
from school_portal.reports.domain import Order, Scope
from school_portal.reports.kinds import Choices, ReportKind
from school_portal.statistics import labels, policy, report
from school_portal.statistics.commands import group
from school_portal.statistics.routes import blueprint
from school_portal.statistics.word import write_word
from school_portal.web.feature import Feature, NavItem

ROLES = (Role.DEPARTMENT_OFFICER, Role.COMMUNE_OFFICER, Role.HEAD)


def _scope_of(unit: Unit) -> Scope:
    is_province = unit.kind == UnitKind.DEPARTMENT
    name = str(labels.WHOLE_PROVINCE) if is_province else unit.name(current_language())
    return Scope(unit.id, unit.org_path, name)


def _choices(session: Session, actor: Actor) -> Choices:
    """The person's own units, the highest first, and the periods from the current term on."""
    posts = {post.organisation_id for post in actor.posts if post.role in ROLES}
    units = organisations.units_by_id(session, actor, posts).values()
    return Choices(
        scopes=tuple(
            _scope_of(unit)
            for unit in sorted(units, key=lambda unit: (len(unit.org_path), unit.org_path))
            if policy.may_request_term_report(actor, unit.org_path)
        ),
        periods=tuple(
            (period.code, period_label(period)) for period in organisations.choose_periods(session, actor)
        ),
    )


def _find_scope(session: Session, actor: Actor, order: Order) -> Scope:
    return _scope_of(organisations.get_unit(session, actor, order.organisation_id))


def _find_unit(session: Session, actor: Actor, code: str) -> UUID:
    return organisations.find_by_code(session, actor, code).id


def _check_period(session: Session, actor: Actor, code: str) -> None:
    organisations.get_period(session, actor, code)


TERM_REPORT = ReportKind(
    name="term-report",
    label=labels.TERM_REPORT,
    scopes=tuple(kind.value for kind in UnitKind),
    periods=("term", "summer", "school-year", "month", "quarter", "calendar-year"),
    template="statistics/pdf/term_report.html",
    build=report.build,
    word=write_word,
    may_request=policy.may_request_term_report,
    choices=_choices,
    find_scope=_find_scope,
    find_unit=_find_unit,
    check_period=_check_period,
    period_label=lambda code: period_label(parse_period(code, Calendar())),
)

FEATURE = Feature(
    name="statistics",
    blueprint=blueprint,
    nav=(NavItem("statistics.index", _("Figures"), frozenset(ROLES)),),
    reports=(TERM_REPORT,),
    commands=(group,),
)
