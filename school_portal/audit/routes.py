"""The auditor's page."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from school_portal.audit import queries
from school_portal.audit.forms import EventFilterForm
from school_portal.audit.labels import action_label, subject_label
from school_portal.audit.service import record
from school_portal.web.door import current_actor
from school_portal.web.unit_of_work import current_session

blueprint = Blueprint("audit", __name__, url_prefix="/audit")


@blueprint.get("/")
def index() -> str:
    """The newest events first; reading them is an event too."""
    session, actor = current_session(), current_actor()
    form = EventFilterForm(request.args)
    filters = queries.EventFilters(action=form.action.data or "")
    page = queries.list_events(session, actor, filters, request.args.get("after"))
    record(session, actor, "audit-read", "audit", None)
    return render_template(
        "audit/index.html", form=form, page=page, action_label=action_label, subject_label=subject_label
    )
