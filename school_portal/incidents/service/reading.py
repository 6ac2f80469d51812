"""Opening what is protected, and telling the audit; adding facts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.accounts import queries as accounts
from school_portal.audit.service import record
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.authz import require, scope
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.incidents import policy, queries
from school_portal.incidents.domain import FACTS_LIMIT, EntryKind, NamesReason, NoticeKind, Part
from school_portal.incidents.models import Incident
from school_portal.incidents.service.changes import incident_to_change, people_for_rules, school_of, tell
from school_portal.incidents.service.notices import notify
from school_portal.incidents.service.readers import Readers, assigned_users, plan_readers


def read_case(session: Session, actor: Actor, incident_id: UUID) -> queries.Case:
    """Open a case page; that is an audit event."""
    case = queries.get_case(session, actor, incident_id)
    record(session, actor, queries.READ, "incident", case.id, case.org_path)
    return case


def read_case_to_change(session: Session, actor: Actor, incident_id: UUID) -> queries.Case:
    """Open a case for triage or for changing its people; an audit event as well. Refused to who only reads it."""
    case = read_case(session, actor, incident_id)
    require(policy.may_triage(actor, case.org_path, case.concerns_lead))
    return case


def read_case_to_give_back(session: Session, actor: Actor, incident_id: UUID) -> queries.Case:
    """Open a case that concerns a lead, for the officer who may give it back; an audit event as well."""
    case = read_case(session, actor, incident_id)
    require(policy.may_give_back(actor, case.org_path, case.concerns_lead))
    return case


def read_coded_case(session: Session, actor: Actor, incident_id: UUID) -> queries.CodedCase:
    """Open the coded facts of a case; that is an audit event too."""
    case = queries.get_coded_case(session, actor, incident_id)
    record(session, actor, "incident-facts-read", "incident", case.id, case.org_path)
    return case


def require_search(actor: Actor) -> None:
    """Refuse who sees no cases the page on which they are looked for."""
    require(policy.may_search_names(actor))


def search_by_name(session: Session, actor: Actor, name: str) -> list[queries.IncidentRow]:
    """The cases that she reads in which somebody of this name is involved, the newest 50; told to the audit.

    The audit keeps how many were found, not the name.
    """
    require_search(actor)
    found = queries.list_naming(session, actor, name)
    record(session, actor, "names-searched", "incident", None, actor.paths()[0], found=len(found))
    return found


@dataclass(frozen=True)
class OpenedNames:
    """A case with the names that were asked for; the reporter's only when she was asked for too."""

    case: queries.Case
    reporter: str | None = None


def read_names(
    session: Session,
    actor: Actor,
    incident_id: UUID,
    reason: NamesReason,
    *,
    witnesses: bool = False,
    reporter: bool = False,
) -> OpenedNames:
    """Open the names in a case: of the harmed and those named as acting, of witnesses and the reporter if asked for.

    The audit keeps who did, when, for which reason and whose.
    """
    parts = [Part.HARMED, Part.ACTING, None, *([Part.WITNESS] if witnesses else [])]
    case = queries.get_case(session, actor, incident_id, names_of=parts)
    require(policy.may_read_names(actor, case.org_path))
    record(
        session,
        actor,
        queries.NAMES_READ,
        "incident",
        case.id,
        case.org_path,
        reason=reason.value,
        witnesses=witnesses,
        reporter=reporter,
    )
    return OpenedNames(case, _reporter_of(session, actor, incident_id) if reporter else None)


def _reporter_of(session: Session, actor: Actor, incident_id: UUID) -> str:
    statement = scope(select(Incident.reported_by), policy.visible_to(actor))
    user_id = session.scalar(statement.where(Incident.id == incident_id))
    return accounts.name_of(session, actor, [user_id]).get(user_id, "") if user_id else ""


def add_facts(session: Session, actor: Actor, incident_id: UUID, text: str) -> None:
    """Add what became known later; what was told before stays as it is. By whoever reads the case."""
    incident = incident_to_change(session, actor, incident_id)
    _check_facts(text)
    tell(session, actor, incident, EntryKind.FACTS_ADDED, text=text)
    record(session, actor, "facts-added", "incident", incident.id, incident.org_path)
    _notify_readers(session, incident, besides=actor.user_id)


def add_own_facts(session: Session, actor: Actor, incident_id: UUID, text: str) -> None:
    """The same by the reporter, who reads nothing but her own words; the chronology does not name her."""
    statement = scope(select(Incident), policy.reported_by(actor)).where(Incident.id == incident_id)
    incident = session.scalars(statement).one_or_none()
    if incident is None:
        raise NotFound("report-not-found")
    _check_facts(text)
    tell(session, actor, incident, EntryKind.FACTS_ADDED, text=text, by_reporter=True)
    record(session, actor, "own-facts-added", "incident", incident.id, incident.org_path)
    _notify_readers(session, incident, besides=actor.user_id)


def _check_facts(text: str) -> None:
    if not text.strip():
        raise RuleBroken("facts-missing", "facts")
    if len(text) > FACTS_LIMIT:
        raise RuleBroken("facts-too-long", "facts")


def read_own_readers(session: Session, actor: Actor, incident_id: UUID) -> Readers:
    """Who reads a report that she sent; raises NotFound for all others."""
    statement = scope(select(Incident), policy.filed_by(actor)).where(Incident.id == incident_id)
    incident = session.scalars(statement).one_or_none()
    if incident is None:
        raise NotFound("report-not-found")
    return _readers_of(session, incident)


def _readers_of(session: Session, incident: Incident) -> Readers:
    return plan_readers(
        session,
        SYSTEM,
        school_of(session, SYSTEM, incident),
        is_restricted=incident.is_restricted,
        concerns_lead=incident.concerns_lead,
        people=people_for_rules(session, incident),
        held=assigned_users(session, incident.id),
    )


def _notify_readers(session: Session, incident: Incident, besides: UUID | None) -> None:
    """The focal points; of a case that is restricted or handled above whoever is assigned to it."""
    told = assigned_users(session, incident.id)
    if incident.is_open_at_school:
        people = _readers_of(session, incident).people
        first = [person for person in people if Role.FOCAL_POINT in person.roles]
        told = {person.user_id for person in first or people}
    notify(session, incident, sorted(told - {besides}), NoticeKind.FACTS_ADDED)
