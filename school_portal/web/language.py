"""Which language this request speaks: asked for now, else remembered in a cookie, else the person's own."""

from __future__ import annotations

from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from school_portal.core.i18n import LANGUAGES, current_language, set_language

COOKIE = "lang"


def asked_language() -> str | None:
    """The language that the person switches to with this request, by link or by the button of a form."""
    try:
        asked = request.form.get("lang") if request.method == "POST" else request.args.get("lang")
    except RequestEntityTooLarge:  # its page has a language too
        return None
    return asked if asked in LANGUAGES else None


def init_app(app: Flask) -> None:
    """Choose before each view; remember a switch for a year."""

    @app.before_request
    def choose() -> None:
        signed_in = g.get("signed_in")
        own = getattr(signed_in, "language", None)
        set_language(asked_language() or request.cookies.get(COOKIE) or own or "vi")

    @app.after_request
    def remember(response: Response) -> Response:
        if request.endpoint not in (None, "static") and asked_language():
            response.set_cookie(
                COOKIE,
                current_language(),
                max_age=31536000,
                httponly=True,
                samesite="Lax",
                secure=bool(app.config["SESSION_COOKIE_SECURE"]),
            )
        return response
