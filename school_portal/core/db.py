"""The database: base class, one engine, sessions that refuse unscoped reads. The only file that says BEGIN."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path as FilePath
from typing import Any
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Insert,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    Uuid,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, sessionmaker

from school_portal.core import authz

Path = String(200).with_variant(String(200, collation="C"), "postgresql")
"""Type of org_path columns: compared by bytes on both databases."""


class Utc(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment, move others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def text_enum(enum: type[StrEnum], name: str) -> Enum:
    """A column of an enum's values as text, with a CHECK of the given name."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=max(len(member.value) for member in enum) + 8,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Base of all tables. A row with a uuid key has it from its constructor on, so that seals can bind to it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Utc(), UUID: Uuid(), bytes: LargeBinary()}

    def __init__(self, **values: Any) -> None:
        columns = type(self).__table__.columns
        if "id" in columns and isinstance(columns["id"].type, Uuid):
            self.id = values.pop("id", None) or uuid4()
        for name, value in values.items():
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no attribute {name!r}")
            setattr(self, name, value)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if issubclass(cls, authz.RowProtected) and isinstance(getattr(cls, "__table__", None), Table):
            authz.protect(cls.__table__)  # type: ignore[arg-type]


class PortalSession(Session):
    """A session that refuses unscoped reads and remembers what to do before and after its commit."""

    def rollback(self) -> None:
        """Roll back, and forget what waited for the commit, also when no statement had run yet."""
        super().rollback()
        for items in self.info.get("waiting", {}).values():
            items.clear()

    def _refuse_bulk(self, *args: Any, **kwargs: Any) -> None:
        raise authz.UnscopedRead("legacy bulk calls pass no guard: use execute()")

    bulk_save_objects = bulk_insert_mappings = bulk_update_mappings = _refuse_bulk


event.listen(PortalSession, "do_orm_execute", authz.guard)


@event.listens_for(PortalSession, "before_attach")
def _refuse_smuggled(session: Session, row: Any) -> None:
    """A row that stands in the database enters a session by a scoped read only, never by add(): refresh() would
    load it."""
    if isinstance(row, authz.RowProtected) and inspect(row).has_identity:
        raise authz.UnscopedRead(f"{type(row).__name__} was read elsewhere")


# --- work that waits for the commit, forgotten with its savepoint ----------------------------------------------

_marks: WeakKeyDictionary[SessionTransaction, dict[str, int]] = WeakKeyDictionary()


def waiting(session: Session, name: str) -> list[Any]:
    """A list kept with the session's transaction: cut back with a savepoint, emptied by a rollback."""
    lists: dict[str, list[Any]] = session.info.setdefault("waiting", {})
    return lists.setdefault(name, [])


@event.listens_for(PortalSession, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        _marks[transaction] = {name: len(items) for name, items in session.info.get("waiting", {}).items()}


@event.listens_for(PortalSession, "after_soft_rollback")
def _cut(session: Session, previous: SessionTransaction) -> None:
    marks = _marks.pop(previous, None)
    if marks is None and previous.parent is not None:
        return
    for name, items in session.info.get("waiting", {}).items():
        del items[(marks or {}).get(name, 0) :]


def after_commit(session: Session, act: Callable[[], None]) -> None:
    """Do this once the transaction is safely stored; forgotten when it rolls back."""
    waiting(session, "after_commit").append(act)


def commit(session: Session) -> None:
    """Store the transaction, then do what waited for it."""
    session.commit()
    acts = waiting(session, "after_commit")
    todo, acts[:] = list(acts), []
    for act in todo:
        act()


# --- engine and transactions -----------------------------------------------------------------------------------

_read_only: ContextVar[bool] = ContextVar("read_only", default=False)


def set_read_only(value: bool) -> None:
    """Choose how the next transaction of this thread begins: reading only, or with the write lock at once."""
    _read_only.set(value)


@contextmanager
def read_first(session: Session) -> Iterator[None]:
    """Read in a transaction of its own that ends with the block, also in a request that will write.

    So that nothing holds SQLite's only write lock while a password is being checked.
    """
    was = _read_only.get()
    set_read_only(True)
    try:
        yield
        session.commit()
    finally:
        set_read_only(was)


def lock_table(session: Session, table: Any) -> None:
    """Let nobody else write the table until the commit, also not who began before; SQLite has one writer anyway."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        name = connection.dialect.identifier_preparer.format_table(table.__table__)
        connection.exec_driver_sql(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")


def see_one_state(session: Session) -> None:
    """Let all reads of this transaction see one state of the database; to be said before the first of them."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


class Database:
    """One engine and its sessions; made once per process by the application or a test."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self.sessions: sessionmaker[PortalSession] = sessionmaker(
            class_=PortalSession, expire_on_commit=False
        )

    @property
    def engine(self) -> Engine:
        """The engine; connect() must have been called."""
        assert self._engine is not None, "the database is not connected yet"
        return self._engine

    def connect(self, url: str) -> None:
        """Make the engine for `url`; opens no connection yet."""
        if url.startswith("sqlite:///"):
            FilePath(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        if self._engine is not None:
            self._engine.dispose()
        # What a statement was given may be personal: it stays out of the messages that reach the log.
        self._engine = create_engine(
            url,
            pool_pre_ping=url.startswith("postgresql"),
            hide_parameters=True,
            pool_size=10,
            max_overflow=50,
            pool_timeout=60,
        )
        prepare_engine(self._engine)
        self.sessions.configure(bind=self._engine)

    def session(self) -> PortalSession:
        """A new session."""
        return self.sessions()

    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[PortalSession]:
        """One transaction of the worker or of an operator's command: commits at the end, rolls back on an error."""
        set_read_only(not write)
        session = self.session()
        try:
            yield session
            commit(session)
        finally:
            session.close()
            set_read_only(False)


def prepare_engine(engine: Engine) -> None:
    """Give every connection its settings and every transaction its mode."""

    @event.listens_for(engine, "connect")
    def settings(connection: Any, record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.isolation_level = None
            for pragma in (
                "busy_timeout=45000",
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "secure_delete=ON",
                "trusted_schema=OFF",
            ):
                connection.execute(f"PRAGMA {pragma}")
        else:
            # A prepared statement soon gets a plan made for any reader: 18 ms for the department instead of 0.5.
            connection.prepare_threshold = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA query_only={int(_read_only.get())}")
            connection.exec_driver_sql("BEGIN" if _read_only.get() else "BEGIN IMMEDIATE")
        elif _read_only.get():
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def insert_into(session: Session, table: Any) -> Any:
    """An INSERT of the session's own dialect, which knows ON CONFLICT."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return make(table)


def upsert(session: Session, table: Table, keys: Sequence[str], add: Sequence[str] = ()) -> Insert:
    """INSERT; where a row with the same `keys` stands, add the new value of each column in `add` to it.

    Without `add` the standing row wins and nothing changes. The rows go with the call:
    `session.execute(upsert(...), rows)`, so that the statement is compiled once, however many there are.
    """
    statement: Any = insert_into(session, table)
    if not add:
        return statement.on_conflict_do_nothing(index_elements=keys)
    changes = {name: table.c[name] + statement.excluded[name] for name in add}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


database = Database()
"""The process's database."""
