"""What templates may use: strictness, texts, numbers, icons, addresses of static files, the menu."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Blueprint, Flask, g, render_template_string, url_for
from jinja2 import UndefinedError

from school_portal.core.actor import Actor, Post, Role
from school_portal.core.i18n import use_language
from school_portal.web import templating
from school_portal.web.feature import Feature, NavItem

ROOT = Path(__file__).parents[2]


@dataclass
class Somebody:
    actor: Actor
    language: str | None = None


@pytest.fixture
def bare_app() -> Flask:
    app = Flask("templating", static_folder=str(ROOT / "static"), template_folder=str(ROOT / "templates"))
    for name in ("cases", "people"):
        blueprint = Blueprint(name, name, url_prefix=f"/{name}")
        blueprint.add_url_rule("/", "index", lambda: "")
        blueprint.add_url_rule("/<uuid:thing_id>", "show", lambda thing_id: "")
        app.register_blueprint(blueprint)
    app.extensions["portal_features"] = (
        Feature("cases", nav=(NavItem("cases.index", "Cases", frozenset({Role.HEAD, Role.FOCAL_POINT})),)),
        Feature("people", nav=(NavItem("people.index", "People"),)),
    )
    templating.init_app(app)
    return app


def actor(*roles: Role) -> Actor:
    return Actor(uuid4(), "Lan", tuple(Post(role, uuid4(), "/1/37/412/") for role in roles))


def test_a_misspelt_name_is_an_error_and_never_an_empty_space(bare_app: Flask) -> None:
    with bare_app.test_request_context("/"):
        assert render_template_string("{{ name }}", name="Lan") == "Lan"
        with pytest.raises(UndefinedError):
            render_template_string("{{ nmae }}", name="Lan")


@pytest.mark.parametrize(
    ("share", "vietnamese", "english"),
    [
        (0.8378, "83,7\u00a0%", "83.7%"),
        (0.79999, "79,9\u00a0%", "79.9%"),
        (0.29, "29\u00a0%", "29%"),
        (1, "100\u00a0%", "100%"),
        (None, "", ""),
    ],
)
def test_shares_are_rounded_down(share: float | None, vietnamese: str, english: str) -> None:
    with use_language("vi"):
        assert templating.format_percent(share) == vietnamese
    with use_language("en"):
        assert templating.format_percent(share) == english


def test_numbers_and_sizes_follow_the_language() -> None:
    with use_language("vi"):
        assert templating.fixed_number(1957.5, 2) == "1.957,50"
        assert templating.format_filesize(412_300) == "412\u00a0KB"
        assert templating.format_filesize(1_240_000) == "1,2\u00a0MB"
        assert templating.format_filesize(3) == "1\u00a0KB"
        assert templating.format_month(date(2026, 11, 12)) == "tháng 11/2026"
    with use_language("en"):
        assert templating.fixed_number(1957.5, 2) == "1,957.50"
        assert templating.format_month(date(2026, 11, 12)) == "November 2026"


def test_values_in_a_text_are_escaped_and_markup_is_not(bare_app: Flask) -> None:
    with bare_app.test_request_context("/"), use_language("en"):
        told = render_template_string(
            "{{ _('A child in danger: call %(child_line)s or %(police)s.', child_line=a, police=b|safe) }}",
            a="<script>",
            b="<b>113</b>",
        )
        plain = render_template_string("{{ _('Call %(who)s', who=a) }}", a="<script>")

        with_ampersand = render_template_string("{{ _('You & %(who)s', who=b|safe) }}", b="<b>113</b>")

    assert with_ampersand == "You &amp; <b>113</b>"
    assert told == "A child in danger: call &lt;script&gt; or <b>113</b>."
    assert plain == "Call &lt;script&gt;"


def test_a_number_of_things_has_its_form(bare_app: Flask) -> None:
    template = "{{ ngettext('%(num)s thing to put right', '%(num)s things to put right', n) }}"
    with bare_app.test_request_context("/"), use_language("en"):
        assert render_template_string(template, n=1) == "1 thing to put right"
        assert render_template_string(template, n=2) == "2 things to put right"


def test_an_icon_is_silent_and_in_the_sprite(bare_app: Flask) -> None:
    with bare_app.test_request_context("/"):
        drawn = templating.icon("lock-fill")

    assert 'aria-hidden="true"' in drawn
    assert 'href="/static/icons.svg?v=' in drawn
    assert '#lock-fill"' in drawn


def test_the_address_of_a_static_file_changes_with_its_content(tmp_path: Path) -> None:
    file = tmp_path / "page.css"
    file.write_text("a")
    before = templating.fingerprint(file)
    file.write_text("b")
    assert templating.fingerprint(file) != before


def test_scripts_that_fetch_one_another_change_their_address_together(tmp_path: Path) -> None:
    app, part = tmp_path / "app.js", tmp_path / "part.js"
    app.write_text("import('part.js')")
    part.write_text("1")
    before = templating.fingerprint(app)
    part.write_text("2")
    assert templating.fingerprint(app) != before


def test_the_menu_shows_what_the_roles_open_and_where_one_is(bare_app: Flask) -> None:
    bare_app.extensions["portal_counts"] = {"cases.index": lambda: 5}
    with bare_app.test_request_context(f"/cases/{uuid4()}"):
        g.signed_in = Somebody(actor(Role.TEACHER, Role.FOCAL_POINT))
        items = templating.navigation()
        g.signed_in = Somebody(actor(Role.TEACHER))
        fewer = templating.navigation()
        g.signed_in = None
        none = templating.navigation()

    assert [(item.label, item.url, item.is_current, item.count) for item in items] == [
        ("Cases", "/cases/", True, 5),
        ("People", "/people/", False, None),
    ]
    assert [item.label for item in fewer] == ["People"]
    assert none == []


def test_the_header_names_who_is_signed_in(bare_app: Flask) -> None:
    with bare_app.test_request_context("/"):
        g.signed_in = None
        assert templating.identity() is None
        g.signed_in = Somebody(actor(Role.HEAD))
        assert templating.identity() == templating.Identity("", "Lan", "")
        told = templating.Identity("THCS Đồi Cọ", "Cô Lan", "hiệu trưởng", "/me")
        bare_app.extensions["portal_identity"] = lambda: told
        assert templating.identity() == told


def test_the_other_language_keeps_the_page_and_its_filters(bare_app: Flask) -> None:
    with bare_app.test_request_context("/cases/?page=2&state=open&state=closed&lang=vi"):
        assert templating.language_url("en") == "/cases/?page=2&state=open&state=closed&lang=en"
        assert url_for("cases.index") == "/cases/"
