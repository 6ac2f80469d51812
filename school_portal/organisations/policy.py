"""Who may see units (her own subtree and the units above) and who may change them (those who manage)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased

from school_portal.core.actor import Actor, Role
from school_portal.core.authz import everybody, visible_in, within
from school_portal.organisations.domain import Act, UnitKind, ancestors_of
from school_portal.organisations.models import Enrolment, Organisation, OrganisationVersion, Succession

_DEPARTMENT_ROLES = (Role.DEPARTMENT_OFFICER, Role.ADMINISTRATOR)


def _own_and_above(actor: Actor, path: Any) -> ColumnElement[bool]:
    if actor.is_system:
        return everybody(path)
    own = actor.paths()
    above = {ancestor for org_path in own for ancestor in ancestors_of(org_path)}
    return or_(visible_in(path, own), path.in_(sorted(above))) if above else visible_in(path, own)


def visible_to(actor: Actor, units: Any = Organisation) -> ColumnElement[bool]:
    """The units where she holds a post, all below them, and those above, whose names stand on her papers."""
    return _own_and_above(actor, units.org_path)


def versions_visible_to(actor: Actor, versions: Any = OrganisationVersion) -> ColumnElement[bool]:
    """The versions of the units she may see."""
    return _own_and_above(actor, versions.org_path)


def successions_visible_to(actor: Actor) -> ColumnElement[bool]:
    """What followed what, where she may see either of the two units."""
    return or_(_own_and_above(actor, Succession.org_path), _own_and_above(actor, Succession.successor_path))


def enrolment_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Numbers of pupils of the units where she holds a post, and below."""
    return everybody(Enrolment.org_path) if actor.is_system else visible_in(Enrolment.org_path, actor.paths())


def offices(units: Any = Organisation) -> ColumnElement[bool]:
    """Communes and departments with their names: public facts that each letterhead and address needs."""
    return and_(everybody(units.org_path), units.kind != UnitKind.SCHOOL)


def school_numbers_below(path: str) -> Select[tuple[int]]:
    """The short numbers of the schools at and below a path: which of the units directly below an office are schools."""
    schools = aliased(Organisation)
    return select(schools.number).where(schools.kind == UnitKind.SCHOOL, within(schools.org_path, path))


def all_for_rules(units: Any) -> ColumnElement[bool]:
    """Every row, for a rule that looks past what the actor may see and tells her only yes or no.

    Used for: is this code free, which number comes next, who follows a unit that is moved or merged.
    """
    return everybody(units.org_path)


def _manages(actor: Actor, org_path: str) -> bool:
    """A commune officer of a unit above this one."""
    return any(actor.holds_at(above, Role.COMMUNE_OFFICER) for above in ancestors_of(org_path))


def may_edit_unit(actor: Actor, org_path: str) -> bool:
    """Officers and administrators of the department above, and the commune officer who manages the unit."""
    return actor.is_system or actor.holds_over(org_path, *_DEPARTMENT_ROLES) or _manages(actor, org_path)


def may_edit_contact(actor: Actor, org_path: str) -> bool:
    """Those who may edit the unit, its own head, and the officer of a commune office for that office."""
    return may_edit_unit(actor, org_path) or actor.holds_at(org_path, Role.HEAD, Role.COMMUNE_OFFICER)


def may_create_below(actor: Actor, parent_path: str | None) -> bool:
    """The department anywhere below it, a commune office its own schools; the top only operators."""
    if parent_path is None:
        return actor.is_system
    return (
        actor.is_system
        or actor.holds_over(parent_path, *_DEPARTMENT_ROLES)
        or actor.holds_at(parent_path, Role.COMMUNE_OFFICER)
    )


def may_merge(actor: Actor, *org_paths: str) -> bool:
    """Merging, splitting, moving, closing: only officers and administrators of the department over them all."""
    return actor.is_system or all(actor.holds_over(org_path, *_DEPARTMENT_ROLES) for org_path in org_paths)


def may_import(actor: Actor) -> bool:
    """Officers and administrators of the department, and operators."""
    return actor.is_system or actor.holds(*_DEPARTMENT_ROLES)


def may_edit_enrolment(actor: Actor, org_path: str) -> bool:
    """The school's head, and those who may edit the unit."""
    return may_edit_unit(actor, org_path) or actor.holds_at(org_path, Role.HEAD)


def may_edit_calendar(actor: Actor) -> bool:
    """The department sets terms and report days for the whole province."""
    return actor.is_system or actor.holds(*_DEPARTMENT_ROLES)


def acts_allowed(actor: Actor, org_path: str) -> frozenset[Act]:
    """All that she may do to the unit, so that pages show only buttons that work."""
    answers = {
        Act.EDIT: may_edit_unit(actor, org_path),
        Act.CONTACT: may_edit_contact(actor, org_path),
        Act.BEGIN_BELOW: may_create_below(actor, org_path),
        Act.REORGANISE: may_merge(actor, org_path),
        Act.ENROL: may_edit_enrolment(actor, org_path),
    }
    return frozenset(act for act, allowed in answers.items() if allowed)
