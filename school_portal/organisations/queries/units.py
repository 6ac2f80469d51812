"""Reading units as they are on a date: one, many, the tree, search, letterheads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from school_portal.core.actor import Actor
from school_portal.core.authz import require, scope, within
from school_portal.core.clock import today
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.core.paging import PAGE_SIZE, Page, is_number, read_cursor, write_cursor
from school_portal.organisations import labels, policy
from school_portal.organisations.domain import (
    Act,
    Letterhead,
    Level,
    Site,
    Succession,
    Unit,
    UnitDetails,
    UnitKind,
    ancestors_of,
    fold,
    parse_levels,
    version_on,
)
from school_portal.organisations.models import Organisation, OrganisationVersion
from school_portal.organisations.models import Succession as SuccessionRow


def details_of(version: OrganisationVersion) -> UnitDetails:
    """What a version says, as plain values."""
    return UnitDetails(
        code=version.code,
        name_vi=version.name_vi,
        name_en=version.name_en,
        short_name=version.short_name,
        school_kind=version.school_kind,
        levels=parse_levels(version.levels),
        boarding=version.boarding,
        ownership=version.ownership,
        commune_code=version.commune_code,
        sites=tuple(Site(site["name"], site.get("commune_code", "")) for site in version.sites),
        address=version.address,
        phone=version.phone,
        email=version.email,
        former_province=version.former_province,
        former_district=version.former_district,
        letterhead_parent=version.letterhead_parent,
        letterhead_issuer=version.letterhead_issuer,
        letterhead_place=version.letterhead_place,
        letterhead_signer=version.letterhead_signer,
        document_symbol=version.document_symbol,
    )


def unit_of(organisation: Organisation, version: OrganisationVersion) -> Unit:
    """A unit and one of its versions, as plain values."""
    return Unit(
        id=organisation.id,
        number=organisation.number,
        kind=organisation.kind,
        org_path=organisation.org_path,
        parent_id=organisation.parent_id,
        opened_on=organisation.opened_on,
        closed_on=organisation.closed_on,
        row_version=organisation.row_version,
        version_id=version.id,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        managed_by_id=version.managed_by_id,
        details=details_of(version),
    )


Pairs = Select[Organisation, OrganisationVersion]


def _all_versions(units: ColumnElement[bool], versions: ColumnElement[bool]) -> Pairs:
    """Each unit with each of its versions."""
    statement = (
        select(Organisation, OrganisationVersion)
        .select_from(Organisation)
        .join(OrganisationVersion, OrganisationVersion.organisation_id == Organisation.id)
    )
    return scope(scope(statement, units), versions)


def _seen_by(actor: Actor) -> Pairs:
    return _all_versions(policy.visible_to(actor), policy.versions_visible_to(actor))


def _offices() -> Pairs:
    return _all_versions(policy.offices(), policy.all_for_rules(OrganisationVersion))


def _seen_today(actor: Actor) -> Pairs:
    """Each unit with the version of today: for lists that the database itself orders and cuts into pages."""
    on, other = today(), aliased(OrganisationVersion)
    begun = other.valid_from <= on
    mine = select(other.id).where(other.organisation_id == Organisation.id)
    chosen = (
        scope(mine, policy.versions_visible_to(actor, other))
        .order_by(case((begun, 0), else_=1), case((begun, other.valid_from)).desc(), other.valid_from)
        .limit(1)
        .correlate(Organisation)
        .scalar_subquery()
    )
    return _seen_by(actor).where(OrganisationVersion.id == chosen)


def _units(session: Session, statement: Pairs) -> list[Unit]:
    return [unit_of(*row) for row in session.execute(statement)]


def _units_on(session: Session, statement: Pairs, on: date) -> list[Unit]:
    """The units of a statement over all their versions, as they are on a day; in the order of their paths."""
    found: dict[UUID, tuple[Organisation, list[OrganisationVersion]]] = {}
    for unit, version in session.execute(
        statement.order_by(Organisation.org_path, OrganisationVersion.valid_from)
    ):
        found.setdefault(unit.id, (unit, []))[1].append(version)
    return [unit_of(unit, version_on(versions, on)) for unit, versions in found.values()]


def get_unit(session: Session, actor: Actor, organisation_id: UUID, on: date | None = None) -> Unit:
    """The unit as it is on a day (today by default); NotFound when she may not see it."""
    statement = _seen_by(actor).where(Organisation.id == organisation_id)
    found = _units_on(session, statement, on or today())
    if not found:
        raise NotFound("unit-not-found")
    return found[0]


def get_unit_to(
    session: Session, actor: Actor, organisation_id: UUID, act: Act, on: date | None = None
) -> Unit:
    """The unit, for the page where `act` is done to it; NotPermitted for those who may only see it."""
    unit = get_unit(session, actor, organisation_id, on)
    require(act in policy.acts_allowed(actor, unit.org_path))
    return unit


def acts_allowed(session: Session, actor: Actor, unit: Unit) -> frozenset[Act]:
    """What she may do to the unit; nothing can be done to one that has ended."""
    return policy.acts_allowed(actor, unit.org_path) if unit.is_open else frozenset()


def unit_version_on(session: Session, actor: Actor, organisation_id: UUID, on: date) -> Unit:
    """The unit under the name and in the commune of that day; before the first version: the first.

    `version_id` of what comes back is what a record keeps of its event's date.
    """
    return get_unit(session, actor, organisation_id, on)


def units_by_id(
    session: Session, actor: Actor, organisation_ids: Iterable[UUID], on: date | None = None
) -> dict[UUID, Unit]:
    """Many units in one statement; what she may not see is left out."""
    statement = _seen_by(actor).where(Organisation.id.in_(set(organisation_ids)))
    return {unit.id: unit for unit in _units_on(session, statement, on or today())}


def names_for(
    session: Session, actor: Actor, organisation_ids: Iterable[UUID], language: str = "vi"
) -> dict[UUID, str]:
    """The names of many units today, in one statement; what she may not see is left out."""
    units = units_by_id(session, actor, organisation_ids)
    return {key: unit.name(language) for key, unit in units.items()}


def units_of_versions(session: Session, actor: Actor, version_ids: Iterable[UUID]) -> dict[UUID, Unit]:
    """The units under the versions that records kept of their event's date, by version."""
    statement = _seen_by(actor).where(OrganisationVersion.id.in_(set(version_ids)))
    return {unit.version_id: unit for unit in _units(session, statement)}


