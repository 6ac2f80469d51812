"""Who asks: a person with posts at units, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person may be at a unit; rights are the union over all her posts."""

    TEACHER = "teacher"
    FOCAL_POINT = "focal_point"
    COUNSELLOR = "counsellor"
    HEAD = "head"
    COMMUNE_OFFICER = "commune_officer"
    DEPARTMENT_OFFICER = "department_officer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


@dataclass(frozen=True)
class Post:
    """A role held at one unit; `org_path` is the unit's path of responsibility."""

    role: Role
    organisation_id: UUID
    org_path: str
    is_deputy: bool = False


@dataclass(frozen=True)
class Actor:
    """Who asks for a read or a write.

    `is_fresh` is False when only a remembered device vouches for the person: then she may file and see her own
    states, nothing else. `is_system` marks operators' commands, which see everything.
    """

    user_id: UUID | None
    name: str
    posts: tuple[Post, ...] = ()
    is_fresh: bool = True
    is_system: bool = False

    def paths(self, *roles: Role) -> tuple[str, ...]:
        """Paths of the units where one of the roles is held (any role when none is named)."""
        return tuple(dict.fromkeys(post.org_path for post in self.posts if not roles or post.role in roles))

    def holds(self, *roles: Role) -> bool:
        """One of the roles, wherever."""
        return any(post.role in roles for post in self.posts)

    def holds_at(self, org_path: str, *roles: Role) -> bool:
        """One of the roles exactly at this unit."""
        return any(post.org_path == org_path and post.role in roles for post in self.posts)

    def holds_over(self, org_path: str, *roles: Role) -> bool:
        """One of the roles at this unit or at a unit above it."""
        return any(org_path.startswith(post.org_path) and post.role in roles for post in self.posts)


SYSTEM = Actor(user_id=None, name="system", is_system=True)
