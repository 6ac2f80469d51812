"""What races on real commits: tries, one-time links, recovery codes, and sessions ended in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g
from passlib.exc import TokenError
from sqlalchemy import select

from school_portal.accounts import service, sessions, throttle
from school_portal.accounts.datastore import HashedRecoveryCodes
from school_portal.accounts.domain import ATTEMPTS_OF_AN_ACCOUNT, EndReason
from school_portal.accounts.models import SignInAttempt, UserSession
from school_portal.core.authz import lookup
from school_portal.core.clock import now
from school_portal.core.db import database
from school_portal.core.errors import NotFound
from tests.accounts.conftest import user_of
from tests.conftest import Backend, backends
from tests.world import World, make_world

THREADS = 12


@pytest.fixture(params=backends())
def race(request: pytest.FixtureRequest, real_database: Callable[[str], Backend]) -> Backend:
    """A database of its own, with real commits."""
    return real_database(request.param)


@pytest.fixture
def real_world(race: Backend) -> Iterator[World]:
    """The province, stored."""
    with database.session() as session:
        yield make_world(session)


@pytest.fixture
def app_of_the_race(race: Backend) -> Flask:
    """The application, for what asks it for the request's session."""
    return race.app


def at_once(act: Callable[[int], Any], times: int = THREADS) -> list[Any]:
    """Do it in so many threads that start together."""
    barrier = Barrier(times)

    def run(number: int) -> Any:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_tries_that_race_get_no_more_than_the_limit(real_world: World) -> None:
    counters = [throttle.of_account("user|1"), throttle.of_address("10.0.0.1")]
    moment = now()

    def one_try(number: int) -> bool:
        with database.transaction() as session:
            return throttle.count(session, counters, moment)

    answers = at_once(one_try) + at_once(one_try)
    assert answers.count(True) == ATTEMPTS_OF_AN_ACCOUNT
    with database.transaction(write=False) as session:
        assert throttle.is_exhausted(session, counters, moment)
        assert not throttle.is_exhausted(session, [throttle.of_account("user|2")], moment)
        later = moment + timedelta(minutes=10)
        assert not throttle.is_exhausted(session, counters, later)


def test_ten_minutes_never_hold_more_than_ten_tries_however_they_are_spread(real_world: World) -> None:
    counters = [throttle.of_account("user|1")]
    start, given = now(), []
    for second in (0, *range(560, 3600, 5)):
        moment = start + timedelta(seconds=second)
        with database.transaction() as session:
            if not throttle.is_exhausted(session, counters, moment) and throttle.count(
                session, counters, moment
            ):
                given.append(moment)
    for first in given:
        assert (
            sum(first <= moment < first + timedelta(minutes=10) for moment in given) <= ATTEMPTS_OF_AN_ACCOUNT
        )
    assert len(given) > 2 * ATTEMPTS_OF_AN_ACCOUNT


def test_counters_hold_no_names_or_addresses(real_world: World) -> None:
    with database.transaction() as session:
        throttle.count(session, [throttle.of_account("name|ha@x.vn"), throttle.of_address("10.0.0.1")], now())
        rows = session.scalars(select(SignInAttempt.key_hash)).all()
    assert len(rows) == 2
    assert all(len(row) == 32 and b"ha@" not in row and b"10.0" not in row for row in rows)


def test_of_people_who_race_with_one_link_one_sets_the_password(real_world: World) -> None:
    teacher = real_world.people["teacher_x"]
    link = service.make_link(real_world.session, real_world.people["head_x"], teacher.user_id)
    real_world.session.commit()
    token = service.token_of(link.id)

    def use(number: int) -> str | None:
        try:
            with database.transaction() as session:
                service.set_password_by_link(session, token, f"hash {number}")
        except NotFound:
            return None
        return f"hash {number}"

    won = [answer for answer in at_once(use) if answer]
    assert len(won) == 1
    with database.transaction(write=False) as session:
        assert user_of(session, teacher).password == won[0]


def test_a_session_that_is_ended_while_it_is_used_stays_ended(real_world: World) -> None:
    teacher = real_world.people["teacher_x"]
    for _ in range(10):
        with database.transaction() as session:
            key = sessions.open_session(session, user_of(session, teacher), "test", now())
        ended = False

        def visit(number: int, key: str = key) -> bool:
            with database.transaction() as session:
                if number == 0:
                    sessions.end_session_of_key(session, key, EndReason.REVOKED, now())
                    return False
                found = sessions.load(session, key, None, timedelta(minutes=20), now())
                if found:
                    found.moment = now() + timedelta(minutes=2)
                    sessions.touch(session, found)
                return found is not None

        at_once(visit, 6)
        with database.transaction(write=False) as session:
            assert sessions.load(session, key, None, timedelta(minutes=20), now()) is None
            row = session.scalars(
                lookup(select(UserSession), UserSession.key_hash == sessions.hash_key(key))
            ).one()
            ended = row.ended_at is not None
        assert ended


def test_a_code_of_the_app_and_a_recovery_code_are_taken_by_one_of_those_who_race(
    real_world: World, app_of_the_race: Flask
) -> None:
    user = user_of(real_world.session, real_world.people["department_officer"])
    totp = app_of_the_race.extensions["security"].totp_factory
    codes = HashedRecoveryCodes(app_of_the_race)
    with app_of_the_race.app_context():
        g.session = real_world.session
        recovery_code = codes.create_recovery_codes(user)[0]
        real_world.session.commit()

    def take_both(number: int) -> tuple[bool, bool]:
        with app_of_the_race.app_context(), database.transaction() as session:
            g.session = session
            try:
                totp.set_last_counter(user, SimpleNamespace(counter=1_000))
                first = True
            except TokenError:
                first = False
            return first, codes.check_recovery_code(user, recovery_code)

    answers = at_once(take_both)
    assert [first for first, _ in answers].count(True) == 1
    assert [second for _, second in answers].count(True) == 1