def versions_of(session: Session, actor: Actor, organisation_id: UUID) -> list[Unit]:
    """All versions of a unit, the first one first; NotFound when she may not see it."""
    statement = _seen_by(actor).where(Organisation.id == organisation_id)
    found = _units(session, statement.order_by(OrganisationVersion.valid_from))
    if not found:
        raise NotFound("unit-not-found")
    return found


def find_by_code(session: Session, actor: Actor, code: str, on: date | None = None) -> Unit:
    """The unit with the code on a day. NotFound when there is none that she may see.

    A school's code may be given without the part of its province, "001" for "15-001", where only one fits.
    """
    on = on or today()
    exact = _carriers(session, actor, OrganisationVersion.code == code, on)
    carrying = [unit for unit in exact if unit.code == code]
    found = [unit for unit in carrying if unit.is_open] or carrying
    if not found and code:
        ending = OrganisationVersion.code.endswith(f"-{code}", autoescape=True)
        carrying = _carriers(session, actor, ending, on)
        found = [unit for unit in carrying if unit.is_open and unit.code.endswith(f"-{code}")]
    if not found:
        raise NotFound("unit-code-unknown")
    if len(found) > 1:
        raise RuleBroken("unit-code-ambiguous", "code", given=code, one=found[0].code, other=found[1].code)
    return found[0]


