"""What every change of a case does: apply the rules anew, keep the figures, write the chronology."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import now
from school_portal.core.errors import Conflict, NotFound
from school_portal.incidents import policy, queries
from school_portal.incidents.domain import (
    Coding,
    EntryKind,
    Part,
    PersonInvolved,
    PlainGroup,
    coding_of,
)
from school_portal.incidents.models import ChronologyEntry, Incident, Involvement
from school_portal.incidents.queries import Taxonomy
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Unit
from school_portal.tally import service as tally
from school_portal.tally.domain import EVER


def incident_to_change(
    session: Session, actor: Actor, incident_id: UUID, version: int | None = None
) -> Incident:
    """The record, locked until the commit; raises NotFound, or Conflict when it is not the version that she saw."""
    statement = scope(select(Incident), policy.visible_to(actor)).where(Incident.id == incident_id)
    newest = statement.with_for_update(of=Incident).execution_options(populate_existing=True)
    incident = session.scalars(newest).one_or_none()
    if incident is None:
        raise NotFound("incident-not-found")
    if version is not None and version != incident.row_version:
        raise Conflict("changed-meanwhile")
    return incident


@contextmanager
def recounted(session: Session, actor: Actor, incident: Incident) -> Iterator[None]:
    """Count the record out as it was and in as it is after the block, in this transaction."""
    facts, listed = queries.facts_of(incident), queries.listed_facts_of(incident)
    yield
    session.flush()
    changes = [(incident.occurred_on, facts, -1), (EVER, listed, -1)]
    changes += [(incident.occurred_on, queries.facts_of(incident), 1)]
    changes += [(EVER, queries.listed_facts_of(incident), 1)]
    tally.add_all(session, actor, incident.org_path, [change for change in changes if change[1]])


def taxonomy_of(session: Session, actor: Actor, incident: Incident) -> Taxonomy:
    """The lists that the record was made with; the newest when those had no types yet."""
    lists = queries.get_taxonomy(session, actor, incident.taxonomy_version)
    return lists if lists.types else queries.get_taxonomy(session, actor)


def people_for_rules(session: Session, incident: Incident) -> list[PersonInvolved]:
    """Everybody in the case as the rules look at them, whoever asks."""
    statement = scope(select(Involvement), everybody(Involvement.org_path))
    rows = session.scalars(
        statement.where(Involvement.incident_id == incident.id).order_by(Involvement.position)
    )
    return [
        PersonInvolved(
            kind=row.kind,
            parts=frozenset(part for part in Part if getattr(row, f"is_{part.value}")),
            sex=row.sex,
            user_id=row.user_id,
            age=row.age,
            relation=row.relation,
            is_adult=row.is_adult,
            injury=row.injury,
            can_tell=row.can_tell,
            self_harm=row.self_harm,
        )
        for row in rows
    ]


def coding_for(
    incident: Incident, lists: Taxonomy, people: list[PersonInvolved], types: tuple[str, ...] | None = None
) -> Coding:
    """The rules applied to the case as it stands, or as it would with other types."""
    codes = tuple(filter(None, incident.type_codes.split(","))) if types is None else types
    return coding_of(
        PlainGroup(incident.group_code),
        incident.safety,
        incident.weapon,
        incident.repeated,
        incident.online,
        people,
        lists.rules(codes),
        lists.injury_levels([person.injury for person in people]),
    )


def apply_coding(incident: Incident, coding: Coding) -> None:
    """Take over what follows from the rules, the severity in force aside."""
    incident.severity_computed = coding.severity.level
    incident.record_kind = coding.record_kind
    incident.is_restricted = coding.is_restricted
    incident.is_staff_case = coding.is_staff_case
    apply_flags(incident)


def apply_flags(incident: Incident) -> None:
    """Who may know of it, as the lists and figures ask for it."""
    incident.is_open_at_school = not (incident.is_restricted or incident.concerns_lead)
    incident.is_known_above = incident.severity >= 3 or incident.concerns_lead


def tell(
    session: Session,
    actor: Actor,
    incident: Incident,
    kind: EntryKind,
    detail: str = "",
    text: str = "",
    *,
    by_reporter: bool = False,
) -> None:
    """Write a line of the chronology; of the reporter it names nobody."""
    session.add(
        ChronologyEntry(
            org_path=incident.org_path,
            incident_id=incident.id,
            at=now(),
            kind=kind,
            by_user=None if by_reporter else actor.user_id,
            by_reporter=by_reporter,
            detail=detail,
            text=text or None,
        )
    )


def school_of(session: Session, actor: Actor, incident: Incident) -> Unit:
    """The school of the case, as it stands today."""
    return organisations.get_unit(session, actor, incident.organisation_id)
