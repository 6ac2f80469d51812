"""Who works where, for other features and for jobs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, or_, select
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


def people_at(session: Session, actor: Actor, organisation_id: UUID) -> list[PersonAt]:
    """Who holds a post at the unit now, for her colleagues and for those above; by name."""
    statement = (
        scope(
            select(User, Membership).join(Membership, Membership.user_id == User.id),
            and_(policy.posts_named_to(actor), policy.named_to(actor)),
        )
        .where(Membership.organisation_id == organisation_id, in_effect(today()), User.active)
        .order_by(User.name, User.id)
    )
    return _people(tuple(row) for row in session.execute(statement))


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


def _people(rows: Iterable[tuple[User, Membership]]) -> list[PersonAt]:
    held: dict[UUID, tuple[User, list[Membership]]] = {}
    for user, post in rows:
        held.setdefault(user.id, (user, []))[1].append(post)
    return [
        PersonAt(
            user_id=user.id,
            name=user.name,
            phone=shown_phone(user.phone),
            roles=tuple(sorted({post.role for post in posts}, key=list(Role).index)),
            is_deputy=any(post.is_deputy for post in posts if post.role == Role.FOCAL_POINT),
        )
        for user, posts in held.values()
    ]
