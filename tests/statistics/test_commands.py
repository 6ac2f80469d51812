"""`statistics verify` and `statistics rebuild`: the figures are right, or the first wrong one is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import delete, insert, update

from school_portal.audit.queries import list_events
from school_portal.core.authz import everybody, scope
from school_portal.core.db import database
from school_portal.incidents.domain import PlainGroup
from school_portal.tally.models import Tally
from tests.conftest import Backend, backends
from tests.world import World, make_world


@dataclass(frozen=True)
class Filed:
    """Five records, stored; the operator's command."""

    world: World
    run: Callable[[str], Result]


@pytest.fixture(params=backends())
def filed(request: pytest.FixtureRequest, real_database: Callable[[str], Backend]) -> Filed:
    backend = real_database(request.param)
    with database.transaction() as session:
        world = make_world(session)
        for unit, day in (("x", 3), ("x", 3), ("sister", 4), ("z", 5)):
            world.report(unit, occurred_on=date(2025, 11, day))
        world.report("y", occurred_on=date(2025, 11, 3), group=PlainGroup.WORRY)
    runner = backend.app.test_cli_runner()
    return Filed(world, lambda word: runner.invoke(args=["statistics", word]))


def change(statement: Any) -> None:
    with database.transaction() as session:
        session.execute(statement)


def test_counts_kept_while_filing_equal_the_records(filed: Filed) -> None:
    result = filed.run("verify")
    assert (result.exit_code, result.stdout.count("5")) == (0, 1)


@pytest.mark.parametrize("damage", ["raised", "lost", "invented"])
def test_a_wrong_count_is_named_and_made_right_by_a_rebuild(filed: Filed, damage: str) -> None:
    path = filed.world.units["p"].org_path
    match damage:
        case "raised":
            change(
                scope(update(Tally), everybody(Tally.org_path))
                .where(Tally.org_path == path, Tally.fact == "group")
                .values(n=Tally.n + 1)
            )
            expected = (f"{path}, 2025-11-03, group fight: ", "3", "2")
        case "lost":
            change(
                scope(delete(Tally), everybody(Tally.org_path)).where(
                    Tally.org_path == path, Tally.day == date(2025, 11, 4)
                )
            )
            expected = (f"{path}, 2025-11-04, all -: ", "0", "1")
        case _:
            row = {"org_path": path, "fact": "all", "day": date(1970, 1, 1), "value": "", "n": 7}
            change(insert(Tally).values(row))
            expected = (f"{path}, 1970-01-01, all -: ", "7", "0")
    result = filed.run("verify")
    assert result.exit_code == 1
    assert result.stdout.startswith(expected[0])
    assert [word for word in result.stdout.split(": ")[1].replace(",", " ").split() if word.isdigit()] == [
        *expected[1:]
    ]
    assert len(result.stdout.splitlines()) == 1
    assert filed.run("rebuild").exit_code == 0
    assert filed.run("verify").exit_code == 0


def test_a_rebuild_is_an_event_of_the_audit(filed: Filed) -> None:
    assert filed.run("rebuild").exit_code == 0
    with database.transaction(write=False) as session:
        assert list_events(session, filed.world.people["auditor"]).items[0].action == "tally-rebuilt"
