"""Errors become pages, in one table; no page tells a stack, a path or a version."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, make_response, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from school_portal.core.errors import Conflict, NotFound, NotPermitted, PortalError, RuleBroken, Unavailable

STATUS: dict[type[PortalError], int] = {
    NotFound: 404,
    NotPermitted: 403,
    RuleBroken: 422,
    Conflict: 409,
    Unavailable: 503,
}
TOLD = frozenset({400, 403, 404, 405, 409, 413, 422, 429, 503})
"""Statuses that have words of their own; others are told as 500 or 400."""


def init_app(app: Flask) -> None:
    """Register the table."""

    @app.errorhandler(PortalError)
    def expected(error: PortalError) -> Response:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
        return _page(status, error.code)

    @app.errorhandler(CSRFError)
    def stale_form(error: CSRFError) -> Response:
        return _page(400, "form-expired")

    @app.errorhandler(StaleDataError)
    def changed(error: StaleDataError) -> Response:
        return _page(409, "changed-meanwhile")

    @app.errorhandler(OperationalError)
    def store_refuses(error: OperationalError) -> Response:
        current_app.logger.error("the database refuses: %s", type(error.orig).__name__)
        return _page(503, "unavailable")

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if error.response is not None or (error.code or 500) < 400:
            return error.get_response()  # type: ignore[return-value]
        return _page(error.code or 500, f"http-{error.code}")


def _page(status: int, code: str) -> Response:
    told = status if status in TOLD else (500 if status >= 500 else 400)
    try:
        page = render_template("errors/error.html", status=told, code=code)
    except SQLAlchemyError:  # the frame can't read the header's words: the page as strangers see it
        g.signed_in = None
        page = render_template("errors/error.html", status=told, code=code)
    return make_response(page, status)
