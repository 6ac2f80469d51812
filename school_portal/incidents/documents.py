"""The kinds of documents about cases: the case file, and the form to print and fill in by hand."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.core.actor import Actor, Role
from school_portal.core.authz import require
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.core.i18n import current_language
from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents import policy, queries
from school_portal.incidents.domain.documents import KEEP_NAMES, OPTIONS, read_print
from school_portal.incidents.queries.documents import list_readable
from school_portal.incidents.report import incident_file, paper_form
from school_portal.incidents.service.documents import FILE_KIND, PAPER_KIND, tell_of_file
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Calendar, UnitKind, parse_period
from school_portal.organisations.labels import period_label
from school_portal.reports.domain import KEEP, Order, Scope
from school_portal.reports.kinds import Choices, Place, ReportKind


def _find_case(session: Session, actor: Actor, order: Order) -> Scope:
    """The case, if she reads it now and it lies at or below the unit; names only for who may open them."""
    unit = organisations.get_unit(session, actor, order.organisation_id)
    assert order.subject_id is not None
    try:
        found = queries.get_incident(session, actor, order.subject_id)
    except NotFound:
        raise NotFound("subject-not-found") from None
    if not found.org_path.startswith(unit.org_path):
        raise NotFound("subject-not-found")
    if read_print(order.options).reason is not None:
        require(policy.may_read_names(actor, found.org_path))
    version_id = found.organisation_version_id
    school = organisations.units_of_versions(session, actor, [version_id]).get(version_id)
    name = f"{found.number}, {(school or unit).name(current_language())}"
    return Scope(found.organisation_id, found.org_path, name)


def _readable(session: Session, actor: Actor, ids: Collection[UUID]) -> Collection[UUID]:
    return list_readable(session, actor, ids)


def _find_school(session: Session, actor: Actor, order: Order) -> Scope:
    unit = organisations.get_unit(session, actor, order.organisation_id)
    if unit.kind != UnitKind.SCHOOL:
        raise RuleBroken("unit-not-a-school", "organisation")
    return Scope(unit.id, unit.org_path, unit.name(current_language()))


def _own_schools(session: Session, actor: Actor) -> Choices:
    """Heads find the paper form on their page of reports, all others on a page of its own."""
    posts = {post.organisation_id for post in actor.posts if post.role == Role.HEAD}
    units = organisations.units_by_id(session, actor, posts).values()
    return Choices(
        tuple(Scope(unit.id, unit.org_path, unit.name(current_language())) for unit in units)
        if actor.is_fresh
        else ()
    )


def _find_unit(session: Session, actor: Actor, code: str) -> UUID:
    return organisations.find_by_code(session, actor, code).id


def _check_period(session: Session, actor: Actor, code: str) -> None:
    organisations.get_period(session, actor, code)


def _period_label(code: str) -> str:
    return period_label(parse_period(code, Calendar()))


def _keep(order: Order) -> timedelta:
    return KEEP_NAMES if read_print(order.options).reason is not None else KEEP


INCIDENT_FILE = ReportKind(
    name=FILE_KIND,
    label=_("Case file"),
    scopes=(UnitKind.SCHOOL.value,),
    periods=("school-year",),
    template="incidents/pdf/incident_file.html",
    build=incident_file.build,
    may_request=policy.may_read_names,
    find_scope=_find_case,
    find_unit=_find_unit,
    check_period=_check_period,
    period_label=_period_label,
    keep=_keep,
    options=OPTIONS,
    subjects=_readable,
    on_download=tell_of_file,
    asked_at=lambda subject_id: Place("incidents.show", {"incident_id": subject_id}),
    remark=_("For internal use. Do not copy or forward it."),
    rank=1,
)

PAPER_FORM = ReportKind(
    name=PAPER_KIND,
    label=_("Paper form for reporting"),
    scopes=(UnitKind.SCHOOL.value,),
    periods=("school-year",),
    template="incidents/pdf/paper_form.html",
    build=paper_form.build,
    may_request=policy.may_report,
    choices=_own_schools,
    find_scope=_find_school,
    find_unit=_find_unit,
    check_period=_check_period,
    period_label=_period_label,
    asked_at=lambda subject_id: Place("incidents.paper_form", {}),
    remark=_("To print empty, as often as it is needed."),
    rank=2,
)

DOCUMENTS = (INCIDENT_FILE, PAPER_FORM)
