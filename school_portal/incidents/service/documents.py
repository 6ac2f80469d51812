"""Asking for a case file or a paper form, and telling the audit that a file was handed out."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.audit.service import record
from school_portal.core.actor import Actor
from school_portal.core.authz import require
from school_portal.core.clock import today
from school_portal.incidents import policy, queries
from school_portal.incidents.domain.documents import FilePrint, read_print
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import school_year_of
from school_portal.reports import service as reports
from school_portal.reports.domain import Order, Scope

FILE_KIND, PAPER_KIND = "incident-file", "paper-form"


def ask_for_file(
    session: Session, actor: Actor, incident_id: UUID, language: str, printed: FilePrint
) -> UUID:
    """Order the case file; the number of the order. By whoever reads the case; names by whoever may open them."""
    incident = queries.get_incident(session, actor, incident_id)
    period = school_year_of(incident.occurred_on).code
    order = Order(FILE_KIND, incident.organisation_id, period, language, incident_id, printed.options())
    return reports.request_report(session, actor, order).id


def ask_for_paper_form(session: Session, actor: Actor, organisation_id: UUID, language: str) -> UUID:
    """Order the empty form of a school, for everybody who may report there; the number of the order."""
    school = organisations.get_unit(session, actor, organisation_id)
    require(policy.may_report(actor, school.org_path))
    order = Order(PAPER_KIND, school.id, school_year_of(today()).code, language)
    return reports.request_report(session, actor, order).id


def tell_of_file(session: Session, actor: Actor, order: Order, scope: Scope) -> None:
    """A file that is handed out is a reading of its case; with names it is a reading of the names, for its reason."""
    printed = read_print(order.options)
    if printed.reason is None:
        record(session, actor, queries.READ, "incident", order.subject_id, scope.org_path, printed=True)
        return
    record(
        session,
        actor,
        queries.NAMES_READ,
        "incident",
        order.subject_id,
        scope.org_path,
        printed=True,
        reason=printed.reason.value,
        witnesses=printed.witnesses,
        reporter=printed.reporter,
    )
