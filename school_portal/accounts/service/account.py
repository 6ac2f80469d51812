"""The account as a whole: locked, opened, a new link."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.accounts import queries
from school_portal.accounts.domain import (
    EndReason,
)
from school_portal.accounts.models import (
    OneTimeLink,
    User,
)
from school_portal.accounts.service.credentials import credentials_changed, user_row
from school_portal.accounts.service.links import link_for
from school_portal.audit.service import record
from school_portal.core.actor import Actor
from school_portal.core.authz import require
from school_portal.core.errors import RuleBroken


def disable_account(session: Session, actor: Actor, user_id: UUID) -> None:
    """Nobody signs in with it any more, and whoever is signed in is out with her next request. Posts stay."""
    user = _managed(session, actor, user_id)
    user.active = False
    credentials_changed(session, user, EndReason.DISABLED)
    record(session, actor, "account-disabled", "user", user_id)


def enable_account(session: Session, actor: Actor, user_id: UUID) -> None:
    """The account works again, with the password it had."""
    user = _managed(session, actor, user_id)
    user.active = True
    record(session, actor, "account-enabled", "user", user_id)


def make_link(session: Session, actor: Actor, user_id: UUID) -> OneTimeLink:
    """A new invitation for who has no password yet, else a reset of one hour. The manager never sees a password."""
    user = _managed(session, actor, user_id)
    require(queries.may_make_link(session, actor, user_id), "link-not-yours")
    if not user.active:
        raise RuleBroken("account-disabled")
    return link_for(session, actor, user)


def _managed(session: Session, actor: Actor, user_id: UUID) -> User:
    allowed = queries.may_manage(session, actor, user_id)
    require(allowed, "account-not-yours")
    return user_row(session, actor, user_id)
