"""Counters of failed attempts, by name and by address, in the database so that all processes share them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, literal, select, update
from sqlalchemy.orm import Session

from school_portal.accounts.domain import ATTEMPT_WINDOW, ATTEMPTS_FROM_AN_ADDRESS, ATTEMPTS_OF_AN_ACCOUNT
from school_portal.accounts.models import SignInAttempt
from school_portal.core.crypto import blind_index
from school_portal.core.db import Utc, insert_into

KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Counter:
    """What is counted, and how many are allowed in ten minutes."""

    key_hash: bytes
    limit: int
    ends_with_a_pause: bool
    """True: free again ten minutes after the last counted try, so no ten minutes hold more than the limit.
    False: starts anew every ten minutes, so a busy school is not shut out by its own rate."""


def of_account(key: str) -> Counter:
    """The counter of one account, or of one name that belongs to nobody: both count the same."""
    return Counter(_hash("account", key), ATTEMPTS_OF_AN_ACCOUNT, ends_with_a_pause=True)


def of_address(address: str | None) -> Counter:
    """The counter of the address that asks."""
    return Counter(_hash("address", address or "-"), ATTEMPTS_FROM_AN_ADDRESS, ends_with_a_pause=False)


def _hash(kind: str, key: str) -> bytes:
    return hashlib.sha256(blind_index(key, f"accounts.attempt.{kind}")).digest()


def is_exhausted(session: Session, counters: Iterable[Counter], moment: datetime) -> bool:
    """Whether one of the counters is used up, asked before a password is looked at."""
    limits = {counter.key_hash: counter.limit for counter in counters}
    rows = session.execute(
        select(SignInAttempt.key_hash, SignInAttempt.count).where(
            SignInAttempt.key_hash.in_(limits), SignInAttempt.since > moment - ATTEMPT_WINDOW
        )
    )
    return any(count >= limits[key_hash] for key_hash, count in rows)


def count(session: Session, counters: Iterable[Counter], moment: datetime) -> bool:
    """Count a try on each counter; True while it is within the limits.

    The answer to a try is given only after it was counted in one statement, so tries that race each other get no
    more than the limit. Tries over the limit don't move the time when it is free again.
    """
    within = True
    for counter in sorted(counters, key=lambda counter: counter.key_hash):
        now_counted = session.scalar(_counting(session, counter, moment))
        within = within and now_counted is not None and now_counted <= counter.limit
    return within


def _counting(session: Session, counter: Counter, moment: datetime) -> object:
    is_over = SignInAttempt.since <= moment - ATTEMPT_WINDOW
    at = literal(moment, Utc())
    restarts = [(is_over, at)]
    if counter.ends_with_a_pause:
        restarts.append((SignInAttempt.count < counter.limit, at))
    return (
        insert_into(session, SignInAttempt)
        .values(key_hash=counter.key_hash, since=moment, count=1)
        .on_conflict_do_update(
            index_elements=["key_hash"],
            set_={
                "count": case((is_over, 1), else_=SignInAttempt.count + 1),
                "since": case(*restarts, else_=SignInAttempt.since),
            },
        )
        .returning(SignInAttempt.count)
    )


def take_back(session: Session, counters: Iterable[Counter]) -> None:
    """A try that succeeded was no failure."""
    for counter in sorted(counters, key=lambda counter: counter.key_hash):
        session.execute(
            update(SignInAttempt)
            .where(SignInAttempt.key_hash == counter.key_hash, SignInAttempt.count > 0)
            .values(count=SignInAttempt.count - 1)
            .execution_options(synchronize_session=False)
        )


def forget_old(session: Session, moment: datetime) -> None:
    """Counters of yesterday say nothing any more."""
    session.execute(
        delete(SignInAttempt)
        .where(SignInAttempt.since < moment - KEPT)
        .execution_options(synchronize_session=False)
    )
