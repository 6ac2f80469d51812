"""Long runs with real commits: many report at once, for a minute, and processes die between commit and answer."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from school_portal.audit import queries as audit
from school_portal.audit.models import AuditEvent
from school_portal.core import authz
from school_portal.core.actor import SYSTEM
from school_portal.core.authz import everybody, scope
from school_portal.core.db import commit, database, set_read_only
from school_portal.incidents import policy, queries, service
from school_portal.incidents.domain import (
    Known,
    Part,
    PlainGroup,
    Receiver,
    ReportIncident,
    SelfHarm,
    Told,
)
from school_portal.incidents.models import (
    AuthorityTold,
    Draft,
    Incident,
    Involvement,
    Notice,
    Submission,
)
from tests.conftest import Backend, backends
from tests.incidents.cases import MAI, card, command, first_difference
from tests.world import World, make_world

pytestmark = pytest.mark.campaign

FORK = multiprocessing.get_context("fork")
WRITERS, SECONDS = 16, 60
UNITS = ("x", "sister", "y", "z")
GROUPS = tuple(PlainGroup)


@pytest.fixture(params=backends())
def province(
    request: pytest.FixtureRequest, real_database: Callable[[str], Backend]
) -> tuple[Backend, World]:
    """The world on a database with real commits."""
    return on(real_database(request.param))


def on(backend: Backend) -> tuple[Backend, World]:
    with database.transaction() as session:
        world = make_world(session)
    return backend, world


def rich(world: World, number: int) -> ReportIncident:
    """A report with everything that a report can have: people, places told, sometimes restricted or in conflict."""
    return command(
        world,
        UNITS[number % 4],
        group=GROUPS[number % len(GROUPS)],
        people=(MAI, card(Part.ACTING, name=f"Đỗ Văn {number}"), card(Part.WITNESS, self_harm=SelfHarm.NONE)),
        told=(Told(Receiver.HOTLINE_111, by="Cô Lan", reference=f"{number}"),),
        family_danger=Known.UNKNOWN,
        family_reason="Bố hay đánh.",
        concerns_lead=number % 7 == 0,
    )


def count(session: Session, model: type) -> int:
    rows = everybody(model.org_path)  # type: ignore[attr-defined]
    return session.scalar(scope(select(func.count()).select_from(model), rows)) or 0


def is_whole(filed: int) -> None:
    """Each report is stored with all that belongs to it: numbers, people, places told, figures, notices, events."""
    with database.session() as session:
        numbers = session.scalars(scope(select(Incident.number), everybody(Incident.org_path))).all()
        assert len(numbers) == len(set(numbers)) == filed
        assert count(session, Involvement) == 3 * filed
        assert count(session, AuthorityTold) == filed
        assert session.scalar(select(func.count()).select_from(Submission)) == filed
        events = scope(select(func.count()).select_from(AuditEvent), everybody(AuditEvent.org_path))
        assert session.scalar(events.where(AuditEvent.action == "incident-reported")) == filed
        told = scope(select(func.count(Notice.incident_id.distinct())), everybody(Notice.org_path))
        assert session.scalar(told) == filed
        assert [verdict.broken_at for verdict in audit.verify(session, SYSTEM)] == [None]
        assert first_difference(session) is None
        drafts = scope(select(func.count()).select_from(Draft), policy.all_drafts())
        assert session.scalar(drafts) == 0


@pytest.mark.parametrize("round_", range(3))
def test_fifty_reports_at_once_have_fifty_numbers_a_whole_chain_and_exact_figures(
    province: tuple[Backend, World], round_: int
) -> None:
    _, world = province
    gate = threading.Barrier(50)

    def file(number: int) -> str:
        authz.begin_request()
        set_read_only(False)
        gate.wait()
        with database.transaction() as session:
            return service.report_incident(session, SYSTEM, rich(world, number + round_)).number

    with ThreadPoolExecutor(50) as pool:
        numbers = list(pool.map(file, range(50)))
    assert len(set(numbers)) == 50
    is_whole(50)


# --- a minute of sixteen processes -----------------------------------------------------------------------------


def write_for(url: str, world: World, seconds: float, seed: int, notes: Path) -> None:
    """File, keep drafts, take up and read; each report's number is noted once stored, each fault by its name."""
    database.connect(url)
    until, n = time.monotonic() + seconds, 0
    with notes.open("a") as lines:
        while time.monotonic() < until:
            n += 1
            authz.begin_request()
            set_read_only(False)
            unit = UNITS[n % 4] if n % 4 != 1 else "x"
            told = command(world, unit, people=rich(world, 1).people, told=rich(world, 1).told)
            teacher = world.people[f"teacher_{unit}"]
            head = world.people[f"head_{unit}"]
            begun = time.monotonic()
            try:
                with database.transaction() as session:
                    service.save_draft(session, teacher, told.id, "what", [("facts", told.facts)])
                with database.transaction() as session:
                    number = service.report_incident(session, teacher, told).number
                if (n + seed) % 3 == 0:
                    with database.transaction() as session:
                        service.take_up(session, head, told.id)
                with database.transaction(write=False) as session:
                    queries.list_incidents(session, head)
                    queries.count_listed(session, head)
            except Exception as fault:  # the test counts them by name
                lines.write(f"fault {type(fault).__name__} {str(fault)[:80]!r}\n")
            else:
                lines.write(f"stored {number} {time.monotonic() - begun:.2f}\n")
            lines.flush()


