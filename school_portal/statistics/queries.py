"""Figures of a unit over a period, counted over what the reader may know exists."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.incidents import queries as incidents
from school_portal.incidents.domain import RecordKind
from school_portal.organisations.domain import Period


@dataclass(frozen=True)
class CaseCounts:
    """Cases of a unit and all below it, by the date on which they happened; records of a risk apart."""

    total: int
    risks: int
    by_group: dict[str, int]
    by_month: dict[str, int]


def count_cases(session: Session, actor: Actor, org_path: str, period: Period) -> CaseCounts:
    """How many cases happened in the period, by plain group and by month, over what the actor may know exists."""
    days = (period.first, period.last)
    risks = incidents.totals(session, actor, org_path, *days, kind=RecordKind.RISK)
    return CaseCounts(
        total=sum(incidents.totals(session, actor, org_path, *days).values()),
        risks=sum(risks.values()),
        by_group=incidents.totals(session, actor, org_path, *days, fact="group"),
        by_month=incidents.totals(session, actor, org_path, *days, fact="month"),
    )
