"""Reading people, their posts, sessions and devices; and who a person is for jobs and other features."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from school_portal.accounts import passwords, policy
from school_portal.accounts.domain import LOOKALIKES, SESSION_LIFETIME, LinkPurpose, shown_phone
from school_portal.accounts.models import (
    Membership,
    OneTimeLink,
    RecoveryCode,
    RememberedDevice,
    User,
    UserSession,
)
from school_portal.accounts.sessions import actor_from, hash_key, in_effect
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.authz import lookup, scope
from school_portal.core.clock import now, today
from school_portal.core.errors import NotFound
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Unit


@dataclass(frozen=True)
class PersonAt:
    """Somebody who works at a unit, as colleagues may know her."""

    user_id: UUID
    name: str
    phone: str
    roles: tuple[Role, ...]
    is_deputy: bool = False

    @property
    def tel(self) -> str:
        """The number for a tel: link."""
        return self.phone.replace(" ", "")


# --- for other features ----------------------------------------------------------------------------------------


def actor_of(session: Session, user_id: UUID) -> Actor | None:
    """The person with the rights of this moment, for jobs; None when the account is disabled or gone."""
    statement = lookup(
        select(User, Membership).outerjoin(
            Membership, and_(Membership.user_id == User.id, in_effect(today()))
        ),
        and_(User.id == user_id, or_(Membership.id.is_(None), Membership.user_id == User.id)),
    ).where(User.active)
    rows = session.execute(statement).all()
    return actor_from(rows[0][0], [post for _, post in rows if post]) if rows else None


def people_at(session: Session, actor: Actor, organisation_id: UUID) -> list[PersonAt]:
    """Who holds a post at the unit now, for her colleagues and for those above; by name."""
    statement = (
        scope(
            select(User, Membership).join(Membership, Membership.user_id == User.id),
            and_(policy.posts_named_to(actor), policy.named_to(actor)),
        )
        .where(Membership.organisation_id == organisation_id, in_effect(today()), User.active)
        .order_by(User.name, User.id)
    )
    return _people(tuple(row) for row in session.execute(statement))


def responsible_people(session: Session, actor: Actor, organisation_id: UUID) -> list[PersonAt]:
    """The persons in charge of protecting children (not the deputy first) and the head, with their telephones.

    Each signed-in person of the school may read them, also when only a remembered device vouches for her.
    """
    found = [
        person
        for person in people_at(session, actor, organisation_id)
        if {Role.FOCAL_POINT, Role.HEAD} & set(person.roles)
    ]
    return sorted(
        found, key=lambda person: (Role.FOCAL_POINT not in person.roles, person.is_deputy, person.name)
    )


def name_of(session: Session, actor: Actor, user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of people by id, where one may know them; who is missing is shown by her office."""
    wanted = set(user_ids)
    if not wanted:
        return {}
    statement = scope(select(User.id, User.name), policy.named_to(actor)).where(User.id.in_(wanted))
    return dict(session.execute(statement).all())


def _people(rows: Iterable[tuple[User, Membership]]) -> list[PersonAt]:
    held: dict[UUID, tuple[User, list[Membership]]] = {}
    for user, post in rows:
        held.setdefault(user.id, (user, []))[1].append(post)
    return [
        PersonAt(
            user_id=user.id,
            name=user.name,
            phone=shown_phone(user.phone),
            roles=tuple(sorted({post.role for post in posts}, key=list(Role).index)),
            is_deputy=any(post.is_deputy for post in posts if post.role == Role.FOCAL_POINT),
        )
        for user, posts in held.values()
    ]


# --- the accounts' own pages -----------------------------------------------------------------------------------


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


PAGE = 50


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
    if key:
        matching = matching.where(or_(User.name > name, and_(User.name == name, User.id > UUID(key))))
    users = session.scalars(matching.order_by(User.name, User.id).limit(PAGE + 1)).all()
    shown = users[:PAGE]
    following = f"{shown[-1].name}|{shown[-1].id}" if len(users) > PAGE else None
    return PeoplePage(_lines(session, actor, shown), following, total or 0)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def get_person(session: Session, actor: Actor, user_id: UUID) -> PersonLine:
    """One person with her posts. Raises NotFound where one may not see her."""
    user = session.scalar(scope(select(User), policy.visible_to(actor)).where(User.id == user_id))
    if user is None:
        raise NotFound
    return _lines(session, actor, [user])[0]


