"""Addresses of incidents: report, receipt, list, case."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from school_portal.accounts import queries as accounts
from school_portal.accounts.labels import role_words
from school_portal.core.clock import today
from school_portal.core.errors import RuleBroken
from school_portal.incidents import labels, queries, service
from school_portal.incidents.forms import IncidentFilterForm, NameSearchForm, NamesForm, ReportForm
from school_portal.web.door import current_actor, remembered_ok
from school_portal.web.unit_of_work import current_session

blueprint = Blueprint("incidents", __name__, url_prefix="/incidents")


@blueprint.get("/")
def index() -> str:
    """The incidents that she sees."""
    form = IncidentFilterForm(request.args)
    filters = queries.IncidentFilters(form.group.data or "", form.state.data or "")
    page = queries.list_incidents(current_session(), current_actor(), filters, request.args.get("after"))
    lists = queries.get_taxonomy(current_session(), current_actor())
    number_open = queries.count_visible(current_session(), current_actor())
    return render_template(
        "incidents/index.html",
        form=form,
        page=page,
        lists=lists,
        labels=labels,
        number_open=number_open,
        may_report=queries.may_report(current_actor()),
        may_search=queries.may_search(current_actor()),
    )


@blueprint.route("/by-name", methods=["GET", "POST"])
def by_name() -> tuple[str, int]:
    """Cases by the name of somebody involved; that she looked is told to the audit."""
    session, actor = current_session(), current_actor()
    service.require_search(actor)
    form = NameSearchForm()
    found = (
        service.search_by_name(session, actor, form.name.data or "") if form.validate_on_submit() else None
    )
    return render_template("incidents/by_name.html", form=form, found=found, labels=labels), form.status


@blueprint.get("/start")
@remembered_ok
def start() -> str:
    """Before the form: whom to call."""
    session, actor = current_session(), current_actor()
    people = service.readers(session, actor)
    school, _above = service.school_and_above(session, actor, UUID(service.own_schools(session, actor)[0][0]))
    return render_template("incidents/start.html", people=people, school=school, role_words=role_words)


@blueprint.route("/new", methods=["GET", "POST"])
@remembered_ok
def new() -> Response | tuple[str, int]:
    """Report an incident."""
    session, actor = current_session(), current_actor()
    units = service.own_schools(session, actor)
    form = ReportForm()
    chosen = form.organisation.data or (units[0][0] if units else None)
    people = accounts.people_at(session, actor, UUID(chosen)) if chosen in dict(units) else []
    form.offer(units, queries.get_taxonomy(session, actor), [(str(p.user_id), p.name) for p in people])
    if form.validate_on_submit():
        try:
            receipt = service.report_incident(session, actor, form.to_command())
            return redirect(url_for("incidents.receipt", incident_id=receipt.id), 303)
        except RuleBroken as error:
            form.apply(error)
    readers = service.readers(session, actor, UUID(form.organisation.data) if chosen in dict(units) else None)
    known = chosen if chosen in dict(units) else units[0][0]
    school, above = service.school_and_above(session, actor, UUID(known))
    page = render_template(
        "incidents/new.html",
        form=form,
        readers=readers,
        above=above,
        school=school,
        role_words=role_words,
        labels=labels,
        days=[today(), today() - timedelta(days=1)],
    )
    return page, form.status


@blueprint.get("/<uuid:incident_id>/receipt")
@remembered_ok
def receipt(incident_id: UUID) -> str:
    """Number, time, check code, state and what happens next, for who reported."""
    session, actor = current_session(), current_actor()
    own = queries.get_own_report(session, actor, incident_id)
    school, above = service.school_and_above(session, actor, own.organisation_id)
    return render_template(
        "incidents/receipt.html",
        own=own,
        readers=service.readers(session, actor, own.organisation_id),
        school=school,
        above=above,
        role_words=role_words,
        labels=labels,
    )


@blueprint.get("/<uuid:incident_id>")
def show(incident_id: UUID) -> str:
    """The case, people by code."""
    session, actor = current_session(), current_actor()
    case = service.read_case(session, actor, incident_id)
    lists = queries.get_taxonomy(session, actor)
    return render_template("incidents/show.html", case=case, lists=lists, labels=labels)


@blueprint.route("/<uuid:incident_id>/names", methods=["GET", "POST"])
def names(incident_id: UUID) -> tuple[str, int]:
    """The names in a case, for a reason."""
    session, actor = current_session(), current_actor()
    case = queries.get_case(session, actor, incident_id)
    form = NamesForm()
    shown = form.validate_on_submit()
    if shown:
        case = service.read_names(session, actor, incident_id, form.to_reason())
    return render_template(
        "incidents/names.html", case=case, form=form, shown=shown, labels=labels
    ), form.status
