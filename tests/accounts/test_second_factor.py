"""Two-step sign-in: offered, in production demanded; codes count once; recovery codes count once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.accounts import service
from school_portal.accounts.datastore import make_hash
from school_portal.accounts.models import RecoveryCode, SecondFactor
from school_portal.core.actor import SYSTEM, Actor
from school_portal.core.authz import unguarded
from school_portal.core.clock import now
from tests.accounts.conftest import Browser, user_of
from tests.world import PASSWORD, World

NewBrowser = Callable[[], Browser]


class App:
    """The authenticator on her phone."""

    def __init__(self, page: str) -> None:
        self.key = re.sub(r"[\s-]", "", re.search(r"<code>([^<]+)</code>", page).group(1))  # type: ignore[union-attr]

    def code(self) -> str:
        """The six digits of this moment."""
        return str(TOTP(key=self.key, format="base32").generate(time=now()).token)


@pytest.fixture
def officer(web_world: World, set_password: Callable[[Session, Actor], None]) -> str:
    """The e-mail of a department officer with a password."""
    set_password(web_world.session, web_world.people["department_officer"])
    return "department.officer@example.org"


def switch_on(browser: Browser) -> App:
    """Set the app up on the page of the account."""
    browser.get("/accounts/me/second-factor")
    page = browser.post("/accounts/me/second-factor", setup="authenticator").text
    app = App(page)
    address = re.search(r'action="(/accounts/me/second-factor/[^"]+)"', page)
    assert address
    assert "data:" not in page
    assert browser.post(address.group(1), code=app.code()).status_code == 302
    return app


def test_a_second_factor_is_asked_once_it_is_set_and_each_code_counts_once(
    browser: Browser, new_browser: NewBrowser, officer: str, web_world: World
) -> None:
    browser.sign_in(officer)
    app = switch_on(browser)
    user = user_of(web_world.session, web_world.people["department_officer"])
    assert app.key not in (user.tf_totp_secret or "")
    start = now()
    with time_machine.travel(start + timedelta(seconds=60), tick=False):
        other = new_browser()
        assert other.sign_in(officer).location.startswith("/sign-in/code")
        assert not other.is_signed_in()
        other.get("/sign-in/code")
        assert other.post("/sign-in/code", code="000000").status_code == 422
        code = app.code()
        assert other.post("/sign-in/code", code=f" {code[:3]} {code[3:]} ").status_code == 302
        assert other.is_signed_in()
        third = new_browser()
        third.sign_in(officer)
        third.get("/sign-in/code")
        assert third.post("/sign-in/code", code=code).status_code == 422
        assert not third.is_signed_in()


def test_the_device_is_remembered_over_the_second_step(
    browser: Browser, new_browser: NewBrowser, officer: str
) -> None:
    browser.sign_in(officer)
    app = switch_on(browser)
    with time_machine.travel(now() + timedelta(seconds=60), tick=False):
        other = new_browser()
        other.sign_in(officer, remember_device="y")
        assert other.client.get_cookie("device") is None
        other.get("/sign-in/code")
        other.post("/sign-in/code", code=app.code())
        assert other.client.get_cookie("device") is not None


def test_guessing_codes_is_shut_after_ten_tries(
    browser: Browser, new_browser: NewBrowser, officer: str
) -> None:
    browser.sign_in(officer)
    app = switch_on(browser)
    with time_machine.travel(now() + timedelta(seconds=60), tick=False):
        other = new_browser()
        other.sign_in(officer)
        other.get("/sign-in/code")
        answers = [other.post("/sign-in/code", code=f"{n:06}").status_code for n in range(11)]
        assert answers == [422] * 10 + [429]
        assert other.post("/sign-in/code", code=app.code()).status_code == 429
        assert not other.is_signed_in()


def test_recovery_codes_are_shown_once_kept_as_hashes_and_work_once(
    browser: Browser, new_browser: NewBrowser, officer: str, web_world: World
) -> None:
    browser.sign_in(officer)
    switch_on(browser)
    browser.get("/accounts/me/recovery-codes")
    page = browser.post("/accounts/me/recovery-codes", generate_new_codes="1").text
    codes = re.findall(r"<code>([0-9a-f-]+)</code>", page)
    assert len(codes) == 8
    assert not any(code in browser.get("/accounts/me/recovery-codes?show_codes=1").text for code in codes)
    with unguarded("the test reads the hashes"):
        kept = web_world.session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(kept) == 8
    assert not any(code.replace("-", "").encode() in hashed for code in codes for hashed in kept)
    for expected in (302, 422):
        other = new_browser()
        other.sign_in(officer)
        other.get("/sign-in/recovery-code")
        assert other.post("/sign-in/recovery-code", code=codes[0].upper()).status_code == expected
        assert other.is_signed_in() is (expected == 302)
    assert "7" in re.findall(r"(\d) (?:recovery codes left|mã dự phòng)", browser.get("/accounts/me").text)


def test_switching_it_off_needs_a_fresh_password_and_takes_the_codes_along(
    browser: Browser, new_browser: NewBrowser, officer: str, web_world: World
) -> None:
    browser.sign_in(officer)
    switch_on(browser)
    browser.get("/accounts/me/recovery-codes")
    browser.post("/accounts/me/recovery-codes", generate_new_codes="1")
    with time_machine.travel(now() + timedelta(minutes=16), tick=False):
        browser.get("/accounts/me")
        asked = browser.post("/accounts/me/second-factor", setup="disable")
        assert asked.location.startswith("/sign-in/again")
        browser.get(asked.location)
        assert browser.post("/sign-in/again", password="wrong").status_code == 422
        assert browser.post("/sign-in/again", password=PASSWORD).status_code == 302
        browser.get("/accounts/me/second-factor")
        assert browser.post("/accounts/me/second-factor", setup="disable").status_code == 302
    with unguarded("the test reads the hashes"):
        assert web_world.session.scalars(select(RecoveryCode.code_hash)).all() == []
    assert new_browser().sign_in(officer).location == "/"


@pytest.fixture
def demanded(app: Flask) -> Iterator[None]:
    """As in production."""
    SecondFactor.is_demanded = True
    yield
    SecondFactor.is_demanded = False


def test_in_demo_it_is_offered_and_not_demanded(browser: Browser, officer: str) -> None:
    assert browser.sign_in(officer).location == "/"


@pytest.mark.usefixtures("demanded")
def test_a_half_finished_sign_in_of_before_sets_no_second_factor_over_one_that_was_set_since(
    browser: Browser, new_browser: NewBrowser, officer: str
) -> None:
    thief = new_browser()
    thief.sign_in(officer)
    browser.sign_in(officer)
    browser.get("/accounts/me/second-factor")
    app = App(browser.post("/accounts/me/second-factor", setup="authenticator").text)
    assert browser.post("/sign-in/code", code=app.code()).status_code == 302
    assert thief.get("/accounts/me/second-factor").location == "/sign-in"
    assert thief.post("/accounts/me/second-factor", setup="authenticator").status_code == 302
    assert not thief.is_signed_in()


def test_a_half_finished_sign_in_dies_with_the_password_it_was_made_with(
    app: Flask, browser: Browser, new_browser: NewBrowser, officer: str, web_world: World
) -> None:
    browser.sign_in(officer)
    phone = switch_on(browser)
    with time_machine.travel(now() + timedelta(seconds=60), tick=False):
        thief = new_browser()
        assert thief.sign_in(officer).location.startswith("/sign-in/code")
        officer_id = web_world.people["department_officer"].user_id
        link = service.make_link(web_world.session, SYSTEM, officer_id)
        with app.app_context():
            new = make_hash("x" * 20)
        service.set_password_by_link(web_world.session, service.token_of(link.id), new)
        web_world.session.commit()
        thief.get("/sign-in/code")
        thief.post("/sign-in/code", code=phone.code())
        assert not thief.is_signed_in()


@pytest.mark.usefixtures("demanded")
def test_in_production_wide_sight_demands_it_before_anything_opens(
    browser: Browser,
    new_browser: NewBrowser,
    officer: str,
    web_world: World,
    set_password: Callable[[Session, Actor], None],
) -> None:
    assert browser.sign_in(officer).location.startswith("/accounts/me/second-factor")
    assert not browser.is_signed_in()
    assert browser.get("/").status_code == 302
    browser.sign_in(officer)
    browser.get("/accounts/me/second-factor")
    assert browser.post("/accounts/me/second-factor", setup="disable").status_code == 422
    page = browser.post("/accounts/me/second-factor", setup="authenticator").text
    assert browser.post("/sign-in/code", code=App(page).code()).status_code == 302
    assert browser.is_signed_in()
    for name in ("auditor", "administrator"):
        set_password(web_world.session, web_world.people[name])
        assert "second-factor" in new_browser().sign_in(f"{name}@example.org").location
    for name in ("head_x", "commune_officer_p"):
        set_password(web_world.session, web_world.people[name])
        assert new_browser().sign_in(f"{name.replace('_', '.')}@example.org").location == "/"
