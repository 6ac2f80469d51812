"""What happens to units: renamed, moved to another manager, merged, split, closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.audit.service import record
from school_portal.core.actor import Actor
from school_portal.core.authz import require
from school_portal.core.clock import today
from school_portal.core.errors import RuleBroken
from school_portal.organisations import policy, queries
from school_portal.organisations.domain import (
    CreateUnit,
    SuccessionKind,
    Unit,
    UnitDetails,
    UnitKind,
    version_on,
)
from school_portal.organisations.models import Organisation, OrganisationVersion, Succession
from school_portal.organisations.service.moving import put_below
from school_portal.organisations.service.units import create_units, revise_unit
from school_portal.organisations.service.versions import (
    change_from,
    check_current,
    check_open,
    end_versions,
)


def rename_unit(
    session: Session,
    actor: Actor,
    organisation_id: UUID,
    on: date,
    name_vi: str,
    name_en: str = "",
    short_name: str = "",
    code: str | None = None,
    expected: int | None = None,
) -> Unit:
    """From a day on (it may lie ahead) the unit has another name, and another code where one is given."""
    organisation = queries.load_organisation(session, actor, organisation_id)
    versions = queries.load_versions(session, actor, organisation_id)
    before = queries.details_of(version_on(versions, on))
    after = replace(before, name_vi=name_vi, name_en=name_en, short_name=short_name, code=code or before.code)
    if after == before:
        raise RuleBroken("name-unchanged", "name_vi")
    unit = revise_unit(session, actor, organisation_id, after, on, expected)
    _follow(session, organisation, organisation, SuccessionKind.RENAMED, on)
    return unit


def move_unit(
    session: Session,
    actor: Actor,
    organisation_id: UUID,
    manager_id: UUID,
    on: date,
    expected: int | None = None,
) -> Unit:
    """Another office is responsible from a day on, today at the latest.

    It sees all records of the unit at once, those of the past as well; the former one sees none any more.
    """
    unit = queries.load_organisation(session, actor, organisation_id)
    manager = queries.load_organisation(session, actor, manager_id)
    require(policy.may_merge(actor, unit.org_path, manager.org_path))
    check_current(unit, expected)
    check_open(unit)
    check_open(manager)
    _check_happened(on)
    if manager.kind == UnitKind.SCHOOL or unit.parent_id is None:
        raise RuleBroken("manager-cannot-manage", "manager_id")
    if manager.org_path.startswith(unit.org_path):
        raise RuleBroken("manager-below-itself", "manager_id")
    queries.lock_tree(session, actor)
    versions = queries.load_versions(session, actor, organisation_id)
    change_from(session, versions, on, {"managed_by_id": manager.id})
    put_below(session, actor, unit, manager)
    _store(session, actor, unit, "unit-moved", on, to=str(manager.id))
    return queries.unit_of(unit, version_on(versions, on))


def merge_units(
    session: Session,
    actor: Actor,
    organisation_ids: Sequence[UUID],
    successor_id: UUID,
    on: date,
    expected: int | None = None,
) -> Unit:
    """Units go into another one from a day on, today at the latest; they stay known under their old names.

    The successor is responsible for what they leave: they stand below it from now on, so that it sees their open
    cases. What they managed is managed by the successor; what stood in a commune stands in its successor.
    """
    successor = queries.load_organisation(session, actor, successor_id)
    check_current(successor, expected)
    check_open(successor)
    _check_happened(on)
    if not organisation_ids or successor_id in organisation_ids:
        raise RuleBroken("merge-needs-another", "organisation_ids")
    queries.lock_tree(session, actor)
    successor_code = version_on(queries.load_versions(session, actor, successor_id), on).code
    for organisation_id in organisation_ids:
        unit = queries.load_organisation(session, actor, organisation_id)
        require(policy.may_merge(actor, unit.org_path, successor.org_path))
        check_open(unit)
        if unit.kind != successor.kind or unit.parent_id is None:
            raise RuleBroken("merge-needs-same-kind", "organisation_ids")
        versions = queries.load_versions(session, actor, organisation_id)
        if unit.kind == UnitKind.COMMUNE:
            _stand_elsewhere(session, actor, versions[-1].code, successor_code, on)
        for child in queries.load_children(session, actor, organisation_id):
            _hand_over(session, actor, child, successor, on)
        _end(session, unit, versions, on)
        put_below(session, actor, unit, successor)
        _follow(session, unit, successor, SuccessionKind.MERGED, on)
        _store(session, actor, unit, "unit-merged", on, to=str(successor_id))
    successor.row_version += 1
    session.flush()
    return queries.get_unit(session, actor, successor_id, on)


def split_unit(
    session: Session,
    actor: Actor,
    organisation_id: UUID,
    parts: Sequence[UnitDetails],
    on: date,
    *,
    closes: bool = False,
    expected: int | None = None,
) -> list[Unit]:
    """New units come out of one from a day on, today at the latest.

    It goes on beside them, or ends (`closes`): then the first part is responsible for what it leaves.
    """
    unit = queries.load_organisation(session, actor, organisation_id)
    require(policy.may_merge(actor, unit.org_path))
    check_current(unit, expected)
    check_open(unit)
    _check_happened(on)
    if not parts or unit.parent_id is None:
        raise RuleBroken("split-needs-parts")
    created = create_units(
        session, actor, [CreateUnit(unit.kind, unit.parent_id, part, on) for part in parts]
    )
    rows = [queries.load_organisation(session, actor, part.id) for part in created]
    for row in rows:
        _follow(session, unit, row, SuccessionKind.SPLIT, on)
    if closes:
        for child in queries.load_children(session, actor, organisation_id):
            _hand_over(session, actor, child, rows[0], on)
        _end(session, unit, queries.load_versions(session, actor, organisation_id), on)
        put_below(session, actor, unit, rows[0])
    _store(session, actor, unit, "unit-split", on, parts=len(created), closes=closes)
    return created


def close_unit(
    session: Session, actor: Actor, organisation_id: UUID, on: date, expected: int | None = None
) -> None:
    """The unit ends without a successor, today at the latest; its manager keeps its records."""
    unit = queries.load_organisation(session, actor, organisation_id)
    require(policy.may_merge(actor, unit.org_path))
    check_current(unit, expected)
    check_open(unit)
    _check_happened(on)
    if unit.parent_id is None or queries.open_units_below(session, actor, unit.org_path):
        raise RuleBroken("unit-still-manages", "on")
    _end(session, unit, queries.load_versions(session, actor, organisation_id), on)
    _store(session, actor, unit, "unit-closed", on)


def _check_happened(on: date) -> None:
    """Who is responsible changes at once, so the day can't lie ahead."""
    if on > today():
        raise RuleBroken("date-in-future", "on")


