"""A small application with rogue views, to see the door and the unit of work refuse them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from flask import Blueprint, Flask, render_template, request
from sqlalchemy import func, insert, select

from school_portal.audit.models import AuditEvent
from school_portal.audit.service import record
from school_portal.core.actor import SYSTEM, Actor, Post, Role
from school_portal.core.authz import decide_own, everybody, lookup, require, scope
from school_portal.core.clock import now
from school_portal.core.db import database
from school_portal.core.errors import Conflict, NotFound, NotPermitted, RuleBroken, Unavailable
from school_portal.incidents.models import Submission
from school_portal.web import csrf, error_pages, headers, language, templating
from school_portal.web.door import DoorKeeper, current_actor, public, remembered_ok
from school_portal.web.unit_of_work import Portal, current_session
from tests.conftest import Backend, backends

HEAD = Actor(uuid4(), "Cô Hiệu", (Post(Role.HEAD, uuid4(), "/1/2/3/"),))
ERRORS = {error.__name__: error for error in (NotFound, NotPermitted, RuleBroken, Conflict, Unavailable)}


@dataclass
class Visitor:
    """What the door is told: who asks, and whether her last seen is to be written."""

    actor: Actor
    language: str = "vi"


@dataclass
class Scratch:
    """The small application on a database with real commits; `visitor` is who asks next."""

    app: Flask
    visitor: Visitor | None = field(default_factory=lambda: Visitor(HEAD))
    touched: list[object] = field(default_factory=list)
    needs_touch: bool = False

    def get(self, path: str) -> int:
        return self.app.test_client().get(path).status_code

    def post(self, path: str) -> int:
        return self.app.test_client().post(path).status_code

    def rows(self) -> tuple[int, int]:
        """How many business rows (submissions) and audit events are stored."""
        with database.engine.connect() as connection:
            tables = (Submission.__table__, AuditEvent.__table__)
            return tuple(connection.scalar(select(func.count()).select_from(table)) for table in tables)  # type: ignore[return-value]


def write_a_row() -> None:
    current_session().execute(insert(Submission).values(id=uuid4(), user_id=None, at=now()))


def rogue_views() -> Blueprint:
    """Views of a feature called `rogue`."""
    blueprint = Blueprint("rogue", __name__, url_prefix="/rogue")
    view = blueprint.route

    @view("/undecided", methods=["GET", "POST"])
    def undecided() -> str:
        if request.method == "POST":
            write_a_row()
        return "never to be seen"

    @view("/undecided-page")
    def undecided_page() -> str:
        return render_template("errors/error.html", status=403, code="not-permitted")

    @view("/looked-up", methods=["GET", "POST"])
    def looked_up() -> str:
        current_session().execute(lookup(select(AuditEvent.seq), AuditEvent.seq == 1)).all()
        return "a key is no decision"

    @view("/decided", methods=["GET", "POST"])
    def decided() -> str:
        require(current_actor().holds(Role.HEAD))
        if request.method == "POST":
            write_a_row()
            record(current_session(), current_actor(), "rogue", "rogue", None)
        return "decided"

    @view("/scoped")
    def scoped() -> str:
        rows = scope(select(AuditEvent.seq), everybody(AuditEvent.org_path))
        return str(len(current_session().execute(rows).all()))

    @view("/writing-get")
    def writing_get() -> str:
        decide_own()
        write_a_row()
        return "written"

    @view("/flushing-get")
    def flushing_get() -> str:
        decide_own()
        current_session().add(Submission(id=uuid4(), user_id=None, at=now()))
        return "written at the commit"

    @view("/audited")
    def audited() -> str:
        decide_own()
        record(current_session(), SYSTEM, "seen", "rogue", None)
        return "a secret"

    @view("/refused/<name>", methods=["GET", "POST"])
    def refused(name: str) -> str:
        decide_own()
        if request.method == "POST":
            write_a_row()
            record(current_session(), SYSTEM, "tried", "rogue", None)
            current_session().flush()
        raise ERRORS[name]("told")

    @view("/bug", methods=["GET", "POST"])
    def bug() -> str:
        decide_own()
        if request.method == "POST":
            write_a_row()
        raise ZeroDivisionError("secret path /srv/portal and SELECT password FROM users")

    @view("/own")
    @remembered_ok
    def own() -> str:
        decide_own()
        return current_actor().name

    @view("/open", methods=["GET", "POST"])
    @public("a test needs a public page")
    def open_() -> str:
        return "open"

    @view("/whose")
    @public("tells whether the door was passed")
    def whose() -> str:
        return current_actor().name

    return blueprint


def make_scratch(*, with_csrf: bool = False) -> Scratch:
    """The application without any feature but the rogue one."""
    from config import ROOT

    app = Portal("scratch", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.update(SECRET_KEY="test", WTF_CSRF_CHECK_DEFAULT=with_csrf, PROPAGATE_EXCEPTIONS=False)
    app.extensions["portal_features"] = ()
    language.init_app(app)
    if with_csrf:
        csrf.init_app(app)
    error_pages.init_app(app)
    headers.init_app(app, https=False)
    app.register_blueprint(rogue_views())
    templating.init_app(app)
    app.jinja_env.globals.setdefault("csrf_token", lambda: "")
    app.add_url_rule("/sign-in", "security.login", public("test")(lambda: "sign in"))
    app.add_url_rule("/sign-out", "security.logout", public("test")(lambda: "out"), methods=["POST"])
    scratch = Scratch(app)

    def header_words() -> templating.Identity:
        current_session().execute(scope(select(AuditEvent.seq), everybody(AuditEvent.org_path))).all()
        return templating.Identity("Trường", current_actor().name, "Hiệu trưởng")

    app.extensions["portal_identity"] = header_words
    app.extensions["portal_door"] = DoorKeeper(
        load=lambda session: scratch.visitor,
        touch=lambda session, visitor: scratch.touched.append(visitor),
        needs_touch=lambda visitor: scratch.needs_touch,
    )
    return scratch


@pytest.fixture(params=backends())
def scratch(request: pytest.FixtureRequest, real_database: Callable[[str], Backend]) -> Scratch:
    """The small application on each database, with real commits."""
    real_database(request.param)
    return make_scratch()
