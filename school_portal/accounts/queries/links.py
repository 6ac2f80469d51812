"""One-time links, found by what somebody presents, and the slips they are printed on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from school_portal.accounts import passwords, policy
from school_portal.accounts.domain import LOOKALIKES, LinkPurpose
from school_portal.accounts.models import (
    Membership,
    OneTimeLink,
    User,
)
from school_portal.accounts.queries.pages import is_open, lines_of, may_make_link
from school_portal.accounts.queries.people import PersonAt, responsible_people
from school_portal.accounts.sessions import hash_key
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.authz import lookup, scope
from school_portal.core.clock import now
from school_portal.core.errors import NotFound
from school_portal.organisations import queries as organisations


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
    if row is None or not may_make_link(session, actor, row.User.id):
        raise NotFound
    (person,) = lines_of(session, actor, [row.User])
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


def what_is_known_of(session: Session, user_id: UUID) -> passwords.Person:
    """What an attacker would try first for this person; read by the person herself or by her one-time link."""
    user = session.scalars(lookup(select(User), User.id == user_id)).one()
    ids = session.scalars(
        lookup(select(Membership.organisation_id), Membership.user_id == user_id).where(is_open())
    ).all()
    units = organisations.units_by_id(session, SYSTEM, ids).values()
    names = tuple(name for unit in units for name in (unit.name_vi, unit.details.short_name))
    return passwords.Person(user.name, user.email or "", user.phone or "", user.staff_code or "", names)
