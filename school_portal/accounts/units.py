"""Which units and roles a person may give in the forms, and what she may do with a post that she sees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.accounts import policy
from school_portal.accounts.domain import ROLES_BY_KIND
from school_portal.accounts.queries import PostLine
from school_portal.core.actor import Actor, Role
from school_portal.core.i18n import current_language
from school_portal.organisations import queries as organisations

MOST_UNITS = 60
"""More than fit into a list: then the unit is chosen first, on its own page."""


@dataclass(frozen=True)
class Offered:
    """What a form offers."""

    units: list[tuple[str, str]]
    roles: list[Role]
    givable: dict[UUID, list[Role]]
    """Which of the roles one may give at which of the units."""


def offered(session: Session, actor: Actor, chosen: UUID | None = None, to: UUID | None = None) -> Offered:
    """The chosen unit, or the units where one may give a role; and every role that one may give there."""
    if chosen is not None:
        found = [organisations.get_unit(session, actor, chosen)]
    else:
        own = organisations.units_by_id(session, actor, {post.organisation_id for post in actor.posts})
        managed = [
            unit
            for parent_id in own
            for unit in organisations.list_units(
                session, actor, organisations.UnitFilters(parent_id=parent_id), size=MOST_UNITS
            ).items
        ]
        found = [*own.values(), *(unit for unit in managed if unit.id not in own)]
    givable = {
        unit.id: [role for role in ROLES_BY_KIND.get(unit.kind, ()) if policy.may_give(actor, role, unit, to)]
        for unit in found
    }
    units = [(str(unit.id), unit.name(current_language())) for unit in found if givable[unit.id]]
    roles = {role for some in givable.values() for role in some}
    first = givable[UUID(units[0][0])] if units else []
    # What fits the unit that stands first comes first: the answers that are chosen already go together.
    ordered = sorted(roles, key=lambda role: (role not in first, list(Role).index(role)))
    return Offered(units, ordered, givable)


def may_invite(actor: Actor) -> bool:
    """See policy.may_invite."""
    return policy.may_invite(actor)


def may_give(actor: Actor, post: PostLine) -> bool:
    """Whether one may take this post back."""
    return policy.may_give(actor, post.role, post.unit)


def may_confirm(actor: Actor, post: PostLine) -> bool:
    """Whether one may be the second person for this post."""
    return post.is_awaiting and policy.may_confirm(actor, post.unit, post.granted_by, post.user_id)


_DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    ("Edg", "Edge"),
    ("coc_coc", "Cốc Cốc"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def describe(agent: str) -> str:
    """A device in a few words, from what its browser says of itself."""
    device = next((name for sign, name in _DEVICES if sign in agent), "")
    browser = next((name for sign, name in _BROWSERS if re.search(rf"{sign}[/ ]", agent)), "")
    return " · ".join(part for part in (device, browser) if part) or agent[:40]
