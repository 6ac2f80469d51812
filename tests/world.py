"""A small province for tests: a department, two communes, schools of both managers, people in every role."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.accounts import sessions
from school_portal.accounts.datastore import make_hash
from school_portal.accounts.extension import KEY
from school_portal.accounts.models import Membership, User
from school_portal.core.actor import SYSTEM, Actor, Post, Role
from school_portal.core.authz import lookup
from school_portal.core.clock import now, today
from school_portal.incidents import service as incidents
from school_portal.incidents.domain import PersonInvolved, PlainGroup, ReportIncident, Safety
from school_portal.organisations.domain import CreateUnit, Level, SchoolKind, Unit, UnitDetails, UnitKind
from school_portal.organisations.service import create_unit

BEGIN = date(1960, 9, 5)
PASSWORD = "năm con chim sẻ trên mái ngói"

SCHOOLS = (
    ("x", "p", "Trường Trung học cơ sở Đồi Cọ", "THCS Đồi Cọ", SchoolKind.LOWER_SECONDARY, Level.THCS),
    ("sister", "p", "Trường Tiểu học Đồi Cọ", "TH Đồi Cọ", SchoolKind.PRIMARY, Level.TH),
    ("y", "q", "Trường Tiểu học Hiền Lương", "TH Hiền Lương", SchoolKind.PRIMARY, Level.TH),
    (
        "z",
        "department",
        "Trường Trung học phổ thông Sông Thao",
        "THPT Sông Thao",
        SchoolKind.UPPER_SECONDARY,
        Level.THPT,
    ),
)
"""Name, manager, full name, short name, kind and level: x and sister stand in one commune, z below the department."""

PEOPLE = (
    *(
        (f"{role.value}_{school}", role, school)
        for school in ("x", "y", "z")
        for role in (Role.TEACHER, Role.FOCAL_POINT, Role.COUNSELLOR, Role.HEAD)
    ),
    ("head_sister", Role.HEAD, "sister"),
    ("commune_officer_p", Role.COMMUNE_OFFICER, "p"),
    ("commune_officer_q", Role.COMMUNE_OFFICER, "q"),
    ("department_officer", Role.DEPARTMENT_OFFICER, "department"),
    ("administrator", Role.ADMINISTRATOR, "department"),
    ("auditor", Role.AUDITOR, "department"),
)


@dataclass
class World:
    """Units and people by name; each person has one post and the password PASSWORD when asked for."""

    session: Session
    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)

    def in_session(self, session: Session) -> World:
        """The same stored province, seen through another session."""
        return World(session, dict(self.units), dict(self.people))

    def add_unit(self, name: str, kind: UnitKind, parent: str | None, **details: object) -> Unit:
        """Begin a unit below another one."""
        above = self.units[parent].id if parent else None
        command = CreateUnit(kind, above, UnitDetails(**details), BEGIN)  # type: ignore[arg-type]
        self.units[name] = create_unit(self.session, SYSTEM, command)
        return self.units[name]

    def add_person(self, name: str, role: Role, unit: str, *, password: str | None = None) -> Actor:
        """Somebody with one post."""
        place = self.units[unit]
        user = User(
            name=f"Cô {name}",
            email=f"{name.replace('_', '.')}@example.org",
            phone=None,
            created_at=now(),
            password=make_hash(password) if password else None,
        )
        self.session.add(user)
        self.session.flush()
        self.session.add(
            Membership(
                user_id=user.id,
                organisation_id=place.id,
                org_path=place.org_path,
                role=role,
                valid_from=BEGIN,
                granted_at=now(),
            )
        )
        self.session.flush()
        self.people[name] = Actor(user.id, user.name, (Post(role, place.id, place.org_path),))
        return self.people[name]

    def report(
        self,
        unit: str = "x",
        by: str | None = None,
        *,
        people: tuple[PersonInvolved, ...] = (),
        occurred_on: date | None = None,
        group: PlainGroup = PlainGroup.FIGHT,
        concerns_lead: bool = False,
        facts: str = "Em A bị đẩy ngã ở sân trường.",
    ) -> UUID:
        """File an incident at a unit through the service; its uuid."""
        command = ReportIncident(
            id=uuid4(),
            organisation_id=self.units[unit].id,
            safety=Safety.SAFE,
            group=group,
            occurred_on=occurred_on or today(),
            day_part="break",
            place="yard",
            facts=facts,
            people=people,
            concerns_lead=concerns_lead,
        )
        actor = self.people[by] if by else SYSTEM
        return incidents.report_incident(self.session, actor, command).id


def make_world(session: Session) -> World:
    """The province, stored."""
    world = World(session)
    world.add_unit(
        "department",
        UnitKind.DEPARTMENT,
        None,
        code="25",
        name_vi="Sở Giáo dục và Đào tạo tỉnh Phú Thọ",
        name_en="Department of Education and Training of Phú Thọ",
        letterhead_parent="UBND tỉnh Phú Thọ",
        letterhead_place="Phú Thọ",
    )
    for name, code, title in (("p", "07900", "Phường Nông Trang"), ("q", "07903", "Xã Hiền Lương")):
        world.add_unit(name, UnitKind.COMMUNE, "department", code=code, name_vi=title)
    for name, parent, title, short, kind, level in SCHOOLS:
        world.add_unit(
            name,
            UnitKind.SCHOOL,
            parent,
            code=f"25-{name}",
            name_vi=title,
            short_name=short,
            school_kind=kind,
            levels=(level,),
            commune_code="07903" if name == "y" else "07900",
        )
    for person in PEOPLE:
        world.add_person(*person)
    session.commit()
    return world


def sign_in(client: FlaskClient, session: Session, actor: Actor) -> None:
    """Give the client a live full session of the person, without the sign-in page."""
    user = session.scalars(lookup(select(User), User.id == actor.user_id)).one()
    key = sessions.open_session(session, user, "test", now())
    session.commit()
    with client.session_transaction() as cookie:
        cookie[KEY] = key
