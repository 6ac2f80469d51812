"""The first page."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template
from werkzeug.wrappers import Response

from school_portal.home import queries
from school_portal.incidents import labels
from school_portal.organisations.labels import period_label
from school_portal.web.door import current_actor, public, remembered_ok
from school_portal.web.unit_of_work import current_session

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@remembered_ok
def index() -> str:
    """What waits for her, by her roles."""
    home = queries.get_home(current_session(), current_actor())
    return render_template("home/index.html", home=home, labels=labels, period_label=period_label)


@blueprint.get("/health")
@public("Monitoring asks without an account; the answer tells nothing.")
def health() -> Response:
    """That the web server answers."""
    return jsonify(status="ok")
