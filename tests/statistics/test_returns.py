"""Nil returns: who signs, what refuses her, what she must not learn by it, and who is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM, Actor
from school_portal.core.errors import Conflict, NotFound, NotPermitted, RuleBroken
from school_portal.incidents.domain import Part, PersonInvolved, PersonKind, PlainGroup
from school_portal.organisations.domain import Calendar, parse_period
from school_portal.statistics import queries, service
from school_portal.statistics.domain import (
    Completeness,
    SignNil,
    Standing,
    due_day,
    is_asked_for,
    may_be_withdrawn,
    period_before,
    year_before,
)
from school_portal.statistics.models import NilReturn
from tests.world import World

TERM = "2025-2026/1"
IN_TERM = date(2025, 11, 20)
NOW = "2026-01-20T03:00:00Z"
CLOSED = "2026-01-26T03:00:00Z"
Visit = Callable[[Actor | None], FlaskClient]


def sign(session: Session, world: World, who: str = "head_x", unit: str = "x", term: str = TERM) -> NilReturn:
    return service.sign_nil(session, world.people[who], SignNil(world.units[unit].id, term))


def standings(session: Session, world: World, who: str, unit: str) -> dict[str, Standing]:
    period = parse_period(TERM, Calendar())
    found = queries.list_standings(session, world.people[who], world.units[unit].org_path, period)
    names = {unit.id: name for name, unit in world.units.items()}
    return {names[line.school.id]: line.standing for line in found}


# --- signing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "unit", "outcome"),
    [
        ("head_x", "x", None),
        ("head_z", "z", None),
        ("focal_point_x", "x", NotPermitted),
        ("teacher_x", "x", NotPermitted),
        ("head_y", "x", NotFound),
        ("commune_officer_p", "x", NotPermitted),
        ("department_officer", "x", NotPermitted),
        ("administrator", "x", NotPermitted),
        ("head_x", "p", NotPermitted),
    ],
)
def test_nobody_but_the_schools_own_head_signs(
    session: Session, world: World, who: str, unit: str, outcome: type[Exception] | None
) -> None:
    with time_machine.travel(NOW):
        if outcome is None:
            assert sign(session, world, who, unit).withdrawn_at is None
        else:
            with pytest.raises(outcome):
                sign(session, world, who, unit)


def test_signed_twice_it_is_one(session: Session, world: World) -> None:
    with time_machine.travel(NOW):
        assert sign(session, world).id == sign(session, world).id


@pytest.mark.parametrize("term", ["2025-2026/2", "2025-2026/H", "2025-2026", "2025-11"])
def test_a_term_that_has_not_begun_and_what_is_no_term_are_refused(
    session: Session, world: World, term: str
) -> None:
    with time_machine.travel("2026-01-05T03:00:00Z"), pytest.raises(RuleBroken, match="term-not-asked-for"):
        sign(session, world, term=term)


def test_a_head_who_knows_of_a_case_is_refused_but_not_by_another_schools_or_terms(
    session: Session, world: World
) -> None:
    world.report("sister", occurred_on=IN_TERM)
    world.report("x", occurred_on=date(2025, 9, 4))
    world.report("x", occurred_on=IN_TERM, group=PlainGroup.WORRY)
    with time_machine.travel(NOW):
        assert sign(session, world)
    world.report("z", occurred_on=IN_TERM)
    with time_machine.travel(NOW), pytest.raises(RuleBroken, match="cases-known"):
        sign(session, world, "head_z", "z")


def test_a_hidden_case_does_not_betray_itself_and_is_told_above_only(session: Session, world: World) -> None:
    world.report("x", by="teacher_x", occurred_on=IN_TERM, group=PlainGroup.ADULT, concerns_lead=True)
    accused = PersonInvolved(
        PersonKind.STAFF, frozenset({Part.ACTING}), user_id=world.people["head_x"].user_id
    )
    world.report("x", by="teacher_x", occurred_on=IN_TERM, people=(accused,))
    with time_machine.travel(NOW):
        assert sign(session, world)
        assert standings(session, world, "head_x", "x") == {"x": Standing.NIL}
        own = queries.list_own_nil(session, world.people["head_x"])
        assert [line.knows_of_cases for line in own] == [False]
        assert standings(session, world, "commune_officer_p", "p")["x"] is Standing.CASES
        term = parse_period(TERM, Calendar())
        found = queries.get_reporting(
            session, world.people["department_officer"], world.units["department"].id, term
        )
    assert [line.school.name_vi for line in found.contradicted] == [world.units["x"].name_vi]


def test_taken_back_it_counts_no_more_and_may_be_signed_again(session: Session, world: World) -> None:
    with time_machine.travel(NOW):
        first = sign(session, world)
        service.withdraw_nil(session, world.people["head_x"], first.id)
        service.withdraw_nil(session, world.people["head_x"], first.id)
        assert standings(session, world, "head_x", "x") == {"x": Standing.MISSING}
        assert sign(session, world).id != first.id


def test_in_a_closed_term_nothing_is_taken_back_but_may_be_signed_late(
    session: Session, world: World
) -> None:
    with time_machine.travel(NOW):
        signed = sign(session, world)
    with time_machine.travel(CLOSED):
        with pytest.raises(RuleBroken, match="term-closed"):
            service.withdraw_nil(session, world.people["head_x"], signed.id)
        assert sign(session, world, "head_z", "z")


@pytest.mark.parametrize(
    ("who", "outcome"),
    [("head_y", NotFound), ("teacher_x", NotFound), ("commune_officer_p", NotPermitted)],
)
def test_nobody_else_takes_it_back(
    session: Session, world: World, who: str, outcome: type[Exception]
) -> None:
    with time_machine.travel(NOW):
        signed = sign(session, world)
        with pytest.raises(outcome):
            service.withdraw_nil(session, world.people[who], signed.id)


def test_two_who_sign_at_the_same_moment_leave_one_return(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(NOW):
        sign(session, world)
        session.commit()
        monkeypatch.setattr(queries, "find_nil", lambda *args: None)
        with pytest.raises(Conflict):
            sign(session, world)
        session.rollback()
    monkeypatch.undo()
    kept = queries.find_nil(session, world.people["head_x"], world.units["x"].id, TERM)
    assert kept is not None
    assert kept.signed_by == world.people["head_x"].user_id


# --- who has reported ------------------------------------------------------------------------------------------------


def test_silence_is_not_zero(session: Session, world: World) -> None:
    world.report("sister", occurred_on=IN_TERM)
    with time_machine.travel(NOW):
        sign(session, world)
        whole, by_level = queries.completeness(
            session, SYSTEM, world.units["department"].org_path, parse_period(TERM, Calendar())
        )
        assert standings(session, world, "department_officer", "department") == {
            "x": Standing.NIL,
            "sister": Standing.CASES,
            "y": Standing.MISSING,
            "z": Standing.MISSING,
        }
    assert whole == Completeness(due=4, cases=1, nil=1)
    assert (whole.reported, whole.missing) == (2, 2)
    assert by_level["TH"] == Completeness(due=2, cases=1, nil=0)


def test_an_officer_sees_her_own_schools_and_no_others(session: Session, world: World) -> None:
    term = parse_period(TERM, Calendar())
    with time_machine.travel(NOW):
        found = queries.get_reporting(session, world.people["commune_officer_p"], world.units["p"].id, term)
        assert {line.school.id for line in found.missing} == {world.units["x"].id, world.units["sister"].id}
        assert found.heads[world.units["x"].id].name == world.people["head_x"].name
        assert world.units["y"].id not in found.heads
        for who in ("head_x", "commune_officer_q", "auditor"):
            with pytest.raises((NotPermitted, NotFound)):
                queries.get_reporting(session, world.people[who], world.units["p"].id, term)


# --- days ------------------------------------------------------------------------------------------------------------


def test_a_return_is_asked_for_terms_that_have_begun() -> None:
    calendar = Calendar()
    term = parse_period(TERM, calendar)
    assert not is_asked_for(term, date(2025, 9, 4))
    assert is_asked_for(term, date(2025, 9, 5))
    assert not is_asked_for(parse_period("2025-2026/H", calendar), date(2026, 7, 1))
    assert due_day(term, calendar) == date(2026, 1, 25)
    assert may_be_withdrawn(term, calendar, date(2026, 1, 25))
    assert not may_be_withdrawn(term, calendar, date(2026, 1, 26))


@pytest.mark.parametrize(
    ("code", "before", "a_year_ago"),
    [
        ("2025-2026/2", "2025-2026/1", "2024-2025/2"),
        ("2025-2026/1", "2024-2025/2", "2024-2025/1"),
        ("2025-2026/H", "2024-2025/H", "2024-2025/H"),
        ("2025-2026", "2024-2025", "2024-2025"),
        ("2026-01", "2025-12", "2025-01"),
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026-Q3", "2026-Q2", "2025-Q3"),
        ("2026", "2025", "2025"),
    ],
)
def test_a_period_is_compared_with_the_one_before_and_with_the_same_a_year_ago(
    code: str, before: str, a_year_ago: str
) -> None:
    calendar = Calendar()
    period = parse_period(code, calendar)
    found = (period_before(period, calendar), year_before(period, calendar))
    assert [each.code for each in found if each] == [before, a_year_ago]


def test_the_first_year_of_all_is_compared_with_nothing() -> None:
    first = parse_period("0001-0002/1", Calendar())
    assert (period_before(first, Calendar()), year_before(first, Calendar())) == (None, None)


# --- pages -----------------------------------------------------------------------------------------------------------


def test_a_head_signs_by_the_page_and_takes_it_back(visit: Visit, web_world: World) -> None:
    client = visit(web_world.people["head_x"])
    page = client.get("/statistics/nil-return")
    assert page.status_code == 200
    text = page.text
    import re

    fields = dict(re.findall(r'name="(csrf_token)"[^>]*value="([^"]+)"', text))
    fields["organisation"] = str(web_world.units["x"].id)
    fields["period"] = re.findall(r'<option[^>]*value="(\d{4}-\d{4}/[12])"', text)[0]
    assert client.post("/statistics/nil-return", data=fields).status_code == 422
    assert client.post("/statistics/nil-return", data=fields | {"confirmed": "y"}).status_code == 303
    text = client.get("/statistics/nil-return").text
    withdraw = re.findall(r'action="(/statistics/nil-return/[0-9a-f-]+/withdraw)"', text)
    assert len(withdraw) <= 1  # a closed term can't be taken back
    if withdraw:
        assert client.post(withdraw[0], data={"csrf_token": fields["csrf_token"]}).status_code == 303
        assert "withdraw" not in client.get("/statistics/nil-return").text


def test_an_officer_reads_who_is_missing_with_telephones(visit: Visit, web_world: World) -> None:
    page = visit(web_world.people["commune_officer_p"]).get("/statistics/reporting")
    assert page.status_code == 200
    missing = page.text.split('id="missing-list"')[1].split("</ol>")[0]
    assert web_world.units["x"].name_vi in missing
    assert web_world.people["head_x"].name in missing
    assert web_world.units["y"].name_vi not in page.text
    assert 'data-copy="missing-list"' in page.text


@pytest.mark.parametrize("who", ["head_x", "commune_officer_p", "department_officer"])
def test_figures_on_screen_are_those_of_the_report(visit: Visit, web_world: World, who: str) -> None:
    page = visit(web_world.people[who]).get("/statistics/")
    assert page.status_code == 200
    assert 'id="comparison"' in page.text


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("teacher_x", "/statistics/"),
        ("focal_point_x", "/statistics/"),
        ("auditor", "/statistics/"),
        ("head_x", "/statistics/reporting"),
        ("commune_officer_p", "/statistics/nil-return"),
    ],
)
def test_others_are_refused_on_the_pages(visit: Visit, web_world: World, who: str, address: str) -> None:
    assert visit(web_world.people[who]).get(address).status_code == 403


def test_what_is_not_offered_becomes_the_first_answer(visit: Visit, web_world: World) -> None:
    client = visit(web_world.people["head_x"])
    other = web_world.units["y"].id
    page = client.get(f"/statistics/?organisation={other}&period=9999")
    assert page.status_code == 200
    assert web_world.units["y"].name_vi not in page.text
