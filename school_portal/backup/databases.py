"""The database as one file and back: SQLite by its backup API, PostgreSQL by pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine, Select, String, column, create_engine, func, inspect, select, table
from sqlalchemy.orm import Session

from school_portal.audit import queries as audit
from school_portal.backup.errors import Failed, Refused
from school_portal.backup.manifest import Head
from school_portal.core.actor import SYSTEM
from school_portal.core.i18n import gettext

FILE_NAMES = {"sqlite": "portal.db", "postgresql": "portal.pgdump"}
PROGRAMS = Path("/usr/lib/postgresql")


class State:
    """What a database holds: its migration, rows by table, ends of the audit chains."""

    def __init__(self, connection: Connection) -> None:
        names = sorted(inspect(connection).get_table_names())
        self.rows = {
            name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names
        }
        version: Select[str] = select(column("version_num", String)).select_from(table("alembic_version"))
        self.revision = str(connection.scalar(version)) if "alembic_version" in names else ""
        with Session(bind=connection) as session:
            self.heads = tuple(
                Head(chain, seq, mac.hex()) for chain, seq, mac in audit.heads(session, SYSTEM)
            )


def is_empty(engine: Engine) -> bool:
    """No table; for SQLite no file or one without tables."""
    if engine.dialect.name == "sqlite" and not _file_of(engine).exists():
        return True
    with engine.connect() as connection:
        return not inspect(connection).get_table_names()


def dump(engine: Engine, folder: Path) -> tuple[str, State]:
    """Write the database as it is at one moment into the folder, while others go on writing.

    Returns the file's name and what is in it.
    """
    name = FILE_NAMES[engine.dialect.name]
    act = _dump_sqlite if engine.dialect.name == "sqlite" else _dump_postgresql
    return name, act(engine, folder / name)


def load(engine: Engine, file: Path) -> None:
    """Put a dumped database where there is none; whole or not at all."""
    if engine.dialect.name == "sqlite":
        _load_sqlite(engine, file)
    else:
        _load_postgresql(engine, file)


def look_at(engine: Engine) -> State:
    """What the database holds now."""
    with engine.connect() as connection:
        return State(connection)


def _file_of(engine: Engine) -> Path:
    return Path(str(engine.url.database))


def _dump_sqlite(engine: Engine, target: Path) -> State:
    source = sqlite3.connect(f"file:{quote(str(_file_of(engine)))}?mode=ro", uri=True)
    copy = sqlite3.connect(target)
    try:
        source.execute("PRAGMA busy_timeout=15000")
        source.backup(copy)  # in one step: the state of one moment, whoever writes meanwhile
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        copy.close()
        source.close()
    if verdict != "ok":
        raise Failed(gettext("The database is damaged: %(verdict)s", verdict=verdict))
    own = create_engine(f"sqlite:///{target}")
    try:
        return look_at(own)
    finally:
        own.dispose()


def _load_sqlite(engine: Engine, file: Path) -> None:
    engine.dispose()
    target = _file_of(engine)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = target.with_name(f"{target.name}.restoring")
    try:
        shutil.copyfile(file, partial)
        partial.chmod(0o600)
        for ending in ("-wal", "-shm"):
            target.with_name(target.name + ending).unlink(missing_ok=True)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _dump_postgresql(engine: Engine, target: Path) -> State:
    program = _program("pg_dump", engine)
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        snapshot = connection.scalar(select(func.pg_export_snapshot()))
        words = [
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={target}",
        ]
        _run(program, words, engine)
        return State(connection)


def _load_postgresql(engine: Engine, file: Path) -> None:
    program = _program("pg_restore", engine)
    words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(file)]
    _run(program, words, engine)


def _program(name: str, engine: Engine) -> str:
    """The program of the server's own version, else whatever is found on the path."""
    with engine.connect() as connection:
        version = connection.dialect.server_version_info
    own = PROGRAMS / str(version[0] if version else "") / "bin" / name
    found = str(own) if own.exists() else shutil.which(name)
    if found is None:
        raise Refused(gettext("%(program)s is missing: install the package postgresql-client", program=name))
    return found


def _run(program: str, words: Sequence[str], engine: Engine) -> None:
    """Run it with the database's address; the password goes by the environment, which no other user can read."""
    _, address = engine.dialect.create_connect_args(engine.url)
    password = address.pop("password", None)
    address.pop("context", None)
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"} | ({"PGPASSWORD": password} if password else {})
    done = subprocess.run(
        [program, "--no-password", f"--dbname={make_conninfo(**address)}", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Failed(f"{Path(program).name}: {done.stderr.strip()}")
