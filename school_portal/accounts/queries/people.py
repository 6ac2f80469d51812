"""Who works where, for other features and for jobs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.orm import Session

from school_portal.accounts import policy
from school_portal.accounts.domain import shown_phone
from school_portal.accounts.models import (
    Membership,
    User,
)
from school_portal.accounts.sessions import actor_from, in_effect
from school_portal.core.actor import Actor, Role
from school_portal.core.authz import lookup, scope
from school_portal.core.clock import today


@dataclass(frozen=True)
class PersonAt:
    """Somebody who works at a unit, as colleagues may know her."""

    user_id: UUID
    name: str
    phone: str
    roles: tuple[Role, ...]
    is_deputy: bool = False

    @property
    def tel(self) -> str:
        """The number for a tel: link."""
        return self.phone.replace(" ", "")


def actor_of(session: Session, user_id: UUID) -> Actor | None:
    """The person with the rights of this moment, for jobs; None when the account is disabled or gone."""
    statement = lookup(
        select(User, Membership).outerjoin(
            Membership, and_(Membership.user_id == User.id, in_effect(today()))
        ),
        and_(User.id == user_id, or_(Membership.id.is_(None), Membership.user_id == User.id)),
    ).where(User.active)
    rows = session.execute(statement).all()
    return actor_from(rows[0][0], [post for _, post in rows if post]) if rows else None


@dataclass(frozen=True)
class Address:
    """Where somebody is written to, and in which language."""

    email: str
    language: str


def address_of(session: Session, actor: Actor, user_id: UUID) -> Address | None:
    """The e-mail address of an open account, for jobs that tell people of something; None when it has none."""
    statement = scope(select(User.email, User.language), policy.named_to(actor))
    row = session.execute(statement.where(User.id == user_id, User.active)).one_or_none()
    return Address(*row) if row and row[0] else None


def people_at(session: Session, actor: Actor, organisation_id: UUID) -> list[PersonAt]:
    """Who holds a post at the unit now, for her colleagues and for those above; by name."""
    statement = (
        scope(
            select(User.id, User.name, User.phone, Membership.role, Membership.is_deputy).join(
                Membership, Membership.user_id == User.id
            ),
            and_(policy.posts_named_to(actor), policy.named_to(actor)),
        )
        .where(Membership.organisation_id == organisation_id, in_effect(today()), User.active)
        .order_by(User.name, User.id)
    )
    return _people(session.execute(statement))


def responsible_people(session: Session, actor: Actor, organisation_id: UUID) -> list[PersonAt]:
    """The persons in charge of protecting children (not the deputy first) and the head, with their telephones.

    Each signed-in person of the school may read them, also when only a remembered device vouches for her.
    """
    found = [
        person
        for person in people_at(session, actor, organisation_id)
        if {Role.FOCAL_POINT, Role.HEAD} & set(person.roles)
    ]
    return sorted(
        found, key=lambda person: (Role.FOCAL_POINT not in person.roles, person.is_deputy, person.name)
    )


def name_of(session: Session, actor: Actor, user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of people by id, where one may know them; who is missing is shown by her office."""
    wanted = set(user_ids)
    if not wanted:
        return {}
    statement = scope(select(User.id, User.name), policy.named_to(actor)).where(User.id.in_(wanted))
    return dict(session.execute(statement).all())


def _people(rows: Iterable[Row[Any]]) -> list[PersonAt]:
    held: dict[UUID, list[Row[Any]]] = {}
    for row in rows:
        held.setdefault(row.id, []).append(row)
    return [
        PersonAt(
            user_id=user_id,
            name=posts[0].name,
            phone=shown_phone(posts[0].phone),
            roles=tuple(sorted({post.role for post in posts}, key=list(Role).index)),
            is_deputy=any(post.is_deputy for post in posts if post.role == Role.FOCAL_POINT),
        )
        for user_id, posts in held.items()
    ]
