"""Triage: taking a report up, coding its type, confirming severity, setting it aside, countersigning, giving back."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, undefer

from school_portal.accounts import queries as accounts
from school_portal.audit.service import record
from school_portal.core.actor import SYSTEM, Actor
from school_portal.core.authz import require, scope
from school_portal.core.clock import now
from school_portal.core.errors import Conflict, NotFound, RuleBroken
from school_portal.incidents import policy, queries
from school_portal.incidents.domain import (
    REASON_LIMIT,
    Coding,
    Duty,
    EntryKind,
    IncidentState,
    NoticeKind,
    Part,
    TriageIncident,
    decide_severity,
    may_become,
    number_from,
)
from school_portal.incidents.models import Incident, IncidentLink
from school_portal.incidents.queries import Taxonomy
from school_portal.incidents.service.changes import (
    apply_coding,
    apply_flags,
    coding_for,
    incident_to_change,
    people_for_rules,
    recounted,
    school_of,
    taxonomy_of,
    tell,
)
from school_portal.incidents.service.notices import notify
from school_portal.incidents.service.readers import (
    assign,
    assign_readers,
    countersigners,
    end_assignments,
    plan_readers,
)

MOST_TYPES = 6


def take_up(session: Session, actor: Actor, incident_id: UUID) -> None:
    """Begin to look into a report: whoever does leads it until triage names somebody. Twice is once."""
    incident = incident_to_change(session, actor, incident_id)
    require(policy.may_triage(actor, incident.org_path, incident.concerns_lead))
    if incident.state is IncidentState.IN_TRIAGE:
        return
    _become(incident, IncidentState.IN_TRIAGE)
    with recounted(session, actor, incident):
        incident.state = IncidentState.IN_TRIAGE
        incident.duplicate_of = None
        incident.due_to_open = None
    tell(session, actor, incident, EntryKind.TAKEN_UP)
    assert actor.user_id is not None
    _name_lead(session, actor, incident, actor.user_id)
    record(session, actor, "incident-taken-up", "incident", incident.id, incident.org_path)


def _become(incident: Incident, wanted: IncidentState) -> None:
    if not may_become(incident.state, wanted):
        raise RuleBroken("state-not-possible")


def triage_incident(session: Session, actor: Actor, command: TriageIncident) -> None:
    """Decide about a report: accept it with type, severity and lead, or set it aside. Editable; versions are kept.

    Raises Conflict when somebody else decided meanwhile, RuleBroken for what is missing.
    """
    incident = incident_to_change(session, actor, command.incident_id, command.version)
    require(policy.may_triage(actor, incident.org_path, incident.concerns_lead))
    _become(incident, command.state)
    with recounted(session, actor, incident):
        if command.state is IncidentState.ACCEPTED:
            _accept(session, actor, incident, command)
        elif command.state is IncidentState.DUPLICATE:
            _mark_duplicate(session, actor, incident, command.other_number)
        elif command.state is IncidentState.NOT_SUBSTANTIATED:
            _set_aside(session, actor, incident, command.reason)
        else:
            raise RuleBroken("state-not-possible")
        incident.state = command.state
        incident.due_to_open = None
    record(
        session,
        actor,
        "incident-triaged",
        "incident",
        incident.id,
        incident.org_path,
        state=incident.state.value,
        types=incident.type_codes,
        severity=incident.severity,
    )


def _accept(session: Session, actor: Actor, incident: Incident, command: TriageIncident) -> None:
    lists = taxonomy_of(session, actor, incident)
    codes = tuple(dict.fromkeys(command.types))
    if not codes:
        raise RuleBroken("types-missing", "types")
    if len(codes) > MOST_TYPES or len(lists.rules(codes)) != len(codes):
        raise RuleBroken("type-unknown", "types")
    incident.duplicate_of = None
    was_restricted = incident.is_restricted
    coding = coding_for(incident, lists, people_for_rules(session, incident), codes)
    if ",".join(codes) != incident.type_codes:
        incident.type_codes, incident.taxonomy_version = ",".join(codes), lists.version
        tell(session, actor, incident, EntryKind.CODED, incident.type_codes)
    _set_severity(session, actor, incident, coding, command)
    apply_coding(incident, coding)
    if incident.is_restricted and not was_restricted:
        close_at_school(session, actor, incident)
    if command.lead_id or not _lead_of(session, actor, incident):
        _name_lead(session, actor, incident, _checked_lead(session, actor, incident, command.lead_id))


def _set_severity(
    session: Session, actor: Actor, incident: Incident, coding: Coding, command: TriageIncident
) -> None:
    computed = coding.severity.level
    is_as_before = computed == incident.severity_computed  # what was agreed about it holds
    standing = incident.severity if is_as_before else max(incident.severity, computed)
    lowers = command.severity is not None and command.severity < (standing if is_as_before else computed)
    if lowers and not command.reason.strip():
        raise RuleBroken("reason-missing", "reason")
    in_force, waiting = decide_severity(
        standing, computed, command.severity, coding.is_staff_case or incident.is_staff_case
    )
    reason = command.reason[:REASON_LIMIT]
    rises = in_force > incident.severity  # what was asked for before was asked on less
    if in_force != incident.severity:
        tell(session, actor, incident, EntryKind.SEVERITY_SET, f"{incident.severity}>{in_force}", reason)
        incident.severity = in_force
    if waiting is not None:
        if not reason.strip():
            raise RuleBroken("reason-missing", "reason")
        if in_force < 3:  # a case against staff that the manager has lowered: she knows of nothing below 3
            raise RuleBroken("staff-case-lowest", "severity")
        incident.lowering_to, incident.lowering_by, incident.lowering_reason = waiting, actor.user_id, reason
        tell(session, actor, incident, EntryKind.LOWERING_ASKED, f"{incident.severity}>{waiting}", reason)
        notify(session, incident, countersigners(session, incident, actor.user_id), NoticeKind.LOWERING)
    elif (
        rises or not is_as_before or (command.severity is not None and command.severity >= incident.severity)
    ):
        drop_lowering(incident)


def drop_lowering(incident: Incident) -> None:
    """Nobody waits for a counter-signature any more."""
    incident.lowering_to, incident.lowering_by, incident.lowering_reason = None, None, None


def _tell_above(session: Session, actor: Actor, incident: Incident) -> None:
    """A grave case, or one against staff, leaves the figures: those above hear of it at once."""
    if incident.severity >= 3 or incident.is_staff_case:
        notify(session, incident, countersigners(session, incident, actor.user_id), NoticeKind.SET_ASIDE)


def _mark_duplicate(session: Session, actor: Actor, incident: Incident, number: str) -> None:
    other = _other_case(session, actor, incident, number, "other_number")
    if incident.is_open_at_school and not queries.get_incident(session, actor, other.id).is_open_at_school:
        raise RuleBroken(
            "other-is-read-by-fewer", "other_number"
        )  # whoever reads this one would learn of that
    _tell_above(session, actor, incident)
    _raise_to(session, actor, other.id, incident.severity)
    incident.duplicate_of = other.id
    tell(session, actor, incident, EntryKind.MARKED_DUPLICATE, other.number)


def _raise_to(session: Session, actor: Actor, incident_id: UUID, severity: int) -> None:
    """The case that a report is the same as is as grave as the report."""
    other = incident_to_change(session, actor, incident_id)
    if other.severity >= severity:
        return
    before = other.severity
    with recounted(session, actor, other):
        other.severity = severity
        drop_lowering(other)
        apply_flags(other)
    tell(session, actor, other, EntryKind.SEVERITY_SET, f"{before}>{severity}")


def _set_aside(session: Session, actor: Actor, incident: Incident, reason: str) -> None:
    if not reason.strip():
        raise RuleBroken("reason-missing", "reason")
    _tell_above(session, actor, incident)
    incident.duplicate_of = None
    tell(session, actor, incident, EntryKind.NOT_SUBSTANTIATED, text=reason[:REASON_LIMIT])


def _other_case(
    session: Session, actor: Actor, incident: Incident, number: str, field: str
) -> queries.IncidentRow:
    """Another case that she reads, by its number; a duplicate leads to nothing."""
    found = queries.find_by_number(session, actor, number_from(number))
    if found is None or found.id == incident.id:
        raise RuleBroken("other-number-unknown", field)
    if found.state is IncidentState.DUPLICATE:
        raise RuleBroken("other-is-duplicate", field)
    try:
        queries.get_incident(session, actor, found.id)
    except NotFound:  # she knows of it, and does not read it
        raise RuleBroken("other-number-unknown", field) from None
    return found


# --- who leads -------------------------------------------------------------------------------------------------------


def _lead_of(session: Session, actor: Actor, incident: Incident) -> UUID | None:
    assigned = queries.list_assigned(session, actor, incident.id)
    return next((person.user_id for person in assigned if person.duty is Duty.LEAD), None)


def _checked_lead(session: Session, actor: Actor, incident: Incident, lead_id: UUID | None) -> UUID:
    """Somebody of the school who is not involved; in a case that is handled above the officer herself."""
    assert actor.user_id is not None
    if lead_id is None or incident.concerns_lead:
        return actor.user_id
    staff = {person.user_id for person in accounts.people_at(session, actor, incident.organisation_id)}
    involved = {person.user_id for person in people_for_rules(session, incident)}
    if lead_id not in staff or lead_id in involved:
        raise RuleBroken("lead-not-possible", "lead")
    return lead_id


def _name_lead(session: Session, actor: Actor, incident: Incident, lead_id: UUID) -> None:
    if incident.concerns_lead or _lead_of(session, actor, incident) == lead_id:
        return
    end_assignments(session, actor, incident, duties=(Duty.LEAD,))
    assign(session, actor, incident, lead_id, Duty.LEAD)
    tell(session, actor, incident, EntryKind.LEAD_NAMED, str(lead_id))
    if lead_id != actor.user_id:
        notify(session, incident, [lead_id], NoticeKind.LEAD)


def list_possible_leads(session: Session, actor: Actor, incident_id: UUID) -> list[accounts.PersonAt]:
    """Who of the school's people may lead the case: nobody involved in it."""
    incident = queries.get_incident(session, actor, incident_id)
    involved = {person.user_id for person in people_for_rules(session, incident)}
    staff = accounts.people_at(session, actor, incident.organisation_id)
    return [person for person in staff if person.user_id not in involved]


