"""Beginning units, and saying what is known of them: from a day on, or as a correction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.audit.service import record
from school_portal.core.actor import Actor
from school_portal.core.authz import require
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.organisations import policy, queries
from school_portal.organisations.domain import CreateUnit, Unit, UnitDetails, UnitKind, path_of, version_on
from school_portal.organisations.models import Organisation, OrganisationVersion
from school_portal.organisations.service.versions import (
    begin_version,
    changed_fields,
    check_codes,
    check_current,
    check_details,
    check_open,
    check_places,
    columns_of,
)


def create_unit(session: Session, actor: Actor, command: CreateUnit) -> Unit:
    """Begin one unit below its manager."""
    return create_units(session, actor, [command])[0]


def create_units(session: Session, actor: Actor, commands: Sequence[CreateUnit]) -> list[Unit]:
    """Begin several units, managers that stand in the tree already; all or none.

    Each gets the next short number, which never changes and makes its path.
    """
    number = queries.lock_tree(session, actor)
    parents = _parents(session, actor, commands)
    for command in commands:
        parent = parents.get(command.parent_id)
        require(policy.may_create_below(actor, parent.org_path if parent else None))
        _check_begin(session, actor, command, parent)
    _check_new_codes(session, actor, commands)
    check_places(session, actor, [command.details for command in commands])
    units = []
    for offset, command in enumerate(commands):
        parent = parents.get(command.parent_id)
        organisation = Organisation(
            number=number + offset,
            kind=command.kind,
            parent_id=command.parent_id,
            org_path=path_of(parent.org_path if parent else None, number + offset),
            opened_on=command.opened_on,
            closed_on=None,
            row_version=1,
        )
        version = OrganisationVersion(
            organisation_id=organisation.id,
            org_path=organisation.org_path,
            managed_by_id=command.parent_id,
            valid_from=command.opened_on,
            valid_to=None,
            **columns_of(command.details),
        )
        session.add(organisation)
        units.append((organisation, version))
    session.flush()
    session.add_all(version for _, version in units)
    session.flush()
    for organisation, _ in units:
        record(session, actor, "unit-created", "organisation", organisation.id, organisation.org_path)
    return [queries.unit_of(*unit) for unit in units]


def revise_unit(
    session: Session,
    actor: Actor,
    organisation_id: UUID,
    details: UnitDetails,
    valid_from: date,
    expected: int | None = None,
) -> Unit:
    """From a day on the unit is as `details` say; before it stays known as it was."""
    organisation, versions = _load_for_edit(session, actor, organisation_id, expected)
    _check(session, actor, organisation, details)
    later = [
        version.valid_from - timedelta(days=1) for version in versions if version.valid_from > valid_from
    ]
    last = later[0] if later else version_on(versions, valid_from).valid_to
    check_codes(session, actor, {details.code: organisation.id}, valid_from, last)
    columns = columns_of(details)
    changed = changed_fields(version_on(versions, valid_from), columns)
    version = begin_version(session, versions, valid_from, columns)
    return _store(session, actor, organisation, version, "unit-revised", changed)


def correct_unit(
    session: Session,
    actor: Actor,
    organisation_id: UUID,
    version_id: UUID,
    details: UnitDetails,
    expected: int | None = None,
) -> Unit:
    """What a version says was wrong from its beginning: put it right in place."""
    organisation, versions = _load_for_edit(session, actor, organisation_id, expected, ended_too=True)
    version = next((version for version in versions if version.id == version_id), None)
    if version is None:
        raise NotFound("unit-not-found")
    _check(session, actor, organisation, details)
    check_codes(session, actor, {details.code: organisation.id}, version.valid_from, version.valid_to)
    columns = columns_of(details)
    changed = changed_fields(version, columns)
    for name in changed:
        setattr(version, name, columns[name])
    return _store(session, actor, organisation, version, "unit-corrected", changed)


def change_contact(
    session: Session,
    actor: Actor,
    organisation_id: UUID,
    address: str,
    phone: str,
    email: str,
    on: date,
    expected: int | None = None,
) -> Unit:
    """How to reach the unit: the one thing its own head may change. Kept in the version of the day."""
    organisation = queries.load_organisation(session, actor, organisation_id)
    require(policy.may_edit_contact(actor, organisation.org_path))
    check_current(organisation, expected)
    check_open(organisation)
    version = version_on(queries.load_versions(session, actor, organisation_id), on)
    details = replace(queries.details_of(version), address=address, phone=phone, email=email)
    check_details(organisation.kind, details)
    columns = {"address": address, "phone": phone, "email": email}
    changed = changed_fields(version, columns)
    for name in changed:
        setattr(version, name, columns[name])
    return _store(session, actor, organisation, version, "unit-contact-changed", changed)


def _load_for_edit(
    session: Session, actor: Actor, organisation_id: UUID, expected: int | None, *, ended_too: bool = False
) -> tuple[Organisation, list[OrganisationVersion]]:
    organisation = queries.load_organisation(session, actor, organisation_id)
    require(policy.may_edit_unit(actor, organisation.org_path))
    check_current(organisation, expected)
    if not ended_too:
        check_open(organisation)
    queries.lock_tree(session, actor)
    return organisation, queries.load_versions(session, actor, organisation_id)


def _check(session: Session, actor: Actor, organisation: Organisation, details: UnitDetails) -> None:
    check_details(organisation.kind, details)
    check_places(session, actor, [details])


def _store(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    version: OrganisationVersion,
    action: str,
    changed: list[str],
) -> Unit:
    if changed:
        organisation.row_version += 1
        session.flush()
        record(
            session,
            actor,
            action,
            "organisation",
            organisation.id,
            organisation.org_path,
            version=str(version.id),
            fields=" ".join(sorted(changed)),
        )
    return queries.unit_of(organisation, version)


def _parents(
    session: Session, actor: Actor, commands: Sequence[CreateUnit]
) -> dict[UUID | None, Organisation]:
    wanted = {command.parent_id for command in commands if command.parent_id is not None}
    return {key: queries.load_organisation(session, actor, key) for key in wanted}


def _check_begin(session: Session, actor: Actor, command: CreateUnit, parent: Organisation | None) -> None:
    check_details(command.kind, command.details)
    if parent is None:
        if command.kind != UnitKind.DEPARTMENT or queries.has_units(session, actor):
            raise RuleBroken("manager-missing", "parent_id")
        return
    if parent.kind == UnitKind.SCHOOL or command.kind == UnitKind.DEPARTMENT:
        raise RuleBroken("manager-cannot-manage", "parent_id")
    check_open(parent)


def _check_new_codes(session: Session, actor: Actor, commands: Sequence[CreateUnit]) -> None:
    seen: dict[str, UUID | None] = {}
    for command in commands:
        if command.details.code in seen:
            raise RuleBroken("unit-code-taken", "code", given=command.details.code)
        seen[command.details.code] = None
    first = min((command.opened_on for command in commands), default=date.max)
    check_codes(session, actor, seen, first, None)
