"""Addresses of /statistics/."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from school_portal.core.clock import today
from school_portal.core.errors import RuleBroken
from school_portal.core.i18n import current_language, gettext
from school_portal.organisations import queries as organisations
from school_portal.organisations.labels import period_label
from school_portal.statistics import labels, queries, report, service
from school_portal.statistics.forms import ChoiceForm, NilForm
from school_portal.web.door import current_actor
from school_portal.web.unit_of_work import current_session

blueprint = Blueprint("statistics", __name__, url_prefix="/statistics")


@blueprint.get("/")
def index() -> str:
    """The term report's tables on screen."""
    session, actor = current_session(), current_actor()
    units = queries.units_with_figures(session, actor)
    form = ChoiceForm(request.args)
    form.offer(units, organisations.choose_periods(session, actor), current_language())
    unit = form.chosen(units)
    period = organisations.get_period(session, actor, form.period.data)
    return render_template(
        "statistics/index.html",
        form=form,
        unit=unit,
        doc=report.read(session, actor, unit, period),
        pages=queries.pages_for(session, actor),
    )


@blueprint.get("/reporting")
def reporting() -> str:
    """Who has reported for a term, and whom to call."""
    session, actor = current_session(), current_actor()
    units = queries.units_to_oversee(session, actor)
    form = ChoiceForm(request.args)
    form.offer(units, queries.choose_terms(session, actor), current_language())
    term = organisations.get_period(session, actor, form.period.data)
    return render_template(
        "statistics/reporting.html",
        form=form,
        found=queries.get_reporting(session, actor, form.chosen(units).id, term),
        labels=labels,
        period_label=period_label,
        today=today(),
    )


@blueprint.route("/nil-return", methods=["GET", "POST"])
def nil_return() -> ResponseReturnValue:
    """A head signs that nothing happened, and sees what she has signed."""
    session, actor = current_session(), current_actor()
    units = queries.units_to_sign_for(session, actor)
    form = NilForm()
    form.offer(units, queries.terms_to_sign(session, actor, units), current_language())
    if form.validate_on_submit():
        try:
            service.sign_nil(session, actor, form.to_command())
            flash(gettext("Signed. If a case comes up, report it as usual."), "done")
            return redirect(url_for("statistics.nil_return"), 303)
        except RuleBroken as error:
            form.apply(error)
    return (
        render_template(
            "statistics/nil_return.html",
            form=form,
            signed=queries.list_own_nil(session, actor),
            period_label=period_label,
        ),
        form.status,
    )


@blueprint.post("/nil-return/<uuid:return_id>/withdraw")
def withdraw(return_id: UUID) -> ResponseReturnValue:
    """A head takes back what she signed, while the term is open."""
    try:
        service.withdraw_nil(current_session(), current_actor(), return_id)
        flash(gettext("Taken back."), "done")
    except RuleBroken as error:
        flash(str(labels.RULES[error.code]), "error")
    return redirect(url_for("statistics.nil_return"), 303)
