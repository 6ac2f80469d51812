"""Several people at once, with real commits on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy.orm.exc import StaleDataError

from school_portal.core.actor import SYSTEM
from school_portal.core.db import database
from school_portal.core.errors import PortalError
from school_portal.organisations import queries, service
from school_portal.organisations.domain import CreateUnit, UnitKind
from tests.conftest import Backend, backends
from tests.organisations.scene import Scene, make_scene

ON = date(2026, 8, 1)


@pytest.fixture(params=backends())
def stored(request: pytest.FixtureRequest, real_database: Callable[[str], Backend]) -> Scene:
    """The small province, committed."""
    real_database(request.param)
    with database.transaction() as session:
        return make_scene(session)


def together(acts: list[Callable[[], object]]) -> list[str]:
    """What becomes of acts that begin at the same moment: "done" or the refusal's code."""
    barrier = Barrier(len(acts))

    def act(number: int) -> str:
        barrier.wait()
        try:
            acts[number]()
        except PortalError as error:
            return error.code
        except StaleDataError:
            return "changed-meanwhile"
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, range(len(acts))))


def begin(scene: Scene, code: str) -> Callable[[], None]:
    """Begin a school in a transaction of its own."""

    def act() -> None:
        details = replace(scene.primary.details, code=code, name_vi=f"Trường {code}")
        with database.transaction() as session:
            service.create_unit(session, SYSTEM, CreateUnit(UnitKind.SCHOOL, scene.commune.id, details, ON))

    return act


def test_units_begun_at_once_get_numbers_of_their_own(stored: Scene) -> None:
    assert together([begin(stored, f"r{n}") for n in range(8)]) == ["done"] * 8
    with database.transaction(write=False) as session:
        numbers = [unit.number for unit in queries.all_units(session, SYSTEM)]
    assert sorted(numbers) == list(range(1, 16))


def test_one_code_goes_to_one_unit_however_many_ask(stored: Scene) -> None:
    results = together([begin(stored, "same") for _ in range(6)])
    assert sorted(results) == ["done"] + ["unit-code-taken"] * 5


def test_a_school_that_two_merge_at_once_goes_into_one_of_them(stored: Scene) -> None:
    def into(successor: object) -> Callable[[], None]:
        def act() -> None:
            with database.transaction() as session:
                service.merge_units(session, SYSTEM, [stored.primary.id], successor, ON)  # type: ignore[arg-type]

        return act

    results = together([into(stored.nursery.id), into(stored.other_primary.id)])
    assert results.count("done") == 1
    assert set(results) - {"done"} <= {"unit-closed", "changed-meanwhile"}
    with database.transaction(write=False) as session:
        unit = queries.get_unit(session, SYSTEM, stored.primary.id)
        assert len(queries.successions_of(session, SYSTEM, unit.id)) == 1
        assert unit.org_path == queries.get_unit(session, SYSTEM, unit.parent_id).org_path + f"{unit.number}/"
