"""Whoever goes round the triggers is found: every change, deletion, insertion and reordering of events."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import text

from config import ROOT
from school_portal.audit import queries
from school_portal.audit.domain import CHAIN, FIRST_MAC, StoredEvent, link, verify_chain, write_body
from school_portal.audit.service import record
from school_portal.core.actor import SYSTEM
from school_portal.core.db import PortalSession, database
from tests import conftest
from tests.conftest import Backend

EVENTS = 24
FORGED = (
    "INSERT INTO audit_event SELECT {chain}, {seq}, at, org_path, actor_id, action, subject_type, subject_id, "
    "body, mac FROM audit_event WHERE seq = 3"
)
AIMS = ("first", "middle", "last")
CHANGES = {
    "at": "at = '2020-01-01 00:00:00.000000'",
    "unit": "org_path = '/1/999/'",
    "actor": "actor_id = subject_id",
    "act": "action = 'nothing-happened'",
    "kind of subject": "subject_type = 'nothing'",
    "subject": "subject_id = NULL",
    "body": "body = (SELECT e.body FROM audit_event e WHERE e.seq = 9)",
    "mac": "mac = (SELECT e.mac FROM audit_event e WHERE e.seq = 9)",
}


@pytest.fixture
def chained(session: PortalSession) -> PortalSession:
    """Events on a chain, the triggers out of the way as somebody with the database's password could have it."""
    for number in range(EVENTS):
        record(session, SYSTEM, f"act-{number}", "incident", uuid4(), f"/1/{number}/", number=number)
        session.commit()
    run = session.connection().exec_driver_sql
    if session.get_bind().dialect.name == "sqlite":
        run("DROP TRIGGER audit_event_no_update")
        run("DROP TRIGGER audit_event_no_delete")
    else:
        run("ALTER TABLE audit_event DISABLE TRIGGER audit_event_append_only")
    assert broken(session) is None
    return session


def broken(session: PortalSession) -> int | None:
    """Where verification finds the first break."""
    breaks = [
        verdict.broken_at for verdict in queries.verify(session, SYSTEM) if verdict.broken_at is not None
    ]
    return breaks[0] if breaks else None


def after(session: PortalSession, *statements: str) -> int | None:
    """Do this to the tables, verify, take it back."""
    with session.begin_nested() as savepoint:
        for statement in statements:
            assert session.connection().exec_driver_sql(statement).rowcount != 0, statement
        found = broken(session)
        savepoint.rollback()
    return found


