"""Reading counts. What a viewer may not know of is taken off by the feature whose records they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import require, scope
from school_portal.tally import policy
from school_portal.tally.domain import ALL, EVER, Difference, Facts, count_up
from school_portal.tally.models import Tally


def totals(
    session: Session, actor: Actor, org_path: str, first: date, last: date, fact: str = ALL
) -> dict[str, int]:
    """Counts by value of one fact, of a unit and all below it, from `first` to `last` (both in it)."""
    statement = (
        scope(select(Tally.value, func.sum(Tally.n)), policy.visible_to(actor))
        .where(Tally.org_path == org_path, Tally.fact == fact, Tally.day.between(first, last))
        .group_by(Tally.value)
    )
    return {value: int(n) for value, n in session.execute(statement) if n}


def of_all_days(session: Session, actor: Actor, org_path: str, fact: str) -> dict[str, int]:
    """Counts by value of a fact that is counted over all days, of a unit and all below it."""
    return totals(session, actor, org_path, EVER, EVER, fact)


def by_month(
    session: Session, actor: Actor, org_path: str, first: date, last: date, fact: tuple[str, str] = (ALL, "")
) -> dict[str, int]:
    """Counts by month ("2026-11") of the event, of the records that have this value of a fact; by default of all."""
    name, value = fact
    statement = (
        scope(select(Tally.day, Tally.n), policy.visible_to(actor))
        .where(Tally.org_path == org_path, Tally.fact == name, Tally.value == value)
        .where(Tally.day.between(first, last))
    )
    months: Counter[str] = Counter()
    for day, n in session.execute(statement):
        months[f"{day:%Y-%m}"] += n
    return {month: n for month, n in sorted(months.items()) if n}


def first_difference(
    session: Session, actor: Actor, records: Iterable[tuple[str, date, Facts]]
) -> tuple[int, Difference | None]:
    """Count all records anew in memory and compare: how many there are, and the first count that is wrong, if any.

    Operators only. Both reads must see one state of the database.
    """
    require(actor.is_system)
    counted, number = count_up(records)
    rows = scope(
        select(Tally.org_path, Tally.fact, Tally.day, Tally.value, Tally.n), policy.visible_to(actor)
    )
    wrong: list[Difference] = []
    for path, fact, day, value, n in session.execute(rows.execution_options(yield_per=2000)):
        expected = counted.pop((path, fact, day, value), 0)
        if n != expected:
            wrong.append(Difference(path, fact, day, value, n, expected))
    wrong += [Difference(*key, 0, n) for key, n in counted.items() if n]
    return number, min(
        wrong, default=None, key=lambda found: (found.org_path, found.day, found.fact, found.value)
    )
