"""Addresses of triage: taking a report up, deciding about it, comparing people, the manager's answer, giving back."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from school_portal.core.clock import now
from school_portal.core.errors import Conflict, RuleBroken
from school_portal.core.i18n import gettext as _
from school_portal.incidents import labels, queries, service
from school_portal.incidents.domain import Duty
from school_portal.incidents.forms.triage import (
    CountersignForm,
    FindCaseForm,
    OtherCaseForm,
    SameForm,
    SetAsideForm,
    TriageForm,
    VersionedForm,
    nearest_types,
)
from school_portal.incidents.routes.blueprint import blueprint
from school_portal.incidents.routes.cases import Answer, to_case
from school_portal.web.door import current_actor
from school_portal.web.unit_of_work import all_or_nothing, current_session


def _to_triage(incident_id: UUID, anchor: str | None = None) -> Response:
    return redirect(url_for("incidents.triage", incident_id=incident_id, _anchor=anchor), 303)


def _decided(form: VersionedForm, act: Callable[[], None]) -> int | None:
    """Do what the form says; the status of the page that shows it again, or None when it is done."""
    try:
        with all_or_nothing():
            act()
    except RuleBroken as error:
        form.apply(error)
        return form.status
    except Conflict:
        return 409
    return None


@blueprint.post("/<uuid:incident_id>/take-up")
def take_up(incident_id: UUID) -> Response:
    """Begin to look into a report."""
    service.take_up(current_session(), current_actor(), incident_id)
    return _to_triage(incident_id)


@blueprint.route("/<uuid:incident_id>/triage", methods=["GET", "POST"])
def triage(incident_id: UUID) -> Answer:
    """Type, severity, who leads. When somebody decided meanwhile, what stands now is shown beside what was typed."""
    session, actor = current_session(), current_actor()
    case = service.read_case_to_change(session, actor, incident_id)
    form, status = TriageForm(), None
    lists = service.newest_lists(session, actor, incident_id)
    near, others = nearest_types(*lists.offered(case.group))
    assigned = queries.list_assigned(session, actor, incident_id)
    lead = next((person.user_id for person in assigned if person.duty is Duty.LEAD), actor.user_id)
    people = [] if case.concerns_lead else service.list_possible_leads(session, actor, incident_id)
    form.offer_types(near, others, case.types)
    form.offer_levels(case.severity, case.severity_computed)
    form.offer_leads(people, lead, actor.user_id)
    form.begin_from(case.version)
    if form.validate_on_submit():
        status = _decided(form, lambda: service.triage_incident(session, actor, form.to_command(incident_id)))
        if status is None:
            return to_case(incident_id, _("The decision was saved."))
    if status == 409:
        form.begin_again(case.version)
    page = render_template(
        "incidents/triage.html",
        case=case,
        coding=case.coding(lists),
        form=form,
        lists=lists,
        near={entry.code for entry in near},
        definitions={entry.code: labels.short_definition_of(entry) for entry in lists.types},
        collided=status == 409,
        assigned=assigned,
        suggestions=queries.suggest_same_people(session, actor, incident_id, case.occurred_on),
        decisions=queries.list_decisions(session, actor, incident_id),
        queue=[row for row in queries.list_waiting(session, actor) if row.case.id != incident_id],
        moment=now(),
        labels=labels,
    )
    return page, status or form.status


@blueprint.route("/<uuid:incident_id>/set-aside", methods=["GET", "POST"])
def set_aside(incident_id: UUID) -> Answer:
    """«Chưa đủ căn cứ», with the reason; it can be taken up again."""
    session, actor = current_session(), current_actor()
    case = service.read_case_to_change(session, actor, incident_id)
    form, status = SetAsideForm(), None
    form.begin_from(case.version)
    if form.validate_on_submit():
        status = _decided(form, lambda: service.triage_incident(session, actor, form.to_command(incident_id)))
        if status is None:
            return to_case(incident_id, _("The case was set aside. It can be taken up again at any time."))
    if status == 409:
        form.begin_again(case.version)
    page = render_template(
        "incidents/set_aside.html", case=case, form=form, collided=status == 409, labels=labels
    )
    return page, status or form.status


@blueprint.route("/<uuid:incident_id>/duplicate", methods=["GET", "POST"])
def mark_duplicate(incident_id: UUID) -> Answer:
    """That it tells of a case which is known already."""
    session, actor = current_session(), current_actor()
    case = service.read_case_to_change(session, actor, incident_id)
    form, status = OtherCaseForm(), None
    find, near = _near(case)
    form.offer(near)
    form.begin_from(case.version)
    if form.validate_on_submit():
        status = _decided(form, lambda: service.triage_incident(session, actor, form.to_command(incident_id)))
        if status is None:
            return to_case(incident_id, _("Marked as the same as another case."))
    if status == 409:
        form.begin_again(case.version)
    return _other_case_page("incidents/duplicate.html", case, form, find, near, status)


@blueprint.route("/<uuid:incident_id>/link", methods=["GET", "POST"])
def link(incident_id: UUID) -> Answer:
    """That another case belongs together with it."""
    session, actor = current_session(), current_actor()
    case = service.read_case_to_change(session, actor, incident_id)
    form, status = OtherCaseForm(), None
    find, near = _near(case)
    form.offer(near)
    if form.validate_on_submit():
        status = _decided(
            form, lambda: service.link_incident(session, actor, incident_id, form.other.data or "")
        )
        if status is None:
            return to_case(incident_id, _("The two cases are linked."))
    return _other_case_page("incidents/link.html", case, form, find, near, status)


def _near(case: queries.Case) -> tuple[FindCaseForm, list[queries.IncidentRow]]:
    """What is offered as the other case: the one that was looked for by its number, then those near by."""
    session, actor = current_session(), current_actor()
    find = FindCaseForm(request.args)
    near = queries.list_near(session, actor, case)
    found = queries.find_by_number(session, actor, find.q.data or "")
    if found and found.id not in {case.id, *(row.id for row in near)}:
        near.insert(0, found)
    return find, near


def _other_case_page(
    template: str,
    case: queries.Case,
    form: OtherCaseForm,
    find: FindCaseForm,
    near: list[queries.IncidentRow],
    status: int | None,
) -> Answer:
    page = render_template(
        template,
        case=case,
        form=form,
        find=find,
        near=near,
        lists=service.newest_lists(current_session(), current_actor(), case.id),
        collided=status == 409,
        labels=labels,
    )
    return page, status or form.status


# --- one child or two ------------------------------------------------------------------------------------------------


@blueprint.post("/<uuid:incident_id>/people/<uuid:involvement_id>/same-person")
def same_person(incident_id: UUID, involvement_id: UUID) -> Response:
    """Whether somebody of this report is somebody of an earlier one."""
    other_id, answer = SameForm().to_answer()
    service.decide_same_person(
        current_session(), current_actor(), incident_id, involvement_id, other_id, answer
    )
    return _to_triage(incident_id, "same")


@blueprint.post("/<uuid:incident_id>/same-person/<uuid:decision_id>/undo")
def undo_same_person(incident_id: UUID, decision_id: UUID) -> Response:
    """Take back what was said about two records."""
    service.undo_same_person(current_session(), current_actor(), incident_id, decision_id)
    return _to_triage(incident_id, "same")


# --- above the school ------------------------------------------------------------------------------------------------


@blueprint.route("/<uuid:incident_id>/countersign", methods=["GET", "POST"])
def countersign(incident_id: UUID) -> Answer:
    """What the officer above says of a lower severity that was proposed."""
    session, actor = current_session(), current_actor()
    reason = service.lowering_reason(session, actor, incident_id)
    case = queries.get_coded_case(session, actor, incident_id)
    form, status = CountersignForm(), None
    form.begin_from(case.version)
    if form.validate_on_submit():
        agrees = form.answer.data == "agree"
        status = _decided(
            form, lambda: service.countersign(session, actor, incident_id, form.seen, agrees=agrees)
        )
        if status is None:
            gone = _("Cases of this level are the school's, and no longer in your list.")
            return to_case(incident_id, _("Your answer was saved, and whoever asked is told."), gone)
    if status == 409:
        form.begin_again(case.version)
    page = render_template(
        "incidents/countersign.html",
        case=case,
        reason=reason,
        form=form,
        collided=status == 409,
        labels=labels,
    )
    return page, status or form.status


@blueprint.route("/<uuid:incident_id>/give-back", methods=["GET", "POST"])
def give_back(incident_id: UUID) -> Answer:
    """The case concerns no lead of the school: its people look after it again."""
    session, actor = current_session(), current_actor()
    case = service.read_case_to_give_back(session, actor, incident_id)
    form, status = VersionedForm(), None
    form.begin_from(case.version)
    if form.validate_on_submit():
        status = _decided(form, lambda: service.give_back(session, actor, incident_id, form.seen))
        if status is None:
            return to_case(incident_id, _("The case was given back to the school."))
    if status == 409:
        form.begin_again(case.version)
    page = render_template("incidents/give_back.html", case=case, form=form, collided=status == 409)
    return page, status or form.status
