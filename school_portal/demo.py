"""Demo data: an invented province on the real communes. The same seed and date give the same people and figures."""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from school_portal.accounts import passwords
from school_portal.accounts import service as accounts
from school_portal.accounts.datastore import make_hash
from school_portal.accounts.domain import InvitePerson
from school_portal.accounts.passwords import Person
from school_portal.core.actor import SYSTEM, Role
from school_portal.core.clock import VIET_NAM, today
from school_portal.core.db import database
from school_portal.incidents import service as incidents
from school_portal.incidents.domain import (
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    ReportIncident,
    Safety,
    Sex,
)
from school_portal.organisations import importing
from school_portal.organisations import queries as organisations
from school_portal.organisations import service as units
from school_portal.organisations.domain import CreateUnit, Level, SchoolKind, Unit, UnitDetails, UnitKind

PROVINCE = 25
ACCOUNTS_FILE = "demo-accounts.csv"
COLUMNS = ("role", "email", "password", "organisation_code", "organisation_name")
DEFAULTS = {"schools": 60, "incidents": 300, "seed": 7}
OPENED_ON = date(2015, 9, 5)

HILLS = (
    "Đồi Cọ",
    "Đồi Chè",
    "Suối Ngọc",
    "Bản Mới",
    "Đá Trắng",
    "Ánh Sao",
    "Hoa Ban",
    "Mầm Xanh",
    "Rừng Vầu",
    "Sông Thao",
)
DIRECTIONS = ("", " A", " B", " Đông", " Tây", " Nam", " Bắc")
SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Bùi", "Đinh", "Hà", "Quách", "Đỗ", "Vũ", "Phùng")
MIDDLE = {Sex.FEMALE: ("Thị", "Ngọc", "Thu", "Khánh"), Sex.MALE: ("Văn", "Đức", "Quang", "Minh")}
GIVEN = {
    Sex.FEMALE: ("Lan", "Mùi", "Xiêm", "Nga", "Thủy", "Hòa", "Mai", "Dung", "Yến", "Trà"),
    Sex.MALE: ("Quý", "Khánh", "Phong", "Sơn", "Tùng", "Đạt", "Hải", "Lâm", "Vinh", "Toàn"),
}
KINDS: tuple[tuple[SchoolKind, Level, str, str], ...] = (
    (SchoolKind.KINDERGARTEN, Level.MN, "Trường Mầm non", "MN"),
    (SchoolKind.PRIMARY, Level.TH, "Trường Tiểu học", "TH"),
    (SchoolKind.LOWER_SECONDARY, Level.THCS, "Trường Trung học cơ sở", "THCS"),
    (SchoolKind.LOWER_SECONDARY, Level.THCS, "Trường Trung học cơ sở", "THCS"),
    (SchoolKind.UPPER_SECONDARY, Level.THPT, "Trường Trung học phổ thông", "THPT"),
)
FACTS: dict[PlainGroup, tuple[str, ...]] = {
    PlainGroup.FIGHT: ("Em A và em B xô xát trong giờ ra chơi, thầy trực tách hai em ra.",),
    PlainGroup.BULLYING: ("Em A nói nhiều lần bị nhóm bạn lấy tiền ăn sáng và không cho chơi cùng.",),
    PlainGroup.WORDS: ("Em A bị bạn cùng lớp gọi bằng biệt danh và dọa đánh sau giờ học.",),
    PlainGroup.ONLINE: ("Một nhóm trò chuyện của lớp đăng lời chế giễu em A trong ba ngày.",),
    PlainGroup.SEXUAL: ("Em A kể bị một bạn lớp trên trêu ghẹo bằng lời nói không phù hợp.",),
    PlainGroup.ADULT: ("Em A nói bị người lớn trong trường quát mắng trước lớp.",),
    PlainGroup.OUTSIDE: ("Em A đến lớp với vết bầm ở tay, tự nói là bị ngã ở nhà.",),
    PlainGroup.WORRY: ("Em A gần đây ít nói, hay ngồi một mình và bỏ bữa.",),
    PlainGroup.UNCLEAR: ("Thấy hai em giằng co ở cổng trường, chưa rõ đầu đuôi.",),
}
WEIGHTS = (30, 16, 20, 8, 3, 5, 6, 8, 4)
WORDS = (
    "sông",
    "núi",
    "đồi",
    "mây",
    "nón",
    "lúa",
    "tre",
    "gió",
    "trăng",
    "chim",
    "hoa",
    "cọ",
    "chè",
    "suối",
    "đá",
    "nắng",
)


