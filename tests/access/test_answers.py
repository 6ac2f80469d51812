"""Every answer has its headers; every form needs its token; no GET changes anything; nothing odd is a fault."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from http.cookies import SimpleCookie
from urllib.parse import quote

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from config import ROOT, Config
from school_portal.accounts.extension import KEY
from school_portal.core.db import Base
from school_portal.core.paging import write_cursor
from school_portal.web.headers import HEADERS, POLICY
from school_portal.web.settings import flask_settings
from tests.access.matrix import NOBODY, REMEMBERED, Scene

VISITORS = (NOBODY, REMEMBERED, "teacher_x", "head_x", "department_officer")
MAY_CHANGE_ON_GET = {"audit_event", "audit_head", "user_session", "remembered_device"}


def rules(scene: Scene, method: str) -> Iterator[Rule]:
    for rule in scene.app.url_map.iter_rules():
        if method in (rule.methods or set()):
            yield rule


def problems(answer: TestResponse, endpoint: str) -> list[str]:
    """What is wrong with an answer's headers."""
    found = [name for name, value in HEADERS.items() if answer.headers.get(name) != value]
    caching = answer.headers.get("Cache-Control", "")
    if endpoint != "static" and caching != "no-store":
        found.append(f"Cache-Control: {caching}")
    if "Strict-Transport-Security" in answer.headers:
        found.append("HSTS over plain http")
    for cookie in answer.headers.getlist("Set-Cookie"):
        words = {word.strip().lower() for word in cookie.split(";")[1:]}
        if not {"httponly", "path=/", "samesite=lax"} <= words or len(cookie) > 4000 or "secure" in words:
            found.append(f"cookie: {cookie}")
    if answer.mimetype == "text/html":
        page = answer.text
        if re.search(
            r"<(script|style)(?![^>]*src=)[^>]*>|\son[a-z]+=|\sstyle=|href=\"(javascript|data):", page
        ):
            found.append("script or style in the page")
        if re.search(r'(src|href|action)="(https?:)?//', page):
            found.append("an address of another host")
    return found


def test_the_policy_lets_nothing_in_but_our_own_files() -> None:
    assert "default-src 'none'" in POLICY
    for word in ("unsafe", "*", "http:", "https:", "data:", "blob:"):
        assert word not in POLICY
    assert {"frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= set(POLICY.split("; "))


def test_every_endpoint_answers_with_every_header_whatever_the_status(scene: Scene) -> None:
    wrong, seen = [], set()
    for method in ("GET", "POST", "PUT", "OPTIONS"):
        for rule in scene.app.url_map.iter_rules():
            relations = scene.relations(rule)
            for relation in {relations[0], relations[-1]}:
                for person in VISITORS if method in ("GET", "POST") else VISITORS[2:3]:
                    answer = scene.ask(person, method, scene.address(rule, relation))
                    seen.add(answer.status_code)
                    wrong += [
                        f"{method} {rule} as {person}: {each}" for each in problems(answer, rule.endpoint)
                    ]
    assert wrong == []
    assert {200, 302, 303, 403, 404, 405, 422} <= seen
    assert not {500, 501, 502, 503} & seen


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere", 404), ("/incidents/not-a-uuid", 404), ("/static/../config.py", 404)]
)
def test_an_address_that_is_none_has_the_headers_too(scene: Scene, path: str, status: int) -> None:
    for person in VISITORS:
        answer = scene.ask(person, "GET", path)
        assert answer.status_code == status
        assert problems(answer, "nowhere") == []


