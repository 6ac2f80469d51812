"""Addresses of cases: the list, the case, its names and people, facts that are added, links."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from school_portal.accounts import queries as accounts
from school_portal.core.errors import Conflict, NotFound, RuleBroken
from school_portal.core.i18n import gettext as _
from school_portal.incidents import labels, queries, service
from school_portal.incidents.forms.cases import (
    FactsForm,
    IncidentFilterForm,
    InvolvedForm,
    NameSearchForm,
    NamesForm,
)
from school_portal.incidents.routes.blueprint import blueprint
from school_portal.organisations import queries as organisations
from school_portal.web.door import current_actor
from school_portal.web.unit_of_work import all_or_nothing, current_session

Answer = str | Response | tuple[str, int]


def to_case(incident_id: UUID, said: str, gone: str = "") -> Response:
    """Back to the case; to the list, saying why, when what she did takes it out of her sight."""
    try:
        queries.get_coded_case(current_session(), current_actor(), incident_id)
    except NotFound:
        why = gone or _("Other people look after this case from now on.")
        flash(f"{said} {why}", "done")
        return redirect(url_for("incidents.index"), 303)
    flash(said, "done")
    return redirect(url_for("incidents.show", incident_id=incident_id), 303)


@blueprint.get("/")
def index() -> Answer:
    """The cases of which she may know; a case's number leads straight to it."""
    session, actor = current_session(), current_actor()
    form = IncidentFilterForm(request.args)
    number = form.q.data or ""
    found = queries.find_by_number(session, actor, number) if number else None
    if found:
        return redirect(url_for("incidents.show", incident_id=found.id), 303)
    chosen = form.chosen()
    filters = queries.IncidentFilters(**chosen)
    return render_template(
        "incidents/index.html",
        form=form,
        page=queries.list_incidents(session, actor, filters, request.args.get("after")),
        total=queries.count_listed(session, actor, filters),
        waiting=queries.count_visible(session, actor),
        number=number,
        chosen={name: value for name, value in chosen.items() if value},
        lists=queries.get_taxonomy(session, actor),
        labels=labels,
        sees_schools=queries.sees_schools(actor),
        may_report=queries.may_report(actor),
        may_search=queries.may_search(actor),
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
    page = render_template(
        "incidents/by_name.html",
        form=form,
        found=found,
        lists=queries.get_taxonomy(session, actor),
        labels=labels,
        sees_schools=queries.sees_schools(actor),
    )
    return page, form.status


@blueprint.get("/<uuid:incident_id>")
def show(incident_id: UUID) -> str:
    """The case, people by code; its coded facts for who may know no more of it."""
    session, actor = current_session(), current_actor()
    try:
        case = service.read_case(session, actor, incident_id)
    except NotFound:
        return _coded(incident_id)
    lists = service.newest_lists(session, actor, case.id)
    return render_template(
        "incidents/show.html",
        case=case,
        coding=case.coding(lists),
        lists=lists,
        labels=labels,
        acts=_acts_on(case),
        school=_school_of(case) if queries.sees_schools(actor) else None,
        chronology=queries.list_chronology(session, actor, case.id),
        assigned=queries.list_assigned(session, actor, case.id),
        links=queries.list_links(session, actor, case.id),
        views=queries.list_views(session, actor, case.id),
    )


def _coded(incident_id: UUID) -> str:
    session, actor = current_session(), current_actor()
    case = service.read_coded_case(session, actor, incident_id)
    return render_template(
        "incidents/coded.html",
        case=case,
        school=_school_of(case),
        lists=queries.get_taxonomy(session, actor, case.taxonomy_version),
        labels=labels,
        acts=_acts_on(case),
    )


def _acts_on(case: queries.Case | queries.CodedCase) -> queries.CaseActs:
    return queries.acts_on(
        current_actor(), case.org_path, case.concerns_lead, case.lowering_to, case.lowering_by
    )


def _school_of(case: queries.Case | queries.CodedCase) -> Any:
    """The school as it was called on the day."""
    version_id = case.organisation_version_id
    return organisations.units_of_versions(current_session(), current_actor(), [version_id]).get(version_id)


@blueprint.route("/<uuid:incident_id>/names", methods=["GET", "POST"])
def names(incident_id: UUID) -> tuple[str, int]:
    """The names in a case, for a reason."""
    session, actor = current_session(), current_actor()
    case = queries.get_case(session, actor, incident_id)
    form, opened = NamesForm(), None
    if form.validate_on_submit():
        opened = service.read_names(
            session,
            actor,
            incident_id,
            form.to_reason(),
            witnesses=bool(form.witnesses.data),
            reporter=bool(form.reporter.data),
        )
    page = render_template("incidents/names.html", case=case, form=form, opened=opened, labels=labels)
    return page, form.status


@blueprint.route("/<uuid:incident_id>/facts", methods=["GET", "POST"])
def facts(incident_id: UUID) -> Answer:
    """What became known later; what was told before stays as it is."""
    session, actor = current_session(), current_actor()
    case = queries.get_case(session, actor, incident_id)
    form = FactsForm()
    if form.validate_on_submit():
        try:
            with all_or_nothing():
                service.add_facts(session, actor, incident_id, form.facts.data or "")
            return to_case(incident_id, _("The facts were added."))
        except RuleBroken as error:
            form.apply(error)
    return render_template("incidents/facts.html", case=case, form=form), form.status


# --- people ----------------------------------------------------------------------------------------------------------


@blueprint.route("/<uuid:incident_id>/people/new", methods=["GET", "POST"])
def add_person(incident_id: UUID) -> Answer:
    """Somebody who was not named before; she sees nothing of the case from then on."""
    session, actor = current_session(), current_actor()
    case = service.read_case_to_change(session, actor, incident_id)
    form = InvolvedForm()
    _offer_people(form, case)
    if form.validate_on_submit():
        if form.to_person().is_blank:
            return to_case(incident_id, _("Nobody was added: the card was left empty."))
        try:
            with all_or_nothing():
                service.add_person(session, actor, incident_id, form.to_person())
            return to_case(incident_id, _("The person was added."))
        except RuleBroken as error:
            form.apply(error)
    return _person_page(case, form), form.status


@blueprint.route("/<uuid:incident_id>/people/<uuid:involvement_id>", methods=["GET", "POST"])
def correct_person(incident_id: UUID, involvement_id: UUID) -> Answer:
    """What was written down of somebody, put right. Somebody else's correction meanwhile is shown beside it."""
    session, actor = current_session(), current_actor()
    case = service.read_case_to_change(session, actor, incident_id)
    standing = case.person(involvement_id)
    form = InvolvedForm()
    _offer_people(form, case)
    if standing.user_id:
        form.keep_account()
    form.begin_with(standing)
    if form.validate_on_submit():
        try:
            with all_or_nothing():
                service.correct_person(session, actor, form.to_correction(incident_id, involvement_id))
            return to_case(incident_id, _("The person's data was corrected."))
        except RuleBroken as error:
            form.apply(error)
        except Conflict:
            form.begin_again(standing.version)
            return _person_page(case, form, standing, collided=True), 409
    return _person_page(case, form, standing), form.status


def _offer_people(form: InvolvedForm, case: queries.Case) -> None:
    session, actor = current_session(), current_actor()
    staff = accounts.people_at(session, actor, case.organisation_id)
    form.offer(service.newest_lists(session, actor, case.id), staff)


def _person_page(
    case: queries.Case,
    form: InvolvedForm,
    standing: queries.InvolvedPerson | None = None,
    *,
    collided: bool = False,
) -> str:
    return render_template(
        "incidents/person.html",
        case=case,
        form=form,
        standing=standing,
        collided=collided,
        lists=service.newest_lists(current_session(), current_actor(), case.id),
        labels=labels,
    )
