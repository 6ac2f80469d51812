"""What pages of incidents cost: a fixed number of statements, each served by an index, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, insert, select, text

from school_portal.core.actor import SYSTEM
from school_portal.core.authz import everybody, scope
from school_portal.core.db import PortalSession, database
from school_portal.incidents import queries
from school_portal.incidents.domain import IncidentState, PlainGroup
from school_portal.incidents.models import Incident
from school_portal.organisations.domain import level_numbers
from school_portal.tally import service as tally
from tests.world import World

ROWS = 5000
SCHOOLS = ("x", "sister", "y", "z")
READERS = ("head_x", "focal_point_z", "commune_officer_p", "department_officer", "counsellor_x")
FIRST_DAY = date(2024, 9, 5)
IN_ORDER = ("list", "next page", "list by severity")
"""Read along an index, never sorted."""


def fill(session: PortalSession, world: World, number: int) -> None:
    """Incidents like the first one of X, spread over schools, days, severities and states."""
    incident_id = world.report("x", by="teacher_x")
    random = Random(5)
    row = scope(select(Incident.__table__), everybody(Incident.org_path)).where(Incident.id == incident_id)
    like = dict(session.execute(row).mappings().one())
    rows = []
    for n in range(number):
        unit = world.units[random.choice(SCHOOLS)]
        severity, hidden = random.choices((1, 2, 3, 4), (10, 60, 25, 5))[0], random.random() < 0.1
        rows.append(
            {
                **like,
                "id": uuid4(),
                "org_path": unit.org_path,
                "organisation_id": unit.id,
                "organisation_version_id": unit.version_id,
                **dict(
                    zip(
                        ("unit_1", "unit_2", "unit_3", "unit_4"), level_numbers(unit.org_path, 4), strict=True
                    )
                ),
                "number": f"VV-9900-{n:06}",
                "school_year": 1999,
                "serial": n + 1,
                "severity": severity,
                "occurred_on": FIRST_DAY + timedelta(days=random.randrange(700)),
                "group_code": random.choice(list(PlainGroup)),
                "state": random.choices(list(IncidentState), (1, 1, 90, 6, 2))[0],
                "is_restricted": hidden,
                "is_open_at_school": not hidden,
                "is_known_above": severity >= 3,
                "due_to_open": None,
            }
        )
    session.execute(insert(Incident), rows)
    tally.rebuild(session, SYSTEM, queries.records_for_tally(session, SYSTEM))


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database meanwhile, without what begins and ends transactions."""
    seen: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if statement.split(maxsplit=1)[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            seen.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def plan_of(connection: Connection, statement: str, parameters: Any) -> str:
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return "\n".join(row[3] for row in rows)
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))


def scans(plan: str) -> list[str]:
    """Lines of a plan that read a whole table or sort all that was found."""
    tables = (
        "incident",
        "involvement",
        "assignment",
        "notice",
        "draft",
        "person",
        "tally",
        "chronology_entry",
    )
    return [
        line.strip()
        for line in plan.splitlines()
        if any(
            line.strip().startswith(f"SCAN {table}") or f"Seq Scan on {table} " in line for table in tables
        )
        and "USING" not in line
    ]


def reads(session: PortalSession, world: World, who: str) -> dict[str, Callable[[], object]]:
    """What the pages of a reader read."""
    reader = world.people[who]
    path = reader.paths()[0]
    year = (FIRST_DAY, FIRST_DAY + timedelta(days=364))
    serious = queries.IncidentFilters(severity="4")
    several = queries.IncidentFilters(group="fight", state="accepted")
    first = queries.list_incidents(session, reader)
    return {
        "list": lambda: queries.list_incidents(session, reader),
        "next page": lambda: queries.list_incidents(session, reader, cursor=first.next),
        "list by severity": lambda: queries.list_incidents(session, reader, serious),
        "total": lambda: queries.count_listed(session, reader),
        "total of several filters": lambda: queries.count_listed(session, reader, several),
        "waiting": lambda: queries.list_waiting(session, reader),
        "count in the menu": lambda: queries.count_visible(session, reader),
        "notices": lambda: queries.list_notices(session, reader),
        "number": lambda: queries.find_by_number(session, reader, "VV-9900-000007"),
        "own reports": lambda: queries.list_own_reports(session, reader),
        "drafts": lambda: queries.list_drafts(session, reader),
        "figures": lambda: queries.totals(session, reader, path, *year, "severity"),
    }


