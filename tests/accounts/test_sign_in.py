"""Signing in, staying in and getting out, through the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from school_portal.accounts import datastore, sessions, throttle
from school_portal.accounts.models import SignInAttempt, UserSession
from school_portal.audit.models import AuditEvent
from school_portal.core.actor import Actor
from school_portal.core.authz import lookup, unguarded
from school_portal.core.clock import now
from tests.accounts.conftest import Browser, user_of
from tests.world import PASSWORD, World

NewBrowser = Callable[[], Browser]


@pytest.fixture
def teacher(web_world: World, set_password: Callable[[Session, Actor], None]) -> str:
    """The e-mail of a teacher who has a password, a phone number and a staff code."""
    actor = web_world.people["teacher_x"]
    set_password(web_world.session, actor)
    user = user_of(web_world.session, actor)
    user.phone, user.staff_code = "+84912345678", "PT-0123"
    web_world.session.commit()
    return user.email or ""


def what(page: str, typed: str) -> str:
    """A page without what changes from one answer to the next."""
    return re.sub(r'(name="csrf_token"[^>]*value=")[^"]*', "", page.replace(typed, ""))


@pytest.mark.parametrize(
    "name", ["teacher.x@example.org", " Teacher.X@EXAMPLE.org", "0912 345 678", "+84912345678", "pt-0123"]
)
def test_one_field_takes_e_mail_phone_number_or_staff_code(browser: Browser, teacher: str, name: str) -> None:
    answer = browser.sign_in(name)
    assert (answer.status_code, answer.location) == (302, "/")
    assert browser.is_signed_in()


def test_the_page_has_two_fields_one_button_the_languages_and_help(browser: Browser) -> None:
    page = browser.get("/sign-in").text
    assert re.findall(r'<input[^>]*type="(text|email|password)"', page) == ["text", "password"]
    assert page.count("btn-primary") == 1
    assert "tel:111" in page
    assert 'value="en"' in page


def test_wrong_unknown_disabled_and_never_invited_are_answered_alike(
    browser: Browser, new_browser: NewBrowser, web_world: World, teacher: str
) -> None:
    locked = user_of(web_world.session, web_world.people["focal_point_x"])
    locked.password, locked.active = user_of(web_world.session, web_world.people["teacher_x"]).password, False
    web_world.session.commit()
    answers = []
    for name, password in (
        (teacher, "wrong"),
        ("nobody@example.org", PASSWORD),
        (locked.email, PASSWORD),
        (user_of(web_world.session, web_world.people["head_x"]).email, PASSWORD),
        (teacher, "x" * 5000),
    ):
        other = new_browser()
        answer = other.sign_in(name or "", password)
        headers = {
            name: value for name, value in answer.headers if name not in ("Set-Cookie", "Content-Length")
        }
        answers.append((answer.status_code, headers, what(answer.text, name or "")))
        assert not other.is_signed_in()
    assert answers[0][0] == 422
    assert all(answer == answers[0] for answer in answers)
    assert browser.sign_in(teacher).status_code == 302


def test_each_answer_costs_one_look_at_a_hash_and_a_long_password_none(
    browser: Browser, teacher: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    real = datastore.verify_password
    monkeypatch.setattr(
        datastore, "verify_password", lambda typed, kept: looked.append(kept) or real(typed, kept)
    )
    for name in (teacher, "nobody@example.org"):
        looked.clear()
        browser.sign_in(name, "wrong")
        assert len(looked) == 1
        assert looked[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    looked.clear()
    browser.sign_in(teacher, "ộ" * 342)
    assert looked == []


def test_no_write_transaction_is_open_while_a_password_is_looked_at(
    browser: Browser, teacher: str, web_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from school_portal.web import unit_of_work

    def look(typed: str, kept: str) -> bool:
        open_ones.append(unit_of_work.current_session().in_transaction())
        return True

    open_ones: list[bool] = []
    monkeypatch.setattr(datastore, "verify_password", look)
    browser.sign_in(teacher)
    assert open_ones == [False]


def test_the_key_is_new_at_each_sign_in_and_the_cookie_of_before_is_dead(
    browser: Browser, teacher: str
) -> None:
    browser.get("/sign-in")
    with browser.client.session_transaction() as cookie:
        cookie["key"] = "chosen-by-somebody-else"
        planted, token_before = dict(cookie), cookie["csrf_token"]
    browser.sign_in(teacher)
    with browser.client.session_transaction() as cookie:
        first = cookie["key"]
        assert first != planted["key"]
        assert cookie.get("csrf_token") != token_before
    assert browser.is_signed_in()
    with browser.client.session_transaction() as cookie:
        cookie.clear()
        cookie.update(planted)
    assert not browser.is_signed_in()


def test_cookies_hold_random_keys_and_no_data(browser: Browser, teacher: str, web_world: World) -> None:
    answer = browser.sign_in(teacher, remember_device="y")
    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"portal", "device"}
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert len(cookie) < 600
    with browser.client.session_transaction() as cookie_data:
        assert set(cookie_data) <= {"key", "fs_paa", "csrf_token", "_flashes"}
    session = web_world.session
    with unguarded("the test reads every session"):
        hashes = session.scalars(select(UserSession.key_hash)).all()
    with browser.client.session_transaction() as cookie_data:
        assert sessions.hash_key(cookie_data["key"]) in hashes


def test_signing_out_ends_the_row_so_that_a_kept_cookie_opens_nothing(
    browser: Browser, teacher: str, new_browser: NewBrowser
) -> None:
    browser.sign_in(teacher)
    kept = browser.client.get_cookie("portal")
    assert kept is not None
    browser.get("/accounts/me")
    answer = browser.post("/sign-out")
    assert answer.location == "/sign-in"
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    thief = new_browser()
    thief.client.set_cookie("portal", kept.value)
    assert not browser.is_signed_in()
    assert not thief.is_signed_in()


def test_signing_out_needs_a_post_and_the_token(browser: Browser, teacher: str) -> None:
    browser.sign_in(teacher)
    assert browser.get("/sign-out").status_code == 405
    browser.token = "foreign"
    assert browser.post("/sign-out").status_code == 400
    assert browser.is_signed_in()


def test_a_remembered_device_files_and_reads_nothing(
    browser: Browser, teacher: str, web_world: World
) -> None:
    browser.sign_in(teacher, remember_device="y")
    browser.get("/accounts/me")
    with browser.client.session_transaction() as cookie:
        cookie.clear()
    assert browser.get("/").status_code == 200
    for address in ("/accounts/me", "/accounts/", "/incidents/", "/accounts/me/password"):
        answer = browser.get(address)
        assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/sign-in"), address
    assert browser.get("/sign-in").status_code == 200
    assert browser.sign_in(teacher).status_code == 302
    assert browser.is_signed_in()


def test_signing_out_on_a_remembered_device_forgets_it(browser: Browser, teacher: str) -> None:
    browser.sign_in(teacher, remember_device="y")
    with browser.client.session_transaction() as cookie:
        cookie.clear()
    browser.get("/")
    assert browser.post("/sign-out").status_code == 302
    assert browser.client.get_cookie("device") is None
    assert browser.get("/").status_code == 302


def test_who_signs_in_on_anothers_remembered_device_leaves_it_to_nobody(
    browser: Browser, teacher: str, web_world: World, set_password: Callable[[Session, Actor], None]
) -> None:
    set_password(web_world.session, web_world.people["focal_point_x"])
    browser.sign_in(teacher, remember_device="y")
    with browser.client.session_transaction() as cookie:
        cookie.clear()
    kept = browser.client.get_cookie("device")
    assert kept is not None
    browser.sign_in("focal.point.x@example.org")
    assert browser.client.get_cookie("device") is None
    browser.client.set_cookie("device", kept.value)
    with browser.client.session_transaction() as cookie:
        cookie.clear()
    assert browser.get("/").status_code == 302


def test_in_production_the_devices_cookie_is_secure_and_bound_to_the_host(
    app: Flask, browser: Browser, teacher: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    monkeypatch.setitem(app.config, "WTF_CSRF_SSL_STRICT", False)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    answer = app.test_client().post(
        "https://localhost/sign-in", data={"email": teacher, "password": PASSWORD, "remember_device": "y"}
    )
    (device,) = [text for text in answer.headers.getlist("Set-Cookie") if "device" in text]
    assert device.startswith("__Host-device=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(device.split("; "))
    assert "Domain" not in device


def test_ten_wrong_tries_shut_the_account_for_ten_minutes_and_nobody_elses(
    browser: Browser,
    new_browser: NewBrowser,
    teacher: str,
    web_world: World,
    set_password: Callable[[Session, Actor], None],
) -> None:
    set_password(web_world.session, web_world.people["focal_point_x"])
    start = now()
    with time_machine.travel(start, tick=False):
        answers = [browser.sign_in(teacher, f"wrong {n}").status_code for n in range(12)]
        assert answers == [422] * 10 + [429] * 2
        assert browser.sign_in(teacher).status_code == 429
        assert browser.sign_in("0912345678").status_code == 429
        unknown = [new_browser().sign_in("nobody@example.org", f"wrong {n}").status_code for n in range(12)]
        assert unknown == answers
        assert new_browser().sign_in("focal.point.x@example.org").status_code == 302
    with time_machine.travel(start + timedelta(minutes=9, seconds=59), tick=False):
        assert browser.sign_in(teacher).status_code == 429
    with time_machine.travel(start + timedelta(minutes=10), tick=False):
        assert browser.sign_in(teacher).status_code == 302


def test_a_try_too_many_gets_no_answer_even_when_it_was_let_in_by_a_race(
    browser: Browser, teacher: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "is_exhausted", lambda *asked: False)
    for n in range(10):
        assert browser.sign_in(teacher, f"wrong {n}").status_code == 422
    assert browser.sign_in(teacher, "wrong").status_code == 429
    assert browser.sign_in(teacher, PASSWORD).status_code == 429
    assert not browser.is_signed_in()


def test_a_shut_account_costs_no_hash(
    browser: Browser, teacher: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(10):
        browser.sign_in(teacher, f"wrong {n}")
    looked: list[str] = []
    monkeypatch.setattr(datastore, "verify_password", lambda typed, kept: looked.append(kept))
    assert browser.sign_in(teacher).status_code == 429
    assert looked == []


def test_a_stranger_cannot_shut_a_person_out_of_a_device_she_had_remembered(
    browser: Browser, new_browser: NewBrowser, teacher: str
) -> None:
    browser.sign_in(teacher, remember_device="y")
    stranger = new_browser()
    for n in range(10):
        stranger.sign_in(teacher, f"wrong {n}")
    assert new_browser().sign_in(teacher).status_code == 429
    with browser.client.session_transaction() as cookie:
        cookie.clear()
    assert browser.sign_in(teacher).status_code == 302


def test_a_right_password_is_no_failed_try(
    browser: Browser, new_browser: NewBrowser, teacher: str, web_world: World
) -> None:
    for _ in range(12):
        assert new_browser().sign_in(teacher).status_code == 302
    assert web_world.session.scalar(select(func.sum(SignInAttempt.count))) == 0


def test_a_school_behind_one_address_survives_a_bad_morning(
    browser: Browser, teacher: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datastore, "verify_password", lambda typed, kept: typed == PASSWORD)
    for person in range(100):
        browser.sign_in(f"teacher{person}@example.org", "wrong")
    assert browser.sign_in(teacher).status_code == 302


def test_refused_and_accepted_sign_ins_are_audited_without_names(
    browser: Browser, teacher: str, web_world: World
) -> None:
    browser.sign_in(teacher, "wrong")
    browser.sign_in("nobody@example.org", "wrong")
    browser.sign_in(teacher)
    with unguarded("the test reads what was told"):
        told = web_world.session.execute(
            select(AuditEvent.action, AuditEvent.subject_id).order_by(AuditEvent.seq)
        ).all()[-3:]
    user_id = web_world.people["teacher_x"].user_id
    assert [tuple(row) for row in told] == [
        ("sign-in-refused", user_id),
        ("sign-in-refused", None),
        ("signed-in", user_id),
    ]


def test_after_signing_in_she_is_where_she_wanted_to_be_but_never_elsewhere(
    browser: Browser, new_browser: NewBrowser, teacher: str
) -> None:
    asked = browser.get("/accounts/me")
    browser.get(asked.location)
    answer = browser.post(asked.location, email=teacher, password=PASSWORD, next="/accounts/me")
    assert answer.location.endswith("/accounts/me")
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        other = new_browser()
        other.get("/sign-in")
        answer = other.post("/sign-in", email=teacher, password=PASSWORD, next=elsewhere)
        assert urlsplit(answer.location).netloc in ("", "localhost")


def test_the_language_switch_keeps_what_was_typed_and_checks_nothing(browser: Browser, teacher: str) -> None:
    browser.get("/sign-in")
    page = browser.post("/sign-in", email=teacher, password="wrong", lang="en")
    assert page.status_code == 200
    assert teacher in page.text
    assert 'lang="en"' in page.text


def test_a_changed_password_signs_every_other_device_out(
    browser: Browser, new_browser: NewBrowser, teacher: str
) -> None:
    other = new_browser()
    other.sign_in(teacher, remember_device="y")
    browser.sign_in(teacher, remember_device="y")
    browser.get("/accounts/me/password")
    new = "tám con sóc nhỏ leo cây bàng"
    assert browser.post("/accounts/me/password", password="wrong", new_password=new).status_code == 422
    assert browser.post("/accounts/me/password", password=PASSWORD, new_password="ngắn").status_code == 422
    assert browser.post("/accounts/me/password", password=PASSWORD, new_password=PASSWORD).status_code == 422
    assert browser.post("/accounts/me/password", password=PASSWORD, new_password=new).status_code == 302
    assert browser.is_signed_in()
    assert not other.is_signed_in()
    assert other.get("/").status_code == 302
    with browser.client.session_transaction() as cookie:
        cookie.clear()
    assert browser.get("/").status_code == 200
    assert new_browser().sign_in(teacher).status_code == 422
    assert new_browser().sign_in(teacher, new).status_code == 302


def test_sign_out_everywhere_and_one_by_one(
    browser: Browser, new_browser: NewBrowser, teacher: str, web_world: World
) -> None:
    browser.sign_in(teacher)
    others = [new_browser() for _ in range(3)]
    for other in others:
        other.sign_in(teacher, remember_device="y")
    page = browser.get("/accounts/me").text
    ends = re.findall(r'action="(/accounts/me/sessions/[^"]+)"', page)
    forgets = re.findall(r'action="(/accounts/me/devices/[^"]+)"', page)
    assert (len(ends), len(forgets)) == (3, 3)
    assert browser.post(ends[0]).status_code == 303
    assert browser.post(ends[0]).status_code == 404
    assert [other.is_signed_in() for other in others].count(False) == 1
    assert browser.post(forgets[0]).status_code == 303
    browser.get("/accounts/me")
    assert browser.post("/accounts/me/sign-out-everywhere").status_code == 303
    for anyone in (browser, *others):
        assert not anyone.is_signed_in()
        assert anyone.get("/").status_code == 302


def test_nobody_ends_the_sessions_of_others(browser: Browser, teacher: str, web_world: World) -> None:
    other = user_of(web_world.session, web_world.people["teacher_y"])
    sessions.open_session(web_world.session, other, "test", now())
    web_world.session.commit()
    row = web_world.session.scalars(lookup(select(UserSession), UserSession.user_id == other.id)).one()
    browser.sign_in(teacher)
    browser.get("/accounts/me")
    assert browser.post(f"/accounts/me/sessions/{row.id}/end").status_code == 404


def test_the_language_of_the_account_is_spoken_on_every_device(
    browser: Browser, new_browser: NewBrowser, teacher: str
) -> None:
    browser.sign_in(teacher)
    browser.get("/accounts/me")
    assert browser.post("/accounts/me/language", language="en").status_code == 303
    other = new_browser()
    other.sign_in(teacher)
    assert '<html lang="en">' in other.get("/accounts/me").text


def test_signed_out_pages_without_a_decision_do_not_exist(browser: Browser) -> None:
    assert browser.get("/accounts/").location.startswith("/sign-in")
    assert browser.get("/accounts/link/0").status_code == 404
    assert browser.get("/sign-in/code").status_code == 302
    assert browser.get("/accounts/me/second-factor").status_code == 302


def test_a_token_in_the_address_or_a_header_signs_nobody_in(
    browser: Browser, app: object, web_world: World
) -> None:
    with app.test_request_context():  # type: ignore[attr-defined]
        token = user_of(web_world.session, web_world.people["teacher_x"]).get_auth_token()
    assert browser.get(f"/accounts/me?auth_token={token}").status_code == 302
    assert browser.get("/accounts/me", headers={"Authentication-Token": token}).status_code == 302


def test_flask_logins_own_cookies_sign_nobody_in(app: Flask, browser: Browser, web_world: World) -> None:
    user = user_of(web_world.session, web_world.people["teacher_x"])
    assert app.login_manager._user_callback(user.fs_uniquifier) is None  # type: ignore[attr-defined]
    assert app.login_manager._request_callback(None) is None  # type: ignore[attr-defined]
    with browser.client.session_transaction() as cookie:
        cookie.update(_user_id=user.fs_uniquifier, _fresh=True)
    assert not browser.is_signed_in()


def test_a_question_for_a_reset_is_answered_alike_for_every_name(
    browser: Browser, teacher: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "school_portal.accounts.service.links.enqueue", lambda session, name, **ids: asked.append(name)
    )
    pages = []
    for name in (teacher, "nobody@example.org", "0912345678", "0000"):
        browser.get("/accounts/forgot")
        answer = browser.post("/accounts/forgot", name=name)
        pages.append((answer.status_code, what(answer.text, name)))
    assert pages[0][0] == 200
    assert all(page == pages[0] for page in pages)
    assert asked == ["accounts.mail_reset"] * 4
