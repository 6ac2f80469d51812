"""A small province: a department, two communes, their schools, an upper secondary school, people as actors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM, Actor, Post, Role
from school_portal.organisations.domain import (
    LEVELS_OF,
    CreateUnit,
    SchoolKind,
    Unit,
    UnitDetails,
    UnitKind,
)
from school_portal.organisations.service import create_unit

SINCE = date(2025, 7, 1)


@dataclass
class Scene:
    """The units by what they are."""

    department: Unit
    commune: Unit
    other_commune: Unit
    primary: Unit
    nursery: Unit
    other_primary: Unit
    upper: Unit


def holder(role: Role, unit: Unit) -> Actor:
    """Somebody with one post."""
    return Actor(uuid4(), role.value, (Post(role, unit.id, unit.org_path),))


def begin(
    session: Session, kind: UnitKind, manager: Unit | None, code: str, name: str, **details: object
) -> Unit:
    """A unit that begins when today's communes did."""
    known = UnitDetails(code=code, name_vi=name, **details)  # type: ignore[arg-type]
    return create_unit(session, SYSTEM, CreateUnit(kind, manager.id if manager else None, known, SINCE))


def begin_school(
    session: Session, manager: Unit, code: str, name: str, kind: SchoolKind, commune: Unit
) -> Unit:
    """A school with what is usual for its kind."""
    return begin(
        session,
        UnitKind.SCHOOL,
        manager,
        code,
        name,
        school_kind=kind,
        levels=LEVELS_OF[kind],
        commune_code=commune.code,
    )


def make_scene(session: Session) -> Scene:
    """Two communes with schools of their own; the upper secondary school stands in the first."""
    department = begin(session, UnitKind.DEPARTMENT, None, "25", "Sở Giáo dục và Đào tạo tỉnh Phú Thọ")
    commune = begin(session, UnitKind.COMMUNE, department, "07900", "Phường Việt Trì")
    other = begin(session, UnitKind.COMMUNE, department, "07969", "Xã Đoan Hùng")
    return Scene(
        department,
        commune,
        other,
        begin_school(session, commune, "TH-01", "Trường Tiểu học Gia Cẩm", SchoolKind.PRIMARY, commune),
        begin_school(session, commune, "MN-01", "Lớp mầm non Hoa Sen", SchoolKind.NURSERY, commune),
        begin_school(session, other, "TH-02", "Trường Tiểu học Đoan Hùng", SchoolKind.PRIMARY, other),
        begin_school(
            session, department, "15-001", "Trường THPT Việt Trì", SchoolKind.UPPER_SECONDARY, commune
        ),
    )
