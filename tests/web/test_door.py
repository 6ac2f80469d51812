"""The door: signed in unless a view says why not; no endpoint without a decision; no form without its token."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Blueprint, Flask

from school_portal.web import door
from school_portal.web.door import EXTENSION_ENDPOINTS, close_door
from tests.conftest import Backend
from tests.web.conftest import HEAD, Scratch, Visitor, make_scratch

PUBLIC = {
    "accounts.code",
    "accounts.forgot",
    "accounts.link",
    "home.health",
    "style_guide.index",
}
"""Reviewed: views open to everybody. Flask-Security's stand in EXTENSION_ENDPOINTS, reviewed below."""

EXTENSIONS = {
    "static": "public",
    "security.login": "public",
    "security.logout": "public",
    "security.two_factor_token_validation": "public",
    "security.two_factor_setup": "public",
    "security.two_factor_rescue": "public",
    "security.tf_select": "public",
    "security.mf_recovery": "public",
    "security.verify": "own",
    "security.change_password": "own",
    "security.two_factor_setup_validate": "own",
    "security.mf_recovery_codes": "own",
}
REMEMBERED = {
    "home.index", "incidents.new", "incidents.receipt", "incidents.start",
    "incidents.draft_what", "incidents.draft_who", "incidents.draft_done", "incidents.draft_check",
    "incidents.save_draft", "incidents.discard_draft",
}  # fmt: skip
"""Reviewed: what a remembered device may open: filing with one's own drafts, own states."""


def test_a_stranger_is_led_to_the_sign_in_page_and_back(scratch: Scratch) -> None:
    scratch.visitor = None
    answer = scratch.app.test_client().get("/rogue/decided?a=1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=/rogue/decided?a%3D1"
    assert scratch.post("/rogue/decided") == 302
    assert scratch.rows() == (0, 0)


def test_a_public_view_is_open_and_says_why(scratch: Scratch) -> None:
    scratch.visitor = None
    assert scratch.get("/rogue/open") == 200
    assert scratch.app.view_functions["rogue.open_"].public_because == "a test needs a public page"
    assert scratch.get("/rogue/whose") == 403, "a public view has nobody to act for"


def test_a_remembered_device_opens_what_is_marked_and_nothing_else(scratch: Scratch) -> None:
    scratch.visitor = Visitor(replace(HEAD, is_fresh=False))
    assert scratch.get("/rogue/own") == 200
    assert scratch.get("/rogue/decided") == 302
    assert scratch.post("/rogue/decided") == 403
    assert scratch.rows() == (0, 0)


def test_an_address_that_is_not_there_says_the_same_to_everybody(scratch: Scratch) -> None:
    known = scratch.app.test_client().get("/nowhere")
    scratch.visitor = None
    unknown = scratch.app.test_client().get("/nowhere")
    assert (known.status_code, unknown.status_code) == (404, 404)
    assert scratch.app.test_client().put("/rogue/decided").status_code == 405


def closing(app: Flask, features: frozenset[str] = frozenset({"rogue"})) -> None:
    kept = dict(EXTENSION_ENDPOINTS)
    EXTENSION_ENDPOINTS.clear()
    EXTENSION_ENDPOINTS["static"] = "public"
    try:
        close_door(app, features)
    finally:
        EXTENSION_ENDPOINTS.clear()
        EXTENSION_ENDPOINTS.update(kept)


def test_the_door_closes_when_each_endpoint_is_decided() -> None:
    closing(make_scratch().app)


@pytest.mark.parametrize("where", ["app", "blueprint of nobody", "look-alike of a feature"])
def test_an_undeclared_endpoint_stops_the_start(where: str) -> None:
    app = make_scratch().app
    if where == "app":
        app.add_url_rule("/forgot", "forgot", lambda: "")
    else:
        blueprint = Blueprint("stray" if where == "blueprint of nobody" else "rogue_too", __name__)
        blueprint.add_url_rule("/forgot", "forgot", lambda: "")
        app.register_blueprint(blueprint)
    with pytest.raises(RuntimeError, match="forgot"):
        closing(app)


def test_a_stale_entry_of_the_reviewed_table_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_scratch().app
    monkeypatch.setitem(door.EXTENSION_ENDPOINTS, "security.gone", "own")
    with pytest.raises(RuntimeError, match=r"security\.gone"):
        close_door(app, frozenset({"rogue"}))


def test_the_public_views_and_those_of_extensions_are_the_reviewed_ones(web_backend: Backend) -> None:
    views = web_backend.app.view_functions
    assert {name for name, view in views.items() if hasattr(view, "public_because")} == PUBLIC
    assert EXTENSION_ENDPOINTS == EXTENSIONS
    assert {name for name, view in views.items() if hasattr(view, "remembered_ok")} == REMEMBERED
    assert all(len(view.public_because) > 20 for name, view in views.items() if name in PUBLIC)  # type: ignore[attr-defined]


def test_a_scratch_form_without_its_token_is_refused(scratch: Scratch) -> None:
    strict = make_scratch(with_csrf=True)
    assert strict.post("/rogue/decided") == 400
    assert strict.post("/rogue/open") == 400
    assert strict.rows() == (0, 0)
