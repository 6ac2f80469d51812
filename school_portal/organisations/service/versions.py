"""Writing versions: one holds on each day, and no code is carried by two units on one day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.errors import Conflict, RuleBroken
from school_portal.organisations import queries
from school_portal.organisations.domain import (
    LIMITS,
    UnitDetails,
    UnitKind,
    fold,
    format_levels,
    problems_of,
    version_on,
)
from school_portal.organisations.models import Organisation, OrganisationVersion

_DAY = timedelta(days=1)
_NAMED = ("name_vi", "name_en", "short_name", "code")
_COPIED = (*LIMITS, "school_kind", "levels", "boarding", "ownership", "sites", "managed_by_id")


def columns_of(details: UnitDetails) -> dict[str, Any]:
    """The details as the columns of a version, with what search and order need."""
    texts = {name: getattr(details, name) for name in LIMITS}
    return texts | {
        "school_kind": details.school_kind,
        "levels": format_levels(details.levels),
        "boarding": details.boarding,
        "ownership": details.ownership,
        "sites": [{"name": site.name, "commune_code": site.commune_code} for site in details.sites],
        "sort_key": fold(details.name_vi)[:300],
        "search_text": fold(" ".join(texts[name] for name in _NAMED))[:700],
    }


def check_details(kind: UnitKind, details: UnitDetails) -> None:
    """Refuse what is missing or too long, naming its field."""
    for field, code in problems_of(kind, details):
        raise RuleBroken(code, field)


def check_places(session: Session, actor: Actor, all_details: list[UnitDetails]) -> None:
    """Refuse a commune's code that no commune has, for the unit or one of its sites."""
    wanted = {details.commune_code for details in all_details}
    wanted |= {site.commune_code for details in all_details for site in details.sites}
    wanted.discard("")
    unknown = wanted - queries.commune_codes(session, actor, wanted) if wanted else set()
    for code in sorted(unknown):
        raise RuleBroken("commune-unknown", "commune_code", given=code)


def check_codes(
    session: Session,
    actor: Actor,
    codes: Mapping[str, UUID | None],
    first: date,
    last: date | None,
) -> None:
    """Refuse a code that another unit carries at some time of the span; `codes` maps each to its own unit."""
    holders = queries.codes_in_use(session, actor, codes, first, last)
    for code, own in codes.items():
        if holders.get(code, set()) - {own}:
            raise RuleBroken("unit-code-taken", "code", given=code)


def check_current(organisation: Organisation, expected: int | None) -> None:
    """Conflict when somebody changed the unit since the form was read."""
    if expected is not None and organisation.row_version != expected:
        raise Conflict


def check_open(organisation: Organisation) -> None:
    """A unit that has ended stays as it was."""
    if organisation.closed_on is not None:
        raise RuleBroken("unit-closed")


def changed_fields(version: OrganisationVersion, columns: Mapping[str, Any]) -> list[str]:
    """Names of the columns that would get another value."""
    return [name for name, value in columns.items() if getattr(version, name) != value]


def begin_version(
    session: Session, versions: list[OrganisationVersion], on: date, columns: Mapping[str, Any]
) -> OrganisationVersion:
    """From the day on, the unit is as `columns` say; what is not in them stays. Later versions keep their day.

    A version that begins on that very day is changed itself.
    """
    base = version_on(versions, on)
    if base.valid_from == on:
        _assign(base, columns)
        return base
    if base.valid_from > on:  # a past before the first version
        last: date | None = base.valid_from - _DAY
    else:
        last = base.valid_to
        base.valid_to = on - _DAY
        session.flush()
    copied = {name: getattr(base, name) for name in (*_COPIED, "sort_key", "search_text")}
    version = OrganisationVersion(
        organisation_id=base.organisation_id,
        org_path=base.org_path,
        valid_from=on,
        valid_to=last,
        **(copied | dict(columns)),
    )
    session.add(version)
    versions.append(version)
    versions.sort(key=lambda each: each.valid_from)
    return version


def change_from(
    session: Session,
    versions: list[OrganisationVersion],
    on: date,
    change: Mapping[str, Any],
    applies: Callable[[OrganisationVersion], bool] = lambda version: True,
) -> None:
    """As begin_version, and every later version that `applies` says so of gets the change as well."""
    if applies(version_on(versions, on)):
        begin_version(session, versions, on, change)
    for version in versions:
        if version.valid_from > on and applies(version):
            _assign(version, change)


def end_versions(session: Session, versions: list[OrganisationVersion], on: date) -> None:
    """The unit has no version from the day on. RuleBroken when one begins on that day or later."""
    if versions[-1].valid_from >= on:
        raise RuleBroken("date-before-version", "on")
    versions[-1].valid_to = on - _DAY


def _assign(version: OrganisationVersion, columns: Mapping[str, Any]) -> None:
    for name, value in columns.items():
        setattr(version, name, value)
