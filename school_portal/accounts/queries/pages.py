"""What the accounts' own pages show."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from school_portal.accounts import policy
from school_portal.accounts.domain import SESSION_LIFETIME, shown_phone
from school_portal.accounts.models import (
    Membership,
    OneTimeLink,
    RecoveryCode,
    RememberedDevice,
    User,
    UserSession,
)
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.authz import lookup, scope
from school_portal.core.clock import now, today
from school_portal.core.errors import NotFound
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Unit

PAGE = 50


@dataclass(frozen=True)
class PostLine:
    """A post as the pages show it."""

    id: UUID
    user_id: UUID
    role: Role
    is_deputy: bool
    unit: Unit
    is_awaiting: bool
    granted_by: UUID | None


@dataclass(frozen=True)
class PersonLine:
    """A person with the posts that one may see."""

    user: User
    posts: tuple[PostLine, ...]
    invited_until: datetime | None = None

    @property
    def phone(self) -> str:
        """The number as people write it."""
        return shown_phone(self.user.phone)

    @property
    def state(self) -> str:
        """disabled, invited (never signed in yet), lapsed (the invitation ran out) or active."""
        if not self.user.active:
            return "disabled"
        if self.user.password is None:
            return "invited" if self.invited_until else "lapsed"
        return "active"


@dataclass(frozen=True)
class PeoplePage:
    """People by name, and where the next page starts."""

    people: list[PersonLine]
    next_after: str | None = None
    total: int = 0


@dataclass(frozen=True)
class OwnAccount:
    """One's own account: posts, where one is signed in, which devices are remembered."""

    user: User
    posts: tuple[PostLine, ...]
    sessions: list[UserSession] = field(default_factory=list)
    devices: list[RememberedDevice] = field(default_factory=list)
    recovery_codes: int = 0

    @property
    def phone(self) -> str:
        """The number as people write it."""
        return shown_phone(self.user.phone)


def list_people(
    session: Session, actor: Actor, *, text: str = "", organisation_id: UUID | None = None, after: str = ""
) -> PeoplePage:
    """The people of the units one oversees, by name, 50 a page; found by a part of the name, e-mail or code."""
    posts = select(Membership.user_id).where(
        policy.posts_visible_to(actor),
        or_(Membership.valid_to.is_(None), Membership.valid_to > today()),
    )
    if organisation_id is not None:
        posts = posts.where(Membership.organisation_id == organisation_id)
    matching = scope(select(User), and_(policy.visible_to(actor), User.id.in_(posts)))
    if text:
        like = f"%{_escaped(text)}%"
        matching = matching.where(
            or_(*(column.ilike(like, escape="\\") for column in (User.name, User.email, User.staff_code)))
        )
    total = session.scalar(
        scope(select(func.count(User.id)), and_(policy.visible_to(actor), User.id.in_(posts)))
    )
    name, _, key = after.rpartition("|")
    if last := _uuid(key):
        matching = matching.where(or_(User.name > name, and_(User.name == name, User.id > last)))
    users = session.scalars(matching.order_by(User.name, User.id).limit(PAGE + 1)).all()
    shown = users[:PAGE]
    following = f"{shown[-1].name}|{shown[-1].id}" if len(users) > PAGE else None
    return PeoplePage(lines_of(session, actor, shown), following, total or 0)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def get_person(session: Session, actor: Actor, user_id: UUID) -> PersonLine:
    """One person with her posts. Raises NotFound where one may not see her."""
    user = session.scalar(scope(select(User), policy.visible_to(actor)).where(User.id == user_id))
    if user is None:
        raise NotFound
    return lines_of(session, actor, [user])[0]


def all_posts_of(
    session: Session, actor: Actor, user_id: UUID, *, awaiting: bool = True
) -> list[tuple[Role, Unit]]:
    """Every open post of a person, also those one doesn't see: who manages an account must be above all of them.

    Without `awaiting` only those that count already.
    """
    get_person(session, actor, user_id)
    statement = lookup(select(Membership), Membership.user_id == user_id).where(is_open())
    posts = session.scalars(
        statement if awaiting else statement.where(Membership.is_awaiting.is_(False))
    ).all()
    units = organisations.units_by_id(session, SYSTEM, {post.organisation_id for post in posts})
    return [(post.role, units[post.organisation_id]) for post in posts]


