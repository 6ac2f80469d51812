"""What triage looks at: people who may be the same as earlier ones, and what was decided about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.core.crypto import fold
from school_portal.incidents import policy
from school_portal.incidents.domain import PersonKind, SameAnswer, Sex
from school_portal.incidents.models import Incident, Involvement, Person, PersonToken, SamePerson
from school_portal.incidents.queries.cases import person_code
from school_portal.organisations.domain import school_year_of

LOOK_BACK = timedelta(days=60)
MOST_SUGGESTIONS = 10


@dataclass(frozen=True)
class Seen:
    """A person of a case with what may be compared; the name by its initials only."""

    involvement_id: UUID
    person_id: UUID
    incident_id: UUID
    number: str
    code: str
    class_name: str
    sex: Sex
    age: int | None
    initials: str


@dataclass(frozen=True)
class Suggestion:
    """Somebody of this report who may be somebody of an earlier one; a person decides."""

    here: Seen
    earlier: Seen
    same_name: bool


@dataclass(frozen=True)
class Decision:
    """What was decided about two records, for undoing it."""

    id: UUID
    code: str
    other_number: str
    answer: SameAnswer


def suggest_same_people(session: Session, actor: Actor, incident_id: UUID, on: date) -> list[Suggestion]:
    """Pupils of this report who may be pupils of reports of the last 60 days of this school year, at this school.

    The words of the names agree, accents aside; or class, sex and age do. What was decided is not asked again; adults
    are never compared here. Only over cases that she reads.
    """
    here = _pupils(session, actor, [Involvement.incident_id == incident_id])
    if not here:
        return []
    since, school = max(on - LOOK_BACK, school_year_of(on).first), here[0].school
    tokens = _tokens(session, actor, [seen.person_id for seen in here])
    ids = _alike(session, actor, tokens, school) | {seen.person_id for seen in here}
    classes = {seen.class_name for seen in here if seen.class_name}
    earlier = _pupils(
        session,
        actor,
        [
            Involvement.incident_id != incident_id,
            Involvement.org_path == school,
            Incident.occurred_on.between(since, on),
            Involvement.person_id.in_(ids) | Involvement.class_name.in_(classes),
        ],
    )
    decided = _decided(session, actor, {incident_id, *(other.incident_id for other in earlier)})
    found = [
        Suggestion(one, other, same_name=_same_words(one, other))
        for one in here
        for other in earlier
        if one.person_id != other.person_id
        and not decided & {(one.involvement_id, other.person_id), (one.person_id, other.person_id)}
        and (_same_words(one, other) or _same_marks(one, other))
    ]
    return sorted(found, key=lambda each: not each.same_name)[:MOST_SUGGESTIONS]


@dataclass(frozen=True)
class _Named(Seen):
    words: frozenset[str] = frozenset()
    school: str = ""


def _pupils(session: Session, actor: Actor, clauses: list[object]) -> list[_Named]:
    statement = (
        scope(
            select(Involvement, Person, Incident.number).options(undefer(Person.name)),
            policy.involvements_visible_to(actor),
        )
        .join(Person, Person.id == Involvement.person_id)
        .join(Incident, Incident.id == Involvement.incident_id)
    )
    statement = scope(scope(statement, policy.people_visible_to(actor)), policy.visible_to(actor))
    statement = statement.where(Involvement.kind == PersonKind.PUPIL, *clauses)  # type: ignore[arg-type]
    rows = session.execute(statement.order_by(Incident.occurred_on.desc(), Involvement.position).limit(200))
    return [
        _Named(
            row.id,
            row.person_id,
            row.incident_id,
            number,
            person_code(row.position),
            row.class_name,
            row.sex,
            row.age,
            initials(person.name or ""),
            frozenset(fold(person.name or "").split()),
            row.org_path,
        )
        for row, person, number in rows
    ]


def initials(name: str) -> str:
    """ "N. T. L." of a name, so that two can be compared without reading them."""
    return " ".join(f"{word[0]}." for word in name.split())


def _same_words(one: _Named, other: _Named) -> bool:
    return bool(one.words) and one.words == other.words


def _same_marks(one: _Named, other: _Named) -> bool:
    """Class and sex agree, age too where both are known, and there is something to agree on.

    Two full names that differ are two children; one may be the short form of the other.
    """
    if one.words and other.words and not (one.words <= other.words or other.words <= one.words):
        return False
    ages = {one.age, other.age} - {None}
    return (
        bool(one.class_name)
        and (one.class_name, one.sex) == (other.class_name, other.sex)
        and one.sex is not Sex.UNKNOWN
        and len(ages) == 1
    )


def _tokens(session: Session, actor: Actor, people: Iterable[UUID]) -> set[bytes]:
    statement = scope(select(PersonToken.token), policy.tokens_visible_to(actor))
    return set(session.scalars(statement.where(PersonToken.person_id.in_(people))))


def _alike(session: Session, actor: Actor, tokens: set[bytes], school: str) -> set[UUID]:
    if not tokens:
        return set()
    statement = scope(select(PersonToken.person_id), policy.tokens_visible_to(actor))
    statement = statement.where(PersonToken.org_path == school, PersonToken.token.in_(tokens))
    statement = statement.group_by(PersonToken.person_id)
    return set(session.scalars(statement.having(func.count() >= min(2, len(tokens))).limit(200)))


def _decided(session: Session, actor: Actor, incidents: set[UUID]) -> set[tuple[UUID, UUID]]:
    """What was answered: by involvement here and record there, and by the two records, from either side."""
    statement = scope(
        select(SamePerson.involvement_id, SamePerson.person_id, SamePerson.other_person_id),
        policy.same_person_visible_to(actor),
    ).where(SamePerson.undone_at.is_(None), SamePerson.incident_id.in_(incidents))
    rows = session.execute(statement).all()
    by_involvement = {(row.involvement_id, row.other_person_id) for row in rows}
    one_way = {(row.person_id, row.other_person_id) for row in rows}
    return by_involvement | one_way | {(other, one) for one, other in one_way}


def list_decisions(session: Session, actor: Actor, incident_id: UUID) -> list[Decision]:
    """What was decided about the people of a case and can be undone."""
    rows = session.scalars(
        scope(select(SamePerson), policy.same_person_visible_to(actor))
        .where(SamePerson.incident_id == incident_id, SamePerson.undone_at.is_(None))
        .order_by(SamePerson.decided_at)
    ).all()
    if not rows:
        return []
    positions = dict(
        session.execute(
            scope(select(Involvement.id, Involvement.position), policy.involvements_visible_to(actor)).where(
                Involvement.id.in_([row.involvement_id for row in rows])
            )
        ).all()
    )
    numbers = _numbers_of(session, actor, {row.other_person_id for row in rows}, incident_id)
    return [
        Decision(
            row.id,
            person_code(positions[row.involvement_id]),
            numbers.get(row.other_person_id, ""),
            row.answer,
        )
        for row in rows
    ]


def _numbers_of(session: Session, actor: Actor, people: set[UUID], besides: UUID) -> dict[UUID, str]:
    statement = (
        scope(select(Involvement.person_id, Incident.number), policy.involvements_visible_to(actor))
        .join(Incident, Incident.id == Involvement.incident_id)
        .where(Involvement.person_id.in_(people), Involvement.incident_id != besides)
    )
    rows = session.execute(scope(statement, policy.visible_to(actor)).order_by(Incident.occurred_on))
    return {row[0]: row[1] for row in rows}
