"""A backup of the running portal, put back elsewhere by a process that knows nothing but folder and keys."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from school_portal.audit.models import AuditEvent
from school_portal.backup import databases
from school_portal.backup.databases import look_at
from school_portal.core.actor import SYSTEM
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import today
from school_portal.core.crypto import keyring, open_bytes
from school_portal.core.db import database
from school_portal.core.keys import decode_keys
from school_portal.incidents import queries as incidents
from school_portal.incidents.models import Incident, IncidentSerial
from school_portal.organisations.domain import school_year_of
from school_portal.reports.domain import Order
from school_portal.reports.service import read_document
from school_portal.statistics.report import TermReport
from school_portal.tally import queries as tally
from tests.backup.conftest import Place, Source, make_source
from tests.conftest import Backend

SPAN = (date(1960, 1, 1), date(2100, 1, 1))
MakePlace = Callable[..., Place]


def report_of(source: Source) -> TermReport:
    """What the term report of this year prints, but for the minute at which it is made."""
    with database.transaction(write=False) as session:
        order = Order("term-report", source.world.units["department"].id, str(today().year), "vi")
        values = read_document(session, SYSTEM, order).values
    assert isinstance(values, TermReport)
    return values


def events(place: Place) -> list[tuple[str, dict[str, object]]]:
    """The audit of a restored portal: acts and their details."""
    with place.database.transaction(write=False) as session:
        statement = scope(select(AuditEvent.action, AuditEvent.body), everybody(AuditEvent.org_path))
        rows = session.execute(statement.order_by(AuditEvent.seq)).all()
    return [(action, json.loads(body)["details"]) for action, body in rows]


def test_what_was_backed_up_is_restored_whole_by_another_process(
    source: Source, make_place: MakePlace, tmp_path: Path
) -> None:
    made = source.create(tmp_path / "backup", tmp_path / "keys")
    before = report_of(source)
    place = make_place(source.backend.name, secrets=False)
    done = place.run("backup", "restore", tmp_path / "backup", "--keys", tmp_path / "keys")
    assert done.returncode == 0, done.stderr
    assert re.match(rf"main: {made.heads[0].seq + 1} ", done.stdout.splitlines()[-1])
    for words in (("audit", "verify"), ("statistics", "verify")):
        checked = place.run(*words)
        assert checked.returncode == 0, checked.stderr
    rows = dict(look_at(place.database.engine).rows)
    assert rows == {**made.rows, "audit_event": made.rows["audit_event"] + 1}
    assert rows["incident"] == 3
    assert {key: place.files.read(key) for key in place.files.keys("")} == {
        key: source.files.read(key) for key in source.files.keys("")
    }
    sealed = place.files.read("reports/a/1.pdf.sealed")
    database.connect(place.config.database_url)
    keyring.open(decode_keys(source.config), database)
    assert open_bytes("t", source.world.units["x"].id, sealed) == b"one"
    after = report_of(source)
    assert after == replace(before, made_on=after.made_on, draft_line=after.draft_line)
    with database.transaction(write=False) as session:
        head = source.world.people["head_x"]
        (row,) = incidents.list_incidents(session, head).items
        assert incidents.get_case(session, head, row.id).facts == "Em A bị đẩy ngã ở sân trường."


def test_the_restore_is_the_chains_next_event_and_names_the_backup(
    source: Source, make_place: MakePlace, tmp_path: Path
) -> None:
    made = source.create(tmp_path / "backup")
    place = make_place(source.backend.name)
    (verdict,) = place.restore(tmp_path / "backup").verdicts
    assert (verdict.broken_at, verdict.events) == (None, made.heads[0].seq + 1)
    action, details = events(place)[-1]
    assert action == "backup-restored"
    assert (details["manifest"], details["head"]) == (made.sha256, made.heads[0].seq)
    assert details["head_mac"] == made.heads[0].mac


def test_a_backup_made_while_incidents_are_filed_holds_the_state_of_one_moment(
    source: Source, make_place: MakePlace, tmp_path: Path
) -> None:
    stop, filed = threading.Event(), []

    def file_on() -> None:
        while not stop.is_set():
            with database.transaction() as session:
                source.world.session = session
                source.world.report("xyz"[len(filed) % 3])
            source.files.store(f"reports/{len(filed)}.sealed", b"x" * 50_000)
            filed.append(None)

    thread = threading.Thread(target=file_on)
    thread.start()
    try:
        while thread.is_alive() and len(filed) < 5:
            time.sleep(0.01)
        first = source.create(tmp_path / "first")
        source.create(tmp_path / "second")
        assert len(filed) > 5
    finally:
        stop.set()
        thread.join()
    assert first.rows["incident"] >= 8
    place = make_place(source.backend.name)
    (verdict,) = place.restore(tmp_path / "second").verdicts
    assert verdict.broken_at is None
    with place.database.transaction(write=False) as session:
        statement = select(func.count()).select_from(Incident)
        number = session.scalar(scope(statement, everybody(Incident.org_path)))
        records = incidents.records_for_tally(session, SYSTEM)
        assert tally.first_difference(session, SYSTEM, records) == (number, None)
        assert incidents.totals(session, SYSTEM, "/1/", *SPAN) == {"": number}
        year = school_year_of(today()).start_year
        assert session.get_one(IncidentSerial, year).last == number
    assert [action for action, _ in events(place)].count("incident-reported") == number
    assert number is not None
    assert first.rows["incident"] < number < 3 + len(filed)


def test_what_is_filed_while_pg_dump_starts_is_in_neither_the_dump_nor_the_manifest(
    real_database: Callable[[str], Backend],
    make_place: MakePlace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, run = make_source(real_database("postgresql")), databases._run

    def run_late(*words: Any) -> None:
        with database.transaction() as session:
            source.world.session = session
            source.world.report("y")
        run(*words)

    monkeypatch.setattr(databases, "_run", run_late)
    made = source.create(tmp_path / "backup")
    monkeypatch.undo()
    assert made.rows["incident"] == 3
    place = make_place("postgresql")
    assert place.restore(tmp_path / "backup").verdicts[0].broken_at is None
