"""The first page."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template
from werkzeug.wrappers import Response

from school_portal.accounts.labels import role_words
from school_portal.audit.labels import action_label
from school_portal.core.clock import now, today
from school_portal.core.i18n import format_long_date
from school_portal.home import labels, queries
from school_portal.incidents import labels as incident_labels
from school_portal.organisations.labels import period_label
from school_portal.reports.kinds import kinds
from school_portal.reports.labels import STATUSES, TONES
from school_portal.web.door import current_actor, public, remembered_ok
from school_portal.web.unit_of_work import current_session

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@remembered_ok
def index() -> str:
    """What waits for her, by her roles."""
    return render_template(
        "home/index.html",
        home=queries.get_home(current_session(), current_actor()),
        labels=labels,
        words=incident_labels,
        role_words=role_words,
        action_label=action_label,
        period_label=period_label,
        kinds=kinds,
        statuses=STATUSES,
        tones=TONES,
        moment=now(),
        day=format_long_date(today()),
    )


@blueprint.get("/health")
@public("Monitoring asks without an account; the answer tells nothing.")
def health() -> Response:
    """That the web server answers."""
    return jsonify(status="ok")
