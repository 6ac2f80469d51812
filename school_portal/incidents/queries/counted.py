"""The coded facts of each record behind a figure, over what the viewer may know exists. Opens nothing sealed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.incidents import policy
from school_portal.incidents.domain import IncidentState, RecordKind, is_counted
from school_portal.incidents.models import Incident, Involvement

_IN_FIGURES = tuple(state for state in IncidentState if is_counted(state))


@dataclass(frozen=True, slots=True)
class CountedRecord:
    """A record as figures see it: what, where, when, how grave, in which state; nobody and no words."""

    organisation_id: UUID
    organisation_version_id: UUID
    kind: RecordKind
    state: IncidentState
    group: str
    types: tuple[str, ...]
    severity: int
    place: str
    day_part: str
    occurred_on: date


_COLUMNS = (
    Incident.organisation_id,
    Incident.organisation_version_id,
    Incident.record_kind,
    Incident.state,
    Incident.group_code,
    Incident.type_codes,
    Incident.severity,
    Incident.place,
    Incident.day_part,
    Incident.occurred_on,
)


def list_counted(
    session: Session, actor: Actor, org_path: str, first: date, last: date
) -> Iterator[CountedRecord]:
    """Each record of the unit and below whose event lies from `first` to `last`, also what was set aside."""
    statement = scope(select(*_COLUMNS), policy.counted_for(actor, org_path)).where(
        Incident.occurred_on.between(first, last)
    )
    for unit, version, kind, state, group, types, *rest in session.execute(
        statement.execution_options(yield_per=2000)
    ):
        yield CountedRecord(
            unit, version, kind, state, str(group), tuple(filter(None, types.split(","))), *rest
        )


def count_harmed(session: Session, actor: Actor, org_path: str, first: date, last: date) -> dict[str, int]:
    """How many persons were harmed in the counted cases, by sex; a person of two cases counts in both."""
    statement = scope(
        select(Involvement.sex, func.count()).select_from(Incident),
        policy.harmed_counted_for(actor, org_path),
    ).where(
        Incident.occurred_on.between(first, last),
        Incident.record_kind == RecordKind.INCIDENT,
        Incident.state.in_(_IN_FIGURES),
    )
    return {sex.value: int(n) for sex, n in session.execute(statement.group_by(Involvement.sex))}


def units_with_cases(session: Session, actor: Actor, org_path: str, first: date, last: date) -> set[UUID]:
    """At which units of the unit and below a counted case happened in these days."""
    statement = scope(select(Incident.organisation_id).distinct(), policy.counted_for(actor, org_path)).where(
        Incident.occurred_on.between(first, last),
        Incident.record_kind == RecordKind.INCIDENT,
        Incident.state.in_(_IN_FIGURES),
    )
    return set(session.scalars(statement))
