"""What officers see of cases of level 3 and 4: coded facts only. Nothing here opens a sealed field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.core.errors import NotFound
from school_portal.incidents import policy
from school_portal.incidents.domain import (
    IncidentState,
    Part,
    PersonKind,
    PlainGroup,
    RecordKind,
    Sex,
    age_band,
)
from school_portal.incidents.models import Incident, Involvement


@dataclass(frozen=True)
class CodedPerson:
    """A person by parts, sex and band of age; nothing that could name her."""

    parts: tuple[Part, ...]
    kind: PersonKind
    sex: Sex
    age_band: str


@dataclass(frozen=True)
class CodedCase:
    """Number, school, day, type, severity and state of a case."""

    id: UUID
    org_path: str
    organisation_version_id: UUID
    number: str
    occurred_on: date
    reported_at: datetime
    group: PlainGroup
    types: tuple[str, ...]
    taxonomy_version: int
    record_kind: RecordKind
    severity: int
    state: IncidentState
    concerns_lead: bool
    lowering_to: int | None
    lowering_by: UUID | None
    version: int
    people: tuple[CodedPerson, ...]


_COLUMNS = (
    Incident.id,
    Incident.org_path,
    Incident.organisation_version_id,
    Incident.number,
    Incident.occurred_on,
    Incident.reported_at,
    Incident.group_code,
    Incident.type_codes,
    Incident.taxonomy_version,
    Incident.record_kind,
    Incident.severity,
    Incident.state,
    Incident.concerns_lead,
    Incident.lowering_to,
    Incident.lowering_by,
    Incident.row_version,
)


def get_coded_case(session: Session, actor: Actor, incident_id: UUID) -> CodedCase:
    """The coded facts of a case; raises NotFound when she may not know of it."""
    statement = scope(select(*_COLUMNS), policy.known_to(actor)).where(Incident.id == incident_id)
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound("incident-not-found")
    return CodedCase(
        *row[:6],
        PlainGroup(row.group_code),
        tuple(filter(None, row.type_codes.split(","))),
        *row[8:],
        people=_people(session, actor, incident_id),
    )


def _people(session: Session, actor: Actor, incident_id: UUID) -> tuple[CodedPerson, ...]:
    columns = (
        Involvement.is_harmed,
        Involvement.is_acting,
        Involvement.is_witness,
        Involvement.kind,
        Involvement.sex,
        Involvement.age,
        Involvement.grade,
    )
    statement = scope(select(*columns), policy.involvements_known_to(actor))
    rows = session.execute(
        statement.where(Involvement.incident_id == incident_id).order_by(Involvement.position)
    )
    return tuple(
        CodedPerson(
            tuple(
                part
                for part, has in zip((Part.HARMED, Part.ACTING, Part.WITNESS), row[:3], strict=True)
                if has
            ),
            row.kind,
            row.sex,
            age_band(row.kind, row.age, row.grade),
        )
        for row in rows
    )