def test_a_fault_and_a_body_too_large_have_the_headers_too(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(**_: object) -> str:
        raise ZeroDivisionError("SELECT secret FROM /srv/portal")

    monkeypatch.setitem(scene.app.view_functions, "incidents.index", fault)
    answer = scene.ask("head_x", "GET", "/incidents/")
    assert answer.status_code == 500
    assert problems(answer, "incidents.index") == []
    assert not re.search(r"SELECT|/srv|ZeroDivision|Traceback|Werkzeug|Python|Flask", answer.text)
    answer = scene.ask("head_x", "POST", "/incidents/new", {"facts": "x" * 13_000_000})
    assert answer.status_code == 413
    assert problems(answer, "incidents.new") == []


# --- production ----------------------------------------------------------------------------------


@pytest.fixture
def strict(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The application with the cookies' settings of production."""
    config: Config = scene.app.extensions["portal_config"]
    for name, value in flask_settings(replace(config, portal_env="production")).items():
        if name.startswith(("SESSION_COOKIE", "PREFERRED", "WTF")):
            monkeypatch.setitem(scene.app.config, name, value)
    return scene


def test_cookies_of_production_are_bound_to_the_host_and_to_https(strict: Scene) -> None:
    client = strict.app.test_client()
    with strict.undone():
        answer = client.get("/sign-in", base_url="https://localhost")
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for header in cookies:
        cookie = SimpleCookie(header)
        assert all(name.startswith("__Host-") for name in cookie)
        morsel = next(iter(cookie.values()))
        assert morsel["secure"] is True
        assert morsel["httponly"] is True
        assert (morsel["samesite"], morsel["path"], morsel["domain"]) == ("Lax", "/", "")


def test_in_production_a_form_from_another_site_is_refused_even_with_its_token(strict: Scene) -> None:
    person = strict.cookies["teacher_x"]
    signer = strict.app.session_interface.get_signing_serializer(strict.app)  # type: ignore[attr-defined]
    cookie = f"__Host-portal={signer.dumps({'csrf_token': 'c' * 40, KEY: person[KEY]})}"
    client = strict.app.test_client(use_cookies=False)
    statuses = {}
    for referrer in ("https://evil.example/", "http://localhost/", "https://localhost/"):
        with strict.undone():
            answer = client.post(
                "/accounts/me/language",
                base_url="https://localhost",
                data={"csrf_token": strict.token(), "language": "en"},
                headers={"Cookie": cookie, "Referer": referrer},
            )
        statuses[referrer] = answer.status_code
    assert statuses == {"https://evil.example/": 400, "http://localhost/": 400, "https://localhost/": 303}


# --- tokens --------------------------------------------------------------------------------------


def digest(scene: Scene) -> dict[str, str]:
    """A fingerprint of every table."""
    return {
        name: hashlib.sha256(
            repr(sorted(map(repr, scene.connection.execute(text(f'SELECT * FROM "{name}"')).all()))).encode()
        ).hexdigest()
        for name in Base.metadata.tables
    }


@pytest.mark.parametrize("kind", ["missing", "empty", "made up", "of somebody else's form", "in the address"])
def test_a_post_without_its_own_token_is_refused_and_changes_nothing(scene: Scene, kind: str) -> None:
    signer = URLSafeTimedSerializer(scene.app.secret_key, salt="wtf-csrf-token")  # type: ignore[arg-type]
    token = {
        "missing": None,
        "empty": "",
        "made up": "InRva2VuIg.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "of somebody else's form": signer.dumps("d" * 40),
        "in the address": None,
    }[kind]
    before, wrong = digest(scene), []
    for rule in rules(scene, "POST"):
        address = scene.address(rule, scene.relations(rule)[0])
        if kind == "in the address":
            address += f"?csrf_token={scene.token()}"
        for person in ("head_x", "administrator"):
            answer = scene.ask(person, "POST", address, {}, token=token)
            if answer.status_code != 400:
                wrong.append(f"{rule} as {person}: {answer.status_code}")
    assert wrong == []
    assert digest(scene) == before


def test_no_get_changes_anything_but_the_audit_and_the_last_seen(scene: Scene) -> None:
    before, events = (
        digest(scene),
        scene.connection.execute(text("SELECT count(*) FROM audit_event")).scalar_one(),
    )
    with scene.undone():
        for rule in rules(scene, "GET"):
            for relation in scene.relations(rule)[:2]:
                for person in ("teacher_x", "head_x", "commune_officer_p", "auditor", REMEMBERED):
                    scene.ask(person, "GET", scene.address(rule, relation), keep=True)
        after = digest(scene)
        told = scene.connection.execute(text("SELECT count(*) FROM audit_event")).scalar_one() - events
    assert {name for name in after if after[name] != before[name]} <= MAY_CHANGE_ON_GET
    assert told > 0, "reading a case is told"


# --- odd input -----------------------------------------------------------------------------------

ODD = (
    "", "²", "-1", "9" * 30, "1e9", "NaN", "\x00", "\ud800", "\u202e", "' OR 1=1 --", "%", "../../etc/passwd",
    "{{7*7}}", "<script>alert(1)</script>", "a" * 5000, "VV-2627-000001", "2026-2027", "0000-0001", "9999-10000",
    write_cursor("²"), write_cursor("9" * 30), write_cursor("-5"), write_cursor("x", "y"),
    write_cursor("2026-01-01", "y"), write_cursor("", ""), write_cursor("\x00"), write_cursor("\x00", "\x00"),
    write_cursor("a", "b", "c"), "bnVsbA", "e30", "W10", "WzFd", "00000000-0000-4000-8000-000000000000",
)  # fmt: skip
READ_FROM_THE_ADDRESS = {
    "incidents.index": ("after", "name", "group", "state", "severity", "q"),
    "incidents.link": ("q",),
    "incidents.mark_duplicate": ("q",),
    "organisations.index": ("after", "q", "kind", "level", "closed"),
    "organisations.show": ("after",),
    "organisations.edit": ("version",),
    "organisations.enrolment": ("year",),
    "organisations.edit_calendar": ("year",),
    "accounts.index": ("after", "text", "unit"),
    "accounts.invite": ("unit",),
    "accounts.detail": ("unit",),
    "audit.index": ("after", "action"),
    "reports.index": ("after",),
    "home.index": ("lang",),
}


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [(endpoint, name) for endpoint, names in READ_FROM_THE_ADDRESS.items() for name in names],
)
def test_odd_values_in_an_address_are_never_a_fault(scene: Scene, endpoint: str, name: str) -> None:
    rule = next(rule for rule in rules(scene, "GET") if rule.endpoint == endpoint)
    address = scene.address(rule, scene.relations(rule)[0])
    person = "auditor" if endpoint == "audit.index" else "department_officer"
    answers = {
        value: scene.ask(person, "GET", f"{address}?{name}={quote(value.encode('utf-8', 'surrogatepass'))}")
        for value in ODD
    }
    assert {
        value[:40]: answer.status_code for value, answer in answers.items() if answer.status_code >= 500
    } == {}


def test_what_is_read_from_addresses_is_tried_above(scene: Scene) -> None:
    """A parameter that routes or forms read by GET and that is not in the table fails here."""
    read = set()
    for path in (ROOT / "school_portal").rglob("routes.py"):
        read |= set(re.findall(r'request\.(?:args|values)(?:\.get\(|\[)"(\w+)"', path.read_text()))
    assert read <= {name for names in READ_FROM_THE_ADDRESS.values() for name in names} | {"organisation_id"}
