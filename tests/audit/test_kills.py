"""Processes that write at once and are killed at random points leave no break and no half of anything."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, insert, select

from school_portal.audit import queries
from school_portal.audit.models import AuditEvent
from school_portal.audit.service import record
from school_portal.core.actor import SYSTEM
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import now
from school_portal.core.db import database
from school_portal.incidents.models import Submission
from tests.conftest import Backend, backends

PROCESSES = 8
FORK = multiprocessing.get_context("fork")


def write_until_killed(url: str, acknowledged: Path) -> None:
    """One business row and its event in each transaction; the row's id is noted once it is stored."""
    database.connect(url)
    with acknowledged.open("a") as notes:
        while True:
            row = uuid4()
            with database.transaction() as session:
                session.execute(insert(Submission).values(id=row, user_id=None, at=now()))
                record(session, SYSTEM, "written", "submission", row)
            notes.write(f"{row}\n")
            notes.flush()


def campaign(url: str, folder: Path, *, kills: int, seed: int) -> set[UUID]:
    """Let processes write, kill one at a time at a random moment and start another; what they said is stored."""
    chance = random.Random(seed)
    database.engine.dispose()  # a forked process must not share a connection

    def start(number: int) -> BaseProcess:
        process = FORK.Process(target=write_until_killed, args=(url, folder / f"{number}.txt"), daemon=True)
        process.start()
        return process

    running = [start(number) for number in range(PROCESSES)]
    try:
        time.sleep(1.5)
        for number in range(kills):
            victim = chance.randrange(PROCESSES)
            pid = running[victim].pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            running[victim].join()
            running[victim] = start(PROCESSES + number)
            time.sleep(chance.uniform(0.01, 0.2))
        time.sleep(0.5)
    finally:
        for process in running:
            process.kill()
            process.join()
    lines = [line for path in folder.glob("*.txt") for line in path.read_text().splitlines()]
    return {UUID(line) for line in lines if len(line) == 36}


def survived(acknowledged: set[UUID]) -> None:
    with database.session() as session:
        rows = set(session.scalars(select(Submission.id)))
        events = session.scalars(scope(select(AuditEvent.subject_id), everybody(AuditEvent.org_path))).all()
        numbers = scope(select(func.count(), func.max(AuditEvent.seq)), everybody(AuditEvent.org_path))
        count, last = session.execute(numbers).one()
        assert len(events) == len(set(events)), "an event is told once"
        assert rows == set(events), "each row has its event and each event its row"
        assert acknowledged <= rows, "what was acknowledged is stored"
        assert count == last, "numbers run without a gap"
        assert [(v.broken_at, v.events) for v in queries.verify(session, SYSTEM)] == [(None, count)]
        assert len(acknowledged) > PROCESSES


@pytest.mark.parametrize("name", backends())
def test_eight_writers_and_a_few_kills_leave_the_chain_whole(
    real_database: Callable[[str], Backend], name: str, tmp_path: Path
) -> None:
    backend = real_database(name)
    survived(campaign(backend.config.database_url, tmp_path, kills=10, seed=1))


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", backends())
def test_two_hundred_kills_leave_the_chain_whole(
    real_database: Callable[[str], Backend], name: str, seed: int, tmp_path: Path
) -> None:
    backend = real_database(name)
    survived(campaign(backend.config.database_url, tmp_path, kills=40, seed=seed))
