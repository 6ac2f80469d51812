"""Who sees which people, and who may do what with an account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from school_portal.accounts import domain
from school_portal.accounts.domain import OVERSEEING_ROLES, Unit
from school_portal.accounts.models import (
    Membership,
    OneTimeLink,
    RecoveryCode,
    RememberedDevice,
    User,
    UserSession,
)
from school_portal.core.actor import Actor, Role
from school_portal.core.authz import everybody, visible_in
from school_portal.core.clock import today
from school_portal.organisations.domain import ancestors_of


def _overseen(actor: Actor, path: Any) -> ColumnElement[bool]:
    return everybody(path) if actor.is_system else visible_in(path, actor.paths(*OVERSEEING_ROLES))


def _has_post(user_id: Any, posts: Any, visible: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the person has one of the posts; `posts` is an alias, so that it never joins an outer query's own."""
    return select(posts.id).where(posts.user_id == user_id, visible).correlate_except(posts).exists()


def _has_overseen_post(actor: Actor, user_id: Any) -> ColumnElement[bool]:
    posts = aliased(Membership)
    is_open = or_(posts.valid_to.is_(None), posts.valid_to > today())
    return _has_post(user_id, posts, and_(_overseen(actor, posts.org_path), is_open))


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """People with a post at a unit that one oversees (as head, officer, administrator, auditor), and oneself."""
    if actor.is_system:
        return User.id.is_not(None)
    return or_(_has_overseen_post(actor, User.id), User.id == actor.user_id)


def posts_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Posts at the units that one oversees, and one's own."""
    return or_(_overseen(actor, Membership.org_path), Membership.user_id == actor.user_id)


def posts_named_to(actor: Actor, posts: Any = Membership) -> ColumnElement[bool]:
    """Whose name one may know: colleagues at one's own units, people of units one oversees, officers above.

    Names and work telephones stand on every school's notice board; what the person may do stays hidden. Also of
    posts that ended: a case names who worked on it.
    """
    if actor.is_system:
        return everybody(posts.org_path)
    around = sorted({path for own in actor.paths() for path in (own, *ancestors_of(own))})
    overseen = visible_in(posts.org_path, actor.paths(*OVERSEEING_ROLES))
    return or_(overseen, posts.org_path.in_(around)) if around else overseen


def named_to(actor: Actor) -> ColumnElement[bool]:
    """The people behind those posts, and oneself."""
    posts = aliased(Membership)
    return or_(_has_post(User.id, posts, posts_named_to(actor, posts)), User.id == actor.user_id)


def own_sessions(actor: Actor) -> ColumnElement[bool]:
    """One's own sessions, nobody else's."""
    return UserSession.user_id == actor.user_id


def own_devices(actor: Actor) -> ColumnElement[bool]:
    """One's own remembered devices."""
    return RememberedDevice.user_id == actor.user_id


def own_recovery_codes(actor: Actor) -> ColumnElement[bool]:
    """One's own recovery codes, of which only the number is ever shown again."""
    return RecoveryCode.user_id == actor.user_id


def links_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Links of the people one sees; that one may also manage the account is asked before a slip is shown."""
    if actor.is_system:
        return OneTimeLink.id.is_not(None)
    return or_(_has_overseen_post(actor, OneTimeLink.user_id), OneTimeLink.user_id == actor.user_id)


def may_give(actor: Actor, role: Role, unit: Unit, to: UUID | None = None) -> bool:
    """See domain.may_give; taking a role back asks the same."""
    return domain.may_give(actor, role, unit, to_self=to is not None and to == actor.user_id)


def may_invite(actor: Actor) -> bool:
    """Whoever may give some role somewhere: heads, officers, administrators."""
    return actor.is_system or actor.holds(
        Role.HEAD, Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER, Role.ADMINISTRATOR
    )


def may_manage(actor: Actor, user_id: UUID, posts: Iterable[tuple[Role, Unit]]) -> bool:
    """Disable the account or make a new link for it: who could give every role that the person holds.

    Else the head of one school could take over an account that reads another. Nobody does it to herself.
    """
    held = list(posts)
    if actor.is_system:
        return True
    return bool(held) and user_id != actor.user_id and all(may_give(actor, role, unit) for role, unit in held)


def may_make_link(actor: Actor, user_id: UUID, posts: Iterable[tuple[Role, Unit]]) -> bool:
    """Who manages the account, unless one of the posts in effect is one that she could not give alone.

    A link sets the password: with it the administrator would sign in as a reader of cases.
    """
    held = list(posts)
    alone = not any(domain.needs_second_person(actor, role, unit) for role, unit in held)
    return alone and may_manage(actor, user_id, held)


def may_confirm(actor: Actor, unit: Unit, given_by: UUID | None, given_to: UUID) -> bool:
    """See domain.may_confirm."""
    return domain.may_confirm(actor, unit, given_by, given_to)
