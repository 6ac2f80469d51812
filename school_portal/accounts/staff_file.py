"""Staff from a CSV file: reading the table, taking each good row, telling what is wrong with the others."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from school_portal.accounts import service
from school_portal.accounts.domain import InvitePerson
from school_portal.accounts.labels import ROLES
from school_portal.core.actor import Actor, Role
from school_portal.core.crypto import fold
from school_portal.core.errors import PortalError, RuleBroken
from school_portal.core.i18n import use_language
from school_portal.organisations import queries as organisations

COLUMNS = ("name", "email", "phone", "staff_code", "role", "organisation_code")
REQUIRED = ("name", "role", "organisation_code")
HEADINGS = {
    "name": ("name", "ho va ten", "ho ten", "full name"),
    "email": ("email", "e-mail", "thu dien tu"),
    "phone": ("phone", "dien thoai", "so dien thoai", "sdt"),
    "staff_code": ("staff_code", "staff code", "ma dinh danh", "ma giao vien", "ma can bo", "ma nhan vien"),
    "role": ("role", "vai tro", "chuc vu"),
    "organisation_code": ("organisation_code", "ma don vi", "ma truong", "school_code"),
}


class UnreadableTable(Exception):
    """The file is no table that can be taken; the text says why."""


@dataclass(frozen=True)
class Row:
    """One line of the file, under our names of the columns."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True)
class Table:
    """What the file holds."""

    header: list[str]
    rows: list[Row]
    raw: dict[int, list[str]]


@dataclass(frozen=True)
class BadRow:
    """A row that can't be taken: where, what, why."""

    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}, {self.value!r}: {self.reason}"


@dataclass
class Outcome:
    """How many rows did what."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    bad: list[BadRow] = field(default_factory=list)

    def line(self) -> str:
        """The last line of an import."""
        return f"added {self.added}, updated {self.updated}, unchanged {self.unchanged}, rejected {len(self.bad)}"


def read_table(path: Path) -> Table:
    """The rows of a CSV file in UTF-8, with commas, semicolons or tabs. Raises UnreadableTable."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableTable(f"{path.name} is not in UTF-8.") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    header = lines[0] if lines else []
    places = {name: _place(header, names) for name, names in HEADINGS.items()}
    missing = [name for name in REQUIRED if places[name] is None]
    if missing:
        raise UnreadableTable(f"{path.name} lacks the columns {', '.join(missing)}.")
    numbered = {
        number: cells for number, cells in enumerate(lines[1:], start=2) if any(map(str.strip, cells))
    }
    rows = [
        Row(
            number,
            {
                name: cells[place].strip() if place is not None and place < len(cells) else ""
                for name, place in places.items()
            },
        )
        for number, cells in numbered.items()
    ]
    return Table(header, rows, numbered)


def _place(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((place for place, cell in enumerate(header) if fold(cell) in names), None)


def take(session: Session, actor: Actor, table: Table) -> Outcome:
    """Take every good row; each in a savepoint, so that a bad one leaves no trace."""
    outcome = Outcome()
    for row in table.rows:
        savepoint = session.begin_nested()
        try:
            what = _take_row(session, actor, row)
            session.flush()
            savepoint.commit()
        except RuleBroken as error:
            savepoint.rollback()
            if error.code == "post-held-already":
                outcome.unchanged += 1
                continue
            column = error.field if error.field in row.values else "name"
            outcome.bad.append(BadRow(row.line, column or "name", row.values[column or "name"], error.code))
        except PortalError as error:
            savepoint.rollback()
            code = row.values["organisation_code"]
            outcome.bad.append(BadRow(row.line, "organisation_code", code, error.code))
        else:
            setattr(outcome, what, getattr(outcome, what) + 1)
    return outcome


def _take_row(session: Session, actor: Actor, row: Row) -> str:
    values = row.values
    role = _read_role(values["role"])
    if role is None:
        raise RuleBroken("role-unknown", "role")
    unit = organisations.find_by_code(session, actor, values["organisation_code"])
    command = InvitePerson(
        values["name"],
        unit.id,
        role,
        email=values["email"],
        phone=values["phone"],
        staff_code=values["staff_code"],
    )
    invited = service.invite_person(session, actor, command)
    return "added" if invited.is_new else "updated"


def _read_role(text: str) -> Role | None:
    """A role by its code or by its Vietnamese or English words."""
    wanted = fold(text)
    for role in Role:
        words = {role.value}
        for language in ("vi", "en"):
            with use_language(language):
                words.add(fold(str(ROLES[role])))
        if wanted in words:
            return role
    return None


def write_rejected(path: Path, table: Table, bad: list[BadRow]) -> None:
    """The bad rows as they came, with a column `reason`; readable by the owner only, since it holds names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*table.header, "reason"])
        for problem in bad:
            writer.writerow([*table.raw[problem.line], problem.reason])
