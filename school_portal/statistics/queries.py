"""Figures of a unit over a period, read from the tally."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.organisations.domain import Period
from school_portal.tally import queries as tally


@dataclass(frozen=True)
class CaseCounts:
    """Cases of a unit and all below it, by the date on which they happened."""

    total: int
    by_group: dict[str, int]
    by_month: dict[str, int]


def count_cases(session: Session, actor: Actor, org_path: str, period: Period) -> CaseCounts:
    """How many cases happened in the period, by plain group and by month, over what the actor may know exists."""
    days = (period.first, period.last)
    return CaseCounts(
        total=sum(tally.totals(session, actor, org_path, *days).values()),
        by_group=tally.totals(session, actor, org_path, *days, "group"),
        by_month=tally.by_month(session, actor, org_path, *days),
    )
