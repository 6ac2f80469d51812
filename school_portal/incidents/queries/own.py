"""What a reporter sees of her own reports: her words with names covered, number, state in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.core.errors import NotFound
from school_portal.core.paging import PAGE_SIZE
from school_portal.incidents import policy
from school_portal.incidents.domain import REPORTER_STATES, IncidentState, PlainGroup, ReporterState, masked
from school_portal.incidents.models import ChronologyEntry, Incident, Submission


@dataclass(frozen=True)
class OwnReport:
    """What the reporter may know of her own report."""

    id: UUID
    number: str
    reported_at: datetime
    check_code: str
    state: ReporterState
    organisation_id: UUID
    was_sent_above: bool
    due_to_open: datetime | None
    entered_by: UUID | None
    """Who wrote it down, when she told it by mouth."""


@dataclass(frozen=True)
class AddedFacts:
    """What she added later."""

    at: datetime
    text: str


@dataclass(frozen=True)
class OwnWords:
    """Her report as she told it, each name that she gave covered."""

    report: OwnReport
    group: PlainGroup
    occurred_on: date
    facts: str
    added: tuple[AddedFacts, ...]


_OWN = (
    Incident.id,
    Incident.number,
    Incident.reported_at,
    Incident.check_code,
    Incident.state,
    Incident.organisation_id,
    Incident.was_sent_above,
    Incident.due_to_open,
    Incident.entered_by,
)


def _own(*values: Any) -> OwnReport:
    state: IncidentState = values[4]
    return OwnReport(*values[:4], REPORTER_STATES[state], *values[5:])


def own_report_of(incident: Incident) -> OwnReport:
    """The reporter's view of a record that was just made."""
    return _own(*(getattr(incident, column.key) for column in _OWN))


def list_own_reports(session: Session, actor: Actor) -> list[OwnReport]:
    """The last 50 reports that she sent, with their state in plain words."""
    statement = scope(select(*_OWN), policy.reported_by(actor))
    rows = session.execute(statement.order_by(Incident.reported_at.desc(), Incident.id).limit(PAGE_SIZE))
    return [_own(*row) for row in rows]


def get_own_report(session: Session, actor: Actor, incident_id: UUID) -> OwnReport:
    """The receipt of a report that she sent, be it for a colleague; raises NotFound."""
    statement = scope(select(*_OWN), policy.filed_by(actor)).where(Incident.id == incident_id)
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound("report-not-found")
    return _own(*row)


def get_own_words(session: Session, actor: Actor, incident_id: UUID) -> OwnWords:
    """Her own report in her own words and what she added, names covered; raises NotFound."""
    statement = scope(
        select(Incident).options(undefer(Incident.facts), undefer(Incident.names_told)),
        policy.reported_by(actor),
    )
    found = session.scalars(statement.where(Incident.id == incident_id)).one_or_none()
    if found is None:
        raise NotFound("report-not-found")
    names = (found.names_told or "").splitlines()
    entries = session.scalars(
        scope(select(ChronologyEntry).options(undefer(ChronologyEntry.text)), policy.own_added_facts(actor))
        .where(ChronologyEntry.incident_id == incident_id)
        .order_by(ChronologyEntry.at)
    )
    return OwnWords(
        own_report_of(found),
        PlainGroup(found.group_code),
        found.occurred_on,
        masked(found.facts or "", names),
        tuple(AddedFacts(entry.at, masked(entry.text, names)) for entry in entries if entry.text),
    )


def was_sent(session: Session, actor: Actor, draft_id: UUID) -> bool:
    """Whether a report with this uuid was sent, by whomever; nothing else is told of it."""
    return session.get(Submission, draft_id) is not None
