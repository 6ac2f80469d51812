"""Browsers that carry tokens, and people with passwords."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from school_portal.accounts.datastore import make_hash
from school_portal.accounts.models import User
from school_portal.core.actor import Actor
from school_portal.core.authz import lookup
from tests.world import PASSWORD

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Browser:
    """A client that carries the token of the page it saw last."""

    client: FlaskClient
    token: str = ""

    def get(self, address: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self._seen(self.client.get(address, **options))

    def post(self, address: str, **values: Any) -> TestResponse:
        """Send a form with the token of the page before."""
        return self._seen(self.client.post(address, data={"csrf_token": self.token, **values}))

    def sign_in(self, name: str, password: str = PASSWORD, **values: Any) -> TestResponse:
        """By the sign-in page."""
        self.get("/sign-in")
        return self.post("/sign-in", email=name, password=password, **values)

    def is_signed_in(self) -> bool:
        """Whether a page that needs a full session opens."""
        return self.get("/accounts/me").status_code == 200

    def _seen(self, response: TestResponse) -> TestResponse:
        found = TOKEN.search(response.text)
        if found:
            self.token = found.group(1)
        return response


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Somebody's browser."""
    return Browser(app.test_client())


@pytest.fixture
def new_browser(app: Flask) -> Callable[[], Browser]:
    """Further browsers, each with its own cookies."""
    return lambda: Browser(app.test_client())


def user_of(session: Session, actor: Actor) -> User:
    """The row of a person, read anew."""
    statement = lookup(select(User), User.id == actor.user_id)
    return session.scalars(statement.execution_options(populate_existing=True)).one()


@pytest.fixture
def set_password(app: Flask) -> Callable[[Session, Actor], None]:
    """Give a person of the province the password of the tests."""

    def give(session: Session, actor: Actor) -> None:
        with app.app_context():
            user_of(session, actor).password = make_hash(PASSWORD)
        session.commit()

    return give
