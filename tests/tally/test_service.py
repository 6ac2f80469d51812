"""Counts in the database: whatever comes and goes, each equals a recount; also when twenty write at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM, Actor, Post, Role
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import today
from school_portal.core.db import PortalSession, database, see_one_state
from school_portal.core.errors import NotPermitted
from school_portal.incidents import queries as incidents
from school_portal.incidents.domain import PlainGroup, ReportIncident, Safety
from school_portal.incidents.service import report_incident
from school_portal.tally import queries, service
from school_portal.tally.domain import Difference, Facts
from school_portal.tally.models import Tally
from tests.conftest import Backend, backends
from tests.world import World, make_world

PATHS = ("/1/", "/1/2/", "/1/20/", "/1/2/3/", "/1/2/30/", "/1/4/5/6/")
BEGIN = date(2026, 10, 30)
END = BEGIN + timedelta(days=4)
Record = tuple[str, date, Facts]

records = st.tuples(
    st.sampled_from(PATHS),
    st.integers(0, 4).map(lambda days: BEGIN + timedelta(days=days)),
    st.lists(st.tuples(st.sampled_from("gs"), st.sampled_from("abc")), max_size=4).map(tuple),
)


def stored(session: Session) -> dict[tuple[Any, ...], int]:
    columns = (Tally.org_path, Tally.fact, Tally.day, Tally.value, Tally.n)
    rows = session.execute(scope(select(*columns), everybody(Tally.org_path)))
    return {tuple(key): n for *key, n in rows if n}


def recount(present: list[Record]) -> dict[tuple[Any, ...], int]:
    """Counted in another way than the engine's: each unit asks each record whether it is its own."""
    counts: Counter[tuple[Any, ...]] = Counter()
    for unit in ("/1/", "/1/2/", "/1/20/", "/1/4/", "/1/4/5/", "/1/2/3/", "/1/2/30/", "/1/4/5/6/"):
        for path, day, facts in present:
            if path.startswith(unit):
                for fact, value in {("all", ""), *facts}:
                    counts[unit, fact, day, value] += 1
    return dict(counts)


@contextmanager
def scratch(session: Session) -> Iterator[None]:
    """What one example writes is gone before the next one begins."""
    savepoint = session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_comes_and_goes_each_level_equals_a_recount(
    session: PortalSession, data: st.DataObject
) -> None:
    with scratch(session):
        present: list[Record] = []
        for _ in range(data.draw(st.integers(0, 12))):
            if present and data.draw(st.booleans()):
                gone = present.pop(data.draw(st.integers(0, len(present) - 1)))
                service.add(session, SYSTEM, *gone, by=-1)
            else:
                present.append(data.draw(records))
                service.add(session, SYSTEM, *present[-1], by=1)
        expected = recount(present)
        assert stored(session) == expected
        assert queries.first_difference(session, SYSTEM, present) == (len(present), None)
        for path in PATHS:
            totals = queries.totals(session, SYSTEM, path, BEGIN, END)
            assert totals == ({"": n} if (n := sum(p.startswith(path) for p, _, _ in present)) else {})
            months = queries.by_month(session, SYSTEM, path, BEGIN, END)
            assert months == Counter(f"{day:%Y-%m}" for p, day, _ in present if p.startswith(path))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(present=st.lists(records, max_size=12), wrong=st.lists(records, max_size=6))
def test_made_again_from_the_records_all_is_right_whatever_stood_there(
    session: PortalSession, present: list[Record], wrong: list[Record]
) -> None:
    with scratch(session):
        for record in wrong:
            service.add(session, SYSTEM, *record, by=1)
        assert service.rebuild(session, SYSTEM, iter(present)) == len(present)
        assert stored(session) == recount(present)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    present=st.lists(records, max_size=10),
    old=st.sampled_from(PATHS[1:]),
    new=st.sampled_from(["/1/9/", "/1/2/9/", "/1/20/9/", "/1/4/5/9/"]),
)
def test_a_unit_that_moves_takes_its_counts_and_no_others_along(
    session: PortalSession, present: list[Record], old: str, new: str
) -> None:
    with scratch(session):
        for record in present:
            service.add(session, SYSTEM, *record, by=1)
        own = [(day, facts) for path, day, facts in present if path == old]
        service.move(session, SYSTEM, old, new, own)
        moved = [(new if path == old else path, day, facts) for path, day, facts in present]
        assert queries.first_difference(session, SYSTEM, moved) == (len(present), None)


def test_the_first_difference_is_named_and_none_stays_unseen(session: PortalSession) -> None:
    present: list[Record] = [("/1/2/", BEGIN, (("g", "a"),)), ("/1/4/", BEGIN, (("g", "b"),))]
    for record in present:
        service.add(session, SYSTEM, *record, by=1)
    assert queries.first_difference(session, SYSTEM, present) == (2, None)
    expected = Difference("/1/", "all", BEGIN, "", stands=2, counted=1)
    assert queries.first_difference(session, SYSTEM, present[:1]) == (1, expected)
    expected = Difference("/1/", "all", BEGIN, "", stands=2, counted=3)
    assert queries.first_difference(session, SYSTEM, [*present, present[0]]) == (3, expected)
    later = ("/1/2/", END, (("g", "a"),))
    expected = Difference("/1/", "all", END, "", stands=0, counted=1)
    assert queries.first_difference(session, SYSTEM, [*present, later]) == (3, expected)


