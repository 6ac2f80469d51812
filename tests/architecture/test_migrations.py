"""The migrations lead to the models and back, with rows, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Enum,
    Integer,
    LargeBinary,
    String,
    Table,
    Time,
    Uuid,
    inspect,
)

from config import ROOT
from school_portal import cli
from school_portal.core.db import Base, database
from school_portal.web import migrations
from tests.conftest import Backend, backends

REVISIONS = sorted(path.name.split("_")[0] for path in (ROOT / "migrations" / "versions").glob("0*.py"))


def sample(column: Any) -> Any:
    """A value of the column's type that its checks accept."""
    kind = column.type
    kind = getattr(kind, "impl", kind) if not isinstance(kind, Enum) else kind
    if isinstance(kind, Enum):
        return kind.enum_class(kind.enums[0]) if kind.enum_class else kind.enums[0]
    for types, value in (
        (Uuid, uuid4()), (Boolean, True), (Integer, 1), (DateTime, datetime(2026, 9, 6, tzinfo=UTC)),
        (Date, date(2026, 9, 6)), (JSON, []), (LargeBinary, b"\0" * 16),
        (String, "/1/" if "path" in column.name else "x1"),
    ):  # fmt: skip
        if isinstance(kind, types):
            return value
    assert isinstance(kind, Time), column
    return None


def fill(connection: Any, table: Table, given: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A row whose foreign keys point at rows that were given before."""
    row = {c.name: sample(c) for c in table.columns if not c.nullable or c.name in ("email",)}
    for key in table.foreign_key_constraints:
        parent = given.get(key.referred_table.name)
        if parent:
            row |= {e.parent.name: parent[e.column.name] for e in key.elements if e.parent.name in row}
    connection.execute(table.insert().values(row))
    return row


def fill_every_table(connection: Any) -> dict[str, dict[str, Any]]:
    given: dict[str, dict[str, Any]] = {}
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    for name in tables:
        if name in inspect(connection).get_table_names() and name not in (
            "dek",
            "taxonomy_entry",
            "taxonomy_version",
        ):
            given[name] = fill(connection, tables[name], given)
    return given


def differences() -> list[Any]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        found = compare_metadata(context, Base.metadata)
    return [each for each in found if not (each[0] == "remove_table" and each[1].name == "alembic_version")]


@pytest.fixture(params=backends())
def copy(request: pytest.FixtureRequest, real_database: Callable[[str], Backend]) -> Backend:
    """A migrated database to go up and down with."""
    return real_database(request.param)


def test_revisions_are_one_line_of_numbers_each_with_its_way_back() -> None:
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS
    for path in (ROOT / "migrations" / "versions").glob("0*.py"):
        number = int(path.name[:4])
        text = path.read_text()
        assert f'revision = "{number:04}"' in text
        below = "None" if number == 1 else f'"{number - 1:04}"'
        assert f"down_revision = {below}" in text
        assert "school_portal" not in text, f"{path.name}: plain types only, the models move on"
        assert "def downgrade" in text


def test_the_newest_migration_is_what_the_models_say(copy: Backend) -> None:
    assert differences() == []
    assert not migrations.pending(copy.app)


def test_the_database_accepts_the_values_of_each_enum_and_no_other(copy: Backend) -> None:
    """Autogenerate sees no CHECK, so the database is asked for them."""
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            checks = [check["sqltext"] for check in inspect(connection).get_check_constraints(table.name)]
            for column in table.columns:
                if isinstance(column.type, Enum):
                    own = [
                        set(re.findall(r"'([^']*)'", check))
                        for check in checks
                        if re.search(rf"\b{column.name}\b", check)
                    ]
                    assert set(column.type.enums) in own, f"{table.name}.{column.name}"


def test_each_migration_goes_down_and_up_again_with_rows_in_every_table(copy: Backend) -> None:
    with database.engine.begin() as connection:
        assert len(fill_every_table(connection)) > 20
    for revision in reversed(REVISIONS):
        migrations.downgrade(copy.app, f"{int(revision) - 1:04}" if revision != "0001" else "base")
        assert migrations.pending(copy.app)
        migrations.upgrade(copy.app, revision)
        migrations.downgrade(copy.app, f"{int(revision) - 1:04}" if revision != "0001" else "base")
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    cli.upgrade(copy.app)
    with database.engine.begin() as connection:
        fill_every_table(connection)
    assert differences() == []


def test_going_up_again_changes_nothing(copy: Backend) -> None:
    with database.engine.begin() as connection:
        fill_every_table(connection)
        before = {
            table.name: connection.execute(table.select()).all() for table in Base.metadata.sorted_tables
        }
    cli.upgrade(copy.app)
    with database.engine.connect() as connection:
        after = {
            table.name: connection.execute(table.select()).all() for table in Base.metadata.sorted_tables
        }
    assert after == before


def test_foreign_keys_sleep_during_a_migration_and_wake_after_it(
    real_database: Callable[[str], Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With them on, a batch migration on SQLite would silently delete the children of the table it rebuilds."""
    app, seen = real_database("sqlite").app, []

    def look(target: str) -> None:
        connection = migrations.alembic.migration_contexts["default"].connection
        assert connection is not None
        seen.append(connection.exec_driver_sql("PRAGMA foreign_keys").scalar())

    monkeypatch.setattr(migrations.alembic, "upgrade", look)
    migrations.upgrade(app)
    with database.engine.connect() as connection:
        seen.append(connection.exec_driver_sql("PRAGMA foreign_keys").scalar())
    assert seen == [0, 1]


def test_a_migration_that_loses_a_parent_is_found(
    real_database: Callable[[str], Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = real_database("sqlite").app
    with database.engine.begin() as connection:
        fill_every_table(connection)

    def lose(target: str) -> None:
        connection = migrations.alembic.migration_contexts["default"].connection
        assert connection is not None
        with connection.begin():
            connection.exec_driver_sql("DELETE FROM person")

    monkeypatch.setattr(migrations.alembic, "upgrade", lose)
    with pytest.raises(RuntimeError, match="without their parent"):
        migrations.upgrade(app)
