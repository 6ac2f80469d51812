"""With real commits: many workers at one request, a worker killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import time_machine

from school_portal.accounts.queries import actor_of
from school_portal.core.actor import SYSTEM
from school_portal.core.clock import now
from school_portal.core.db import database
from school_portal.core.files import files
from school_portal.core.jobs import JobContext
from school_portal.reports import queries, service, tasks
from school_portal.reports.domain import Order, ReportStatus
from school_portal.reports.rendering import Document
from tests.conftest import Backend, backends
from tests.reports.conftest import PDF, Sent
from tests.world import make_world

ROOT = Path(__file__).resolve().parents[2]
Make = Callable[[str], Backend]


@pytest.fixture(params=backends())
def stored(request: pytest.FixtureRequest, real_database: Make, sent: Sent) -> tuple[Backend, UUID]:
    """A request in a database of its own."""
    backend = real_database(request.param)
    with database.transaction() as session:
        world = make_world(session)
    with database.transaction() as session:
        order = Order("term-report", world.units["department"].id, "2025-2026/1", "vi")
        report = service.request_report(session, world.people["department_officer"], order)
    return backend, report.id


def status(report_id: UUID) -> ReportStatus:
    with database.transaction(write=False) as session:
        return queries.get_report(session, SYSTEM, report_id).status


def test_of_eight_workers_one_makes_the_document(
    stored: tuple[Backend, UUID], drawn: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, report_id = stored

    def slow(document: Document, html: str) -> bytes:
        time.sleep(0.3)
        return PDF

    monkeypatch.setattr(tasks, "lay_out", slow)
    run = JobContext(database, actor_of)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: tasks.render(run, report_request_id=str(report_id)), range(8)))
    assert len(drawn) == 1
    assert status(report_id) == ReportStatus.READY
    assert {key.split("/")[-1] for key in files.keys(f"reports/{report_id}")} <= {
        "1.pdf.sealed",
        "1.docx.sealed",
    }


def test_while_a_worker_lives_its_lease_is_renewed_however_long_it_draws(
    stored: tuple[Backend, UUID], drawn: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, report_id = stored
    run = JobContext(database, actor_of)
    monkeypatch.setattr(tasks, "BEAT", timedelta(seconds=0.1))
    monkeypatch.setattr(service, "LEASE", timedelta(seconds=1))

    def slow(document: Document, html: str) -> bytes:
        for _ in range(10):
            time.sleep(0.2)
            tasks.sweep(run)
            assert status(report_id) == ReportStatus.RENDERING
        return PDF

    monkeypatch.setattr(tasks, "lay_out", slow)
    tasks.render(run, report_request_id=str(report_id))
    assert status(report_id) == ReportStatus.READY
    assert len(drawn) == 1


WORKER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from school_portal import create_app
from school_portal.accounts.queries import actor_of
from school_portal.core.db import database
from school_portal.core.jobs import JobContext
from school_portal.reports import tasks
create_app()
def hang(document):
    print("drawing", flush=True)
    time.sleep(60)
tasks.fill = hang
tasks.render(JobContext(database, actor_of), report_request_id=sys.argv[2])
"""


def test_a_worker_killed_while_it_draws_is_replaced_after_its_lease(
    stored: tuple[Backend, UUID], drawn: list[Document], tmp_path: Path
) -> None:
    backend, report_id = stored
    config = backend.config
    environment = {
        "PORTAL_ENV": "test",
        "PORTAL_INSTANCE": str(config.portal_instance),
        "DATABASE_URL": config.database_url,
        "SECRET_KEY": config.secret_key,
        "ENCRYPTION_KEYS": ",".join(config.encryption_keys),
        "AUDIT_KEY": config.audit_key,
        "INDEX_KEY": config.index_key,
        "PASSWORD_SALT": config.password_salt,
        "PATH": os.environ["PATH"],
    }
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, str(ROOT), str(report_id)],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        cwd=tmp_path,
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "drawing\n"
        worker.send_signal(signal.SIGKILL)
    assert status(report_id) == ReportStatus.RENDERING
    run = JobContext(database, actor_of)
    with time_machine.travel(now() + timedelta(hours=1)):
        tasks.sweep(run)
        tasks.render(run, report_request_id=str(report_id))
    assert status(report_id) == ReportStatus.READY
    assert len(drawn) == 1
