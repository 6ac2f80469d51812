"""Reading counts. What a viewer may not know of is taken off by the feature whose records they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.tally import policy
from school_portal.tally.domain import ALL
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


def by_month(session: Session, actor: Actor, org_path: str, first: date, last: date) -> dict[str, int]:
    """Counts of all records by month ("2026-11") of the event."""
    return _by_month(days(session, actor, org_path, first, last))


def days(session: Session, actor: Actor, org_path: str, first: date, last: date) -> list[tuple[date, int]]:
    """Counts of all records by day of the event; days without any are left out."""
    statement = (
        scope(select(Tally.day, Tally.n), policy.visible_to(actor))
        .where(Tally.org_path == org_path, Tally.fact == ALL, Tally.day.between(first, last))
        .order_by(Tally.day)
    )
    return [(day, n) for day, n in session.execute(statement) if n]


def _by_month(counts: Sequence[tuple[date, int]]) -> dict[str, int]:
    months: dict[str, int] = {}
    for day, n in counts:
        months[f"{day:%Y-%m}"] = months.get(f"{day:%Y-%m}", 0) + n
    return months
