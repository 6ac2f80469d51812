"""What is done to accounts: inviting, giving and taking posts, links, passwords, sign-outs. Each act is audited."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from school_portal.accounts import policy, queries, sessions
from school_portal.accounts.domain import (
    CODE_ALPHABET,
    EndReason,
    InvitePerson,
    LinkPurpose,
    needs_second_person,
    normal_email,
    normal_phone,
    normal_staff_code,
    read_sign_in_name,
)
from school_portal.accounts.models import (
    Membership,
    OneTimeLink,
    RecoveryCode,
    RememberedDevice,
    User,
    UserSession,
)
from school_portal.accounts.sessions import SignedIn, by_sign_in_name, hash_key
from school_portal.audit.service import record
from school_portal.core.actor import Actor, Role
from school_portal.core.authz import lookup, require, scope
from school_portal.core.clock import now, today
from school_portal.core.crypto import blind_index
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.core.i18n import LANGUAGES
from school_portal.core.jobs import enqueue
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Unit

_CODE_LENGTH = 12


@dataclass(frozen=True)
class Invited:
    """The person, her link (none when she has a password already), and whether the account is new."""

    user: User
    link: OneTimeLink | None
    is_new: bool


def invite_person(session: Session, actor: Actor, command: InvitePerson) -> Invited:
    """Give a post to somebody and, when she is new here, an account with a link to set her password.

    Who has an account already under one of the names gets the post added: a person has one account, however many
    posts. Raises RuleBroken for a name that can't be used.
    """
    unit = organisations.get_unit(session, actor, command.organisation_id)
    require(policy.may_give(actor, command.role, unit), "role-not-yours-to-give")
    names = _read_names(command)
    found = _find_by_names(session, names)
    if found is not None:
        _give(session, actor, found, unit, command.role, command.is_deputy)
        return Invited(
            found, _link_for(session, actor, found) if found.password is None else None, is_new=False
        )
    user = User(
        name=command.name,
        language=command.language,
        created_at=now(),
        created_by=actor.user_id,
        **names,
    )
    session.add(user)
    session.flush()
    record(session, actor, "account-created", "user", user.id, unit.org_path)
    _give(session, actor, user, unit, command.role, command.is_deputy)
    return Invited(user, _link_for(session, actor, user), is_new=True)


def _read_names(command: InvitePerson) -> dict[str, str | None]:
    if not command.name.strip():
        raise RuleBroken("name-missing", "name")
    names: dict[str, str | None] = {}
    for field, text, read in (
        ("email", command.email, normal_email),
        ("phone", command.phone, normal_phone),
        ("staff_code", command.staff_code, normal_staff_code),
    ):
        names[field] = read(text) if text.strip() else None
        if text.strip() and names[field] is None:
            raise RuleBroken(f"{field.replace('_', '-')}-unreadable", field)
    if not any(names.values()):
        raise RuleBroken("sign-in-name-missing", "email")
    return names


def _find_by_names(session: Session, names: dict[str, str | None]) -> User | None:
    given = [getattr(User, field) == value for field, value in names.items() if value is not None]
    users = session.scalars(lookup(select(User), or_(*given))).all()
    if len(users) > 1:
        raise RuleBroken("names-of-two-people", "email")
    if users and any(
        value is not None and getattr(users[0], field) not in (None, value) for field, value in names.items()
    ):
        raise RuleBroken("names-of-another", "email")
    return users[0] if users else None


# --- posts -----------------------------------------------------------------------------------------------------


def give_post(
    session: Session, actor: Actor, user_id: UUID, organisation_id: UUID, role: Role, is_deputy: bool = False
) -> Membership:
    """Give a person a further post. Her sessions end, so that the new rights begin with a fresh sign-in."""
    person = queries.get_person(session, actor, user_id)
    unit = organisations.get_unit(session, actor, organisation_id)
    require(policy.may_give(actor, role, unit, to=user_id), "role-not-yours-to-give")
    return _give(session, actor, person.user, unit, role, is_deputy)


def _give(session: Session, actor: Actor, user: User, unit: Unit, role: Role, is_deputy: bool) -> Membership:
    if not unit.is_open:
        raise RuleBroken("unit-closed", "organisation_id")
    standing = session.scalar(
        lookup(select(Membership), Membership.user_id == user.id).where(
            Membership.organisation_id == unit.id, Membership.role == role, Membership.valid_to.is_(None)
        )
    )
    if standing is not None:
        raise RuleBroken("post-held-already", "role")
    awaiting = needs_second_person(actor, role, unit)
    post = Membership(
        user_id=user.id,
        organisation_id=unit.id,
        org_path=unit.org_path,
        role=role,
        is_deputy=is_deputy and role == Role.FOCAL_POINT,
        valid_from=today(),
        granted_by=actor.user_id,
        granted_at=now(),
        is_awaiting=awaiting,
    )
    session.add(post)
    _roles_changed(session, user)
    record(
        session,
        actor,
        "role-given",
        "user",
        user.id,
        unit.org_path,
        role=role.value,
        awaiting=awaiting,
        post=str(post.id),
    )
    return post


def end_post(session: Session, actor: Actor, user_id: UUID, post_id: UUID) -> None:
    """Take a post back; asks the same right as giving it."""
    line = queries.get_post(session, actor, user_id, post_id)
    require(policy.may_give(actor, line.role, line.unit), "role-not-yours-to-give")
    post, user = _post(session, actor, post_id), _user(session, actor, user_id)
    post.valid_to, post.ended_by = today(), actor.user_id
    _roles_changed(session, user)
    record(
        session, actor, "role-taken", "user", user_id, post.org_path, role=post.role.value, post=str(post_id)
    )


def confirm_post(session: Session, actor: Actor, user_id: UUID, post_id: UUID) -> None:
    """The second person says yes; from now on the post counts."""
    line = queries.get_post(session, actor, user_id, post_id)
    require(policy.may_confirm(actor, line.unit, line.granted_by, line.user_id), "second-person-needed")
    post = _post(session, actor, post_id)
    if not post.is_awaiting:
        raise RuleBroken("nothing-to-confirm")
    post.is_awaiting, post.confirmed_by, post.confirmed_at = False, actor.user_id, now()
    _roles_changed(session, _user(session, actor, user_id))
    record(
        session,
        actor,
        "role-confirmed",
        "user",
        user_id,
        post.org_path,
        role=post.role.value,
        post=str(post_id),
    )


def _roles_changed(session: Session, user: User) -> None:
    user.roles_version += 1
    sessions.end_sessions_of(session, user.id, EndReason.ROLES_CHANGED, now())


def _post(session: Session, actor: Actor, post_id: UUID) -> Membership:
    return session.scalars(
        scope(select(Membership), policy.posts_visible_to(actor)).where(Membership.id == post_id)
    ).one()


def _user(session: Session, actor: Actor, user_id: UUID) -> User:
    return session.scalars(scope(select(User), policy.visible_to(actor)).where(User.id == user_id)).one()


# --- the account as a whole ------------------------------------------------------------------------------------


def disable_account(session: Session, actor: Actor, user_id: UUID) -> None:
    """Nobody signs in with it any more, and whoever is signed in is out with her next request. Posts stay."""
    user = _managed(session, actor, user_id)
    user.active = False
    _credentials_changed(session, user, EndReason.DISABLED)
    record(session, actor, "account-disabled", "user", user_id)


def enable_account(session: Session, actor: Actor, user_id: UUID) -> None:
    """The account works again, with the password it had."""
    user = _managed(session, actor, user_id)
    user.active = True
    record(session, actor, "account-enabled", "user", user_id)


def make_link(session: Session, actor: Actor, user_id: UUID) -> OneTimeLink:
    """A new invitation for who has no password yet, else a reset of one hour. The manager never sees a password."""
    user = _managed(session, actor, user_id)
    if not user.active:
        raise RuleBroken("account-disabled")
    return _link_for(session, actor, user)


def _managed(session: Session, actor: Actor, user_id: UUID) -> User:
    allowed = queries.may_manage(session, actor, user_id)
    require(allowed, "account-not-yours")
    return _user(session, actor, user_id)


def _credentials_changed(
    session: Session, user: User, reason: EndReason, keep_device: str | None = None
) -> None:
    """All sessions, devices and links of before are dead; `keep_device` is the cookie of the device in hand."""
    user.password_version += 1
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


# --- one-time links --------------------------------------------------------------------------------------------


def _link_for(session: Session, actor: Actor, user: User) -> OneTimeLink:
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
    _credentials_changed(session, user, EndReason.PASSWORD_CHANGED)
    record(session, _self(user), "password-set", "user", user.id, by=link.purpose.value)
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
    return user, _link_for(session, Actor(user_id=None, name=""), user)


# --- one's own account -----------------------------------------------------------------------------------------


def _self(user: User) -> Actor:
    return Actor(user_id=user.id, name=user.name)


def note_sign_in(session: Session, user: User) -> None:
    """A full sign-in."""
    record(session, _self(user), "signed-in", "user", user.id)


def note_refused_sign_in(session: Session, user: User | None) -> None:
    """A sign-in that was refused; counts limit how many there can be."""
    nobody = Actor(user_id=None, name="")
    record(session, nobody, "sign-in-refused", "user", user.id if user else None)


def note_own_act(session: Session, user: User, action: str) -> None:
    """Something a person did to her own account."""
    record(session, _self(user), action, "user", user.id)


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
    _user(session, actor, actor.user_id).language = language


def password_was_changed(session: Session, user: User, keep_device: str | None) -> None:
    """After a person changed her own password: everything signed in before is out, but the device in hand."""
    _credentials_changed(session, user, EndReason.PASSWORD_CHANGED, keep_device)
    record(session, _self(user), "password-changed", "user", user.id)


def second_factor_was_removed(session: Session, user: User) -> None:
    """Its recovery codes go with it."""
    session.execute(
        lookup(delete(RecoveryCode), RecoveryCode.user_id == user.id).execution_options(
            synchronize_session=False
        )
    )
    record(session, _self(user), "second-factor-removed", "user", user.id)
