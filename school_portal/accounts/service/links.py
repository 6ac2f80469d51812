"""One-time links: an invitation of two weeks, a reset of one hour."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from school_portal.accounts import queries
from school_portal.accounts.domain import (
    CODE_ALPHABET,
    EndReason,
    LinkPurpose,
    read_sign_in_name,
)
from school_portal.accounts.models import (
    OneTimeLink,
    User,
)
from school_portal.accounts.service.credentials import as_herself, credentials_changed
from school_portal.accounts.sessions import by_sign_in_name, hash_key
from school_portal.audit.service import record
from school_portal.core.actor import Actor
from school_portal.core.authz import lookup
from school_portal.core.clock import now
from school_portal.core.crypto import blind_index
from school_portal.core.errors import NotFound
from school_portal.core.jobs import enqueue

_CODE_LENGTH = 12


def link_for(session: Session, actor: Actor, user: User) -> OneTimeLink:
    """Make a link; older ones of the person are used up by it."""
    moment = now()
    session.execute(
        lookup(update(OneTimeLink), OneTimeLink.user_id == user.id)
        .where(OneTimeLink.used_at.is_(None))
        .values(used_at=moment)
        .execution_options(synchronize_session=False)
    )
    purpose = LinkPurpose.INVITATION if user.password is None else LinkPurpose.RESET
    link_id = uuid4()
    link = OneTimeLink(
        id=link_id,
        user_id=user.id,
        purpose=purpose,
        token_hash=hash_key(token_of(link_id)),
        code_hash=hash_key(code_of(link_id).replace("-", "")),
        password_version=user.password_version,
        created_at=moment,
        created_by=actor.user_id,
        expires_at=moment + purpose.lifetime,
    )
    session.add(link)
    record(session, actor, "link-made", "user", user.id, purpose=purpose.value)
    return link


def token_of(link_id: UUID) -> str:
    """The 128 bits of the link's address: made again from its id and INDEX_KEY, so the table holds only a hash."""
    return blind_index(str(link_id), "accounts.link-token.v1").hex()


def code_of(link_id: UUID) -> str:
    """The 60 bits of the code on the slip, in three groups of four."""
    number = int.from_bytes(blind_index(str(link_id), "accounts.link-code.v1"), "big")
    letters = "".join(CODE_ALPHABET[(number >> (5 * place)) & 31] for place in range(_CODE_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, _CODE_LENGTH, 4))


def note_slip_shown(session: Session, actor: Actor, link: OneTimeLink) -> None:
    """Who had the slip in hand."""
    record(session, actor, "slip-shown", "user", link.user_id)


def set_password_by_link(session: Session, token: str, password_hash: str) -> User:
    """Use the link up and set the password, as one act: of two that race one wins. NotFound for a dead link.

    The rule for the password and its hash are the caller's, before any write transaction.
    """
    found = queries.find_link(session, token)
    if found is None:
        raise NotFound("link-dead")
    link, user = found
    used = session.execute(
        lookup(update(OneTimeLink), OneTimeLink.id == link.id)
        .where(OneTimeLink.used_at.is_(None))
        .values(used_at=now())
        .execution_options(synchronize_session=False)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("link-dead")
    user.password = password_hash
    credentials_changed(session, user, EndReason.PASSWORD_CHANGED)
    record(session, as_herself(user), "password-set", "user", user.id, by=link.purpose.value)
    return user


def ask_for_reset(session: Session, typed: str) -> None:
    """Let the worker mail a link of one hour to whoever has this name and an e-mail address.

    A job is made for every name, so that the answer comes as fast for a name that belongs to nobody.
    """
    user = session.scalars(lookup(select(User), by_sign_in_name(read_sign_in_name(typed)))).one_or_none()
    enqueue(session, "accounts.mail_reset", user_id=str(user.id if user else uuid4()))


def make_reset_link(session: Session, user_id: UUID) -> tuple[User, OneTimeLink] | None:
    """The link that the worker mails; None for who is nobody, is locked, or has no address."""
    user = session.scalars(lookup(select(User), User.id == user_id)).one_or_none()
    if user is None or not user.active or user.email is None:
        return None
    return user, link_for(session, Actor(user_id=None, name=""), user)
