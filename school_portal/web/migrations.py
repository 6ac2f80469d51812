"""Flask-Alembic over our own metadata: numbered migrations, each in its own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask_alembic import Alembic
from sqlalchemy import text

from config import ROOT
from school_portal.core.db import Base, database


class NumberedAlembic(Alembic):
    """Revisions are called 0001, 0002, ... in one line."""

    def rev_id(self) -> str:
        """The next number."""
        return f"{len(list(self.script_directory.walk_revisions())) + 1:04}"


alembic = NumberedAlembic(metadatas=Base.metadata, run_mkdir=False, command_name="")


def init_app(app: Flask) -> None:
    """Point Alembic at our folder."""
    app.config["ALEMBIC"] = {
        "script_location": str(ROOT / "migrations"),
        "version_locations": [str(ROOT / "migrations" / "versions")],
    }
    app.config["ALEMBIC_CONTEXT"] = {
        "transactional_ddl": True,
        "transaction_per_migration": True,
        "render_as_batch": database.engine.dialect.name == "sqlite",
    }
    alembic.init_app(app)


def upgrade(app: Flask, target: str = "heads") -> None:
    """Bring the database to `target`. On SQLite foreign keys are off meanwhile, and checked afterwards.

    With them on, a batch migration would silently delete the children of the table it rebuilds.
    """
    _migrate(app, lambda: alembic.upgrade(target))


def downgrade(app: Flask, target: str) -> None:
    """Back to `target`, as upgrade()."""
    _migrate(app, lambda: alembic.downgrade(target))


@contextmanager
def _at_the_database(app: Flask) -> Iterator[None]:
    """The database of this moment: a test, or a backup that is put back, connects to another one."""
    alembic.engines["default"] = database.engine
    with app.app_context():
        yield


def _migrate(app: Flask, act: Any) -> None:
    embedded = database.engine.dialect.name == "sqlite"
    with _at_the_database(app):
        if embedded:
            _foreign_keys(False)
        try:
            act()
        finally:
            if embedded:
                _foreign_keys(True)
    if embedded:
        with database.engine.connect() as connection:
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            raise RuntimeError(f"the migration left {len(broken)} rows without their parent")


def _foreign_keys(on: bool) -> None:
    connection = alembic.migration_contexts["default"].connection
    assert connection is not None
    connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={int(on)}")  # type: ignore[union-attr]


def pending(app: Flask) -> bool:
    """Whether the database is older than the code."""
    with _at_the_database(app):
        current = {revision.revision for revision in alembic.current()}
        heads = {revision.revision for revision in alembic.heads()}
    return current != heads
