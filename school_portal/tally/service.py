"""Counting a record in and out, and making all counts again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import everybody, require, scope
from school_portal.core.db import lock_table, upsert
from school_portal.tally.domain import KEYS, Facts, Key, count_up, keys_of, paths_up
from school_portal.tally.models import Tally


def add(session: Session, actor: Actor, org_path: str, day: date, facts: Facts, by: int) -> None:
    """Count a record in (`by` = 1) or out (-1) at its unit and every unit above, in this transaction.

    One statement. The caller has checked that the actor may change the record.
    """
    add_all(session, actor, org_path, [(day, facts, by)])


def add_all(
    session: Session, actor: Actor, org_path: str, changes: Iterable[tuple[date, Facts, int]]
) -> None:
    """The same for several (day, facts, by) of one unit, in one statement; what comes out even is not written."""
    counts: Counter[Key] = Counter()
    for day, facts, by in changes:
        for key in keys_of(paths_up(org_path), day, facts):
            counts[key] += by
    _store(session, counts)


def move(
    session: Session, actor: Actor, old_path: str, new_path: str, records: Iterable[tuple[date, Facts]]
) -> None:
    """Count the records (day, facts) of a unit that has moved at its new path and the units above it.

    And no longer at its old path and those above that are no longer. The caller has moved the records.
    """
    old, new = set(paths_up(old_path)), set(paths_up(new_path))
    counts: Counter[Key] = Counter()
    for day, facts in records:
        counts.update(keys_of(new - old, day, facts))
        counts.subtract(keys_of(old - new, day, facts))
    _store(session, counts)
    left = scope(delete(Tally), everybody(Tally.org_path)).where(Tally.org_path.in_(old - new), Tally.n == 0)
    session.execute(left, execution_options={"synchronize_session": False})


def rebuild(session: Session, actor: Actor, records: Iterable[tuple[str, date, Facts]]) -> int:
    """Make all counts again from the records (unit's path, day, facts); returns how many records there are.

    `records` must read them only when it is gone through: then nothing is counted meanwhile but here.
    """
    require(actor.is_system)
    lock_table(session, Tally)
    session.execute(scope(delete(Tally), everybody(Tally.org_path)))
    counts, number = count_up(records)
    _store(session, counts)
    return number


def _store(session: Session, counts: Counter[Key]) -> None:
    """Add to the counts, always in the same order: so that two transactions never wait for each other."""
    rows = [dict(zip((*KEYS, "n"), (*key, n), strict=True)) for key, n in sorted(counts.items()) if n]
    if rows:
        session.execute(upsert(session, Tally.__table__, KEYS, add=["n"]), rows)
