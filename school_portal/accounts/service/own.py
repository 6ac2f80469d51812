"""What a person does to her own account, and what is noted of signing in."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from school_portal.accounts import policy, sessions
from school_portal.accounts.domain import (
    EndReason,
)
from school_portal.accounts.models import (
    RecoveryCode,
    RememberedDevice,
    User,
    UserSession,
)
from school_portal.accounts.service.credentials import as_herself, credentials_changed, user_row
from school_portal.accounts.sessions import SignedIn
from school_portal.audit.service import record
from school_portal.core.actor import Actor
from school_portal.core.authz import lookup, scope
from school_portal.core.clock import now
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.core.i18n import LANGUAGES


def note_sign_in(session: Session, user: User) -> None:
    """A full sign-in."""
    record(session, as_herself(user), "signed-in", "user", user.id)


def note_refused_sign_in(session: Session, user: User | None) -> None:
    """A sign-in that was refused; counts limit how many there can be."""
    nobody = Actor(user_id=None, name="")
    record(session, nobody, "sign-in-refused", "user", user.id if user else None)


def note_own_act(session: Session, user: User, action: str) -> None:
    """Something a person did to her own account."""
    record(session, as_herself(user), action, "user", user.id)


def sign_out(session: Session, signed_in: SignedIn) -> None:
    """End the session in hand, or forget the device when only a device vouched for her."""
    table = UserSession if signed_in.is_full else RememberedDevice
    _end_own(session, signed_in.actor, table, signed_in.row.id, EndReason.SIGN_OUT)
    record(session, signed_in.actor, "signed-out", "user", signed_in.user.id)


def sign_out_everywhere(session: Session, actor: Actor) -> None:
    """End all own sessions and forget all own devices."""
    assert actor.user_id is not None
    sessions.end_sessions_of(session, actor.user_id, EndReason.SIGN_OUT_EVERYWHERE, now())
    sessions.end_devices_of(session, actor.user_id, EndReason.SIGN_OUT_EVERYWHERE, now())
    record(session, actor, "signed-out-everywhere", "user", actor.user_id)


def end_own_session(session: Session, actor: Actor, session_id: UUID) -> None:
    """End one of one's own sessions. NotFound for anybody else's."""
    if not _end_own(session, actor, UserSession, session_id, EndReason.REVOKED):
        raise NotFound
    record(session, actor, "session-ended", "user", actor.user_id)


def forget_own_device(session: Session, actor: Actor, device_id: UUID) -> None:
    """Forget one of one's own devices. NotFound for anybody else's."""
    if not _end_own(session, actor, RememberedDevice, device_id, EndReason.REVOKED):
        raise NotFound
    record(session, actor, "device-forgotten", "user", actor.user_id)


def _end_own(
    session: Session,
    actor: Actor,
    table: type[UserSession] | type[RememberedDevice],
    row_id: UUID,
    reason: EndReason,
) -> bool:
    mine = policy.own_sessions(actor) if table is UserSession else policy.own_devices(actor)
    ended = session.execute(
        scope(update(table), mine)
        .where(table.id == row_id, table.ended_at.is_(None))
        .values(ended_at=now(), end_reason=reason)
        .execution_options(synchronize_session=False)
    )
    return bool(ended.rowcount == 1)  # type: ignore[attr-defined]


def choose_language(session: Session, actor: Actor, language: str) -> None:
    """The language of one's own pages and papers."""
    if language not in LANGUAGES:
        raise RuleBroken("language-unknown", "language")
    assert actor.user_id is not None
    user_row(session, actor, actor.user_id).language = language


def password_was_changed(session: Session, user: User, keep_device: str | None) -> None:
    """After a person changed her own password: everything signed in before is out, but the device in hand."""
    credentials_changed(session, user, EndReason.PASSWORD_CHANGED, keep_device)
    record(session, as_herself(user), "password-changed", "user", user.id)


def second_factor_was_removed(session: Session, user: User) -> None:
    """Its recovery codes go with it."""
    session.execute(
        lookup(delete(RecoveryCode), RecoveryCode.user_id == user.id).execution_options(
            synchronize_session=False
        )
    )
    record(session, as_herself(user), "second-factor-removed", "user", user.id)
