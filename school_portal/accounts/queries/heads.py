"""Who heads the schools below an office, all at once: for whom to call."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from school_portal.accounts import policy
from school_portal.accounts.domain import shown_phone
from school_portal.accounts.models import Membership, User
from school_portal.accounts.queries.people import PersonAt
from school_portal.accounts.sessions import in_effect
from school_portal.core.actor import Actor, Role
from school_portal.core.authz import scope, within
from school_portal.core.clock import today


def heads_within(session: Session, actor: Actor, org_path: str) -> dict[UUID, PersonAt]:
    """The head of each unit at and below a path, by unit, where one may know the name; of two the first by name."""
    statement = (
        scope(
            select(Membership.organisation_id, User.id, User.name, User.phone).join(
                Membership, Membership.user_id == User.id
            ),
            and_(policy.posts_named_to(actor), policy.named_to(actor)),
        )
        .where(
            within(Membership.org_path, org_path),
            Membership.role == Role.HEAD,
            in_effect(today()),
            User.active,
        )
        .order_by(User.name.desc(), User.id)
    )
    return {
        unit: PersonAt(user_id, name, shown_phone(phone), (Role.HEAD,))
        for unit, user_id, name, phone in session.execute(statement)
    }
