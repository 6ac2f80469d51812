"""Telling the school of an incident."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from school_portal.accounts import queries as accounts
from school_portal.audit.service import record
from school_portal.core.actor import SYSTEM, Actor
from school_portal.core.authz import require, scope
from school_portal.core.clock import local, now, today
from school_portal.core.crypto import fold, seal_bytes
from school_portal.core.db import insert_into, upsert
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.core.i18n import current_language
from school_portal.incidents import policy, queries
from school_portal.incidents.domain import (
    CLASS_LIMIT,
    NAME_LIMIT,
    REASON_LIMIT,
    SHORT_LIMIT,
    Coding,
    IncidentState,
    NoticeKind,
    Part,
    PersonInvolved,
    PersonKind,
    ReportIncident,
    case_number,
    check_code,
    coding_of,
    due_to_open,
    grade_of,
    is_weekday,
    problem_with,
    storable,
)
from school_portal.incidents.models import (
    AuthorityTold,
    Draft,
    Incident,
    IncidentSerial,
    Involvement,
    Person,
    PersonToken,
    Submission,
)
from school_portal.incidents.queries import Taxonomy
from school_portal.incidents.service.changes import apply_coding
from school_portal.incidents.service.notices import notify, notify_of_report
from school_portal.incidents.service.readers import assign_readers, plan_readers
from school_portal.incidents.tokens import name_tokens
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Unit, level_numbers, school_year_of
from school_portal.tally import service as tally
from school_portal.tally.domain import EVER

LEVEL_COLUMNS = ("unit_1", "unit_2", "unit_3", "unit_4")
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_PREFIX = {PersonKind.PUPIL: "HS", PersonKind.STAFF: "CB", PersonKind.OTHER: "NG"}


def report_incident(session: Session, actor: Actor, command: ReportIncident) -> queries.OwnReport:
    """Tell the school of an incident: record, people, number, count, readers and audit in one transaction.

    A report that names a lead as acting, or every lead of the school, goes to the officer above, whatever the
    conflict question says. The same `command.id` a second time changes nothing and gives the first receipt. Raises
    NotPermitted for who does not work at the unit, RuleBroken for facts that can't be.
    """
    unit = organisations.unit_version_on(session, actor, command.organisation_id, command.occurred_on)
    require(policy.may_report(actor, unit.org_path))
    if command.told_by is not None:
        require(policy.may_report_for_others(actor, unit.org_path))
    lists = queries.get_taxonomy(session, actor)
    command = _completed(session, command, lists)
    _check(session, actor, command, lists)
    if not _take_key(session, actor, command.id):
        return queries.get_own_report(session, _reporter(actor, command), command.id)
    incident = _store(session, actor, command, unit, lists)
    _forget_draft(session, actor, command.id)
    facts, listed = queries.facts_of(incident), queries.listed_facts_of(incident)
    counted = [(command.occurred_on, facts, 1), (EVER, listed, 1)]
    tally.add_all(session, actor, unit.org_path, counted)
    record(
        session, actor, "incident-reported", "incident", incident.id, unit.org_path, number=incident.number
    )
    return queries.own_report_of(incident)


def _reporter(actor: Actor, command: ReportIncident) -> Actor:
    return replace(actor, user_id=command.told_by) if command.told_by else actor


def coding_of_report(command: ReportIncident, lists: Taxonomy) -> Coding:
    """What the rules say of a report before any type is coded; also for the page on which it is checked."""
    return coding_of(
        command.group,
        command.safety,
        command.weapon,
        command.repeated,
        command.online,
        command.people,
        (),
        lists.injury_levels([person.injury for person in command.people]),
    )


def completed(session: Session, actor: Actor, command: ReportIncident) -> ReportIncident:
    """The report as it will be stored: without empty cards, with ages on the day and what relations say."""
    return _completed(session, command, queries.get_taxonomy(session, actor))


def _completed(session: Session, command: ReportIncident, lists: Taxonomy) -> ReportIncident:
    adults = {entry.code for entry in lists.relations if entry.is_adult}
    people = tuple(
        replace(person, is_adult=person.relation in adults).on(command.occurred_on)
        for person in command.people
        if not person.is_blank
    )
    return replace(command, people=recognised(session, command.organisation_id, people))


def recognised(
    session: Session, organisation_id: UUID, people: Sequence[PersonInvolved]
) -> tuple[PersonInvolved, ...]:
    """Members of the staff whose names were typed instead of picked, with their accounts: so that they see nothing.

    Of several of one name a lead of the school is taken: then the case goes above, which does the least harm.
    """
    if not any(_is_typed(person) for person in people):
        return tuple(people)
    accounts_by_name: dict[str, UUID] = {}
    staff = accounts.people_at(session, SYSTEM, organisation_id)
    for each in sorted(
        staff, key=lambda each: bool(set(each.roles) & set(policy.LEADS))
    ):  # leads last: they win
        accounts_by_name[fold(each.name)] = each.user_id
    return tuple(
        replace(person, user_id=accounts_by_name.get(fold(person.name))) if _is_typed(person) else person
        for person in people
    )


def _is_typed(person: PersonInvolved) -> bool:
    return person.kind is PersonKind.STAFF and person.user_id is None and bool(person.name)


def _check(session: Session, actor: Actor, command: ReportIncident, lists: Taxonomy) -> None:
    """Refuse what can't be, and codes that stand in no list."""
    problem = problem_with(command, now(), today())
    if problem:
        raise RuleBroken(*problem)
    check_codes(lists, "place", [command.place], lists.places)
    check_codes(lists, "day_part", [command.day_part], lists.day_parts)
    check_codes(lists, "channel", [command.channel], lists.channels)
    check_people_codes(lists, command.people)
    picked = {person.user_id for person in command.people if person.user_id}
    if command.told_by:
        picked.add(command.told_by)
    if picked:
        staff = {person.user_id for person in accounts.people_at(session, actor, command.organisation_id)}
        if not picked <= staff:
            raise NotFound("person-not-found")


