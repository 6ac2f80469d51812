"""Fixtures: a migrated database per backend, a session and a client that roll back after each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy import Connection

from config import Config, read_config
from school_portal import cli, create_app
from school_portal.core import authz
from school_portal.core.actor import Actor
from school_portal.core.crypto import keyring
from school_portal.core.db import PortalSession, database, set_read_only
from school_portal.core.i18n import set_language
from school_portal.core.keys import decode_keys, new_key
from tests import postgres
from tests.world import World, make_world, sign_in

settings.register_profile("portal", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("portal")

pytest_plugins = ["tests.plugins.no_silent_skips", "tests.plugins.chromium", "tests.plugins.no_network"]

SECRETS = {
    "SECRET_KEY": "test-secret-key-of-no-worth",
    "ENCRYPTION_KEYS": new_key(),
    "AUDIT_KEY": new_key(),
    "INDEX_KEY": new_key(),
    "PASSWORD_SALT": "test-salt",
}


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the run's PostgreSQL."""
    postgres.pytest_unconfigure(config)


def backends() -> tuple[str, ...]:
    """Which databases the tests of models, policies, queries and services run on."""
    chosen = os.environ.get("PORTAL_TEST_DATABASE")
    return (chosen,) if chosen else ("sqlite", "postgresql")


@dataclass(frozen=True)
class Backend:
    """One migrated database of this test process and the application on it."""

    name: str
    config: Config
    app: Flask

    def activate(self) -> None:
        """Point the process's database at this backend."""
        if str(database.engine.url.render_as_string(hide_password=False)) != self.config.database_url:
            database.connect(self.config.database_url)
        keyring.open(decode_keys(self.config), database)  # each database has data keys of its own


class BackendFactory:
    """Makes each backend once per process, the first time a test asks for it."""

    def __init__(self, worker: str, folder: Path) -> None:
        self.worker, self.folder = worker, folder
        self._made: dict[str, Backend] = {}
        self._peopled: dict[str, Backend] = {}
        self.worlds: dict[str, World] = {}

    def __call__(self, name: str) -> Backend:
        if name not in self._made:
            self._made[name] = self.fresh(name, "template")
        self._made[name].activate()
        return self._made[name]

    def peopled(self, name: str) -> Backend:
        """The database that holds the small province, stored once per process."""
        if name not in self._peopled:
            self._peopled[name] = self.copy(name, "peopled")
            with database.transaction() as session:
                self.worlds[name] = make_world(session)
        self._peopled[name].activate()
        return self._peopled[name]

    def for_test(self, name: str, request: pytest.FixtureRequest) -> Backend:
        """The database that a test needs: with the small province when it asks for it."""
        wants_world = {"world", "web_world"} & set(request.fixturenames)
        return self.peopled(name) if wants_world else self(name)

    def fresh(self, name: str, label: str) -> Backend:
        """An application on a new, migrated database."""
        url = self.address(name, label)
        if name == "postgresql":
            url = postgres.create_database(self.worker, label)
        config = self.config(url, label)
        app = create_app(config)
        cli.upgrade(app)
        return Backend(name, config, app)

    def address(self, name: str, label: str) -> str:
        """Where a database of this process lies."""
        if name == "postgresql":
            return postgres.postgres_url(self.worker, label)
        return f"sqlite:///{self.folder / label}.db"

    def config(self, url: str, label: str) -> Config:
        """Settings of the test environment on this database."""
        return read_config(
            {
                "PORTAL_ENV": "test",
                "PORTAL_INSTANCE": str(self.folder / f"instance-{label}"),
                "DATABASE_URL": url,
                **SECRETS,
            }
        )

    def copy(self, name: str, label: str) -> Backend:
        """A copy of the migrated database for a test that really commits."""
        template = self(name)
        database.engine.dispose()
        if name == "postgresql":
            url = postgres.create_database(self.worker, label, like="template")
        else:
            url = self.address(name, label)
            shutil.copy(self.folder / "template.db", self.folder / f"{label}.db")
        database.connect(url)
        with database.transaction(write=False) as session:
            keyring.learn(session)
        return Backend(name, self.config(url, label), template.app)


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The xdist worker, `main` without xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def make_backend(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> BackendFactory:
    """Makes backends by name."""
    return BackendFactory(worker_id, tmp_path_factory.mktemp("databases"))


@pytest.fixture(params=backends())
def backend(request: pytest.FixtureRequest, make_backend: BackendFactory) -> Backend:
    """Each database in turn: for models, policies, queries and services."""
    return make_backend.for_test(request.param, request)


@pytest.fixture
def web_backend(request: pytest.FixtureRequest, make_backend: BackendFactory) -> Backend:
    """The database of route and document tests: SQLite unless `make test-postgres` says otherwise."""
    return make_backend.for_test(backends()[0], request)


@pytest.fixture(autouse=True)
def clean_context() -> Iterator[None]:
    """Nothing of one test's request or job reaches the next."""
    authz.begin_request()
    set_read_only(False)
    set_language("vi")
    yield
    set_read_only(False)


def _isolated(backend: Backend) -> Iterator[Connection]:
    """Everything that sessions do until the end of the test happens in one transaction that is rolled back."""
    backend.activate()
    with database.engine.connect() as connection:
        transaction = connection.begin()
        database.sessions.configure(bind=connection, join_transaction_mode="create_savepoint")
        try:
            yield connection
        finally:
            database.sessions.configure(bind=database.engine, join_transaction_mode="conditional_savepoint")
            transaction.rollback()


@pytest.fixture
def isolated(backend: Backend) -> Iterator[Connection]:
    """Roll back what the test does, on each database."""
    yield from _isolated(backend)


@pytest.fixture
def session(isolated: Connection) -> Iterator[PortalSession]:
    """A session on each database, rolled back after the test."""
    with database.session() as session:
        yield session


@pytest.fixture
def app(web_backend: Backend) -> Iterator[Flask]:
    """The application; what its requests store is rolled back after the test."""
    for _ in _isolated(web_backend):
        yield web_backend.app


@pytest.fixture
def web_session(app: Flask) -> Iterator[PortalSession]:
    """A session beside the application's requests, for setting the scene of a route test."""
    with database.session() as session:
        yield session


@pytest.fixture
def world(session: PortalSession, backend: Backend, make_backend: BackendFactory) -> World:
    """A small province on each database."""
    return make_backend.worlds[backend.name].in_session(session)


@pytest.fixture
def web_world(web_session: PortalSession, web_backend: Backend, make_backend: BackendFactory) -> World:
    """The same province for route tests."""
    return make_backend.worlds[web_backend.name].in_session(web_session)


@pytest.fixture
def visit(app: Flask, web_session: PortalSession) -> Callable[[Actor | None], FlaskClient]:
    """A browser of a person, signed in; of nobody with None."""

    def as_person(actor: Actor | None) -> FlaskClient:
        client = app.test_client()
        if actor is not None:
            sign_in(client, web_session, actor)
        return client

    return as_person


@pytest.fixture
def real_database(
    request: pytest.FixtureRequest, make_backend: BackendFactory
) -> Iterator[Callable[[str], Backend]]:
    """Databases with real commits, for races and killed processes: `real_database("postgresql")`."""
    made: list[Any] = []

    def make(name: str) -> Backend:
        backend = make_backend.copy(name, f"real{len(made)}")
        made.append(backend)
        return backend

    yield make
    database.engine.dispose()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real input; tests that need it are skipped where REAL_DATA is not set."""
    folder = os.environ.get("REAL_DATA")
    if not folder:
        pytest.skip("REAL_DATA is not set: no real input here")
    return Path(folder)
