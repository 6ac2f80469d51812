"""Instances in folders of their own, and a portal with stored files that can be backed up in this process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from config import ROOT, Config, read_config
from school_portal.backup.creating import create
from school_portal.backup.databases import is_empty
from school_portal.backup.manifest import Manifest
from school_portal.backup.restoring import Restored, restore
from school_portal.core.crypto import seal_bytes
from school_portal.core.db import Database, database
from school_portal.core.files import Files
from tests import postgres
from tests.conftest import SECRETS, Backend, backends
from tests.world import World, make_world

REVISIONS = frozenset({"0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009"})


@dataclass(frozen=True)
class Place:
    """An instance: its settings; commands run in a process of their own."""

    config: Config
    database: Database
    files: Files

    def run(self, *words: object, **settings: str) -> subprocess.CompletedProcess[str]:
        """An operator's command, without any secret in its environment unless given."""
        environment = {
            "PATH": os.environ["PATH"],
            "PORTAL_ENV": "test",
            "PORTAL_INSTANCE": str(self.config.portal_instance),
            "DATABASE_URL": self.config.database_url,
            "LC_ALL": "C.UTF-8",
        }
        return subprocess.run(
            [Path(sys.executable).with_name("flask"), "--app", "school_portal", *map(str, words)],
            cwd=ROOT,
            env=environment | settings,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def restore(self, source: Path, keys_source: Path | None = None) -> Restored:
        """The command's use case, in this process."""
        return restore(self.config, self.database, self.files, REVISIONS, source, keys_source)

    def is_untouched(self) -> bool:
        """No table, no file, no key."""
        instance = self.config.portal_instance
        stored = [
            path for path in instance.rglob("*") if path.is_file() and not path.name.startswith("portal.db")
        ]
        return stored == [] and is_empty(self.database.engine)


@dataclass(frozen=True)
class Source:
    """A portal with a small province and stored files."""

    backend: Backend
    config: Config
    files: Files
    world: World

    def create(self, target: Path, keys_target: Path | None = None) -> Manifest:
        """The command's use case, in this process."""
        return create(self.config, database, self.files, target, keys_target)


def connect_files(config: Config) -> Files:
    files = Files()
    files.connect(config.storage_url)
    return files


@pytest.fixture(params=backends())
def source(request: pytest.FixtureRequest, real_database: Callable[[str], Backend]) -> Source:
    """With real commits, on each database: three incidents, a risk, two files."""
    return make_source(real_database(request.param))


@pytest.fixture
def small(real_database: Callable[[str], Backend]) -> Source:
    """The same on SQLite, or on what `make test-postgres` says."""
    return make_source(real_database(backends()[0]))


def make_source(backend: Backend) -> Source:
    files = connect_files(backend.config)
    for key in files.keys(""):
        files.delete(key)
    with database.transaction() as session:
        world = make_world(session)
        for unit in ("x", "sister", "z"):
            world.report(unit)
    files.store("reports/a/1.pdf.sealed", seal_bytes("t", world.units["x"].id, b"one"))
    files.store("reports/b/2.pdf.sealed", b"\x00two")
    return Source(backend, backend.config, files, world)


@pytest.fixture
def make_place(tmp_path: Path, worker_id: str) -> Callable[..., Place]:
    """An empty instance on a database of the same kind; with the tests' secrets as settings, or without any."""
    made: list[Place] = []

    def make(kind: str = "sqlite", *, secrets: bool = True) -> Place:
        instance = tmp_path / f"instance{len(made)}"
        url = f"sqlite:///{instance / 'portal.db'}"
        if kind == "postgresql":
            url = postgres.create_database(worker_id, f"place{len(made)}")
        settings = {"PORTAL_ENV": "test", "PORTAL_INSTANCE": str(instance), "DATABASE_URL": url}
        config = read_config(settings | (SECRETS if secrets else {}))
        own = Database()
        own.connect(config.database_url)
        made.append(Place(config, own, connect_files(config)))
        return made[-1]

    return make