def test_people_neither_rebuild_nor_compare(session: PortalSession, world: World) -> None:
    officer = world.people["department_officer"]
    with pytest.raises(NotPermitted):
        service.rebuild(session, officer, [])
    with pytest.raises(NotPermitted):
        queries.first_difference(session, officer, [])


@pytest.mark.parametrize(
    ("role", "unit", "own", "beside"),
    [
        (Role.HEAD, "/1/2/3/", {"": 1}, {}),
        (Role.COMMUNE_OFFICER, "/1/2/", {"": 1}, {}),
        (Role.DEPARTMENT_OFFICER, "/1/", {"": 1}, {"": 1}),
        (Role.TEACHER, "/1/2/3/", {}, {}),
        (Role.AUDITOR, "/1/", {}, {}),
        (Role.ADMINISTRATOR, "/1/", {}, {}),
    ],
)
def test_counts_are_read_at_and_below_the_own_unit_only(
    session: PortalSession, role: Role, unit: str, own: dict[str, int], beside: dict[str, int]
) -> None:
    service.add(session, SYSTEM, "/1/2/3/", BEGIN, (), by=1)
    service.add(session, SYSTEM, "/1/20/5/", BEGIN, (), by=1)
    actor = Actor(None, "", (Post(role, uuid4(), unit),))
    assert queries.totals(session, actor, "/1/2/3/", BEGIN, END) == own
    assert queries.totals(session, actor, "/1/20/5/", BEGIN, END) == beside


@pytest.fixture(params=backends())
def real(request: pytest.FixtureRequest, real_database: Callable[[str], Backend]) -> Backend:
    """A database with real commits."""
    return real_database(request.param)


def at_once(number: int, act: Callable[[int], None]) -> None:
    """Run it in so many threads together; an error in one is an error here."""
    gate, errors = threading.Barrier(number), []

    def run(index: int) -> None:
        gate.wait()
        try:
            act(index)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_twenty_who_count_at_once_lose_nothing(real: Backend) -> None:
    def act(index: int) -> None:
        for turn in range(3):
            facts = (("g", "abc"[(index + turn) % 3]), ("s", "a"))
            with database.transaction() as session:
                service.add(session, SYSTEM, PATHS[index % 2 + 3], BEGIN, facts, by=1)
            if turn == 2:
                with database.transaction() as session:
                    service.add(session, SYSTEM, PATHS[index % 2 + 3], BEGIN, facts, by=-1)

    at_once(20, act)
    with database.transaction(write=False) as session:
        assert queries.totals(session, SYSTEM, "/1/", BEGIN, END) == {"": 40}
        assert queries.totals(session, SYSTEM, "/1/2/3/", BEGIN, END) == {"": 20}
        assert queries.totals(session, SYSTEM, "/1/2/30/", BEGIN, END) == {"": 20}
        assert sum(queries.totals(session, SYSTEM, "/1/2/", BEGIN, END, "g").values()) == 40


def test_a_record_filed_while_counts_are_made_again_is_counted_once(real: Backend) -> None:
    with database.transaction() as session:
        school = make_world(session).units["x"].id
        file_at(session, school)

    def file_one() -> None:
        with database.transaction() as other:
            file_at(other, school, BEGIN)

    filing = threading.Thread(target=file_one)

    def read_late(session: Session) -> Iterator[Record]:
        filing.start()
        filing.join(
            timeout=1
        )  # it waits for this transaction; if it did not, it would be read and counted twice
        yield from incidents.records_for_tally(session, SYSTEM)

    with database.transaction() as session:
        service.rebuild(session, SYSTEM, read_late(session))
    filing.join()
    with database.transaction(write=False) as session:
        present = incidents.records_for_tally(session, SYSTEM)
        assert queries.first_difference(session, SYSTEM, present) == (2, None)


def test_a_comparison_sees_one_state_although_somebody_files_meanwhile(real: Backend) -> None:
    with database.transaction() as session:
        school = make_world(session).units["x"].id
        file_at(session, school)

    def read_slowly(session: Session) -> Iterator[Record]:
        yield from incidents.records_for_tally(session, SYSTEM)
        thread = threading.Thread(target=file_one)
        thread.start()
        thread.join()

    def file_one() -> None:
        with database.transaction() as other:
            file_at(other, school)

    with database.transaction(write=False) as session:
        see_one_state(session)
        assert queries.first_difference(session, SYSTEM, read_slowly(session)) == (1, None)
    with database.transaction(write=False) as session:
        present = incidents.records_for_tally(session, SYSTEM)
        assert queries.first_difference(session, SYSTEM, present) == (2, None)


def file_at(session: Session, school: UUID, day: date | None = None) -> None:
    command = ReportIncident(
        uuid4(), school, Safety.SAFE, PlainGroup.FIGHT, day or today(), "break", "yard", "Em A bị đẩy ngã."
    )
    report_incident(session, SYSTEM, command)