# --- above the school ------------------------------------------------------------------------------------------------


def close_at_school(session: Session, actor: Actor, incident: Incident) -> None:
    """The case has become restricted: from now on the school's assigned persons read it only."""
    readers = plan_readers(
        session,
        actor,
        school_of(session, SYSTEM, incident),
        is_restricted=True,
        concerns_lead=incident.concerns_lead,
        people=people_for_rules(session, incident),
    )
    assign_readers(session, SYSTEM, incident, readers)


def take_above(session: Session, actor: Actor, incident: Incident) -> None:
    """A lead of the school turned out to be concerned: one officer above takes over, nobody at school reads on."""
    end_assignments(session, actor, incident)
    incident.concerns_lead = True
    apply_flags(incident)
    readers = plan_readers(
        session,
        actor,
        school_of(session, SYSTEM, incident),
        is_restricted=incident.is_restricted,
        concerns_lead=True,
        people=people_for_rules(session, incident),
    )
    assign_readers(session, SYSTEM, incident, readers)
    notify(session, incident, [person.user_id for person in readers.people], NoticeKind.CONFLICT)
    tell(session, actor, incident, EntryKind.ASSIGNED, Duty.OFFICER.value)


def give_back(session: Session, actor: Actor, incident_id: UUID, version: int) -> None:
    """The case no longer concerns a lead: the school's people look after it again.

    Raises RuleBroken when nobody at the school could: each of its leads is involved, or it has none.
    """
    incident = incident_to_change(session, actor, incident_id, version)
    require(policy.may_give_back(actor, incident.org_path, incident.concerns_lead))
    people = people_for_rules(session, incident)
    leads = {
        person.user_id for person in accounts.responsible_people(session, SYSTEM, incident.organisation_id)
    }
    acting = {person.user_id for person in people if Part.ACTING in person.parts}
    if not leads - {person.user_id for person in people} or leads & acting:
        raise RuleBroken("nobody-to-give-back-to")
    end_assignments(session, actor, incident)
    incident.concerns_lead = False
    apply_flags(incident)
    readers = plan_readers(
        session,
        actor,
        school_of(session, SYSTEM, incident),
        is_restricted=incident.is_restricted,
        concerns_lead=False,
        people=people,
    )
    tell(session, actor, incident, EntryKind.GIVEN_BACK)
    assign_readers(session, SYSTEM, incident, readers)
    notify(session, incident, [person.user_id for person in readers.people], NoticeKind.GIVEN_BACK)
    record(session, actor, "incident-given-back", "incident", incident.id, incident.org_path)