def seq_of(aim: str) -> int:
    return {"first": 1, "middle": EVENTS // 2, "last": EVENTS}[aim]


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("change", sorted(CHANGES))
def test_a_changed_event_is_found_where_it_stands(chained: PortalSession, change: str, aim: str) -> None:
    seq = seq_of(aim)
    with chained.begin_nested() as savepoint:
        chained.connection().exec_driver_sql(f"UPDATE audit_event SET {CHANGES[change]} WHERE seq = {seq}")
        assert broken(chained) == seq
        savepoint.rollback()
    assert broken(chained) is None


@pytest.mark.parametrize("aim", AIMS)
def test_an_event_taken_out_is_found(chained: PortalSession, aim: str) -> None:
    assert after(chained, f"DELETE FROM audit_event WHERE seq = {seq_of(aim)}") == seq_of(aim)


def test_events_put_in_again_elsewhere_or_in_another_order_are_found(chained: PortalSession) -> None:
    swap = [f"UPDATE audit_event SET seq = {a} WHERE seq = {b}" for a, b in ((99, 5), (5, 6), (6, 99))]
    assert after(chained, *swap) == 5
    assert after(chained, FORGED.format(chain=f"'{CHAIN}'", seq=EVENTS + 1)) == EVENTS + 1
    closed_up = [
        "DELETE FROM audit_event WHERE seq = 5",
        "UPDATE audit_event SET seq = seq - 1 WHERE seq = 6",
    ]
    assert after(chained, *closed_up) == 5


def test_a_chain_of_a_forgers_own_is_found(chained: PortalSession) -> None:
    assert after(chained, FORGED.format(chain="'other'", seq=1)) == 1
    assert after(chained, "INSERT INTO audit_head SELECT 'other', 7, mac FROM audit_head") == 1


def test_a_tail_cut_off_a_lost_head_and_an_emptied_table_are_found(chained: PortalSession) -> None:
    assert after(chained, f"DELETE FROM audit_event WHERE seq > {EVENTS - 3}") == EVENTS - 2
    assert after(chained, "DELETE FROM audit_head") == EVENTS + 1
    assert after(chained, "DELETE FROM audit_event") == 1
    assert after(chained, f"UPDATE audit_head SET seq = {EVENTS - 1}") == EVENTS + 1


def test_bits_flipped_by_chance_are_found(chained: PortalSession) -> None:
    """A campaign over bytes: 60 flips in bodies and links."""
    chance = random.Random(20260906)
    run = chained.connection().exec_driver_sql
    for _ in range(60):
        column, seq = chance.choice(("body", "mac")), chance.randint(1, EVENTS)
        value = bytearray(run(f"SELECT {column} FROM audit_event WHERE seq = {seq}").scalar_one())
        bit = chance.randrange(len(value) * 8)
        value[bit // 8] ^= 1 << bit % 8
        literal = f"X'{value.hex()}'" if dialect(chained) == "sqlite" else f"'\\x{value.hex()}'"
        assert after(chained, f"UPDATE audit_event SET {column} = {literal} WHERE seq = {seq}") == seq


def dialect(session: PortalSession) -> str:
    return session.get_bind().dialect.name


AT = "2026-09-06T00:00:00+00:00"


def history(key: bytes, word: str) -> list[StoredEvent]:
    """Five events of one course of things, well linked under a key."""
    events, mac = [], FIRST_MAC
    for seq in range(1, 6):
        body = write_body({"at": AT, "action": f"{word}-{seq}"})
        mac = link(key, CHAIN, seq, mac, body)
        events.append(StoredEvent(seq, body, mac, {"at": AT, "action": f"{word}-{seq}"}))
    return events


def test_a_chain_made_again_with_another_key_is_found() -> None:
    events = history(b"a forger's key", "act")
    head = (5, events[-1].mac)
    assert verify_chain(b"a forger's key", CHAIN, events, head).broken_at is None
    assert verify_chain(b"the portal's key", CHAIN, events, head).broken_at == 1
    assert verify_chain(b"a forger's key", "other", events, head).broken_at == 1


def test_an_event_of_another_course_of_things_is_found_though_it_was_well_linked_there() -> None:
    """As from a backup that was put back, went on differently, and is now cut into the true chain."""
    key = b"the portal's key"
    true, other = history(key, "true"), history(key, "other")
    head = (5, true[-1].mac)
    assert verify_chain(key, CHAIN, true, head).broken_at is None
    assert verify_chain(key, CHAIN, [*true[:2], other[2], *true[3:]], head).broken_at == 3
    assert verify_chain(key, CHAIN, [*other[:4], true[4]], head).broken_at == 5


def test_an_event_is_one_line_whatever_its_details_hold(session: PortalSession) -> None:
    record(session, SYSTEM, "x", "y", None, code="\r\n2026 forged \x1b[2J \u202e \u2028 \x00")
    session.commit()
    body = session.connection().exec_driver_sql("SELECT body FROM audit_event").scalar_one()
    assert all(32 <= byte < 127 for byte in bytes(body))


# --- savepoints ----------------------------------------------------------------------------------


def actions(session: PortalSession) -> list[str]:
    return list(session.connection().exec_driver_sql("SELECT action FROM audit_event ORDER BY seq").scalars())


def test_events_live_and_die_with_their_savepoint(session: PortalSession) -> None:
    record(session, SYSTEM, "before", "x", None)
    outer = session.begin_nested()
    record(session, SYSTEM, "outer", "x", None)
    inner = session.begin_nested()
    record(session, SYSTEM, "inner", "x", None)
    inner.rollback()
    record(session, SYSTEM, "outer again", "x", None)
    outer.commit()
    with session.begin_nested():
        record(session, SYSTEM, "kept", "x", None)
    lost = session.begin_nested()
    with session.begin_nested():
        record(session, SYSTEM, "kept in what is lost", "x", None)
    lost.rollback()
    assert actions(session) == [], "nothing is written before the commit"
    session.commit()
    assert actions(session) == ["before", "outer", "outer again", "kept"]
    session.commit()
    assert len(actions(session)) == 4
    assert broken(session) is None


def test_an_error_inside_a_savepoint_forgets_only_its_own_events(session: PortalSession) -> None:
    record(session, SYSTEM, "before", "x", None)
    with pytest.raises(ZeroDivisionError), session.begin_nested():  # noqa: PT012 (the savepoint is the point)
        record(session, SYSTEM, "lost", "x", None)
        raise ZeroDivisionError
    session.commit()
    assert actions(session) == ["before"]


# --- the command ---------------------------------------------------------------------------------


def verify_by_command(backend: Backend) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "PORTAL_ENV": "test",
        "PORTAL_INSTANCE": str(backend.config.portal_instance),
        "DATABASE_URL": backend.config.database_url,
        **conftest.SECRETS,
    }
    command = [sys.executable, "-m", "flask", "--app", "school_portal", "audit", "verify"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", conftest.backends())
def test_the_command_ends_with_0_for_a_whole_chain_and_1_for_a_broken_one(
    real_database: Callable[[str], Backend], name: str
) -> None:
    backend = real_database(name)
    for number in range(3):
        with database.transaction() as session:
            record(session, SYSTEM, f"act-{number}", "x", None)
    done = verify_by_command(backend)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stdout + done.stderr
    assert done.stdout.startswith("main:")
    assert "3" in done.stdout
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE audit_head SET seq = 2"))
    done = verify_by_command(backend)
    assert done.returncode == 1
    assert done.stdout.startswith("main:")
    assert "Traceback" not in done.stderr
