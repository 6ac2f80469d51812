"""Sign-ins and remembered devices as rows: found by the hash of the cookie's key, ended at the next request."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from school_portal.accounts.domain import (
    DEVICE_LIFETIME,
    SECOND_FACTOR_ROLES,
    SEEN_EVERY,
    EndReason,
    SignInName,
    is_session_alive,
)
from school_portal.accounts.models import Membership, RememberedDevice, User, UserSession
from school_portal.core.actor import Actor, Post
from school_portal.core.authz import lookup
from school_portal.core.clock import local

_AGENT_LENGTH = 120


@dataclass
class SignedIn:
    """Somebody whom a session row or a remembered device vouches for."""

    actor: Actor
    user: User
    row: UserSession | RememberedDevice
    moment: datetime

    @property
    def language(self) -> str:
        """The language of her account."""
        return self.user.language

    @property
    def is_full(self) -> bool:
        """By name and password, not by a remembered device."""
        return isinstance(self.row, UserSession)


def hash_key(key: str) -> bytes:
    """What is kept of a cookie's key or a link's token: it is 128 bits of chance at least, so one round is enough."""
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def by_sign_in_name(name: SignInName) -> ColumnElement[bool]:
    """The clause for what was typed in the one field."""
    if name.email is not None:
        return User.email == name.email
    if name.phone is not None:
        return User.phone == name.phone
    return User.staff_code == name.staff_code


def in_effect(on: date) -> ColumnElement[bool]:
    """The posts that count on a day; see domain.is_in_effect."""
    return and_(
        Membership.is_awaiting.is_(False),
        Membership.valid_from <= on,
        or_(Membership.valid_to.is_(None), Membership.valid_to > on),
    )


def actor_from(user: User, posts: list[Membership], *, is_fresh: bool = True) -> Actor:
    """The person as the rules see her. Also notes on the user whether a second factor is her duty."""
    user.demands_second_factor = any(post.role in SECOND_FACTOR_ROLES for post in posts)
    held = tuple(Post(post.role, post.organisation_id, post.org_path, post.is_deputy) for post in posts)
    return Actor(user_id=user.id, name=user.name, posts=held, is_fresh=is_fresh)


def load(
    session: Session, key: str | None, device_key: str | None, idle: timedelta, moment: datetime
) -> SignedIn | None:
    """Who shows these cookies: by a full session, else by a remembered device, else nobody."""
    if key:
        found = _find(session, UserSession, key, moment)
        if found and is_session_alive(found.row.created_at, found.row.seen_at, idle, moment):
            return found
    if device_key:
        found = _find(session, RememberedDevice, device_key, moment)
        if found and isinstance(found.row, RememberedDevice) and moment < found.row.expires_at:
            return found
    return None


def _find(
    session: Session, table: type[UserSession] | type[RememberedDevice], key: str, moment: datetime
) -> SignedIn | None:
    posts = and_(Membership.user_id == User.id, in_effect(local(moment).date()))
    given = and_(
        table.key_hash == hash_key(key),
        User.id == table.user_id,
        or_(Membership.id.is_(None), Membership.user_id == User.id),
    )
    statement = lookup(
        select(table, User, Membership)
        .join(User, User.id == table.user_id)
        .outerjoin(Membership, posts)
        .where(table.ended_at.is_(None), User.active, User.password_version == table.password_version),
        given,
    ).order_by(Membership.org_path, Membership.role)
    if table is UserSession:
        statement = statement.where(User.roles_version == UserSession.roles_version)
    rows = session.execute(statement.execution_options(populate_existing=True)).all()
    if not rows:
        return None
    row, user = rows[0][0], rows[0][1]
    actor = actor_from(user, [post for _, _, post in rows if post], is_fresh=table is UserSession)
    return SignedIn(actor, user, row, moment)


def needs_touch(signed_in: SignedIn) -> bool:
    """Last seen is written at most once a minute."""
    return signed_in.moment - signed_in.row.seen_at >= SEEN_EVERY


def touch(session: Session, signed_in: SignedIn) -> None:
    """Note that she was seen. A row that was ended meanwhile stays ended: nothing else of it is written."""
    table = type(signed_in.row)
    session.execute(
        lookup(update(table), table.id == signed_in.row.id)
        .where(table.ended_at.is_(None), table.seen_at < signed_in.moment)
        .values(seen_at=signed_in.moment)
        .execution_options(synchronize_session=False)
    )


def open_session(session: Session, user: User, agent: str, moment: datetime) -> str:
    """A new full session; returns the key for the cookie, of which only the hash is kept."""
    key = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            user_id=user.id,
            key_hash=hash_key(key),
            password_version=user.password_version,
            roles_version=user.roles_version,
            created_at=moment,
            seen_at=moment,
            agent=agent[:_AGENT_LENGTH],
        )
    )
    return key


def remember_device(session: Session, user: User, agent: str, moment: datetime) -> str:
    """Let this device file for the person for 180 days; returns the key for its cookie."""
    key = secrets.token_urlsafe(32)
    session.add(
        RememberedDevice(
            user_id=user.id,
            key_hash=hash_key(key),
            password_version=user.password_version,
            created_at=moment,
            expires_at=moment + DEVICE_LIFETIME,
            seen_at=moment,
            agent=agent[:_AGENT_LENGTH],
        )
    )
    return key


def end_session_of_key(session: Session, key: str, reason: EndReason, moment: datetime) -> None:
    """End the session whose cookie is shown."""
    _end(session, UserSession, UserSession.key_hash == hash_key(key), reason, moment)


def end_device_of_key(session: Session, key: str, reason: EndReason, moment: datetime) -> None:
    """Forget the device whose cookie is shown."""
    _end(session, RememberedDevice, RememberedDevice.key_hash == hash_key(key), reason, moment)


def end_sessions_of(session: Session, user_id: UUID, reason: EndReason, moment: datetime) -> None:
    """End every full session of a person; her next request with one of them is a stranger's."""
    _end(session, UserSession, UserSession.user_id == user_id, reason, moment)


def end_devices_of(session: Session, user_id: UUID, reason: EndReason, moment: datetime) -> None:
    """Forget every device of a person."""
    _end(session, RememberedDevice, RememberedDevice.user_id == user_id, reason, moment)


def _end(
    session: Session, table: Any, which: ColumnElement[bool], reason: EndReason, moment: datetime
) -> None:
    session.execute(
        lookup(update(table), which)
        .where(table.ended_at.is_(None))
        .values(ended_at=moment, end_reason=reason)
        .execution_options(synchronize_session=False)
    )