def may_manage(session: Session, actor: Actor, user_id: UUID) -> bool:
    """See policy.may_manage."""
    return policy.may_manage(actor, user_id, all_posts_of(session, actor, user_id))


def may_make_link(session: Session, actor: Actor, user_id: UUID) -> bool:
    """See policy.may_make_link. An account whose posts all still wait for a second person opens nothing yet."""
    if not may_manage(session, actor, user_id):
        return False
    in_effect_only = all_posts_of(session, actor, user_id, awaiting=False)
    return not in_effect_only or policy.may_make_link(actor, user_id, in_effect_only)


def is_open() -> ColumnElement[bool]:
    return or_(Membership.valid_to.is_(None), Membership.valid_to > today())


def lines_of(session: Session, actor: Actor, users: Collection[User]) -> list[PersonLine]:
    ids = {user.id for user in users}
    posts = session.scalars(
        scope(select(Membership), policy.posts_visible_to(actor))
        .where(Membership.user_id.in_(ids), is_open())
        .order_by(Membership.org_path, Membership.role)
    ).all()
    lines: dict[UUID, list[PostLine]] = {}
    for line in _post_lines(session, actor, posts):
        lines.setdefault(line.user_id, []).append(line)
    invitations = session.execute(
        scope(select(OneTimeLink.user_id, func.max(OneTimeLink.expires_at)), policy.links_visible_to(actor))
        .where(OneTimeLink.user_id.in_(ids), OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now())
        .group_by(OneTimeLink.user_id)
    )
    invited = dict(invitations.all())
    return [PersonLine(user, tuple(lines.get(user.id, ())), invited.get(user.id)) for user in users]


def _post_lines(session: Session, actor: Actor, posts: Collection[Membership]) -> list[PostLine]:
    ids = {post.organisation_id for post in posts}
    units = organisations.units_by_id(session, SYSTEM, ids) if ids else {}
    return [
        PostLine(
            post.id,
            post.user_id,
            post.role,
            post.is_deputy,
            units[post.organisation_id],
            post.is_awaiting,
            post.granted_by,
        )
        for post in posts
    ]


def get_post(session: Session, actor: Actor, user_id: UUID, post_id: UUID) -> PostLine:
    """One open post of a person. Raises NotFound where one may not see it."""
    post = session.scalar(
        scope(select(Membership), policy.posts_visible_to(actor)).where(
            Membership.id == post_id, Membership.user_id == user_id, is_open()
        )
    )
    if post is None:
        raise NotFound
    return _post_lines(session, actor, [post])[0]


def list_awaiting(session: Session, actor: Actor) -> list[tuple[User, PostLine]]:
    """Posts that wait for a second person, where the actor may be the one."""
    rows = session.execute(
        scope(
            select(User, Membership).join(Membership, Membership.user_id == User.id),
            and_(policy.visible_to(actor), policy.posts_visible_to(actor)),
        ).where(Membership.is_awaiting, is_open())
    ).all()
    users = {post.id: user for user, post in rows}
    lines = _post_lines(session, actor, [post for _, post in rows])
    return [
        (users[line.id], line)
        for line in lines
        if policy.may_confirm(actor, line.unit, line.granted_by, line.user_id)
    ]


def get_own(session: Session, actor: Actor) -> OwnAccount:
    """One's own account."""
    user = session.scalars(
        scope(select(User), policy.visible_to(actor)).where(User.id == actor.user_id)
    ).one()
    posts = session.scalars(
        scope(select(Membership), policy.posts_visible_to(actor)).where(
            Membership.user_id == actor.user_id, is_open()
        )
    ).all()
    alive = session.scalars(
        scope(select(UserSession), policy.own_sessions(actor))
        .where(UserSession.ended_at.is_(None), UserSession.created_at > now() - SESSION_LIFETIME)
        .order_by(UserSession.seen_at.desc())
    ).all()
    devices = session.scalars(
        scope(select(RememberedDevice), policy.own_devices(actor))
        .where(RememberedDevice.ended_at.is_(None), RememberedDevice.expires_at > now())
        .order_by(RememberedDevice.seen_at.desc())
    ).all()
    codes = session.scalar(
        scope(select(func.count(RecoveryCode.code_hash)), policy.own_recovery_codes(actor))
    )
    lines = tuple(_post_lines(session, actor, posts))
    return OwnAccount(user, lines, list(alive), list(devices), codes or 0)
