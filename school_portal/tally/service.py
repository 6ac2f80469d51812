"""Counting a record in and out, and making all counts again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import everybody, require, scope
from school_portal.core.db import upsert
from school_portal.tally.domain import Facts, paths_up, with_all
from school_portal.tally.models import Tally

KEYS = ["org_path", "fact", "day", "value"]
BATCH = 200
"""Rows a statement: SQLite and PostgreSQL limit the number of parameters."""


def add(session: Session, actor: Actor, org_path: str, day: date, facts: Facts, by: int) -> None:
    """Count a record in (`by` = 1) or out (-1) at its unit and every unit above, in this transaction.

    One statement. The caller has checked that the actor may change the record.
    """
    _store(session, Counter(dict.fromkeys(_keys(org_path, day, facts), by)))


def _keys(org_path: str, day: date, facts: Facts) -> list[tuple[str, str, date, str]]:
    return [(path, fact, day, value) for path in paths_up(org_path) for fact, value in with_all(facts)]


def _store(session: Session, counts: Counter[tuple[str, str, date, str]]) -> None:
    rows = [dict(zip((*KEYS, "n"), (*key, n), strict=True)) for key, n in sorted(counts.items())]
    for start in range(0, len(rows), BATCH):
        session.execute(upsert(session, Tally, rows[start : start + BATCH], KEYS, add=["n"]))


def rebuild(session: Session, actor: Actor, records: Iterable[tuple[str, date, Facts]]) -> int:
    """Make all counts again from the records (unit's path, day, facts); returns how many records there are."""
    require(actor.is_system)
    session.execute(scope(delete(Tally), everybody(Tally.org_path)))
    counts: Counter[tuple[str, str, date, str]] = Counter()
    number = 0
    for org_path, day, facts in records:
        counts.update(_keys(org_path, day, facts))
        number += 1
    _store(session, counts)
    return number
