"""Operators' commands: the first account, staff from a file."""

from __future__ import annotations

import csv
import stat
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from school_portal.accounts.models import Membership, User
from school_portal.core.actor import Role
from school_portal.core.authz import unguarded
from school_portal.core.db import PortalSession
from tests.accounts.conftest import Browser
from tests.world import World

GOOD = (
    ("Nguyễn Thị Hà", "ha@x.vn", "", "", "teacher", "25-x"),
    ("Lê Thị Lan", "", "0912 345 678", "", "Người phụ trách bảo vệ trẻ em", "25-x"),
    ("Trần Văn Nam", "", "", "PT-77", "head", "25-y"),
)
BAD = (
    ("Phạm Văn Một", "mot@", "", "", "teacher", "25-x"),
    ("Phạm Văn Hai", "", "123", "", "teacher", "25-x"),
    ("Phạm Văn Ba", "ba@x.vn", "", "", "caretaker", "25-x"),
    ("Phạm Văn Bốn", "bon@x.vn", "", "", "teacher", "no-such"),
    ("", "nam@x.vn", "", "", "teacher", "25-x"),
    ("Phạm Văn Sáu", "", "", "", "teacher", "25-x"),
    ("Phạm Văn Bảy", "bay@x.vn", "", "", "commune_officer", "25-x"),
)
HEADER = ("name", "email", "phone", "staff_code", "role", "organisation_code")


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs commands inside the test's transaction."""
    return app.test_cli_runner()


def table(folder: Path, rows: tuple[tuple[str, ...], ...], header: tuple[str, ...] = HEADER) -> str:
    """A CSV file."""
    path = folder / "staff.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def count(session: PortalSession, model: type[User] | type[Membership]) -> int:
    """How many rows there are."""
    with unguarded("the test counts"):
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_first_administrator_comes_by_command_and_link(
    runner: FlaskCliRunner, web_world: World, browser: Browser
) -> None:
    done = runner.invoke(
        args=[
            "accounts",
            "create",
            "admin@phutho.vn",
            "--role",
            "administrator",
            "--organisation",
            "25",
            "--name",
            "Trần Bình",
        ]
    )
    assert done.exit_code == 0, done.output
    address = done.stdout.strip().splitlines()[-1]
    assert address.startswith("http://127.0.0.1:5000/accounts/link/")
    path = address.removeprefix("http://127.0.0.1:5000")
    browser.get(path)
    assert browser.post(path, password="sáu cái thìa nhỏ trong ngăn kéo").status_code == 303
    assert browser.get("/accounts/").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        ["x@y.vn", "--role", "teacher", "--organisation", "no-such", "--name", "A"],
        ["x@y.vn", "--role", "teacher", "--organisation", "25", "--name", "A"],
        ["x@y.vn", "--role", "caretaker", "--organisation", "25-x", "--name", "A"],
        ["..", "--role", "teacher", "--organisation", "25-x", "--name", "A"],
        ["x@y.vn", "--role", "teacher", "--organisation", "25-x", "--name", " "],
    ],
)
def test_wrong_input_changes_nothing_and_exits_with_2(
    runner: FlaskCliRunner, web_world: World, wrong: list[str]
) -> None:
    before = count(web_world.session, User)
    assert runner.invoke(args=["accounts", "create", *wrong]).exit_code == 2
    assert count(web_world.session, User) == before


def test_staff_from_a_file_twice_changes_nothing_the_second_time(
    runner: FlaskCliRunner, web_world: World, tmp_path: Path
) -> None:
    before = count(web_world.session, User)
    file = table(tmp_path, GOOD)
    first = runner.invoke(args=["accounts", "import", file])
    assert (first.exit_code, first.stdout.splitlines()[-1]) == (
        0,
        "added 3, updated 0, unchanged 0, rejected 0",
    )
    second = runner.invoke(args=["accounts", "import", file])
    assert (second.exit_code, second.stdout.splitlines()[-1]) == (
        0,
        "added 0, updated 0, unchanged 3, rejected 0",
    )
    assert count(web_world.session, User) == before + 3
    with unguarded("the test reads roles"):
        roles = web_world.session.scalars(
            select(Membership.role)
            .join(User, User.id == Membership.user_id)
            .where(User.phone == "+84912345678")
        ).all()
    assert roles == [Role.FOCAL_POINT]


