"""The mail with a link to a new password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from school_portal.accounts import queries, throttle
from school_portal.accounts.models import OneTimeLink, SignInAttempt
from school_portal.accounts.tasks import forget_tries, mail_reset
from school_portal.core.authz import unguarded
from school_portal.core.clock import now
from school_portal.core.db import database
from school_portal.core.jobs import JobContext
from school_portal.core.mail import Letter, post
from tests.accounts.conftest import user_of
from tests.world import World


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Letter]]:
    """What would have left the house."""
    letters: list[Letter] = []
    monkeypatch.setattr(post, "public_url", "https://portal.example")
    post.connect(letters.append)
    yield letters
    post.connect(None)


@pytest.fixture
def run() -> Callable[[object], None]:
    """The job, as the worker runs it."""
    context = JobContext(database, queries.actor_of)
    return lambda user_id: mail_reset(context, user_id=str(user_id))


def test_a_link_of_one_hour_is_mailed_and_stands_nowhere_else(
    world: World, sent: list[Letter], run: Callable[[object], None]
) -> None:
    teacher = user_of(world.session, world.people["teacher_x"])
    teacher.password = "hash"
    world.session.commit()
    run(teacher.id)
    (letter,) = sent
    assert letter.to == teacher.email
    assert teacher.name not in letter.text
    token = letter.text.partition("https://portal.example/accounts/link/")[2].split()[0]
    assert queries.find_link(world.session, token) is not None
    with unguarded("the test reads the link"):
        link = world.session.scalars(select(OneTimeLink)).one()
    assert (link.expires_at - link.created_at).total_seconds() == 3600


def test_nobody_disabled_or_without_an_address_gets_a_mail(
    world: World, sent: list[Letter], run: Callable[[object], None]
) -> None:
    disabled = user_of(world.session, world.people["teacher_x"])
    disabled.active = False
    by_phone = user_of(world.session, world.people["head_x"])
    by_phone.email, by_phone.phone = None, "+84912345678"
    world.session.commit()
    for user_id in (uuid4(), disabled.id, by_phone.id):
        run(user_id)
    assert sent == []


def test_without_a_mail_server_no_link_is_made(
    world: World, sent: list[Letter], run: Callable[[object], None]
) -> None:
    post.connect(None)
    run(world.people["teacher_x"].user_id)
    with unguarded("the test reads the links"):
        assert world.session.scalars(select(OneTimeLink)).all() == []


def test_counters_of_failed_tries_are_forgotten_after_a_day(world: World) -> None:
    old, new = throttle.of_account("user|1"), throttle.of_account("user|2")
    throttle.count(world.session, [old], now() - timedelta(hours=25))
    throttle.count(world.session, [new], now() - timedelta(hours=23))
    world.session.commit()
    forget_tries(JobContext(database, queries.actor_of))
    assert world.session.scalars(select(SignInAttempt.key_hash)).all() == [new.key_hash]