def test_sixteen_writers_for_a_minute_meet_no_locked_database(
    real_database: Callable[[str], Backend], tmp_path: Path
) -> None:
    backend, world = on(real_database("sqlite"))
    database.engine.dispose()  # a forked process must not share a connection
    world.session = None  # type: ignore[assignment]
    arguments = (backend.config.database_url, world, SECONDS)
    running = [
        FORK.Process(target=write_for, args=(*arguments, n, tmp_path / f"{n}.txt"), daemon=True)
        for n in range(WRITERS)
    ]
    for process in running:
        process.start()
    for process in running:
        process.join(SECONDS + 120)
    lines = [line for path in tmp_path.glob("*.txt") for line in path.read_text().splitlines()]
    faults = Counter(line for line in lines if line.startswith("fault"))
    assert faults == {}, "nobody is told that the database is locked"
    stored = [line.split()[1] for line in lines if line.startswith("stored")]
    assert len(stored) > 10 * WRITERS
    slowest = max(float(line.split()[2]) for line in lines)
    print(f"{len(stored)} reports, the slowest took {slowest} s")
    is_whole(len(stored))
    with database.session() as session:
        numbers = scope(select(Incident.number), everybody(Incident.org_path))
        assert set(session.scalars(numbers)) == set(stored), "what was acknowledged is stored"


# --- killed between commit and answer --------------------------------------------------------------------------


def die(url: str, world: World, told: ReportIncident, *, stored: bool) -> None:
    """File a report and be killed: after the commit, before any answer; or just before it."""
    database.connect(url)
    with database.session() as session:
        set_read_only(False)
        teacher = world.people["teacher_x"]
        service.report_incident(session, teacher, told)
        session.flush()
        if stored:
            commit(session)
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("was_stored", [True, False])
def test_who_is_cut_off_sends_again_and_has_one_report_with_one_receipt(
    province: tuple[Backend, World], was_stored: bool
) -> None:
    backend, world = province
    teacher = world.people["teacher_x"]
    receipts: set[tuple[UUID, str, str]] = set()
    for n in range(5):
        told = command(world, people=rich(world, n).people, told=rich(world, n).told, id=uuid4())
        with database.transaction() as session:
            service.save_draft(session, teacher, told.id, "what", [("facts", told.facts)])
        database.engine.dispose()
        process: BaseProcess = FORK.Process(
            target=die,
            args=(backend.config.database_url, World(None, world.units, world.people), told),  # type: ignore[arg-type]
            kwargs={"stored": was_stored},
        )
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        with database.session() as session:
            assert queries.was_sent(session, teacher, told.id) == was_stored
            found = queries.list_own_reports(session, teacher)
            before = {(report.id, report.number, report.check_code) for report in found} - receipts
            assert bool(before) == was_stored
            assert (queries.find_draft(session, teacher, told.id) is None) == was_stored
        for _ in range(2):
            with database.transaction() as session:
                again = service.report_incident(session, teacher, told)
            receipt = (again.id, again.number, again.check_code)
            assert not was_stored or {receipt} == before, "the same receipt as would have been shown"
        receipts.add(receipt)
    assert len({number for _, number, _ in receipts}) == 5
    is_whole(5)