def all_posts_of(session: Session, actor: Actor, user_id: UUID) -> list[tuple[Role, Unit]]:
    """Every open post of a person, also those one doesn't see: who manages an account must be above all of them."""
    get_person(session, actor, user_id)
    posts = session.scalars(lookup(select(Membership), Membership.user_id == user_id).where(_is_open())).all()
    units = organisations.units_by_id(session, SYSTEM, {post.organisation_id for post in posts})
    return [(post.role, units[post.organisation_id]) for post in posts]


def may_manage(session: Session, actor: Actor, user_id: UUID) -> bool:
    """See policy.may_manage."""
    return policy.may_manage(actor, user_id, all_posts_of(session, actor, user_id))


def _is_open() -> ColumnElement[bool]:
    return or_(Membership.valid_to.is_(None), Membership.valid_to > today())


def _lines(session: Session, actor: Actor, users: Collection[User]) -> list[PersonLine]:
    ids = {user.id for user in users}
    posts = session.scalars(
        scope(select(Membership), policy.posts_visible_to(actor))
        .where(Membership.user_id.in_(ids), _is_open())
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
            Membership.id == post_id, Membership.user_id == user_id, _is_open()
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
        ).where(Membership.is_awaiting, _is_open())
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
            Membership.user_id == actor.user_id, _is_open()
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


def what_is_known_of(session: Session, user_id: UUID) -> passwords.Person:
    """What an attacker would try first for this person; read by the person herself or by her one-time link."""
    user = session.scalars(lookup(select(User), User.id == user_id)).one()
    ids = session.scalars(
        lookup(select(Membership.organisation_id), Membership.user_id == user_id).where(_is_open())
    ).all()
    units = organisations.units_by_id(session, SYSTEM, ids).values()
    names = tuple(name for unit in units for name in (unit.name_vi, unit.details.short_name))
    return passwords.Person(user.name, user.email or "", user.phone or "", user.staff_code or "", names)


@dataclass(frozen=True)
class Slip:
    """What stands on the printed slip; `link` is shown to whoever may manage the account, until it is used."""

    link: OneTimeLink
    user: User
    unit_name: str
    roles: tuple[Role, ...]
    contact: PersonAt | None

    @property
    def is_invitation(self) -> bool:
        """Or else a reset."""
        return self.link.purpose == LinkPurpose.INVITATION


def get_slip(session: Session, actor: Actor, link_id: UUID) -> Slip:
    """The slip of a link that can still be used. NotFound when it was used, ran out, or isn't one's own to give."""
    row = session.execute(
        scope(
            select(OneTimeLink, User).join(User, User.id == OneTimeLink.user_id),
            and_(policy.links_visible_to(actor), policy.visible_to(actor)),
        ).where(
            OneTimeLink.id == link_id,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now(),
            OneTimeLink.password_version == User.password_version,
        )
    ).one_or_none()
    if row is None or not may_manage(session, actor, row.User.id):
        raise NotFound
    (person,) = _lines(session, actor, [row.User])
    unit = person.posts[0].unit if person.posts else None
    contacts = responsible_people(session, actor, unit.id) if unit else []
    contact = next((other for other in contacts if other.user_id != row.User.id), None)
    return Slip(
        row.OneTimeLink,
        row.User,
        unit.name_vi if unit else "",
        tuple(post.role for post in person.posts),
        contact,
    )


def find_link(session: Session, token: str) -> tuple[OneTimeLink, User] | None:
    """The link of a token that somebody presents, while it can be used."""
    return _usable(session, OneTimeLink.token_hash == hash_key(token))


def find_link_by_code(session: Session, code: str) -> tuple[OneTimeLink, User] | None:
    """The link of the short code on a slip, while it can be used; blanks, dashes and case don't matter."""
    plain = "".join(char for char in code.upper() if char.isalnum()).translate(LOOKALIKES)
    return _usable(session, OneTimeLink.code_hash == hash_key(plain))


def _usable(session: Session, given: ColumnElement[bool]) -> tuple[OneTimeLink, User] | None:
    row = session.execute(
        lookup(
            select(OneTimeLink, User).join(User, User.id == OneTimeLink.user_id),
            and_(given, User.id == OneTimeLink.user_id),
        ).where(
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now(),
            OneTimeLink.password_version == User.password_version,
            User.active,
        )
    ).one_or_none()
    return (row.OneTimeLink, row.User) if row else None
