"""The demo's accounts: some with a password in the accounts file, and for every school people who act without one."""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.accounts import passwords, service
from school_portal.accounts import queries as accounts
from school_portal.accounts.datastore import make_hash
from school_portal.accounts.domain import InvitePerson
from school_portal.accounts.passwords import Person
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.clock import now
from school_portal.demo.names import invent_name
from school_portal.demo.schools import DemoSchool, DemoSchools
from school_portal.incidents.domain import Sex
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Unit

ACCOUNTS_FILE = "demo-accounts.csv"
ADDRESS = "{name}.{code}@demo.example"
COLUMNS = ("role", "email", "password", "organisation_code", "organisation_name")
SHARE_OF_DEPUTIES = 0.3
WORDS = (
    *("sông", "núi", "đồi", "mây", "nón", "lúa", "tre", "gió"),
    *("trăng", "chim", "hoa", "cọ", "chè", "suối", "đá", "nắng"),
)


@dataclass(frozen=True)
class Staff:
    """Who acts at one school, and the officer above it."""

    focal_point: Actor
    head: Actor
    teachers: tuple[Actor, ...]
    """The first one has the account of the accounts file, at X and at Y."""
    officer: Actor


@dataclass
class Accounts:
    """Everybody, and the lines of the accounts file."""

    staff: dict[UUID, Staff] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)
    department_officer: Actor = SYSTEM


class _Inviting:
    """Makes accounts one after the other."""

    def __init__(self, session: Session, random: Random) -> None:
        self.session, self.random = session, random
        self.rows: list[dict[str, str]] = []
        self._made = 0
        self._nobodys = make_hash(secrets.token_urlsafe(32))

    def invite(
        self,
        role: Role,
        unit: Unit,
        *,
        share: float = 0.1,
        turn: int = 1,
        listed: bool = False,
        is_deputy: bool = False,
    ) -> Actor:
        """Somebody with one post; `listed` gives a password and a line of the file, else nobody knows one."""
        name = role.value.replace("_", ".") + ("" if turn == 1 else f".{turn}")
        email = ADDRESS.format(name=name, code=unit.code)
        sex = Sex.FEMALE if self.random.random() < 0.7 else Sex.MALE
        person = invent_name(self.random, sex, ethnic_share=share)
        invited = service.invite_person(
            self.session,
            SYSTEM,
            InvitePerson(
                name=person,
                organisation_id=unit.id,
                role=role,
                email=email,
                phone=f"09{self._made:08}",
                is_deputy=is_deputy,
            ),
        )
        self._made += 1
        password = invent_password(person, email) if listed else None
        invited.user.password = make_hash(password) if password else self._nobodys
        if invited.link:
            invited.link.used_at = now()
        if password:
            line = (role.value, email, password, unit.code, unit.name_vi)
            self.rows.append(dict(zip(COLUMNS, line, strict=True)))
        self.session.flush()
        actor = accounts.actor_of(self.session, invited.user.id)
        assert actor is not None
        return actor


def make_accounts(session: Session, random: Random, schools: DemoSchools) -> Accounts:
    """Invite everybody: the file begins with X's people, then Y's, then those above them."""
    above = organisations.units_by_id(session, SYSTEM, {_manager(school) for school in schools.all})
    department = organisations.top_unit(session, SYSTEM)
    inviting = _Inviting(session, random)
    at_school = {
        school.unit.id: _at_school(inviting, school, listed=school in (schools.x, schools.y))
        for school in schools.all
    }
    first = [_manager(schools.x), _manager(schools.y)]
    officers = {
        unit_id: inviting.invite(Role.COMMUNE_OFFICER, above[unit_id], listed=unit_id in first)
        for unit_id in dict.fromkeys([*first, *map(_manager, schools.all)])
        if unit_id != department.id
    }
    made = Accounts(rows=inviting.rows)
    made.department_officer = inviting.invite(Role.DEPARTMENT_OFFICER, department, listed=True)
    for role in (Role.ADMINISTRATOR, Role.AUDITOR):
        inviting.invite(role, department, listed=True)
    for school in schools.all:
        focal_point, head, teachers = at_school[school.unit.id]
        officer = officers.get(_manager(school), made.department_officer)
        made.staff[school.unit.id] = Staff(focal_point, head, teachers, officer)
    return made


def _manager(school: DemoSchool) -> UUID:
    assert school.unit.parent_id is not None
    return school.unit.parent_id


def _at_school(
    inviting: _Inviting, school: DemoSchool, *, listed: bool
) -> tuple[Actor, Actor, tuple[Actor, ...]]:
    unit, share = school.unit, school.ethnic_share / 2
    teacher = inviting.invite(Role.TEACHER, unit, share=share, listed=listed)
    focal_point = inviting.invite(Role.FOCAL_POINT, unit, share=share, listed=listed)
    head = inviting.invite(Role.HEAD, unit, share=share, listed=listed)
    if inviting.random.random() < SHARE_OF_DEPUTIES:
        inviting.invite(Role.FOCAL_POINT, unit, share=share, turn=2, is_deputy=True)
    others = [
        inviting.invite(Role.TEACHER, unit, share=share, turn=turn) for turn in range(2, 5 if listed else 3)
    ]
    return focal_point, head, (teacher, *others)


def invent_password(name: str, email: str) -> str:
    """Random words, drawn anew for each instance: no demo has a password that stands in a file of the project."""
    while True:
        password = " ".join(secrets.SystemRandom().sample(WORDS, 6))
        about = Person(name=name, email=email)
        if passwords.problem_with(password, about, has_second_factor=False) is None:
            return password


def write_accounts(path: Path, rows: Sequence[dict[str, str]]) -> None:
    """The accounts file, readable by its owner only."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
