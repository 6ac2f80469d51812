"""The first page holds what belongs to a person's roles, over what she may know exists."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import time_machine

from school_portal.core.clock import today
from school_portal.core.db import PortalSession
from school_portal.home.queries import Home, get_home
from school_portal.incidents.domain import PlainGroup
from school_portal.incidents.service import save_draft
from tests.world import World

IN_TERM = date(2026, 11, 12)


def home_of(world: World, name: str) -> Home:
    return get_home(world.session, world.people[name])


def counts(home: Home) -> dict[str, tuple[int, int]]:
    (figures,) = home.figures
    return {row.name: (row.now, row.before) for row in figures.rows}


def test_a_teacher_sees_her_own_reports_and_whom_to_ask_and_no_case(world: World) -> None:
    world.report("x", "teacher_x")
    world.report("x", "focal_point_x")
    world.report("y", "teacher_y")
    home = home_of(world, "teacher_x")
    assert home.own_reports is not None
    assert len(home.own_reports) == 1
    assert home.cases is None
    assert home.figures == ()
    assert home.reports is None
    assert not home.may_invite


def test_a_teacher_sees_her_own_drafts_the_newest_first_and_nobody_elses(world: World) -> None:
    line = [("facts", "Em A bị đẩy ngã.")]
    for hour, who in enumerate(("teacher_x", "focal_point_x", "teacher_x")):
        with time_machine.travel(f"{IN_TERM}T0{hour}:00:00Z", tick=False):
            save_draft(world.session, world.people[who], uuid4(), "what", line)
    with time_machine.travel(f"{IN_TERM}T05:00:00Z", tick=False):
        home, head = home_of(world, "teacher_x"), home_of(world, "head_x")
    assert [draft.saved_at.hour for draft in home.drafts] == [2, 0]
    assert {draft.line for draft in home.drafts} == {"Em A bị đẩy ngã."}
    assert home.lists is not None
    assert (head.drafts, head.lists) == ([], None)


def test_whom_to_ask_is_somebody_else_with_a_telephone(world: World) -> None:
    assert home_of(world, "teacher_x").ask is None, "nobody here has a telephone"


def test_a_head_sees_the_newest_cases_of_her_school_only(world: World) -> None:
    for days in range(7):
        world.report("x", "teacher_x", occurred_on=today() - timedelta(days=days))
    world.report("y", "teacher_y")
    home = home_of(world, "head_x")
    assert home.cases is not None
    assert [row.occurred_on for row in home.cases] == [today() - timedelta(days=days) for days in range(5)]
    assert home.open_cases == 7
    assert home.may_invite


def test_a_remembered_device_shows_her_own_reports_and_nothing_else(world: World) -> None:
    world.report("x", "focal_point_x")
    actor = replace(world.people["focal_point_x"], is_fresh=False)
    home = get_home(world.session, actor)
    assert home.own_reports is not None
    assert len(home.own_reports) == 1
    assert (home.cases, home.reports, home.events, home.figures, home.open_cases) == (None, None, None, (), 0)


def test_figures_are_those_of_the_term_beside_the_same_days_a_year_ago(world: World) -> None:
    with time_machine.travel(f"{IN_TERM}T03:00:00Z", tick=False):
        world.report("x", "teacher_x", occurred_on=date(2026, 9, 5))
        world.report("x", "teacher_x", occurred_on=IN_TERM)
        world.report("x", "teacher_x", occurred_on=IN_TERM, group=PlainGroup.WORRY)
        world.report("x", "teacher_x", occurred_on=date(2025, 11, 12))
        world.report("x", "teacher_x", occurred_on=date(2025, 11, 13))
        world.report("x", "teacher_x", occurred_on=date(2026, 9, 4))
        world.report("y", "teacher_y", occurred_on=IN_TERM)
        school, province = home_of(world, "head_x"), home_of(world, "department_officer")
    assert counts(school)["all"] == (2, 1)
    assert counts(school)["risk"] == (1, 0)
    assert counts(province)["all"] == (3, 1)
    assert school.figures[0].year_before == "2025-2026"


def test_an_officer_sees_the_cases_that_are_hers_alone_and_what_stands_below(world: World) -> None:
    world.report("x", "teacher_x")
    hers = world.report("x", "teacher_x", concerns_lead=True)
    home = home_of(world, "commune_officer_p")
    assert home.own_reports is None
    assert home.cases is not None
    assert [row.id for row in home.cases] == [hers]
    assert [(part.communes, part.schools) for part in home.below] == [(0, 2)]
    assert not home.is_province
    assert home_of(world, "department_officer").is_province


def test_only_the_auditor_sees_events(world: World) -> None:
    world.report("x", "teacher_x")
    world.session.commit()
    events = home_of(world, "auditor").events
    assert events is not None
    assert events[0].action == "incident-reported"
    for name in ("administrator", "department_officer", "head_x", "teacher_x"):
        assert home_of(world, name).events is None


def test_who_reads_cases_sees_what_waits_and_what_she_was_told_and_others_do_not(
    session: PortalSession, world: World
) -> None:
    incident_id = world.report("x", by="teacher_x")
    world.report("y")
    focal_point = get_home(session, world.people["focal_point_x"])
    assert [row.case.id for row in focal_point.waiting] == [incident_id]
    assert [notice.incident_id for notice in focal_point.notices] == [incident_id]
    head = get_home(session, world.people["head_x"])
    assert [row.case.id for row in head.waiting] == [incident_id]
    assert list(head.notices) == [], "the person in charge is told first"
    for who in ("teacher_x", "counsellor_x", "commune_officer_p", "department_officer", "auditor"):
        home = get_home(session, world.people[who])
        assert not home.waiting, who
        assert not home.notices, who