@dataclass(frozen=True)
class DemoSchools:
    """All schools, and the two whose people have accounts."""

    all: Sequence[Unit]
    x: Unit
    y: Unit


commands = AppGroup("demo", help="Demo data.")


@commands.command("load")
@click.option("--schools", type=click.IntRange(2), default=DEFAULTS["schools"])
@click.option("--incidents", "number", type=click.IntRange(3), default=DEFAULTS["incidents"])
@click.option("--seed", type=int, default=DEFAULTS["seed"])
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day on which something happened.")
def load_command(schools: int, number: int, seed: int, until: datetime | None) -> None:
    """Fill an empty database with an invented province, and write the accounts to the instance folder."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if app.config["ENV_NAME"] == "production":
        raise click.UsageError("There is no demo data in production.")
    with database.transaction(write=False) as session:
        if organisations.has_units(session, SYSTEM):
            raise click.UsageError("The database is not empty. Demo data goes into an empty one only.")
    path = load(app, schools, number, seed, until.date() if until else today())
    click.echo(f"Demo accounts: {path}")


def ensure(app: Flask) -> None:
    """Load the demo when there are no units yet."""
    with database.transaction(write=False) as session:
        is_empty = not organisations.has_units(session, SYSTEM)
    if is_empty:
        load(app, DEFAULTS["schools"], DEFAULTS["incidents"], DEFAULTS["seed"], today())


def load(app: Flask, schools: int, number: int, seed: int, until: date) -> Path:
    """Units, accounts and incidents in one transaction; returns the file with the accounts."""
    random = Random(seed)  # noqa: S311 (invented people, not secrets)
    path: Path = app.extensions["portal_config"].portal_instance / ACCOUNTS_FILE
    with database.transaction() as session:
        importing.import_units(session, SYSTEM, PROVINCE)
        made = _make_schools(session, random, schools)
        rows = _make_accounts(session, random, made)
        _make_incidents(session, random, made, number, until)
        _write_accounts(path, rows)
    return path


def _make_schools(session: Session, random: Random, number: int) -> DemoSchools:
    known = organisations.all_units(session, SYSTEM)
    department = next(unit for unit in known if unit.kind is UnitKind.DEPARTMENT)
    communes = [unit for unit in known if unit.kind is UnitKind.COMMUNE]
    home = next((unit for unit in communes if "Nông Trang" in unit.name_vi), communes[0])
    others = random.sample([unit for unit in communes if unit.id != home.id], min(len(communes) - 1, 12))
    plans = [(KINDS[2], home, HILLS[0]), (KINDS[2], others[0], HILLS[9])]
    names = [f"{hill}{direction}" for direction in DIRECTIONS for hill in HILLS]
    for n in range(number - 2):
        kind = KINDS[n % len(KINDS)]
        plans.append((kind, random.choice([home, *others]), f"{names[(n + 1) % len(names)]}"))
    created = []
    for position, (kind, commune, name) in enumerate(plans, start=1):
        school_kind, level, prefix, short = kind
        manager = department if level is Level.THPT else commune
        created.append(
            CreateUnit(
                UnitKind.SCHOOL,
                manager.id,
                UnitDetails(
                    code=f"25-{position:04}",
                    name_vi=f"{prefix} {name}",
                    short_name=f"{short} {name}",
                    school_kind=school_kind,
                    levels=(level,),
                    commune_code=commune.code,
                    phone=f"0210 555 {position:04}",
                ),
                OPENED_ON,
            )
        )
    all_schools = units.create_units(session, SYSTEM, created)
    return DemoSchools(all_schools, all_schools[0], all_schools[1])


def _make_accounts(session: Session, random: Random, schools: DemoSchools) -> list[dict[str, str]]:
    above = organisations.units_by_id(
        session, SYSTEM, [school.parent_id for school in (schools.x, schools.y) if school.parent_id]
    )
    department = organisations.top_unit(session, SYSTEM)
    plan: list[tuple[Role, Unit]] = []
    for school in (schools.x, schools.y):
        plan += [(role, school) for role in (Role.TEACHER, Role.FOCAL_POINT, Role.HEAD)]
    plan += [
        (Role.COMMUNE_OFFICER, above[school.parent_id])
        for school in (schools.x, schools.y)
        if school.parent_id
    ]
    plan += [(role, department) for role in (Role.DEPARTMENT_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR)]
    rows = []
    for role, unit in plan:
        address = f"{role.value.replace('_', '.')}.{unit.code}@demo.example"
        person = _name(random, random.choice([Sex.FEMALE, Sex.MALE]))
        given = InvitePerson(
            name=person, organisation_id=unit.id, role=role, email=address, phone=f"0900{len(rows):06}"
        )
        user = accounts.invite_person(session, SYSTEM, given).user
        password = _password(person, address)
        user.password = make_hash(password)
        rows.append(dict(zip(COLUMNS, (role.value, address, password, unit.code, unit.name_vi), strict=True)))
    return rows


def _password(name: str, email: str) -> str:
    """Random words, drawn anew for each instance: no demo has a password that stands in a file of the project."""
    while True:
        password = " ".join(secrets.SystemRandom().sample(WORDS, 6))
        about = Person(name=name, email=email)
        if passwords.problem_with(password, about, has_second_factor=False) is None:
            return password


def _write_accounts(path: Path, rows: list[dict[str, str]]) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def _make_incidents(session: Session, random: Random, schools: DemoSchools, number: int, until: date) -> None:
    places = [unit.id for unit in schools.all]
    weights = [8 if unit.id in (schools.x.id, schools.y.id) else 1 for unit in schools.all]
    for n in range(number):
        school = schools.x.id if n < 3 else random.choices(places, weights)[0]
        incidents.report_incident(session, SYSTEM, _incident(random, school, until, recent=n < 3))


def _incident(random: Random, school: UUID, until: date, *, recent: bool) -> ReportIncident:
    group = PlainGroup.FIGHT if recent else random.choices(list(PlainGroup), WEIGHTS)[0]
    day = until - timedelta(days=random.randrange(1, 9 if recent else 420))
    if day.month in (6, 7, 8):
        day -= timedelta(days=100)
    learned = datetime(
        day.year, day.month, day.day, random.randrange(7, 17), random.randrange(60), tzinfo=VIET_NAM
    )
    harmed = tuple(_person(random, Part.HARMED) for _ in range(random.choice((1, 1, 1, 2))))
    acting = tuple(_person(random, Part.ACTING) for _ in range(random.choice((0, 1, 1, 2, 3))))
    return ReportIncident(
        id=UUID(int=random.getrandbits(128), version=4),
        organisation_id=school,
        safety=random.choices(list(Safety), (20, 1, 3))[0],
        group=group,
        occurred_on=day,
        day_part=random.choice(("before_school", "lesson", "break", "break", "lunch", "after_school")),
        place=random.choice(("classroom", "corridor", "yard", "toilet", "gate", "way", "online")),
        facts=random.choice(FACTS[group]),
        learned_at=learned,
        people=harmed if group is PlainGroup.WORRY else (*harmed, *acting),
        source="demo",
    )


def _person(random: Random, part: Part) -> PersonInvolved:
    sex = random.choice([Sex.FEMALE, Sex.MALE])
    return PersonInvolved(
        kind=PersonKind.PUPIL,
        parts=frozenset({part}),
        sex=sex,
        class_name=f"{random.randrange(6, 10)}A{random.randrange(1, 5)}",
        name=_name(random, sex),
    )


def _name(random: Random, sex: Sex) -> str:
    return f"{random.choice(SURNAMES)} {random.choice(MIDDLE[sex])} {random.choice(GIVEN[sex])}"
