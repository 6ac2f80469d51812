"""The style guide on an application of its own: no database, somebody signed in, the real headers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask, g, request
from flask_wtf import CSRFProtect
from werkzeug.serving import make_server

from school_portal.core.actor import Actor, Post, Role
from school_portal.style_guide.feature import FEATURE
from school_portal.web import headers, language, templating
from school_portal.web.feature import Feature, NavItem

ROOT = Path(__file__).parents[2]


@dataclass
class Somebody:
    actor: Actor
    language: str | None = None


@pytest.fixture(scope="module")
def guide_app() -> Flask:
    app = Flask("guide", static_folder=str(ROOT / "static"), template_folder=str(ROOT / "templates"))
    app.config.update(SECRET_KEY="for these tests", SESSION_COOKIE_SECURE=False)
    head = Actor(uuid4(), "Lan", (Post(Role.HEAD, uuid4(), "/1/37/412/"),))

    @app.before_request
    def sign_in() -> None:
        g.signed_in = None if "signed-out" in request.args else Somebody(head)

    CSRFProtect(app)
    language.init_app(app)
    headers.init_app(app, https=False)
    menu = Feature(
        "menu", nav=tuple(NavItem("style_guide.index", f"Trang số {number}") for number in range(7))
    )
    app.extensions["portal_features"] = (menu, FEATURE)
    app.extensions["portal_counts"] = {"style_guide.index": lambda: 1957}
    app.extensions["portal_identity"] = lambda: templating.Identity(
        "Trường Phổ thông dân tộc nội trú Trung học cơ sở và Trung học phổ thông huyện Thanh Sơn",
        "Cô Nguyễn Thị Lan",
        "người phụ trách bảo vệ trẻ em",
        "/me",
    )
    assert FEATURE.blueprint is not None
    app.register_blueprint(FEATURE.blueprint)
    templating.init_app(app)
    return app


@pytest.fixture(scope="module")
def address(guide_app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, guide_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/style-guide"
    server.shutdown()
    thread.join()
