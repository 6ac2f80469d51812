"""The schools that stood on a day, many at once and with little of each: for lists of a whole province."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import scope, within
from school_portal.organisations import policy
from school_portal.organisations.domain import Level, UnitKind, parse_levels, version_on
from school_portal.organisations.models import Organisation, OrganisationVersion


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """A school as it was on a day."""

    id: UUID
    org_path: str
    valid_from: date
    name_vi: str
    name_en: str
    sort_key: str
    phone: str
    levels: tuple[Level, ...]

    def name(self, language: str) -> str:
        """The name in the language, Vietnamese where there is no other."""
        return (self.name_en if language == "en" else "") or self.name_vi


def schools_within(session: Session, actor: Actor, org_path: str, on: date) -> list[SchoolLine]:
    """The schools at and below a path that were open at the end of a day, by name; as they were on that day."""
    version = OrganisationVersion
    statement = (
        select(
            Organisation.id,
            Organisation.org_path,
            version.valid_from,
            version.name_vi,
            version.name_en,
            version.sort_key,
            version.phone,
            version.levels,
        )
        .select_from(Organisation)
        .join(version, version.organisation_id == Organisation.id)
    )
    statement = scope(scope(statement, policy.visible_to(actor)), policy.versions_visible_to(actor)).where(
        Organisation.kind == UnitKind.SCHOOL,
        within(Organisation.org_path, org_path),
        Organisation.opened_on <= on,
        or_(Organisation.closed_on.is_(None), Organisation.closed_on > on),
    )
    versions: dict[UUID, list[SchoolLine]] = {}
    for *columns, levels in session.execute(statement.order_by(version.valid_from)):
        line = SchoolLine(*columns, parse_levels(levels))
        versions.setdefault(line.id, []).append(line)
    found = (version_on(lines, on) for lines in versions.values())
    return sorted(found, key=lambda line: (line.sort_key, line.org_path))


def levels_of_versions(
    session: Session, actor: Actor, version_ids: set[UUID]
) -> dict[UUID, tuple[Level, ...]]:
    """What was taught, by the version that records kept of their event's date; what she may not see is left out."""
    found: dict[UUID, tuple[Level, ...]] = {}
    wanted = sorted(version_ids)
    for start in range(0, len(wanted), 500):
        statement = scope(
            select(OrganisationVersion.id, OrganisationVersion.levels), policy.versions_visible_to(actor)
        ).where(OrganisationVersion.id.in_(wanted[start : start + 500]))
        found |= {key: parse_levels(levels) for key, levels in session.execute(statement)}
    return found