def test_a_second_post_is_an_update(runner: FlaskCliRunner, web_world: World, tmp_path: Path) -> None:
    runner.invoke(args=["accounts", "import", table(tmp_path, GOOD[:1])])
    more = ("Nguyễn Thị Hà", "HA@x.vn", "", "", "counsellor", "25-x")
    done = runner.invoke(args=["accounts", "import", table(tmp_path, (more,))])
    assert done.stdout.splitlines()[-1] == "added 0, updated 1, unchanged 0, rejected 0"


def test_bad_rows_stop_the_import_and_are_named(
    runner: FlaskCliRunner, web_world: World, tmp_path: Path
) -> None:
    before = count(web_world.session, User)
    done = runner.invoke(args=["accounts", "import", table(tmp_path, GOOD + BAD)])
    assert done.exit_code == 2
    assert done.stdout.splitlines()[-1] == "added 0, updated 0, unchanged 0, rejected 7"
    assert count(web_world.session, User) == before
    for line, column, value in (
        (5, "email", "mot@"),
        (6, "phone", "123"),
        (7, "role", "caretaker"),
        (8, "organisation_code", "no-such"),
        (9, "name", ""),
        (10, "email", ""),
    ):
        assert f"line {line}, {column}, {value!r}: " in done.stderr


def test_good_rows_go_in_when_bad_ones_are_skipped(
    runner: FlaskCliRunner, web_world: World, tmp_path: Path
) -> None:
    rejected = tmp_path / "bad.csv"
    file = table(tmp_path, GOOD + BAD)
    done = runner.invoke(args=["accounts", "import", file, "--skip-bad-rows", "--rejected", str(rejected)])
    assert done.exit_code == 3
    assert done.stdout.splitlines()[-1] == "added 3, updated 0, unchanged 0, rejected 7"
    with rejected.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["name"] for row in rows] == [row[0] for row in BAD]
    assert all(row["reason"] for row in rows)
    assert stat.S_IMODE(rejected.stat().st_mode) == 0o600


def test_a_dry_run_tells_and_changes_nothing(
    runner: FlaskCliRunner, web_world: World, tmp_path: Path
) -> None:
    before = count(web_world.session, User)
    done = runner.invoke(args=["accounts", "import", table(tmp_path, GOOD), "--dry-run"])
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (
        0,
        "added 3, updated 0, unchanged 0, rejected 0",
    )
    assert count(web_world.session, User) == before


def test_vietnamese_headings_and_semicolons_are_understood(
    runner: FlaskCliRunner, web_world: World, tmp_path: Path
) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(
        "Họ và tên;Số điện thoại;Vai trò;Mã đơn vị\nLê Thị Lan;0912345678;Giáo viên, nhân viên;25-x\n",
        "utf-8",
    )
    done = runner.invoke(args=["accounts", "import", str(path)])
    assert done.stdout.splitlines()[-1].startswith("added 1,"), done.output


def test_a_file_that_is_no_such_table_is_refused(
    runner: FlaskCliRunner, web_world: World, tmp_path: Path
) -> None:
    assert runner.invoke(args=["accounts", "import", table(tmp_path, (), ("a", "b"))]).exit_code == 2
    path = tmp_path / "latin.csv"
    path.write_bytes("name,role,organisation_code\nHà,teacher,25-x\n".encode("utf-16"))
    assert runner.invoke(args=["accounts", "import", str(path)]).exit_code == 2
