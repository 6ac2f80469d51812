"""Writing incidents."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from school_portal.accounts import queries as accounts
from school_portal.audit.service import record
from school_portal.core.actor import SYSTEM, Actor
from school_portal.core.authz import everybody, require, scope
from school_portal.core.clock import now, today
from school_portal.core.db import insert_into, upsert
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.core.i18n import current_language
from school_portal.incidents import policy, queries
from school_portal.incidents.domain import (
    CLASS_LIMIT,
    NAME_LIMIT,
    IncidentState,
    NamesReason,
    Part,
    PersonInvolved,
    PersonKind,
    ReportIncident,
    case_number,
    check_code,
    first_severity,
    problem_with,
    record_kind,
    tally_facts,
)
from school_portal.incidents.models import (
    Incident,
    IncidentSerial,
    Involvement,
    Person,
    PersonToken,
    Submission,
    TaxonomyEntry,
)
from school_portal.incidents.tokens import name_tokens
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Unit, level_numbers, school_year_of
from school_portal.tally import service as tally

LEVEL_COLUMNS = ("unit_1", "unit_2", "unit_3", "unit_4")
LISTS = Path(__file__).parent / "taxonomy"


def report_incident(session: Session, actor: Actor, command: ReportIncident) -> queries.OwnReport:
    """Tell the school of an incident: record, people, number, count and audit in one transaction.

    A report that names every lead of the school goes to the officer above, whatever the conflict question says.
    The same `command.id` a second time changes nothing and gives the first receipt. Raises NotPermitted for who does
    not work at the unit, RuleBroken for facts that can't be.
    """
    unit = organisations.unit_version_on(session, actor, command.organisation_id, command.occurred_on)
    require(policy.may_report(actor, unit.org_path))
    command = replace(command, people=tuple(person for person in command.people if not person.is_blank))
    version = _check(session, actor, command)
    if not command.concerns_lead and _names_every_lead(session, actor, command):
        command = replace(command, concerns_lead=True)
    if not _take_key(session, actor, command.id):
        return queries.get_own_report(session, actor, command.id)
    incident = _store(session, actor, command, unit, version)
    facts = tally_facts(
        command.group.value,
        incident.severity,
        incident.record_kind,
        command.safety.value,
        command.place,
        command.day_part,
    )
    tally.add(session, actor, unit.org_path, command.occurred_on, facts, by=1)
    record(
        session, actor, "incident-reported", "incident", incident.id, unit.org_path, number=incident.number
    )
    return queries.own_report_of(incident)


def _check(session: Session, actor: Actor, command: ReportIncident) -> int:
    """Refuse what can't be; returns the version of the lists that the answers come from."""
    problem = problem_with(command, now(), today())
    if problem:
        raise RuleBroken(*problem)
    lists = queries.get_taxonomy(session, actor)
    if command.place not in {entry.code for entry in lists.places}:
        raise RuleBroken("place-unknown", "place")
    if command.day_part not in {entry.code for entry in lists.day_parts}:
        raise RuleBroken("day-part-unknown", "day_part")
    picked = {person.user_id for person in command.people if person.user_id}
    if picked:
        staff = {person.user_id for person in accounts.people_at(session, actor, command.organisation_id)}
        if not picked <= staff:
            raise NotFound("person-not-found")
    return lists.version


def _names_every_lead(session: Session, actor: Actor, command: ReportIncident) -> bool:
    """Whoever is named sees nothing of the case: with every lead of the school named, nobody there would."""
    named = {person.user_id for person in command.people if person.user_id}
    if not named:
        return False
    leads = accounts.responsible_people(session, actor, command.organisation_id)
    return bool(leads) and {person.user_id for person in leads} <= named


def _take_key(session: Session, actor: Actor, key: UUID) -> bool:
    statement = (
        insert_into(session, Submission)
        .values(id=key, user_id=actor.user_id, at=now())
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(Submission.id)
    )
    return session.scalar(statement) is not None


def _next_serial(session: Session, school_year: int) -> int:
    statement = upsert(session, IncidentSerial.__table__, ["school_year"], add=["last"])
    row = {"school_year": school_year, "last": 1}
    return int(session.execute(statement.returning(IncidentSerial.last), row).scalar_one())


def _store(
    session: Session, actor: Actor, command: ReportIncident, unit: Unit, taxonomy_version: int
) -> Incident:
    moment = now()
    school_year = school_year_of(command.occurred_on).start_year
    serial = _next_serial(session, school_year)
    number = case_number(school_year, serial)
    levels = dict(zip(LEVEL_COLUMNS, level_numbers(unit.org_path, len(LEVEL_COLUMNS)), strict=True))
    incident = Incident(
        id=command.id,
        org_path=unit.org_path,
        organisation_id=unit.id,
        organisation_version_id=unit.version_id,
        number=number,
        school_year=school_year,
        serial=serial,
        taxonomy_version=taxonomy_version,
        group_code=command.group,
        record_kind=record_kind(command),
        occurred_on=command.occurred_on,
        occurred_time=command.occurred_time,
        day_part=command.day_part,
        learned_at=command.learned_at or moment,
        place=command.place,
        safety=command.safety,
        severity=first_severity(command).level,
        state=IncidentState.SUBMITTED,
        concerns_lead=command.concerns_lead,
        check_code=check_code(command.id, number, moment, command.facts),
        reported_by=actor.user_id,
        reported_at=moment,
        source=command.source,
        facts=command.facts,
        **levels,
    )
    session.add(incident)
    session.flush()
    _involve(session, incident, command.people)
    return incident


