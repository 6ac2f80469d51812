"""A school that gets another manager takes its incidents along: in lists, in child rows and in the figures."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from school_portal.core.actor import SYSTEM, Actor
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import today
from school_portal.core.db import PortalSession
from school_portal.core.errors import NotFound
from school_portal.incidents import queries
from school_portal.incidents.domain import (
    NamesReason,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    RecordKind,
    Sex,
)
from school_portal.incidents.models import Incident, Involvement, Person, PersonToken
from school_portal.incidents.service import read_names
from school_portal.organisations.queries import get_unit
from school_portal.organisations.service import merge_units, move_unit
from school_portal.tally import queries as tally
from school_portal.tally.models import Tally
from tests.world import World

SPAN = (date(1960, 1, 1), date(2100, 1, 1))
MAI = PersonInvolved(PersonKind.PUPIL, frozenset({Part.HARMED}), Sex.FEMALE, "8A2", "Nguyễn Thị Hoà Mai")


@pytest.fixture
def filed(world: World) -> World:
    """Two incidents and a risk at X, one of them in conflict; noise at the sister school, at Y and Z."""
    world.report("x", people=(MAI,), occurred_on=date(1999, 4, 20))
    world.report("x", people=(MAI,), concerns_lead=True, group=PlainGroup.ONLINE)
    world.report("x", group=PlainGroup.WORRY)
    for unit in ("sister", "y", "z"):
        world.report(unit)
        world.report(unit, group=PlainGroup.WORRY)
    world.session.commit()
    return world


def move(world: World, unit: str, manager: str) -> str:
    move_unit(world.session, SYSTEM, world.units[unit].id, world.units[manager].id, today())
    world.session.commit()
    return get_unit(world.session, SYSTEM, world.units[unit].id).org_path


def cases(session: PortalSession, world: World, who: str) -> list[PlainGroup]:
    return [row.group for row in queries.list_incidents(session, world.people[who]).items]


def count(session: PortalSession, path: str, kind: RecordKind = RecordKind.INCIDENT) -> int:
    return sum(queries.totals(session, SYSTEM, path, *SPAN, kind=kind).values())


def verify(session: PortalSession) -> object:
    return tally.first_difference(session, SYSTEM, queries.records_for_tally(session, SYSTEM))


@pytest.mark.parametrize(
    ("manager", "sees", "blind"),
    [
        ("q", "commune_officer_q", "commune_officer_p"),
        ("department", "department_officer", "commune_officer_p"),
    ],
)
def test_the_new_manager_has_the_conflict_case_and_the_former_one_none(
    session: PortalSession, filed: World, manager: str, sees: str, blind: str
) -> None:
    assert cases(session, filed, blind) == [PlainGroup.ONLINE]
    assert cases(session, filed, sees) == []
    move(filed, "x", manager)
    assert cases(session, filed, sees) == [PlainGroup.ONLINE]
    assert cases(session, filed, blind) == []


@pytest.mark.parametrize("manager", ["q", "department"])
def test_figures_follow_to_the_new_managers_and_leave_the_former_ones(
    session: PortalSession, filed: World, manager: str
) -> None:
    units = filed.units
    before = {path: count(session, path) for path in ("/1/", units["p"].org_path, units["q"].org_path)}
    assert before == {"/1/": 5, units["p"].org_path: 3, units["q"].org_path: 1}
    path = move(filed, "x", manager)
    assert path == f"{units[manager].org_path}{units['x'].number}/"
    assert count(session, path) == 2
    assert count(session, path, RecordKind.RISK) == 1
    assert count(session, units["x"].org_path) == 0
    assert count(session, units["p"].org_path) == 1
    assert count(session, units["q"].org_path) == (3 if manager == "q" else 1)
    assert count(session, "/1/") == 5
    assert verify(session) == (9, None)


def test_no_count_stays_behind_at_the_former_place(session: PortalSession, filed: World) -> None:
    old = filed.units["x"].org_path
    move(filed, "x", "department")
    rows = scope(select(Tally.n), everybody(Tally.org_path)).where(Tally.org_path == old)
    assert session.scalars(rows).all() == []


def test_level_columns_are_rewritten_for_its_incidents_and_for_no_others(
    session: PortalSession, filed: World
) -> None:
    units = filed.units
    move(filed, "x", "department")
    columns = (Incident.organisation_id, Incident.unit_1, Incident.unit_2, Incident.unit_3, Incident.unit_4)
    rows = session.execute(scope(select(*columns), everybody(Incident.org_path))).all()
    levels = {row[0]: tuple(row[1:]) for row in rows}
    top, p = units["department"].number, units["p"].number
    assert levels[units["x"].id] == (top, units["x"].number, None, None)
    assert levels[units["sister"].id] == (top, p, units["sister"].number, None)
    assert levels[units["z"].id] == (top, units["z"].number, None, None)


def test_the_rows_of_people_and_tokens_go_along(session: PortalSession, filed: World) -> None:
    path = move(filed, "x", "q")
    for model in (Person, Involvement, PersonToken):
        found = set(session.scalars(scope(select(model.org_path), everybody(model.org_path))))
        assert found == {path}, model.__tablename__


def test_there_and_back_again_leaves_every_figure_as_it_was(session: PortalSession, filed: World) -> None:
    def figures() -> list[tuple[object, ...]]:
        columns = (Tally.org_path, Tally.fact, Tally.day, Tally.value, Tally.n)
        rows = session.execute(scope(select(*columns), everybody(Tally.org_path)))
        return sorted(tuple(row) for row in rows)

    before = figures()
    move(filed, "x", "department")
    assert figures() != before
    move(filed, "x", "p")
    assert figures() == before


def test_a_merged_commune_takes_the_cases_of_its_schools_along(session: PortalSession, filed: World) -> None:
    units = filed.units
    merge_units(session, SYSTEM, [units["q"].id], units["p"].id, today())
    session.commit()
    assert count(session, units["p"].org_path) == 4
    assert count(session, units["q"].org_path) == 0
    assert count(session, get_unit(session, SYSTEM, units["y"].id).org_path) == 1
    assert verify(session) == (9, None)


def test_a_move_that_is_taken_back_moves_no_count(session: PortalSession, filed: World) -> None:
    units = filed.units
    savepoint = session.begin_nested()
    move_unit(session, SYSTEM, units["x"].id, units["q"].id, today())
    assert count(session, units["q"].org_path) == 3
    savepoint.rollback()
    assert count(session, units["q"].org_path) == 1
    assert verify(session) == (9, None)


def test_an_open_page_of_the_school_finds_its_cases_after_the_move(
    session: PortalSession, filed: World
) -> None:
    head = filed.people["head_x"]
    path = move(filed, "x", "q")
    (post,) = head.posts
    moved = Actor(head.user_id, head.name, (type(post)(post.role, post.organisation_id, path),))
    assert len(queries.list_incidents(session, moved).items) == 2
    assert queries.list_incidents(session, head).items == []
    incident_id = queries.list_incidents(session, moved).items[0].id
    with pytest.raises(NotFound):
        queries.get_case(session, filed.people["head_y"], incident_id)


def test_a_merged_schools_cases_are_its_successors_and_the_conflict_case_the_managers(
    session: PortalSession, filed: World
) -> None:
    groups = {
        "head_sister": [PlainGroup.FIGHT],
        "commune_officer_p": [PlainGroup.ONLINE],
        "commune_officer_q": [],
    }
    for who, own in groups.items():
        seen = [group for group in cases(session, filed, who) if group is not PlainGroup.WORRY]
        assert seen == own
    merge_units(session, SYSTEM, [filed.units["x"].id], filed.units["sister"].id, today())
    session.commit()
    after = {
        "head_sister": [PlainGroup.FIGHT, PlainGroup.FIGHT],
        "commune_officer_p": [PlainGroup.ONLINE],
        "commune_officer_q": [],
        "head_y": [PlainGroup.FIGHT],
        "department_officer": [],
    }
    for who, own in after.items():
        seen = [group for group in cases(session, filed, who) if group is not PlainGroup.WORRY]
        assert seen == own, who
    assert verify(session) == (9, None)


def test_names_in_a_merged_schools_case_open_for_the_successors_head(
    session: PortalSession, filed: World
) -> None:
    merge_units(session, SYSTEM, [filed.units["x"].id], filed.units["sister"].id, today())
    session.commit()
    head = filed.people["head_sister"]
    [old] = [row for row in queries.list_incidents(session, head).items if row.occurred_on.year == 1999]
    assert [person.name for person in read_names(session, head, old.id, NamesReason.HELP).case.people] == [
        MAI.name
    ]
    with pytest.raises(NotFound):
        read_names(session, filed.people["head_y"], old.id, NamesReason.HELP)