def test_a_read_without_an_index_would_be_found(
    session: PortalSession, world: World, isolated: Connection
) -> None:
    world.report("x")
    session.flush()
    with statements() as seen:
        session.execute(scope(select(Incident.check_code), Incident.source.is_not(None)))
    assert [len(scans(plan_of(isolated, *each))) for each in seen] == [1]


def test_no_read_of_a_page_scans_a_whole_table_or_needs_more_statements_than_before(
    session: PortalSession, world: World, isolated: Connection
) -> None:
    few = {who: {} for who in READERS}  # type: dict[str, dict[str, int]]
    world.report("y")
    for size in (0, ROWS):
        if size:
            fill(session, world, size)
            if isolated.dialect.name == "postgresql":
                isolated.execute(text("ANALYZE"))
        for who in READERS:
            for name, read in reads(session, world, who).items():
                with statements() as seen:
                    read()
                assert len(seen) <= few[who].setdefault(name, max(len(seen), 1)) + 1, (who, name, size)
                if size:
                    for statement, parameters in seen:
                        plan = plan_of(isolated, statement, parameters)
                        assert scans(plan) == [], (who, name, statement)
                        if name in IN_ORDER:
                            assert "TEMP B-TREE FOR ORDER BY" not in plan, (who, name, statement)


@pytest.mark.parametrize("who", READERS)
def test_the_total_is_what_a_count_of_the_rows_says_with_every_filter(
    session: PortalSession, world: World, who: str
) -> None:
    fill(session, world, 400)
    world.report("x", concerns_lead=True)
    world.report("z", concerns_lead=True, group=PlainGroup.SEXUAL)
    reader, listed, cursor = world.people[who], [], None
    while True:
        page = queries.list_incidents(session, reader, cursor=cursor)
        listed += page.items
        cursor = page.next
        if cursor is None:
            break
    for group in ("", "fight", "sexual"):
        for state in ("", "accepted", "submitted"):
            for severity in ("", "3"):
                filters = queries.IncidentFilters(group, state, severity)
                wanted = sum(filters.matches(row.severity, row.group, row.state) for row in listed)
                assert queries.count_listed(session, reader, filters) == wanted, filters


MOST_STATEMENTS = {"/incidents/": 13, "/incidents/start": 9, "/incidents/new": 9, "/": 27}
"""Of a page as a whole: who is signed in, her rights, the menu's counts, the page itself, the audit."""


@pytest.mark.parametrize("address", sorted(MOST_STATEMENTS))
def test_a_page_needs_no_more_statements_than_it_is_allowed(
    visit: Callable[[Any], FlaskClient], web_session: PortalSession, web_world: World, address: str
) -> None:
    for unit in ("x", "y", "x"):
        web_world.report(unit)
    web_session.commit()
    client = visit(web_world.people["focal_point_x"])
    assert client.get(address).status_code == 200
    with statements() as seen:
        client.get(address)
    assert len(seen) <= MOST_STATEMENTS[address], [statement[:90] for statement, _ in seen]


def test_a_list_read_often_is_planned_for_its_reader_each_time(session: PortalSession, world: World) -> None:
    """A plan kept for any reader would sort all that the department may know."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        pytest.skip("SQLite keeps no plans on its own")
    for _ in range(12):
        queries.list_incidents(session, world.people["department_officer"])
    assert connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar() == 0
