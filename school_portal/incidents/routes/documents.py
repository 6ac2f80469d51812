"""Addresses where documents about cases are asked for; they are made and downloaded under /reports/."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from school_portal.core.errors import RuleBroken
from school_portal.incidents import queries, service
from school_portal.incidents.forms.documents import CaseFileForm, PaperFormForm
from school_portal.incidents.routes.blueprint import blueprint
from school_portal.incidents.service.documents import ask_for_file, ask_for_paper_form
from school_portal.web.door import current_actor
from school_portal.web.unit_of_work import current_session

Answer = Response | tuple[str, int]


@blueprint.route("/<uuid:incident_id>/file", methods=["GET", "POST"])
def case_file(incident_id: UUID) -> Answer:
    """What is to be printed of the people; then the file is made."""
    session, actor = current_session(), current_actor()
    case = queries.get_case(session, actor, incident_id)
    form = CaseFileForm()
    if form.validate_on_submit():
        try:
            report_id = ask_for_file(session, actor, incident_id, form.language.data, form.to_print())
            return redirect(url_for("reports.detail", report_id=report_id), 303)
        except RuleBroken as error:
            form.apply(error)
    return render_template("incidents/case_file.html", case=case, form=form), form.status


@blueprint.route("/paper-form", methods=["GET", "POST"])
def paper_form() -> Answer:
    """The form to print empty, for everybody who may report."""
    session, actor = current_session(), current_actor()
    form = PaperFormForm()
    form.offer(service.own_schools(session, actor))
    if form.validate_on_submit():
        try:
            report_id = ask_for_paper_form(session, actor, form.to_school(), form.language.data)
            return redirect(url_for("reports.detail", report_id=report_id), 303)
        except RuleBroken as error:
            form.apply(error)
    return render_template("incidents/paper_form.html", form=form), form.status