def check_codes(lists: Taxonomy, field: str, codes: Sequence[str], entries: Sequence[queries.Entry]) -> None:
    """Raises RuleBroken for a code that is not in the list; «unknown» may always be said."""
    known = {entry.code for entry in entries} | {"unknown"}
    if not set(codes) <= known:
        raise RuleBroken(f"{field.replace('_', '-')}-unknown", field)


def check_people_codes(lists: Taxonomy, people: Sequence[PersonInvolved]) -> None:
    """The same for the codes of people."""
    check_codes(lists, "injury", [person.injury for person in people], lists.injuries)
    check_codes(lists, "relation", [person.relation for person in people], lists.relations)


def _take_key(session: Session, actor: Actor, key: UUID) -> bool:
    statement = (
        insert_into(session, Submission)
        .values(id=key, user_id=actor.user_id, at=now())
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(Submission.id)
    )
    return session.scalar(statement) is not None


def _forget_draft(session: Session, actor: Actor, draft_id: UUID) -> None:
    """The draft has become the report; raises NotFound when it was somebody else's, who could never send it then."""
    statement = scope(delete(Draft), policy.all_drafts()).where(Draft.id == draft_id)
    owners = session.scalars(
        statement.returning(Draft.user_id), execution_options={"synchronize_session": False}
    ).all()
    if set(owners) - {actor.user_id}:
        raise NotFound("draft-not-found")


def _next_serial(session: Session, school_year: int) -> int:
    statement = upsert(session, IncidentSerial.__table__, ["school_year"], add=["last"])
    row = {"school_year": school_year, "last": 1}
    return int(session.execute(statement.returning(IncidentSerial.last), row).scalar_one())


def _store(session: Session, actor: Actor, command: ReportIncident, unit: Unit, lists: Taxonomy) -> Incident:
    moment = now()
    school_year = school_year_of(command.occurred_on).start_year
    serial = _next_serial(session, school_year)
    number = case_number(school_year, serial)
    levels = dict(zip(LEVEL_COLUMNS, level_numbers(unit.org_path, len(LEVEL_COLUMNS)), strict=True))
    coding = coding_of_report(command, lists)
    readers = plan_readers(
        session,
        actor,
        unit,
        is_restricted=coding.is_restricted,
        concerns_lead=command.concerns_lead,
        people=command.people,
    )
    level = coding.severity.level
    incident = Incident(
        id=command.id,
        org_path=unit.org_path,
        organisation_id=unit.id,
        organisation_version_id=unit.version_id,
        number=number,
        school_year=school_year,
        serial=serial,
        taxonomy_version=lists.version,
        group_code=command.group,
        type_codes="",
        occurred_on=command.occurred_on,
        occurred_time=command.occurred_time,
        day_part=command.day_part,
        learned_at=command.learned_at or moment,
        place=command.place,
        channel=command.channel,
        safety=command.safety,
        weapon=command.weapon,
        repeated=command.repeated,
        online=command.online,
        first_aid=command.first_aid,
        family_danger=command.family_danger,
        family_told_at=command.family_told_at,
        names_told="\n".join(person.name for person in command.people if person.name) or None,
        family_reason=command.family_reason[:REASON_LIMIT] or None,
        severity=level,
        state=IncidentState.SUBMITTED,
        concerns_lead=readers.is_above,
        was_sent_above=readers.is_above,
        check_code=check_code(command.id, number, moment, command.facts),
        reported_by=command.told_by or actor.user_id,
        entered_by=actor.user_id if command.told_by else None,
        reported_at=moment,
        due_to_open=due_to_open(level, local(moment), is_weekday),
        source=command.source,
        facts=command.facts,
        **levels,
    )
    apply_coding(incident, coding)
    session.add(incident)
    session.flush()
    involve(session, incident, command.people)
    _note_told(session, incident, command)
    assign_readers(session, SYSTEM, incident, readers)
    notify_of_report(session, incident, readers)
    if command.told_by:
        notify(session, incident, [command.told_by], NoticeKind.TOLD_FOR_YOU)
    return incident


