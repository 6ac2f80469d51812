"""The demo's schools: invented names in real communes, in proportions like a province's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM
from school_portal.organisations import queries as organisations
from school_portal.organisations import service as units
from school_portal.organisations.domain import (
    Boarding,
    CreateUnit,
    Level,
    SchoolKind,
    Unit,
    UnitDetails,
    UnitKind,
    is_managed_by_department,
)

OPENED_ON = date(2015, 9, 5)
COMMUNES = 12
"""So many communes besides the home of school X, so that an officer's list holds several schools."""


@dataclass(frozen=True)
class Kind:
    """A kind of school, its names, and how often something is reported there beside other kinds."""

    kind: SchoolKind
    levels: tuple[Level, ...]
    title: str
    short: str
    weight: float
    boarding: Boarding = Boarding.NONE


LOWER = Kind(SchoolKind.LOWER_SECONDARY, (Level.THCS,), "Trường Trung học cơ sở", "THCS", 2.2)
PRIMARY = Kind(SchoolKind.PRIMARY, (Level.TH,), "Trường Tiểu học", "TH", 1.0, Boarding.SEMI)
KINDERGARTEN = Kind(SchoolKind.KINDERGARTEN, (Level.MN,), "Trường Mầm non", "MN", 0.6, Boarding.SEMI)
UPPER = Kind(SchoolKind.UPPER_SECONDARY, (Level.THPT,), "Trường Trung học phổ thông", "THPT", 3.0)
BOTH = Kind(
    SchoolKind.PRIMARY_LOWER_SECONDARY,
    (Level.TH, Level.THCS),
    "Trường Tiểu học và Trung học cơ sở",
    "TH&THCS",
    1.8,
)
ETHNIC = Kind(
    SchoolKind.ETHNIC_BOARDING,
    (Level.THPT,),
    "Trường Phổ thông Dân tộc nội trú",
    "PTDTNT",
    2.4,
    Boarding.FULL,
)

ORDER = (
    *(UPPER, PRIMARY, KINDERGARTEN, LOWER, PRIMARY, BOTH, KINDERGARTEN, LOWER, ETHNIC, PRIMARY),
    *(KINDERGARTEN, UPPER, LOWER, PRIMARY, KINDERGARTEN, LOWER, BOTH, PRIMARY, KINDERGARTEN, LOWER),
)
"""The kinds of the schools after X and Y, over and over."""

NAMES = (
    *("Đồi Cọ", "Sông Thao", "Suối Ngọc", "Bản Mới", "Đá Trắng", "Rừng Vầu", "Đồng Xanh", "Gò Sim", "Hồ Sen"),
    *("Bãi Dâu", "Cầu Mây", "Đồi Chè", "Thung Lau", "Bến Đá", "Nương Ngô", "Đồng Mít", "Xóm Trại", "Gò Gai"),
)
CHILDRENS_NAMES = (
    *("Mầm Xanh", "Ánh Sao", "Hoa Ban", "Sơn Ca", "Vành Khuyên", "Nắng Mai", "Bông Lúa", "Tuổi Thơ"),
    *("Họa Mi", "Hướng Dương", "Búp Chè", "Đom Đóm"),
)


@dataclass(frozen=True)
class DemoSchool:
    """A school, and what its reports are made of."""

    unit: Unit
    kind: Kind
    ethnic_share: float
    """How many of its families are Mường, Mông or Dao."""


@dataclass(frozen=True)
class DemoSchools:
    """All schools, and the two whose people have accounts with a password."""

    all: tuple[DemoSchool, ...]

    @property
    def x(self) -> DemoSchool:
        """The first of the accounts file."""
        return self.all[0]

    @property
    def y(self) -> DemoSchool:
        """The second, in another commune."""
        return self.all[1]


def make_schools(session: Session, random: Random, number: int) -> DemoSchools:
    """Begin the schools; X stands in a ward, Y in another commune, both lower secondary."""
    known = organisations.all_units(session, SYSTEM)
    department = next(unit for unit in known if unit.kind is UnitKind.DEPARTMENT)
    communes = [unit for unit in known if unit.kind is UnitKind.COMMUNE]
    home = next((unit for unit in communes if "Nông Trang" in unit.name_vi), communes[0])
    rest = [unit for unit in communes if unit.id != home.id]
    others = random.sample(rest, min(len(rest), COMMUNES))
    kinds = [LOWER, LOWER, *(ORDER[n % len(ORDER)] for n in range(number - 2))]
    places = [home, others[0], *(random.choice([home, *others]) for _ in range(number - 2))]
    created, used = [], dict.fromkeys(kinds, 0)
    for position, (kind, commune) in enumerate(zip(kinds, places, strict=True), start=1):
        manager = department if is_managed_by_department(kind.levels) else commune
        name = _name(kind, used[kind])
        used[kind] += 1
        details = UnitDetails(
            code=f"25-{position:04}",
            name_vi=f"{kind.title} {name}",
            short_name=f"{kind.short} {name}",
            school_kind=kind.kind,
            levels=kind.levels,
            boarding=kind.boarding,
            commune_code=commune.code,
            phone=f"0210 555 {position:04}",
        )
        created.append(CreateUnit(UnitKind.SCHOOL, manager.id, details, OPENED_ON))
    made = units.create_units(session, SYSTEM, created)
    return DemoSchools(
        tuple(
            DemoSchool(unit, kind, 0.9 if kind is ETHNIC else random.choice((0.1, 0.2, 0.3, 0.7)))
            for unit, kind in zip(made, kinds, strict=True)
        )
    )


def _name(kind: Kind, position: int) -> str:
    """Each name once among the schools of a kind, then again as "Đồi Cọ 2"."""
    names = CHILDRENS_NAMES if kind is KINDERGARTEN else NAMES
    turn, place = divmod(position, len(names))
    return f"{names[place]} {turn + 1}" if turn else names[place]
