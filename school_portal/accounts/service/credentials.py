"""What every change of credentials does to what was signed in before."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from school_portal.accounts import policy, sessions
from school_portal.accounts.domain import (
    EndReason,
)
from school_portal.accounts.models import (
    RememberedDevice,
    User,
)
from school_portal.accounts.sessions import hash_key
from school_portal.core.actor import Actor
from school_portal.core.authz import lookup, scope
from school_portal.core.clock import now


def user_row(session: Session, actor: Actor, user_id: UUID) -> User:
    return session.scalars(scope(select(User), policy.visible_to(actor)).where(User.id == user_id)).one()


def credentials_changed(
    session: Session, user: User, reason: EndReason, keep_device: str | None = None
) -> None:
    """All sessions, devices and links of before are dead; `keep_device` is the cookie of the device in hand.

    So are sign-ins that stopped before their second step: their cookie holds the old `fs_uniquifier`.
    """
    user.password_version += 1
    user.fs_uniquifier = uuid4().hex
    session.flush()
    sessions.end_sessions_of(session, user.id, reason, now())
    if keep_device:
        session.execute(
            lookup(
                update(RememberedDevice),
                RememberedDevice.key_hash == hash_key(keep_device),
            )
            .where(RememberedDevice.user_id == user.id, RememberedDevice.ended_at.is_(None))
            .values(password_version=user.password_version)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        lookup(update(RememberedDevice), RememberedDevice.user_id == user.id)
        .where(RememberedDevice.ended_at.is_(None), RememberedDevice.password_version < user.password_version)
        .values(ended_at=now(), end_reason=reason)
        .execution_options(synchronize_session=False)
    )


def as_herself(user: User) -> Actor:
    return Actor(user_id=user.id, name=user.name)
