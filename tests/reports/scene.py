"""A small province for tests of documents: a department, two communes, schools of both managers, people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.accounts.models import Membership, User
from school_portal.core.actor import SYSTEM, Actor, Post, Role
from school_portal.core.authz import scope
from school_portal.core.clock import now
from school_portal.organisations.domain import CreateUnit, Level, SchoolKind, Unit, UnitDetails, UnitKind
from school_portal.organisations.service import create_unit
from school_portal.tally import service as tally

BEGIN = date(1960, 9, 5)


@dataclass
class Province:
    """Units by name and people by name, each with one post."""

    session: Session
    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)

    def add_unit(self, name: str, kind: UnitKind, parent: str | None, **details: object) -> Unit:
        """Begin a unit below another one."""
        above = self.units[parent].id if parent else None
        command = CreateUnit(kind, above, UnitDetails(**details), BEGIN)  # type: ignore[arg-type]
        self.units[name] = create_unit(self.session, SYSTEM, command)
        return self.units[name]

    def add_person(self, name: str, role: Role, unit: str) -> Actor:
        """Somebody with one post."""
        place = self.units[unit]
        user = User(name=name, email=f"{name}@example.org", created_at=now())
        self.session.add(user)
        self.session.flush()
        post = Membership(
            user_id=user.id,
            organisation_id=place.id,
            org_path=place.org_path,
            role=role,
            valid_from=BEGIN,
            granted_at=now(),
        )
        self.session.add(post)
        self.session.flush()
        self.people[name] = Actor(user.id, name, (Post(role, place.id, place.org_path),))
        return self.people[name]

    def end_posts(self, name: str) -> None:
        """Take the person's posts away."""
        mine = Membership.user_id == self.people[name].user_id
        for membership in self.session.scalars(scope(select(Membership), mine)):
            membership.valid_to = BEGIN
        self.session.flush()

    def count(self, unit: str, day: date, group: str, times: int = 1) -> None:
        """Count cases in, as filing does."""
        for _ in range(times):
            tally.add(self.session, SYSTEM, self.units[unit].org_path, day, (("group", group),), by=1)

    def organisation_id(self, unit: str) -> UUID:
        """Key of a unit."""
        return self.units[unit].id


def make_province(session: Session) -> Province:
    """Department, communes A and B, school X of A, school Y of B, school Z of the department; people of each."""
    province = Province(session)
    province.add_unit(
        "department",
        UnitKind.DEPARTMENT,
        None,
        code="25",
        name_vi="Sở Giáo dục và Đào tạo tỉnh Phú Thọ",
        name_en="Department of Education and Training of Phú Thọ province",
        letterhead_parent="UBND tỉnh Phú Thọ",
        letterhead_place="Phú Thọ",
        document_symbol="SGD&ĐT",
    )
    for name, code, title in (("a", "07900", "Phường Nông Trang"), ("b", "07903", "Xã Hiền Lương")):
        province.add_unit(name, UnitKind.COMMUNE, "department", code=code, name_vi=title)
    schools = (
        ("x", "a", "Trường Trung học cơ sở Đồi Cọ", SchoolKind.LOWER_SECONDARY, Level.THCS),
        ("y", "b", "Trường Tiểu học Hiền Lương", SchoolKind.PRIMARY, Level.TH),
        ("z", "department", "Trường Trung học phổ thông Việt Trì", SchoolKind.UPPER_SECONDARY, Level.THPT),
    )
    for name, parent, title, kind, level in schools:
        province.add_unit(
            name,
            UnitKind.SCHOOL,
            parent,
            code=f"25-{name}",
            name_vi=title,
            school_kind=kind,
            levels=(level,),
            commune_code="07900",
        )
    people = (
        ("officer", Role.DEPARTMENT_OFFICER, "department"),
        ("colleague", Role.DEPARTMENT_OFFICER, "department"),
        ("auditor", Role.AUDITOR, "department"),
        ("commune_a", Role.COMMUNE_OFFICER, "a"),
        ("head_x", Role.HEAD, "x"),
        ("head_y", Role.HEAD, "y"),
        ("head_z", Role.HEAD, "z"),
        ("teacher_x", Role.TEACHER, "x"),
    )
    for name, role, unit in people:
        province.add_person(name, role, unit)
    session.commit()
    return province
