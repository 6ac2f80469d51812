"""The term report's figures: what was filed, over what the reader may know exists, in both languages."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
import time_machine
from sqlalchemy import update
from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM
from school_portal.core.authz import everybody, scope
from school_portal.core.errors import NotFound, NotPermitted
from school_portal.core.i18n import use_language
from school_portal.incidents import queries as incidents
from school_portal.incidents.domain import IncidentState, Part, PersonInvolved, PersonKind, PlainGroup, Sex
from school_portal.incidents.models import Incident
from school_portal.organisations.domain import Calendar, parse_period
from school_portal.reports import service
from school_portal.reports.domain import Order
from school_portal.statistics import queries
from school_portal.statistics import service as service_of_figures
from school_portal.statistics.domain import Cut, SignNil
from school_portal.statistics.paper import TermReport
from school_portal.statistics.writing import day_in_text, share_text
from tests.world import World

FILED = [
    ("x", date(2025, 9, 5), PlainGroup.FIGHT),
    ("x", date(2025, 9, 30), PlainGroup.ONLINE),
    ("sister", date(2026, 1, 18), PlainGroup.FIGHT),
    ("y", date(2025, 11, 20), PlainGroup.WORRY),
    ("z", date(2025, 11, 20), PlainGroup.FIGHT),
    ("x", date(2025, 9, 4), PlainGroup.FIGHT),
    ("x", date(2026, 1, 19), PlainGroup.SEXUAL),
]
"""The last two lie a day before and a day after term I of 2025-2026."""
UNIT_IS_SCHOOL = {"department": False, "p": False, "q": False, "x": True, "z": True}
BELOW = {"department": {"x", "sister", "y", "z"}, "p": {"x", "sister"}, "q": {"y"}, "x": {"x"}, "z": {"z"}}


@pytest.fixture
def filed(world: World) -> World:
    for unit, day, group in FILED:
        world.report(unit, occurred_on=day, group=group)
    return world


def read(
    session: Session,
    world: World,
    unit: str,
    who: str | None,
    period: str = "2025-2026/1",
    language: str = "vi",
) -> TermReport:
    actor = world.people[who] if who else SYSTEM
    document = service.read_document(
        session, actor, Order("term-report", world.units[unit].id, period, language)
    )
    assert isinstance(document.values, TermReport)
    return document.values


@pytest.mark.parametrize(
    ("unit", "who"),
    [
        ("department", "department_officer"),
        ("department", None),
        ("p", "commune_officer_p"),
        ("q", "commune_officer_q"),
        ("x", "head_x"),
        ("z", "head_z"),
    ],
)
def test_the_figures_are_those_that_were_filed_in_the_term_at_the_unit_and_below(
    session: Session, filed: World, unit: str, who: str | None
) -> None:
    report = read(session, filed, unit, who)
    in_term = [(day, group) for school, day, group in FILED[:5] if school in BELOW[unit]]
    counted = [(day, group) for day, group in in_term if group != PlainGroup.WORRY]
    assert report.cases == len(counted)
    found = {name: cells(report, name) for name in ("group", "month", "comparison")}
    assert found["comparison"]["cases"] == str(len(counted))
    risks = len(in_term) - len(counted)
    assert found["comparison"]["risk"] == (str(risks) if UNIT_IS_SCHOOL[unit] or not risks else "1-4")
    groups = Counter(group.value for _, group in counted)
    if not UNIT_IS_SCHOOL[unit]:
        assert {code: text for code, text in found["group"].items() if text != "0"} in (
            {},  # too few to be told apart
            dict.fromkeys(groups, "1-4"),
        )
        return
    months = Counter(f"{day:%Y-%m}" for day, _ in counted)
    assert found["group"] == {
        group.value: str(groups[group.value]) for group in PlainGroup if group != PlainGroup.WORRY
    }
    assert found["month"] == {
        month: str(months[month]) for month in ("2025-09", "2025-10", "2025-11", "2025-12", "2026-01")
    }


def cells(report: TermReport, name: str) -> dict[str, str]:
    """The first column of a table, by code."""
    table = report.table(name)
    return {row.code: row.cells[0] for row in table.rows} if table else {}


def test_every_fact_of_a_case_is_in_its_table(session: Session, filed: World) -> None:
    harmed = PersonInvolved(PersonKind.PUPIL, frozenset({Part.HARMED}), sex=Sex.FEMALE)
    witness = PersonInvolved(PersonKind.PUPIL, frozenset({Part.WITNESS}), sex=Sex.MALE)
    filed.report("x", occurred_on=date(2025, 12, 1), people=(harmed, harmed, witness))
    report = read(session, filed, "x", "head_x")
    assert report.cases == 3
    assert cells(report, "type") == {"": "3"}
    assert cells(report, "harmed") == {"female": "2", "male": "0", "unknown": "0"}
    assert cells(report, "place") == {"yard": "3"}
    assert cells(report, "day_part")["break"] == "3"
    assert cells(report, "state") == {"submitted": "3", "in_triage": "0", "accepted": "0"}
    assert sum(int(n) for n in cells(report, "severity").values()) == 3
    assert report.table("level") is None
    province = queries.count_cases(
        session, SYSTEM, filed.units["department"].org_path, parse_period("2025-2026/1", Calendar())
    )
    assert province.of(Cut.LEVEL) == {"THCS": 3, "TH": 1, "THPT": 1}


def test_the_counts_equal_those_that_are_kept_with_each_change(session: Session, filed: World) -> None:
    period = parse_period("2025-2026/1", Calendar())
    filed.report("x", by="teacher_x", occurred_on=date(2025, 10, 10), concerns_lead=True)
    for who, unit in (("head_x", "x"), ("commune_officer_p", "p"), ("department_officer", "department")):
        actor, path = filed.people[who], filed.units[unit].org_path
        counts = queries.count_cases(session, actor, path, period)
        for fact in ("group", "severity", "place", "day_part", "month"):
            assert counts.of(Cut(fact)) == incidents.totals(
                session, actor, path, period.first, period.last, fact
            ), (who, fact)


@pytest.mark.parametrize("who", ["teacher_x", "counsellor_x", "head_y", "commune_officer_q", "auditor"])
def test_nobody_counts_records_of_a_unit_whose_figures_are_not_hers(
    session: Session, filed: World, who: str
) -> None:
    counts = queries.count_cases(
        session, filed.people[who], filed.units["x"].org_path, parse_period("2025-2026/1", Calendar())
    )
    assert (counts.cases, counts.risks, counts.harmed) == (0, 0, {})


def test_what_was_set_aside_is_in_no_figure_but_told(session: Session, filed: World) -> None:
    for state in (IncidentState.NOT_SUBSTANTIATED, IncidentState.DUPLICATE):
        incident = filed.report("x", occurred_on=date(2025, 12, 1))
        session.execute(
            scope(update(Incident), everybody(Incident.org_path))
            .where(Incident.id == incident)
            .values(state=state)
        )
    report = read(session, filed, "x", "head_x")
    assert report.cases == 2
    state_table = report.table("state")
    assert state_table is not None
    assert {row.code: row.cells[0] for row in state_table.below} == {
        "not_substantiated": "1",
        "duplicate": "1",
    }


def test_who_has_reported_is_told_with_the_same_numbers(session: Session, filed: World) -> None:
    with time_machine.travel("2026-01-20T03:00:00Z"):
        service_of_figures.sign_nil(
            session, filed.people["head_y"], SignNil(filed.units["y"].id, "2025-2026/1")
        )
        report = read(session, filed, "department", None, language="en")
        own = read(session, filed, "y", "head_y", language="en")
    text = repr(report.parts[0])
    assert "4 of 4 institutions have reported (100.0%); 0 have not yet" in text
    assert "On 20 January 2026 the head of the institution confirmed that nothing happened." in repr(
        own.parts[0]
    )


def test_a_term_in_which_no_school_was_open_has_no_share(session: Session, filed: World) -> None:
    report = read(session, filed, "department", None, "1950-1951/1", "en")
    assert "Term I of school year 1950-1951: no institution was due to report." in repr(report.parts[0])
    assert "-%" not in repr(report)


def test_a_case_that_the_head_may_not_know_of_is_not_in_her_figures(session: Session, filed: World) -> None:
    before = read(session, filed, "x", "head_x")
    filed.report(
        "x", by="teacher_x", occurred_on=date(2025, 10, 10), group=PlainGroup.ADULT, concerns_lead=True
    )
    assert read(session, filed, "x", "head_x") == before
    assert read(session, filed, "department", "department_officer").cases == 5


@pytest.mark.parametrize("who", ["head_x", "teacher_x", "commune_officer_p", "auditor"])
def test_nobody_reads_figures_of_a_unit_that_is_not_hers(session: Session, filed: World, who: str) -> None:
    with pytest.raises((NotFound, NotPermitted)):
        read(session, filed, "department", who)


@pytest.mark.parametrize(
    ("period", "total", "months"),
    [
        ("2025-09", 3, 1),
        ("2025-Q4", 1, 3),
        ("2025", 4, 12),
        ("2025-2026", 5, 9),
        ("2025-2026/H", 0, 4),
        ("1980", 0, 12),
    ],
)
def test_any_period_can_be_reported(
    session: Session, filed: World, period: str, total: int, months: int
) -> None:
    with time_machine.travel(date(2027, 1, 2)):
        report = read(session, filed, "department", None, period)
        own = read(session, filed, "x", "head_x", period)
    assert report.cases == total
    if own.cases:
        assert len(cells(own, "month")) == months


def test_a_running_period_says_so_and_stops_at_this_month(session: Session, world: World) -> None:
    with time_machine.travel("2025-11-22T03:00:00Z"):
        world.report("x", occurred_on=date(2025, 11, 22))
        report = read(session, world, "x", "head_x")
    assert (report.cases, report.until) == (1, "22/11/2025")
    table = report.table("month")
    assert table is not None
    assert [row.label for row in table.rows] == ["Tháng 9/2025", "Tháng 10/2025", "Tháng 11/2025"]


def test_a_report_of_no_case_has_no_table_of_noughts(session: Session, filed: World) -> None:
    report = read(session, filed, "department", None, "1990")
    assert report.cases == 0
    assert [table.name for table in report.tables] == ["reporting", "comparison"]


def test_the_letterhead_and_addressees_follow_the_unit(session: Session, filed: World) -> None:
    department = read(session, filed, "department", None)
    assert (department.head.parent_line, department.head.issuer_line) == (
        "UBND TỈNH PHÚ THỌ",
        "SỞ GIÁO DỤC VÀ ĐÀO TẠO",
    )
    assert department.head.signer_title == "GIÁM ĐỐC"
    assert len(department.addressees) == 2
    school = read(session, filed, "x", "head_x")
    assert (school.head.parent_line, school.head.signer_title) == ("UBND PHƯỜNG NÔNG TRANG", "HIỆU TRƯỞNG")
    assert len(school.addressees) == 2
    assert len(read(session, filed, "z", "head_z").addressees) == 1


def test_the_english_edition_has_the_same_figures(session: Session, filed: World) -> None:
    vietnamese = read(session, filed, "x", "head_x")
    english = read(session, filed, "x", "head_x", language="en")
    for name in ("group", "month", "state", "comparison"):
        assert cells(english, name) == cells(vietnamese, name)
    month = english.table("month")
    assert month is not None
    assert month.rows[0].label == "September 2025"
    english = read(session, filed, "department", None, language="en")
    assert english.head.signer_title == "DIRECTOR"
    assert english.head.full_name == "Department of Education and Training of Phú Thọ"


def test_no_name_of_a_person_is_in_the_values(session: Session, filed: World) -> None:
    text = repr(read(session, filed, "x", "head_x"))
    assert not [actor.name for actor in filed.people.values() if actor.name in text]


@pytest.mark.parametrize(
    ("day", "vi", "en"),
    [
        (date(2026, 9, 5), "05/9/2026", "5 September 2026"),
        (date(2027, 1, 18), "18/01/2027", "18 January 2027"),
        (date(2027, 2, 1), "01/02/2027", "1 February 2027"),
        (date(2026, 12, 31), "31/12/2026", "31 December 2026"),
    ],
)
def test_days_in_the_text_follow_the_decree(day: date, vi: str, en: str) -> None:
    assert day_in_text(day) == vi
    with use_language("en"):
        assert day_in_text(day) == en


def test_shares_have_a_decimal_comma_in_vietnamese() -> None:
    assert share_text(1, 3) == "33,3"
    with use_language("en"):
        assert share_text(1, 3) == "33.3"
