"""The people of a case: adding one, correcting one, and saying that two records are one child."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session, undefer

from school_portal.accounts import queries as accounts
from school_portal.audit.service import record
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.authz import everybody, require, scope
from school_portal.core.clock import now
from school_portal.core.errors import Conflict, NotFound, RuleBroken
from school_portal.incidents import policy, queries
from school_portal.incidents.domain import (
    MOST_PEOPLE,
    NAME_LIMIT,
    CorrectPerson,
    EntryKind,
    NoticeKind,
    Part,
    PersonInvolved,
    PersonKind,
    SameAnswer,
    problem_with_person,
)
from school_portal.incidents.models import Incident, Involvement, Person, PersonToken, SamePerson
from school_portal.incidents.queries import Taxonomy, person_code
from school_portal.incidents.service.changes import (
    apply_coding,
    coding_for,
    incident_to_change,
    people_for_rules,
    recounted,
    taxonomy_of,
    tell,
)
from school_portal.incidents.service.filing import (
    check_people_codes,
    columns_of,
    involve,
    person_code_for,
    recognised,
)
from school_portal.incidents.service.notices import notify
from school_portal.incidents.service.readers import countersigners, end_assignments
from school_portal.incidents.service.triage import close_at_school, drop_lowering, take_above
from school_portal.incidents.tokens import name_tokens


def add_person(session: Session, actor: Actor, incident_id: UUID, person: PersonInvolved) -> None:
    """Write somebody down who was not named before; from then on she sees nothing of the case, whatever her role.

    A lead of the school who is named as acting takes the case out of the school: an officer above has it then.
    """
    incident = incident_to_change(session, actor, incident_id)
    require(policy.may_triage(actor, incident.org_path, incident.concerns_lead))
    lists = taxonomy_of(session, actor, incident)
    person = _checked(session, actor, incident, lists, person)
    if person.is_blank:
        raise RuleBroken("person-blank")
    position = _next_position(session, incident.id)
    if position >= MOST_PEOPLE:
        raise RuleBroken("too-many-people")
    involved_before = _accounts_in(session, incident)
    involve(session, incident, [person], first_position=position)
    tell(session, actor, incident, EntryKind.PERSON_ADDED, person_code(position))
    record(session, actor, "person-added", "incident", incident.id, incident.org_path)
    _follow_people(session, actor, incident, lists, involved_before)


def correct_person(session: Session, actor: Actor, command: CorrectPerson) -> None:
    """Put right what was written down of somebody; her part, marks and name. The chronology keeps that it was.

    Raises Conflict when somebody else corrected her meanwhile.
    """
    incident = incident_to_change(session, actor, command.incident_id)
    require(policy.may_triage(actor, incident.org_path, incident.concerns_lead))
    row = _involvement(session, actor, incident.id, command.involvement_id)
    if row.row_version != command.version:
        raise Conflict("changed-meanwhile")
    lists = taxonomy_of(session, actor, incident)
    involved_before = _accounts_in(session, incident)
    person = command.person
    if command.keeps_account and person.kind is PersonKind.STAFF:
        person = replace(person, user_id=row.user_id)
    before, was_accused = _codes_of(row), row.is_acting and row.kind is PersonKind.STAFF
    person = _checked(session, actor, incident, lists, person)
    for name, value in columns_of(person).items():
        setattr(row, name, value)
    row.user_id = person.user_id if person.kind is PersonKind.STAFF else None
    _rename(session, row, person)
    session.flush()
    tell(session, actor, incident, EntryKind.PERSON_CORRECTED, person_code(row.position))
    codes = {"was": before, "is_now": _codes_of(row)}
    record(session, actor, "person-corrected", "incident", incident.id, incident.org_path, **codes)
    if was_accused and _codes_of(row) != before:
        notify(
            session, incident, countersigners(session, incident, actor.user_id), NoticeKind.STAFF_CORRECTED
        )
    _follow_people(session, actor, incident, lists, involved_before)


def _codes_of(row: Involvement) -> str:
    """What decides who may know of the case: kind, parts and account, for the audit."""
    parts = [part.value for part in Part if getattr(row, f"is_{part.value}")]
    return f"{row.kind.value} {'+'.join(parts) or '-'} {row.user_id or '-'}"


def _checked(
    session: Session, actor: Actor, incident: Incident, lists: Taxonomy, person: PersonInvolved
) -> PersonInvolved:
    problem = problem_with_person(person, incident.occurred_on)
    if problem:
        raise RuleBroken(*problem)
    check_people_codes(lists, [person])
    if person.user_id:
        staff = {each.user_id for each in accounts.people_at(session, actor, incident.organisation_id)}
        if person.user_id not in staff:
            raise NotFound("person-not-found")
    adults = {entry.code for entry in lists.relations if entry.is_adult}
    person = replace(person, is_adult=person.relation in adults).on(incident.occurred_on)
    return recognised(session, incident.organisation_id, [person])[0]


def _next_position(session: Session, incident_id: UUID) -> int:
    statement = scope(select(func.max(Involvement.position)), everybody(Involvement.org_path))
    last = session.scalar(statement.where(Involvement.incident_id == incident_id))
    return 0 if last is None else last + 1


def _involvement(session: Session, actor: Actor, incident_id: UUID, involvement_id: UUID) -> Involvement:
    statement = scope(select(Involvement), policy.involvements_visible_to(actor))
    found = session.scalars(
        statement.where(Involvement.id == involvement_id, Involvement.incident_id == incident_id)
    ).one_or_none()
    if found is None:
        raise NotFound("person-not-found")
    return found


def _rename(session: Session, row: Involvement, person: PersonInvolved) -> None:
    """Her name and year of birth, where they were typed anew, and the tokens by which she is found."""
    statement = scope(
        select(Person).options(undefer(Person.name), undefer(Person.birth)), everybody(Person.org_path)
    )
    record_of = session.scalars(statement.where(Person.id == row.person_id)).one()
    if (record_of.user_id, record_of.kind) != (row.user_id, row.kind) and _is_shared(session, row):
        record_of = _record_of_her_own(session, row, record_of)
    record_of.user_id, record_of.kind = row.user_id, row.kind
    if person.birth_year is not None:
        record_of.birth = str(person.birth_year)
    if not person.name or person.name == record_of.name:
        return
    record_of.name = person.name[:NAME_LIMIT]
    gone = scope(delete(PersonToken), everybody(PersonToken.org_path))
    session.execute(
        gone.where(PersonToken.person_id == record_of.id), execution_options={"synchronize_session": False}
    )
    rows = [
        {"person_id": record_of.id, "token": token, "org_path": row.org_path}
        for token in name_tokens(person.name[:NAME_LIMIT])
    ]
    if rows:
        session.execute(insert(PersonToken), rows)


def _is_shared(session: Session, row: Involvement) -> bool:
    statement = scope(select(Involvement.id), everybody(Involvement.org_path))
    others = statement.where(Involvement.person_id == row.person_id, Involvement.id != row.id)
    return session.scalar(others.limit(1)) is not None


def _record_of_her_own(session: Session, row: Involvement, shared: Person) -> Person:
    """She turns out to be somebody else than the child of other cases, who stays as it is."""
    person = Person(
        org_path=row.org_path,
        organisation_id=shared.organisation_id,
        code=person_code_for(row.kind),
        name=None,
        birth=None,
    )
    person.user_id, person.kind = row.user_id, row.kind
    session.add(person)
    session.flush()
    row.person_id = person.id
    undo = scope(update(SamePerson), everybody(SamePerson.org_path)).where(
        SamePerson.involvement_id == row.id, SamePerson.undone_at.is_(None)
    )
    session.execute(undo.values(undone_at=now()), execution_options={"synchronize_session": False})
    return person


def _accounts_in(session: Session, incident: Incident) -> set[UUID]:
    return {person.user_id for person in people_for_rules(session, incident) if person.user_id}


def _follow_people(
    session: Session, actor: Actor, incident: Incident, lists: Taxonomy, involved_before: set[UUID]
) -> None:
    """What a change of the people brings with it: severity may rise, the case may close or leave the school."""
    people = people_for_rules(session, incident)
    was_restricted = incident.is_restricted
    coding = coding_for(incident, lists, people)
    if (
        was_restricted or incident.is_staff_case
    ):  # no correction of a person opens what was closed because of one
        is_staff_case = coding.is_staff_case or incident.is_staff_case
        coding = replace(
            coding, is_restricted=coding.is_restricted or was_restricted, is_staff_case=is_staff_case
        )
    before, rises = incident.severity, coding.severity.level > incident.severity_computed
    with recounted(session, actor, incident):
        # What was agreed on, knowing what was known before, holds; only something graver raises it.
        if rises:
            incident.severity = max(before, coding.severity.level)
            drop_lowering(incident)  # asked for when less was known
        apply_coding(incident, coding)
    if incident.severity != before:
        tell(session, actor, incident, EntryKind.SEVERITY_SET, f"{before}>{incident.severity}")
    for person in people:
        if person.user_id:
            end_assignments(session, actor, incident, user_id=person.user_id)
    if incident.concerns_lead:
        return
    acting = {person.user_id for person in people if Part.ACTING in person.parts and person.user_id}
    involved = {person.user_id for person in people if person.user_id}
    responsible = accounts.responsible_people(session, SYSTEM, incident.organisation_id)
    leads = {each.user_id for each in responsible}
    heads = {each.user_id for each in responsible if Role.HEAD in each.roles}
    if (
        acting & leads or leads <= involved or heads & (involved - involved_before)
    ):  # a head is not locked out
        take_above(session, actor, incident)
    elif incident.is_restricted and (not was_restricted or involved & leads):
        close_at_school(session, actor, incident)


# --- one child or two ------------------------------------------------------------------------------------------------


def decide_same_person(
    session: Session,
    actor: Actor,
    incident_id: UUID,
    involvement_id: UUID,
    other_involvement_id: UUID,
    answer: SameAnswer,
) -> None:
    """Somebody who knows both says whether they are one child; what she says is kept, and can be undone."""
    incident = incident_to_change(session, actor, incident_id)
    require(policy.may_triage(actor, incident.org_path, incident.concerns_lead))
    row = _involvement(session, actor, incident_id, involvement_id)
    other = session.scalars(
        scope(select(Involvement), policy.involvements_visible_to(actor)).where(
            Involvement.id == other_involvement_id, Involvement.org_path == row.org_path
        )
    ).one_or_none()
    if other is None or PersonKind.PUPIL is not row.kind or other.kind is not row.kind:
        raise NotFound("person-not-found")
    if other.person_id == row.person_id:
        return
    beside = queries.get_incident(session, actor, other.incident_id)
    if (
        beside.is_open_at_school is not incident.is_open_at_school
    ):  # who reads one only would learn of the other
        raise NotFound("person-not-found")
    session.add(
        SamePerson(
            org_path=incident.org_path,
            incident_id=incident.id,
            involvement_id=row.id,
            person_id=row.person_id,
            other_person_id=other.person_id,
            answer=answer,
            decided_by=actor.user_id,
            decided_at=now(),
        )
    )
    if answer is SameAnswer.SAME:
        row.person_id = other.person_id
    tell(session, actor, incident, EntryKind.SAME_PERSON, f"{person_code(row.position)} {answer.value}")
    record(session, actor, "person-compared", "incident", incident.id, incident.org_path, answer=answer.value)


def undo_same_person(session: Session, actor: Actor, incident_id: UUID, decision_id: UUID) -> None:
    """Take back what was said about two records of people; they stand as they stood before."""
    incident = incident_to_change(session, actor, incident_id)
    require(policy.may_triage(actor, incident.org_path, incident.concerns_lead))
    decision = session.scalars(
        scope(select(SamePerson), policy.same_person_visible_to(actor)).where(
            SamePerson.id == decision_id,
            SamePerson.incident_id == incident_id,
            SamePerson.undone_at.is_(None),
        )
    ).one_or_none()
    if decision is None:
        raise NotFound("decision-not-found")
    decision.undone_at = now()
    if decision.answer is SameAnswer.SAME:
        statement = scope(update(Involvement), everybody(Involvement.org_path))
        session.execute(
            statement.where(Involvement.id == decision.involvement_id).values(person_id=decision.person_id),
            execution_options={"synchronize_session": "fetch"},
        )
    tell(session, actor, incident, EntryKind.SAME_PERSON_UNDONE)
    record(session, actor, "person-comparison-undone", "incident", incident.id, incident.org_path)