def _involve(session: Session, incident: Incident, involved: tuple[PersonInvolved, ...]) -> None:
    people = [
        Person(
            org_path=incident.org_path,
            organisation_id=incident.organisation_id,
            kind=card.kind,
            user_id=_account_of(card),
            name=card.name[:NAME_LIMIT] or None,
        )
        for card in involved
    ]
    session.add_all(people)
    session.flush()  # the rows below point at these
    for position, (person, card) in enumerate(zip(people, involved, strict=True)):
        session.add_all(
            PersonToken(person_id=person.id, token=token, org_path=incident.org_path)
            for token in name_tokens(card.name)
        )
        session.add(
            Involvement(
                org_path=incident.org_path,
                incident_id=incident.id,
                person_id=person.id,
                position=position,
                is_harmed=Part.HARMED in card.parts,
                is_acting=Part.ACTING in card.parts,
                is_witness=Part.WITNESS in card.parts,
                kind=card.kind,
                sex=card.sex,
                class_name=card.class_name[:CLASS_LIMIT],
                user_id=_account_of(card),
            )
        )
    session.flush()


def _account_of(card: PersonInvolved) -> UUID | None:
    return card.user_id if card.kind is PersonKind.STAFF else None


def follow_move(session: Session, actor: Actor, old_path: str, new_path: str) -> None:
    """A unit has moved: its incidents stand in the lists of the units now above it and count there, and only there.

    Called in the transaction that moves the unit, after the database has rewritten the paths of its records.
    """
    levels = dict(zip(LEVEL_COLUMNS, level_numbers(new_path, len(LEVEL_COLUMNS)), strict=True))
    statement = scope(update(Incident), everybody(Incident.org_path)).where(Incident.org_path == new_path)
    session.execute(statement.values(**levels), execution_options={"synchronize_session": "fetch"})
    records = queries.records_for_tally(session, SYSTEM, new_path)
    tally.move(session, actor, old_path, new_path, ((day, facts) for _, day, facts in records))


def read_case(session: Session, actor: Actor, incident_id: UUID) -> queries.Case:
    """Open a case page; that is an audit event."""
    case = queries.get_case(session, actor, incident_id)
    record(session, actor, "incident-read", "incident", case.id, case.org_path)
    return case


def require_search(actor: Actor) -> None:
    """Refuse who sees no cases the page on which they are looked for."""
    require(policy.may_search_names(actor))


def search_by_name(session: Session, actor: Actor, name: str) -> list[queries.IncidentRow]:
    """The cases that she sees in which somebody of this name is involved, the newest 50; told to the audit.

    The audit keeps how many were found, not the name.
    """
    require_search(actor)
    found = list(queries.list_incidents(session, actor, queries.IncidentFilters(name=name)).items)
    record(session, actor, "names-searched", "incident", None, actor.paths()[0], found=len(found))
    return found


def read_names(session: Session, actor: Actor, incident_id: UUID, reason: NamesReason) -> queries.Case:
    """Open the names in a case; the audit keeps who did, when and for which reason."""
    case = queries.get_case(session, actor, incident_id, with_names=True)
    require(policy.may_read_names(actor, case.org_path))
    record(session, actor, "names-read", "incident", case.id, case.org_path, reason=reason.value)
    return case


def load_shipped_lists(session: Session, actor: Actor) -> None:
    """Load the list versions in `taxonomy/` that the database lacks; part of `db upgrade`."""
    require(actor.is_system)
    for path in sorted(LISTS.glob("v*.toml")):
        data = tomllib.loads(path.read_text())
        rows = [
            {
                "version": data["version"],
                "list": name,
                "code": entry["code"],
                "position": position,
                "name_vi": entry["vi"],
                "name_en": entry["en"],
                "hint_vi": entry.get("hint_vi", ""),
                "hint_en": entry.get("hint_en", ""),
            }
            for name in ("place", "day_part")
            for position, entry in enumerate(data[name])
        ]
        session.execute(upsert(session, TaxonomyEntry.__table__, ["version", "list", "code"]), rows)


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


def readers(session: Session, actor: Actor, organisation_id: UUID | None = None) -> list[accounts.PersonAt]:
    """Who will read a report at her school: the persons in charge and the head, with their telephones."""
    posts = [post.organisation_id for post in actor.posts if policy.may_report(actor, post.org_path)]
    require(bool(posts))
    return accounts.responsible_people(session, actor, organisation_id or posts[0])