def _carriers(session: Session, actor: Actor, carried: ColumnElement[bool], on: date) -> list[Unit]:
    """Units that carried a code at any time, as they are on the day."""
    statement = select(OrganisationVersion.organisation_id).where(carried)
    ids = session.scalars(scope(statement, policy.versions_visible_to(actor)).distinct()).all()
    return list(units_by_id(session, actor, ids, on).values()) if ids else []


def all_units(session: Session, actor: Actor, on: date | None = None) -> list[Unit]:
    """Every open unit she may see, in the order of the tree; for imports and reports of a province."""
    return _units_on(session, _seen_by(actor).where(Organisation.closed_on.is_(None)), on or today())


def top_unit(session: Session, actor: Actor) -> Unit:
    """The unit at the top of what she may see; NotFound when there is none yet."""
    highest = scope(select(Organisation.id), policy.visible_to(actor)).order_by(
        func.length(Organisation.org_path), Organisation.org_path
    )
    organisation_id = session.scalar(highest.limit(1))
    if organisation_id is None:
        raise NotFound("unit-not-found")
    return get_unit(session, actor, organisation_id)


def path_to(session: Session, actor: Actor, org_path: str) -> list[Unit]:
    """The units above, from the top."""
    statement = _seen_by(actor).where(Organisation.org_path.in_(ancestors_of(org_path)))
    return _units_on(session, statement, today())


@dataclass(frozen=True)
class UnitFilters:
    """What somebody looks for in the tree; empty means all."""

    parent_id: UUID | None = None
    search: str = ""
    kind: UnitKind | None = None
    level: Level | None = None
    closed: bool = False

    def clauses(self) -> list[ColumnElement[bool]]:
        """As conditions. Each word of the search must stand in the name or code; marks and case don't matter."""
        found: list[ColumnElement[bool]] = [
            OrganisationVersion.search_text.contains(word, autoescape=True)
            for word in fold(self.search).split()
        ]
        if self.parent_id is not None:
            found.append(Organisation.parent_id == self.parent_id)
        if self.kind is not None:
            found.append(Organisation.kind == self.kind)
        if self.level is not None:
            whole = "&" + OrganisationVersion.levels + "&"
            found.append(whole.contains(f"&{self.level.value}&", autoescape=True))
        if not self.closed:
            found.append(Organisation.closed_on.is_(None))
        return found


def list_units(
    session: Session,
    actor: Actor,
    filters: UnitFilters = UnitFilters(),
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Unit]:
    """A page of the units she may see, in the order of their names."""
    statement = _seen_today(actor).where(*filters.clauses())
    key = (OrganisationVersion.sort_key, Organisation.number)
    after = read_cursor(cursor, 2)
    if after is not None and is_number(after[1]):
        statement = statement.where(tuple_(*key) > tuple_(after[0], int(after[1])))
    rows = session.execute(statement.order_by(*key).limit(size + 1)).all()
    following = None
    if len(rows) > size:
        last_unit, last_version = rows[size - 1]
        following = write_cursor(last_version.sort_key, str(last_unit.number))
    return Page([unit_of(*row) for row in rows[:size]], following)


def count_units(session: Session, actor: Actor, filters: UnitFilters = UnitFilters()) -> int:
    """How many units the list has on all its pages."""
    statement = _seen_today(actor).where(*filters.clauses()).with_only_columns(func.count())
    return session.scalar(statement) or 0