def involve(
    session: Session, incident: Incident, involved: Sequence[PersonInvolved], first_position: int = 0
) -> None:
    """Write people down: who they are, sealed, and how they were on the day."""
    people, tokens, involvements = [], [], []
    for position, card in enumerate(involved, start=first_position):
        person_id = uuid4()
        account = card.user_id if card.kind is PersonKind.STAFF else None
        people.append(
            {
                "id": person_id,
                "org_path": incident.org_path,
                "organisation_id": incident.organisation_id,
                "code": person_code_for(card.kind),
                "kind": card.kind,
                "user_id": account,
                "name_sealed": sealed("person.name.v1", person_id, card.name[:NAME_LIMIT]),
                "birth_sealed": sealed("person.birth.v1", person_id, str(card.birth_year or "")),
            }
        )
        tokens += [
            {"person_id": person_id, "token": token, "org_path": incident.org_path}
            for token in name_tokens(card.name[:NAME_LIMIT])
        ]
        involvements.append(
            {
                "id": uuid4(),
                "org_path": incident.org_path,
                "incident_id": incident.id,
                "person_id": person_id,
                "position": position,
                "user_id": account,
                "row_version": 1,
                **columns_of(card),
            }
        )
    for table, rows in ((Person, people), (PersonToken, tokens), (Involvement, involvements)):
        if rows:
            session.execute(insert(table), rows)


def columns_of(card: PersonInvolved) -> dict[str, object]:
    """How somebody was on the day, as an involvement keeps it."""
    return {
        "is_harmed": Part.HARMED in card.parts,
        "is_acting": Part.ACTING in card.parts,
        "is_witness": Part.WITNESS in card.parts,
        "kind": card.kind,
        "relation": card.relation,
        "is_adult": card.is_adult,
        "sex": card.sex,
        "class_name": storable(card.class_name)[:CLASS_LIMIT],
        "grade": grade_of(card.class_name),
        "age": card.age,
        "injury": card.injury,
        "can_tell": card.can_tell,
        "self_harm": card.self_harm,
    }


def sealed(label: str, row_id: UUID, text: str) -> bytes | None:
    """A field sealed for a row that is inserted without being loaded; nothing stays nothing."""
    return seal_bytes(label, row_id, text.encode()) if text else None


def person_code_for(kind: PersonKind) -> str:
    """A code that says nothing but pupil, staff or other: "HS-7K3M9Q2"."""
    return f"{CODE_PREFIX[kind]}-" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(8))


def _note_told(session: Session, incident: Incident, command: ReportIncident) -> None:
    session.add_all(
        AuthorityTold(
            org_path=incident.org_path,
            incident_id=incident.id,
            receiver=told.receiver,
            told_at=told.at,
            told_by=told.by[:SHORT_LIMIT] or None,
            reference=told.reference[:SHORT_LIMIT] or None,
        )
        for told in command.told
    )


def own_schools(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """The schools for which she may report, as (uuid, name); her first post first."""
    posts = [post.organisation_id for post in actor.posts if policy.may_report(actor, post.org_path)]
    require(bool(posts))
    units = organisations.units_by_id(session, actor, posts)
    return [(str(unit_id), units[unit_id].name(current_language())) for unit_id in dict.fromkeys(posts)]


def school_and_above(session: Session, actor: Actor, organisation_id: UUID) -> tuple[Unit, Unit | None]:
    """A school and the unit that manages it, which reads what concerns the school's head or person in charge."""
    unit = organisations.get_unit(session, actor, organisation_id)
    return unit, organisations.get_unit(session, actor, unit.parent_id) if unit.parent_id else None
