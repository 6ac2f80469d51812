"""Inviting people, giving and taking posts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from school_portal.accounts import policy, queries, sessions
from school_portal.accounts.domain import (
    EndReason,
    InvitePerson,
    needs_second_person,
    normal_email,
    normal_phone,
    normal_staff_code,
)
from school_portal.accounts.models import (
    Membership,
    OneTimeLink,
    User,
)
from school_portal.accounts.service.credentials import user_row
from school_portal.accounts.service.links import link_for
from school_portal.audit.service import record
from school_portal.core.actor import Actor, Role
from school_portal.core.authz import lookup, require, scope
from school_portal.core.clock import now, today
from school_portal.core.errors import Conflict, RuleBroken
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Unit


@dataclass(frozen=True)
class Invited:
    """The person, her link (none when she has a password already), and whether the account is new."""

    user: User
    link: OneTimeLink | None
    is_new: bool


def invite_person(session: Session, actor: Actor, command: InvitePerson) -> Invited:
    """Give a post to somebody and, when she is new here, an account with a link to set her password.

    Who has an account already under one of the names gets the post added: a person has one account, however many
    posts. A link for an account that waits for its first password is made only for who could manage all its posts:
    else the head of one school could take over the account of another's. Raises RuleBroken for a name that can't
    be used.
    """
    unit = organisations.get_unit(session, actor, command.organisation_id)
    require(policy.may_give(actor, command.role, unit), "role-not-yours-to-give")
    names = _read_names(command)
    found = _find_by_names(session, names)
    if found is not None:
        require(policy.may_give(actor, command.role, unit, to=found.id), "role-not-yours-to-give")
        _give(session, actor, found, unit, command.role, command.is_deputy)
        session.flush()
        needs_link = found.password is None and queries.may_make_link(session, actor, found.id)
        return Invited(found, link_for(session, actor, found) if needs_link else None, is_new=False)
    user = User(
        name=command.name,
        language=command.language,
        created_at=now(),
        created_by=actor.user_id,
        **names,
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict from None  # somebody else was invited under the same name at this moment
    record(session, actor, "account-created", "user", user.id, unit.org_path)
    _give(session, actor, user, unit, command.role, command.is_deputy)
    return Invited(user, link_for(session, actor, user), is_new=True)


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
    post, user = _post(session, actor, post_id), user_row(session, actor, user_id)
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
    _roles_changed(session, user_row(session, actor, user_id))
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
