"""Rows for the service to change, and questions of rules that look past what the actor may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import scope, within
from school_portal.core.errors import NotFound
from school_portal.organisations import policy
from school_portal.organisations.domain import UnitKind
from school_portal.organisations.models import Enrolment, Organisation, OrganisationVersion, TermDates


def load_organisation(session: Session, actor: Actor, organisation_id: UUID) -> Organisation:
    """The row of a unit that she may see; NotFound otherwise."""
    statement = scope(select(Organisation), policy.visible_to(actor))
    found = session.scalars(statement.where(Organisation.id == organisation_id)).one_or_none()
    if found is None:
        raise NotFound("unit-not-found")
    return found


def load_versions(session: Session, actor: Actor, organisation_id: UUID) -> list[OrganisationVersion]:
    """The rows of a unit's versions, the first one first."""
    statement = scope(select(OrganisationVersion), policy.versions_visible_to(actor))
    statement = statement.where(OrganisationVersion.organisation_id == organisation_id)
    return list(session.scalars(statement.order_by(OrganisationVersion.valid_from)))


def load_children(session: Session, actor: Actor, organisation_id: UUID) -> list[Organisation]:
    """The rows of the units directly below, whoever may see them: they follow their manager."""
    statement = scope(select(Organisation), policy.all_for_rules(Organisation))
    statement = statement.where(Organisation.parent_id == organisation_id)
    return list(session.scalars(statement.order_by(Organisation.number)))


def load_below(session: Session, actor: Actor, org_path: str) -> list[Organisation]:
    """The rows of a unit and all below it, whoever may see them: they move together."""
    statement = scope(select(Organisation), policy.all_for_rules(Organisation))
    statement = statement.where(within(Organisation.org_path, org_path))
    return list(session.scalars(statement.order_by(Organisation.org_path)))


def ids_standing_in(session: Session, actor: Actor, commune_code: str, from_day: date) -> list[UUID]:
    """Units that stand in a commune on the day or later, whoever manages them."""
    statement = scope(
        select(OrganisationVersion.organisation_id).distinct(), policy.all_for_rules(OrganisationVersion)
    ).where(
        OrganisationVersion.commune_code == commune_code,
        or_(OrganisationVersion.valid_to.is_(None), OrganisationVersion.valid_to >= from_day),
    )
    return list(session.scalars(statement))


def lock_tree(session: Session, actor: Actor) -> int:
    """Let nobody else add or move units until the commit; the next free number."""
    top = scope(select(Organisation.id), policy.all_for_rules(Organisation))
    session.execute(top.where(Organisation.parent_id.is_(None)).with_for_update()).all()
    highest = scope(select(func.max(Organisation.number)), policy.all_for_rules(Organisation))
    return (session.scalar(highest) or 0) + 1


def has_units(session: Session, actor: Actor) -> bool:
    """Whether there is any unit yet."""
    statement = scope(select(Organisation.id), policy.all_for_rules(Organisation)).limit(1)
    return session.execute(statement).first() is not None


def codes_in_use(
    session: Session, actor: Actor, codes: Iterable[str], first: date, last: date | None
) -> dict[str, set[UUID]]:
    """Which units carry the codes at some time from `first` to `last` (None: for ever)."""
    statement = scope(
        select(OrganisationVersion.code, OrganisationVersion.organisation_id),
        policy.all_for_rules(OrganisationVersion),
    ).where(
        OrganisationVersion.code.in_(set(codes)),
        or_(OrganisationVersion.valid_to.is_(None), OrganisationVersion.valid_to >= first),
    )
    if last is not None:
        statement = statement.where(OrganisationVersion.valid_from <= last)
    holders: dict[str, set[UUID]] = {}
    for code, organisation_id in session.execute(statement):
        holders.setdefault(code, set()).add(organisation_id)
    return holders


def codes_of_ended_units(session: Session, actor: Actor) -> set[str]:
    """Codes that units which have ended carried, so that no list begins them again."""
    statement = select(OrganisationVersion.code).join(
        Organisation, Organisation.id == OrganisationVersion.organisation_id
    )
    statement = scope(statement, policy.all_for_rules(Organisation))
    statement = scope(statement, policy.all_for_rules(OrganisationVersion))
    return set(session.scalars(statement.where(Organisation.closed_on.is_not(None))))


def commune_codes(session: Session, actor: Actor, codes: Iterable[str]) -> set[str]:
    """Those of the codes that belong to a commune, now or at any time."""
    statement = select(OrganisationVersion.code).join(
        Organisation, Organisation.id == OrganisationVersion.organisation_id
    )
    statement = scope(scope(statement, policy.offices()), policy.all_for_rules(OrganisationVersion)).where(
        OrganisationVersion.code.in_(set(codes)), Organisation.kind == UnitKind.COMMUNE
    )
    return set(session.scalars(statement))


def load_enrolment(
    session: Session, actor: Actor, organisation_id: UUID, school_year: int
) -> list[Enrolment]:
    """The rows of a unit's numbers in one school year."""
    statement = scope(select(Enrolment), policy.enrolment_visible_to(actor))
    return list(
        session.scalars(
            statement.where(
                Enrolment.organisation_id == organisation_id, Enrolment.school_year == school_year
            )
        )
    )


def load_term_dates(session: Session, actor: Actor, school_year: int) -> TermDates | None:
    """The row of the days that the department has set for a school year, if any."""
    return session.get(TermDates, school_year)
