"""Making cases for tests: cards of people, reports through the service, acts of triage, posts that end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from school_portal.accounts import queries as accounts
from school_portal.accounts.models import Membership
from school_portal.core.actor import SYSTEM, Actor, Post, Role
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import now, today
from school_portal.incidents import queries, service
from school_portal.incidents.domain import (
    IncidentState,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    ReportIncident,
    Safety,
    Sex,
    TriageIncident,
)
from school_portal.incidents.models import Assignment, Incident, Notice, Person
from school_portal.tally import queries as tally
from tests.world import World

FACTS = "Em A bị đẩy ngã ở sân trường."


def card(*parts: Part, **changes: Any) -> PersonInvolved:
    """A pupil with these parts."""
    base = PersonInvolved(PersonKind.PUPIL, frozenset(parts), Sex.FEMALE, "8A2", age=13)
    return replace(base, **changes)


MAI = card(Part.HARMED, name="Nguyễn Thị Hoà Mai")


def staff(world: World, who: str, part: Part = Part.WITNESS) -> PersonInvolved:
    """A card that names one of the school's people."""
    return PersonInvolved(PersonKind.STAFF, frozenset({part}), user_id=world.people[who].user_id)


def command(world: World, unit: str = "x", **changes: Any) -> ReportIncident:
    """A report of level 2 that is open at the school, unless something is changed."""
    base = ReportIncident(
        id=uuid4(),
        organisation_id=world.units[unit].id,
        safety=Safety.SAFE,
        group=PlainGroup.FIGHT,
        occurred_on=today(),
        day_part="break",
        place="yard",
        facts=FACTS,
        people=(MAI,),
    )
    return replace(base, **changes)


def file(world: World, unit: str = "x", by: str | None = None, **changes: Any) -> UUID:
    """File it by a teacher of the school, or by the system where it has none; its uuid."""
    name = by or f"teacher_{unit}"
    actor = world.people.get(name, SYSTEM)
    incident_id = service.report_incident(world.session, actor, command(world, unit, **changes)).id
    world.session.commit()
    return incident_id


def stored(session: Session, incident_id: UUID) -> Incident:
    """The row as it stands in the database, whoever may see it, with its sealed texts."""
    texts = (Incident.facts, Incident.family_reason, Incident.lowering_reason)
    session.flush()
    statement = scope(select(Incident).options(*map(undefer, texts)), everybody(Incident.org_path))
    found = statement.where(Incident.id == incident_id).execution_options(populate_existing=True)
    return session.scalars(found).one()


def decide(world: World, who: str, incident_id: UUID, **changes: Any) -> None:
    """A decision of triage on the newest version, by default to accept it as a fight (TC01)."""
    base = TriageIncident(
        incident_id,
        stored(world.session, incident_id).row_version,
        IncidentState.ACCEPTED,
        types=("TC01",),
    )
    service.triage_incident(world.session, world.people[who], replace(base, **changes))
    world.session.flush()


def assigned(session: Session, incident_id: UUID) -> set[UUID]:
    """Who is assigned to it now, whoever asks."""
    statement = scope(select(Assignment.user_id), everybody(Assignment.org_path))
    return set(
        session.scalars(statement.where(Assignment.incident_id == incident_id, Assignment.ended_at.is_(None)))
    )


def names_of(world: World, user_ids: Any) -> list[str]:
    """The names under which the world knows these accounts."""
    known = {actor.user_id: name for name, actor in world.people.items()}
    return sorted(known[user_id] for user_id in user_ids)


def notices(world: World, incident_id: UUID) -> list[tuple[str, str]]:
    """Who was told of it and why, in any order of telling."""
    statement = scope(select(Notice.user_id, Notice.kind), everybody(Notice.org_path))
    rows = world.session.execute(statement.where(Notice.incident_id == incident_id))
    known = {actor.user_id: name for name, actor in world.people.items()}
    return sorted((known[user_id], str(kind)) for user_id, kind in rows)


def people_rows(session: Session) -> list[Person]:
    """Every record of a person, with name and birth."""
    statement = select(Person).options(undefer(Person.name), undefer(Person.birth))
    return list(session.scalars(scope(statement, everybody(Person.org_path))))


def add_deputy(world: World, name: str, unit: str = "x") -> Actor:
    """A deputy of the person in charge."""
    actor = world.add_person(name, Role.FOCAL_POINT, unit)
    statement = scope(update(Membership), everybody(Membership.org_path))
    world.session.execute(
        statement.where(Membership.user_id == actor.user_id).values(is_deputy=True),
        execution_options={"synchronize_session": False},
    )
    posts = tuple(replace(post, is_deputy=True) for post in actor.posts)
    world.people[name] = replace(actor, posts=posts)
    return world.people[name]


def add_post(world: World, name: str, role: Role, unit: str) -> Actor:
    """One more post of somebody."""
    actor, place = world.people[name], world.units[unit]
    row = Membership(
        user_id=actor.user_id,
        organisation_id=place.id,
        org_path=place.org_path,
        role=role,
        valid_from=today(),
        granted_at=now(),
    )
    world.session.add(row)
    world.session.flush()
    world.people[name] = replace(actor, posts=(*actor.posts, Post(role, place.id, place.org_path)))
    return world.people[name]


def end_posts(world: World, *names: str) -> None:
    """They have left: no post from today on."""
    users = [world.people[name].user_id for name in names]
    statement = scope(update(Membership), everybody(Membership.org_path)).where(Membership.user_id.in_(users))
    world.session.execute(
        statement.values(valid_to=today()), execution_options={"synchronize_session": False}
    )
    world.session.commit()
    for name in names:
        world.people[name] = as_she_is_now(world, name)


def as_she_is_now(world: World, name: str) -> Actor:
    """The person with the posts that the database gives her."""
    user_id = world.people[name].user_id
    assert user_id is not None
    actor = accounts.actor_of(world.session, user_id)
    assert actor is not None
    return actor


def first_difference(session: Session) -> object:
    """Where the figures differ from the records, if anywhere."""
    session.flush()
    return tally.first_difference(session, SYSTEM, queries.records_for_tally(session, SYSTEM))[1]


def sign(session: Session, who: Actor, incident_id: UUID, *, agrees: bool) -> None:
    """Answer a proposed lower severity, of the case as it stands."""
    service.countersign(session, who, incident_id, stored(session, incident_id).row_version, agrees=agrees)


def levels(session: Session, case: UUID) -> tuple[int, int | None]:
    """Severity in force, and the one that waits."""
    row = stored(session, case)
    return row.severity, row.lowering_to
