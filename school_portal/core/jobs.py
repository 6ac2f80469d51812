"""Background jobs: a name and ids, handed to the queue after the commit. The database row is the truth."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.serializer import SignedSerializer
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.db import Database, after_commit, database

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobContext:
    """What a job gets: transactions that commit at their end, and people with the rights of this moment."""

    database: Database
    actor_of: Callable[[Session, UUID], Actor | None]

    def transaction(self, *, write: bool) -> Any:
        """`with run.transaction(write=True) as session:`; render and store outside of any."""
        return self.database.transaction(write=write)


class Job(Protocol):
    """A job takes its context and ids as text; it may run twice."""

    def __call__(self, run: JobContext, /, **ids: str) -> None: ...


class Jobs:
    """The queue and the functions behind the names."""

    def __init__(self) -> None:
        self.huey: Huey | None = None
        self._functions: dict[str, Job] = {}
        self._send: Callable[[str, dict[str, str]], Any] | None = None
        self._context: JobContext | None = None

    def connect(self, url: str, secret: str, actor_of: Callable[[Session, UUID], Actor | None]) -> None:
        """Make the queue: a SQLite file, or Redis by its address."""
        serializer = SignedSerializer(secret=secret)
        common: dict[str, Any] = {"results": False, "store_none": False, "serializer": serializer}
        if url.startswith("sqlite:///"):
            self.huey = SqliteHuey("portal", filename=url.removeprefix("sqlite:///"), **common)
        else:
            self.huey = RedisHuey("portal", url=url, **common)
        self._context = JobContext(database, actor_of)

        @self.huey.task(name="run_job")
        def run_job(name: str, ids: dict[str, str]) -> None:
            self.run(name, **ids)

        self._send = run_job

    def register(self, functions: Mapping[str, Job]) -> None:
        """Give names to a feature's job functions."""
        self._functions.update(functions)

    @property
    def names(self) -> frozenset[str]:
        """The known names."""
        return frozenset(self._functions)

    def each_minute(self, names: tuple[str, ...]) -> None:
        """Run these in the worker every minute: the sweeps that find what the queue lost."""
        assert self.huey is not None

        @self.huey.periodic_task(crontab(minute="*"), name="each_minute")
        def each_minute() -> None:
            for name in names:
                self.run(name)

    def run(self, name: str, **ids: str) -> None:
        """Run a job here and now."""
        assert self._context is not None, "the queue is not connected yet"
        self._functions[name](self._context, **ids)

    def send(self, name: str, ids: dict[str, str]) -> None:
        """Hand a job to the queue. A queue that refuses is logged: the sweep will find the row."""
        assert self._send is not None, "the queue is not connected yet"
        try:
            self._send(name, ids)
        except OSError as error:
            log.error("the queue refused %s: %s", name, type(error).__name__)


jobs = Jobs()
"""The process's queue."""


def enqueue(session: Session, name: str, **ids: str) -> None:
    """Run the job `name` in the background once this transaction is stored."""
    after_commit(session, lambda: jobs.send(name, ids))