def count_children(session: Session, actor: Actor, organisation_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many open units she may see directly below each of these; none is left out of the answer."""
    wanted = set(organisation_ids)
    statement = select(Organisation.parent_id, func.count()).where(
        Organisation.parent_id.in_(wanted), Organisation.closed_on.is_(None)
    )
    rows = session.execute(scope(statement, policy.visible_to(actor)).group_by(Organisation.parent_id))
    counts = {parent_id: number for parent_id, number in rows if parent_id is not None}
    return {key: counts.get(key, 0) for key in wanted}


def count_below(session: Session, actor: Actor, org_path: str) -> dict[UnitKind, int]:
    """How many open units of each kind stand below this one and may be seen."""
    statement = select(Organisation.kind, func.count()).where(
        within(Organisation.org_path, org_path),
        Organisation.org_path != org_path,
        Organisation.closed_on.is_(None),
    )
    rows = session.execute(scope(statement, policy.visible_to(actor)).group_by(Organisation.kind))
    counts = {row[0]: row[1] for row in rows}
    return {kind: counts.get(kind, 0) for kind in UnitKind}


def list_places(session: Session, actor: Actor, on: date | None = None) -> list[Unit]:
    """All communes in the order of their names: where a school may stand. Public facts, so for everybody."""
    statement = _offices().where(Organisation.kind == UnitKind.COMMUNE, Organisation.closed_on.is_(None))
    return sorted(_units_on(session, statement, on or today()), key=lambda place: fold(place.name_vi))


def get_place(session: Session, actor: Actor, commune_code: str, on: date | None = None) -> Unit | None:
    """The commune with this code, as near to the day as it carried it; a public fact. None: no such code."""
    statement = _offices().where(
        Organisation.kind == UnitKind.COMMUNE, OrganisationVersion.code == commune_code
    )
    found = _units(session, statement.order_by(OrganisationVersion.valid_from))
    return version_on(found, on or today()) if found else None


def list_managers(session: Session, actor: Actor, org_path: str) -> list[Unit]:
    """The open offices she may see that could manage the unit at this path: none of those below it."""
    statement = _seen_today(actor).where(
        Organisation.kind != UnitKind.SCHOOL,
        Organisation.closed_on.is_(None),
        not_(within(Organisation.org_path, org_path)),
    )
    return _units(session, statement.order_by(OrganisationVersion.sort_key, Organisation.number))


def list_beside(session: Session, actor: Actor, unit: Unit) -> list[Unit]:
    """The other open units of the same kind under the same manager."""
    statement = _seen_today(actor).where(
        Organisation.parent_id == unit.parent_id,
        Organisation.kind == unit.kind,
        Organisation.id != unit.id,
        Organisation.closed_on.is_(None),
    )
    return _units(session, statement.order_by(OrganisationVersion.sort_key, Organisation.number))


def get_letterhead(session: Session, actor: Actor, organisation_id: UUID, on: date) -> Letterhead:
    """Who writes, from where and who signs, under the names and the manager of that day (Decree 30/2020)."""
    unit = get_unit(session, actor, organisation_id, on)
    above = _units_on(session, _offices().where(Organisation.id == unit.managed_by_id), on)
    manager = above[0] if above else None
    place = get_place(session, actor, unit.details.commune_code, on) if unit.details.commune_code else None
    return labels.letterhead(
        unit.kind,
        unit.details,
        manager.kind if manager else None,
        manager.details if manager else None,
        place.name_vi if place else "",
    )


def successions_of(session: Session, actor: Actor, organisation_id: UUID) -> list[Succession]:
    """What became of the unit and what it came from, the oldest first."""
    statement = scope(select(SuccessionRow), policy.successions_visible_to(actor)).where(
        or_(SuccessionRow.organisation_id == organisation_id, SuccessionRow.successor_id == organisation_id)
    )
    rows = session.scalars(statement.order_by(SuccessionRow.happened_on, SuccessionRow.id))
    return [Succession(row.organisation_id, row.successor_id, row.kind, row.happened_on) for row in rows]


def open_units_below(session: Session, actor: Actor, org_path: str) -> bool:
    """Whether an open unit stands below this one."""
    statement = select(Organisation.id).where(
        and_(within(Organisation.org_path, org_path), Organisation.org_path != org_path),
        Organisation.closed_on.is_(None),
    )
    rows = session.execute(scope(statement, policy.all_for_rules(Organisation)).limit(1))
    return rows.first() is not None
