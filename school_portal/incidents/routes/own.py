"""Addresses of a reporter's own reports: receipt, her own words, what she adds."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from school_portal.accounts.labels import role_words
from school_portal.core.clock import today
from school_portal.core.errors import RuleBroken
from school_portal.core.i18n import gettext
from school_portal.incidents import labels, queries, service
from school_portal.incidents.forms.filing import OwnFactsForm
from school_portal.incidents.routes.blueprint import blueprint
from school_portal.web.door import current_actor, remembered_ok
from school_portal.web.unit_of_work import current_session


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
        readers=service.read_own_readers(session, actor, incident_id),
        is_own=own.entered_by != actor.user_id,
        school=school,
        above=above,
        today=today(),
        role_words=role_words,
        labels=labels,
    )


@blueprint.get("/<uuid:incident_id>/own")
def own(incident_id: UUID) -> str:
    """Her own words, names covered, and how far it has come."""
    words = queries.get_own_words(current_session(), current_actor(), incident_id)
    return render_template("incidents/own.html", words=words, own=words.report, labels=labels)


@blueprint.route("/<uuid:incident_id>/own/facts", methods=["GET", "POST"])
def add_own_facts(incident_id: UUID) -> Response | tuple[str, int]:
    """Add what she learned or saw later."""
    session, actor = current_session(), current_actor()
    form = OwnFactsForm()
    if form.validate_on_submit():
        try:
            service.add_own_facts(session, actor, incident_id, form.facts.data)
            flash(gettext("Added. Those who look after the case have been told."), "done")
            return redirect(url_for("incidents.own", incident_id=incident_id), 303)
        except RuleBroken as error:
            form.apply(error)
    words = queries.get_own_words(session, actor, incident_id)
    return render_template("incidents/own_facts.html", form=form, own=words.report), form.status