def _end(session: Session, unit: Organisation, versions: list[OrganisationVersion], on: date) -> None:
    end_versions(session, versions, on)
    unit.closed_on = on


def _hand_over(session: Session, actor: Actor, child: Organisation, manager: Organisation, on: date) -> None:
    """What a unit managed is managed by another one; what once went into it goes along."""
    versions = queries.load_versions(session, actor, child.id)
    if child.closed_on is None:
        change_from(session, versions, on, {"managed_by_id": manager.id})
        child.row_version += 1
    put_below(session, actor, child, manager)


def _stand_elsewhere(session: Session, actor: Actor, old_code: str, new_code: str, on: date) -> None:
    """Units in a commune that goes into another one stand in that one from the day on, whoever manages them."""
    for organisation_id in queries.ids_standing_in(session, actor, old_code, on):
        change_from(
            session,
            queries.load_versions(session, actor, organisation_id),
            on,
            {"commune_code": new_code},
            applies=lambda version: version.commune_code == old_code,
        )


def _follow(
    session: Session, unit: Organisation, successor: Organisation, kind: SuccessionKind, on: date
) -> None:
    session.add(
        Succession(
            organisation_id=unit.id,
            org_path=unit.org_path,
            successor_id=successor.id,
            successor_path=successor.org_path,
            kind=kind,
            happened_on=on,
        )
    )
    session.flush()


def _store(
    session: Session, actor: Actor, unit: Organisation, action: str, on: date, **details: str | int | bool
) -> None:
    unit.row_version += 1
    session.flush()
    record(session, actor, action, "organisation", unit.id, unit.org_path, on=on.isoformat(), **details)
