"""Figures less what a viewer may not know of, and the records behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.incidents import policy
from school_portal.incidents.domain import (
    LISTED,
    RECORD_KIND,
    PlainGroup,
    RecordKind,
    fact_name,
    is_counted,
    listed_value,
    tally_facts,
)
from school_portal.incidents.models import Incident
from school_portal.tally import queries as tally
from school_portal.tally.domain import ALL, EVER, Facts

MONTH = "month"
FACT_COLUMNS = {
    "group": Incident.group_code,
    "severity": Incident.severity,
    "safety": Incident.safety,
    "place": Incident.place,
    "day_part": Incident.day_part,
    "type": Incident.type_codes,
}


def totals(
    session: Session,
    actor: Actor,
    org_path: str,
    first: date,
    last: date,
    fact: str = ALL,
    kind: RecordKind = RecordKind.INCIDENT,
) -> dict[str, int]:
    """Counts of one kind of record by value of one fact, of a unit and all below it.

    Over what the actor may know exists. Facts: `all`, `month` ("2026-11") and those of FACT_COLUMNS. Values without
    a record are left out. Risks and worries are never among the incidents: they are asked for by their own kind.
    """
    if not policy.has_figures(actor, org_path):
        return {}
    if fact == MONTH:
        counts = tally.by_month(session, actor, org_path, first, last, (RECORD_KIND, kind.value))
    elif fact == ALL:
        kinds = tally.totals(session, actor, org_path, first, last, RECORD_KIND)
        counts = {"": kinds.get(kind.value, 0)}
    else:
        counts = tally.totals(session, actor, org_path, first, last, fact_name(fact, kind))
    for value, n in _hidden(session, actor, org_path, first, last, fact, kind).items():
        counts[value] = counts.get(value, 0) - n
    return {value: n for value, n in counts.items() if n}


def _hidden(
    session: Session, actor: Actor, org_path: str, first: date, last: date, fact: str, kind: RecordKind
) -> Counter[str]:
    if actor.is_system:
        return Counter()
    column = Incident.occurred_on if fact in (ALL, MONTH) else FACT_COLUMNS[fact]
    clauses = [policy.hidden_by_involvement(actor, org_path)]
    if not policy.counts_whole(actor, org_path):
        clauses.append(policy.hidden_at_school(actor, org_path))
    hidden: Counter[str] = Counter()
    for clause in clauses:
        statement = scope(select(column, Incident.state, Incident.record_kind, Incident.occurred_on), clause)
        for value, state, record_kind, day in session.execute(statement):
            if is_counted(state) and record_kind is kind and first <= day <= last:
                hidden.update(_values(fact, value))
    return hidden


def _values(fact: str, value: Any) -> Iterable[str]:
    if fact == ALL:
        return ("",)
    if fact == MONTH:
        return (f"{value:%Y-%m}",)
    if fact == "type":
        return tuple(filter(None, value.split(",")))
    return (str(getattr(value, "value", value)),)


def facts_of(incident: Incident) -> Facts:
    """Under which facts a record is counted; none when it stands in no figure."""
    if not is_counted(incident.state):
        return ()
    return tally_facts(
        str(incident.group_code),
        incident.severity,
        incident.record_kind,
        incident.safety,
        incident.place,
        incident.day_part,
        filter(None, incident.type_codes.split(",")),
    )


def listed_facts_of(incident: Incident) -> Facts:
    """Under which fact a record is counted for lists, over all days."""
    return ((LISTED, listed_value(incident.severity, PlainGroup(incident.group_code), incident.state)),)


def records_for_tally(
    session: Session, actor: Actor, org_path: str | None = None
) -> Iterator[tuple[str, date, Facts]]:
    """Each record as it is counted, of all units or of exactly one: for making the tally again, for moving counts.

    Operators only; others see nothing here but their own cases.
    """
    statement = scope(select(Incident), policy.visible_to(actor))
    if org_path is not None:
        statement = statement.where(Incident.org_path == org_path)
    for incident in session.scalars(statement.execution_options(yield_per=2000)):
        if facts := facts_of(incident):
            yield incident.org_path, incident.occurred_on, facts
        yield incident.org_path, EVER, listed_facts_of(incident)
