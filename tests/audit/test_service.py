"""The audit keeps what happened in the transaction in which it happened."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from school_portal.audit import queries
from school_portal.audit.models import AuditEvent, AuditHead
from school_portal.audit.service import record
from school_portal.core.actor import SYSTEM
from school_portal.core.authz import everybody, scope
from school_portal.core.db import PortalSession


def count(session: PortalSession) -> int:
    return len(session.execute(scope(select(AuditEvent.seq), everybody(AuditEvent.org_path))).all())


def test_an_event_is_stored_with_the_commit_and_the_chain_holds(session: PortalSession) -> None:
    record(session, SYSTEM, "unit-created", "organisation", None, code="25")
    record(session, SYSTEM, "unit-created", "organisation", None, code="\r\n\x1b[2J")
    assert count(session) == 0
    session.commit()
    assert count(session) == 2
    assert [verdict.broken_at for verdict in queries.verify(session, SYSTEM)] == [None]


def test_an_event_of_a_savepoint_is_forgotten_with_it(session: PortalSession) -> None:
    record(session, SYSTEM, "kept", "organisation", None)
    savepoint = session.begin_nested()
    record(session, SYSTEM, "forgotten", "organisation", None)
    savepoint.rollback()
    session.commit()
    rows = scope(select(AuditEvent.action), everybody(AuditEvent.org_path))
    assert session.scalars(rows).all() == ["kept"]


def test_an_event_of_a_rolled_back_transaction_is_forgotten(session: PortalSession) -> None:
    record(session, SYSTEM, "forgotten", "organisation", None)
    session.rollback()
    session.commit()
    assert count(session) == 0


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_itself_refuses_to_change_an_event(session: PortalSession, change: str) -> None:
    record(session, SYSTEM, "unit-created", "organisation", None)
    session.commit()
    everything = everybody(AuditEvent.org_path)
    statement = scope(update(AuditEvent).values(action="x"), everything)
    if change == "delete":
        from sqlalchemy import delete

        statement = scope(delete(AuditEvent), everything)
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(statement)


def test_a_tail_that_was_cut_off_is_found_against_the_head(session: PortalSession) -> None:
    record(session, SYSTEM, "unit-created", "organisation", None)
    session.commit()
    session.execute(update(AuditHead).values(seq=AuditHead.seq + 1))
    assert queries.verify(session, SYSTEM)[0].broken_at == 2