def lowering_reason(session: Session, actor: Actor, incident_id: UUID) -> str:
    """Why a lower severity is asked for, for the officer who may countersign it; told to the audit."""
    incident = _to_countersign(session, actor, incident_id, locked=False)
    record(session, actor, "lowering-read", "incident", incident.id, incident.org_path)
    return incident.lowering_reason or ""


def _to_countersign(session: Session, actor: Actor, incident_id: UUID, *, locked: bool = True) -> Incident:
    statement = scope(select(Incident).options(undefer(Incident.lowering_reason)), policy.known_to(actor))
    statement = statement.where(Incident.id == incident_id)
    incident = session.scalars(statement.with_for_update(of=Incident) if locked else statement).one_or_none()
    if incident is None or incident.lowering_to is None:
        raise NotFound("incident-not-found")
    require(policy.may_countersign(actor, incident.org_path, incident.concerns_lead, incident.lowering_by))
    return incident


def countersign(session: Session, actor: Actor, incident_id: UUID, version: int, *, agrees: bool) -> None:
    """The officer above agrees to the lower severity, or the higher one stays. Who asked is told.

    Raises Conflict when the case is no longer the `version` whose reason she read.
    """
    incident = _to_countersign(session, actor, incident_id)
    if incident.row_version != version:
        raise Conflict("changed-meanwhile")
    change, asked_by = f"{incident.severity}>{incident.lowering_to}", incident.lowering_by
    with recounted(session, actor, incident):
        if agrees and incident.lowering_to is not None:
            incident.severity = incident.lowering_to
        drop_lowering(incident)
        apply_flags(incident)
    kind = EntryKind.LOWERING_AGREED if agrees else EntryKind.LOWERING_REFUSED
    tell(session, actor, incident, kind, change)
    if asked_by:
        notify(session, incident, [asked_by], NoticeKind.LOWERING_ANSWERED)
    record(
        session,
        actor,
        "severity-countersigned",
        "incident",
        incident.id,
        incident.org_path,
        agrees=agrees,
        change=change,
    )


# --- links -----------------------------------------------------------------------------------------------------------


def link_incident(session: Session, actor: Actor, incident_id: UUID, number: str) -> None:
    """Say that two cases belong together; both are hers to read. Twice is once."""
    incident = incident_to_change(session, actor, incident_id)
    require(policy.may_triage(actor, incident.org_path, incident.concerns_lead))
    other = _other_case(session, actor, incident, number, "number")
    if other.id in {linked.id for linked in queries.list_links(session, actor, incident.id)}:
        return
    row = {
        "id": uuid4(),
        "org_path": incident.org_path,
        "incident_id": incident.id,
        "other_id": other.id,
        "made_by": actor.user_id,
        "made_at": now(),
    }
    session.execute(insert(IncidentLink), [row])
    tell(session, actor, incident, EntryKind.LINKED, other.number)
    record(session, actor, "incident-linked", "incident", incident.id, incident.org_path, to=str(other.id))


def newest_lists(session: Session, actor: Actor, incident_id: UUID) -> Taxonomy:
    """The lists by which a case that she reads is coded."""
    return taxonomy_of(session, actor, queries.get_incident(session, actor, incident_id))
