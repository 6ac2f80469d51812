"""Fills a demo database with many more incidents, copies of those that are there; run as a program of its own."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from school_portal import create_app
from school_portal.core.actor import SYSTEM
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import today
from school_portal.core.db import database
from school_portal.incidents import queries
from school_portal.incidents.domain import IncidentState, PlainGroup
from school_portal.incidents.models import Incident
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import UnitKind, level_numbers
from school_portal.tally import service as tally

LEVELS = ("unit_1", "unit_2", "unit_3", "unit_4")
BATCH = 5000
SCHOOL_YEAR = 1900
"""One in which no event of the demo lies, so that no number is taken twice."""
SEVERITIES = ((1, 2, 3, 4), (10, 60, 25, 5))
"""Three of ten are of level 3 and 4, which officers know of."""
STATES = (IncidentState.ACCEPTED, IncidentState.NOT_SUBSTANTIATED, IncidentState.DUPLICATE)


def rows(session: Session, number: int) -> Iterator[dict[str, Any]]:
    """Incidents over all schools and two years; one in ten restricted."""
    random = Random(11)
    table = Incident.__table__
    like = dict(session.execute(scope(select(table), everybody(Incident.org_path)).limit(1)).mappings().one())
    schools = [unit for unit in organisations.all_units(session, SYSTEM) if unit.kind is UnitKind.SCHOOL]
    for n in range(1, number + 1):
        unit = random.choice(schools)
        severity, hidden = random.choices(*SEVERITIES)[0], random.random() < 0.1
        yield {
            **like,
            "id": UUID(int=random.getrandbits(128), version=4),
            "org_path": unit.org_path,
            "organisation_id": unit.id,
            "organisation_version_id": unit.version_id,
            **dict(zip(LEVELS, level_numbers(unit.org_path, len(LEVELS)), strict=True)),
            "number": f"VV-0001-{n:07}",
            "school_year": SCHOOL_YEAR,
            "serial": n,
            "severity": severity,
            "severity_computed": severity,
            "group_code": random.choice(list(PlainGroup)),
            "occurred_on": _day(random),
            "state": random.choices(STATES, (94, 4, 2))[0],
            "concerns_lead": False,
            "is_restricted": hidden,
            "is_open_at_school": not hidden,
            "is_known_above": severity >= 3,
            "due_to_open": None,
            "duplicate_of": None,
        }


def _day(random: Random) -> date:
    return today() - timedelta(days=random.randrange(1, 730))


def fill(session: Session, number: int) -> None:
    """Store them in batches and count everything anew."""
    batch: list[dict[str, Any]] = []
    for row in rows(session, number):
        batch.append(row)
        if len(batch) == BATCH:
            session.execute(insert(Incident), batch)
            batch.clear()
    if batch:
        session.execute(insert(Incident), batch)
    tally.rebuild(session, SYSTEM, queries.records_for_tally(session, SYSTEM))
    session.connection().exec_driver_sql(
        "ANALYZE"
    )  # what a server does by itself a minute after so many rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int)
    wanted = parser.parse_args().number
    create_app()
    with database.transaction() as open_session:
        fill(open_session, wanted)
