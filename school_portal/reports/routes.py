"""Addresses of /reports/."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from school_portal.core.errors import RuleBroken
from school_portal.reports import queries, service
from school_portal.reports.forms import OrderForm
from school_portal.reports.kinds import kinds
from school_portal.reports.labels import DRAFT, FAILURES, STATUSES, STEPS, TONES
from school_portal.web.door import current_actor
from school_portal.web.unit_of_work import current_session

blueprint = Blueprint("reports", __name__, url_prefix="/reports")
PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WORDS = {
    "kinds": kinds,
    "statuses": STATUSES,
    "tones": TONES,
    "steps": STEPS,
    "failures": FAILURES,
    "draft": DRAFT,
}


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Choose a document; below it, what was asked for."""
    session, actor = current_session(), current_actor()
    form = OrderForm()
    form.offer(queries.list_offers(session, actor))
    if form.validate_on_submit():
        try:
            service.request_report(session, actor, form.to_order())
            return redirect(url_for("reports.index"), 303)
        except RuleBroken as error:
            form.apply(error)
    page = queries.list_reports(session, actor, request.args.get("after"))
    return render_template("reports/index.html", form=form, page=page, **WORDS), form.status


@blueprint.get("/<uuid:report_id>")
def detail(report_id: UUID) -> str:
    """One document: its state, or where to download it."""
    report = queries.get_report(current_session(), current_actor(), report_id)
    place = kinds.asked_at(report.kind, report.subject_id)
    return render_template("reports/detail.html", report=report, place=place, **WORDS)


@blueprint.post("/<uuid:report_id>/again")
def again(report_id: UUID) -> ResponseReturnValue:
    """Ask once more for what failed or is no longer kept."""
    report = service.request_again(current_session(), current_actor(), report_id)
    if kinds.asked_at(report.kind, report.subject_id):
        return redirect(url_for("reports.detail", report_id=report.id), 303)
    return redirect(url_for("reports.index"), 303)


@blueprint.get("/<uuid:report_id>/file")
def download(report_id: UUID) -> Response:
    """The PDF itself, never kept by the browser."""
    return _file(service.open_report_file(current_session(), current_actor(), report_id), PDF)


@blueprint.get("/<uuid:report_id>/word")
def download_word(report_id: UUID) -> Response:
    """The Word file of the same figures, for a document that has one."""
    return _file(service.open_report_file(current_session(), current_actor(), report_id, word=True), WORD)


def _file(file: service.Download, kind: str) -> Response:
    response = make_response(file.data)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
