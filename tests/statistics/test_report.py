"""The term report's figures: what was filed, over what the reader may know exists, in both languages."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
import time_machine
from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM
from school_portal.core.errors import NotFound, NotPermitted
from school_portal.core.i18n import use_language
from school_portal.incidents.domain import PlainGroup
from school_portal.incidents.labels import PLAIN_GROUPS
from school_portal.reports import service
from school_portal.reports.domain import Order
from school_portal.statistics.report import TermReport, day_in_text, share_text
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
    groups = Counter(group for _, group in counted)
    months = Counter(
        f"Tháng {day.month:02d}/{day.year}" if day.month <= 2 else f"Tháng {day.month}/{day.year}"
        for day, _ in counted
    )
    assert (report.total, report.risks) == (len(counted), len(in_term) - len(counted))
    assert {row.label: row.number for row in report.groups} == {
        str(PLAIN_GROUPS[group]): groups[group] for group in PlainGroup if group != PlainGroup.WORRY
    }
    assert {row.label: row.number for row in report.months} == {
        label: months[label]
        for label in ("Tháng 9/2025", "Tháng 10/2025", "Tháng 11/2025", "Tháng 12/2025", "Tháng 01/2026")
    }
    assert [bar[1] for bar in report.bars] == [row.number for row in report.months]


def test_a_case_that_the_head_may_not_know_of_is_not_in_her_figures(session: Session, filed: World) -> None:
    before = read(session, filed, "x", "head_x")
    filed.report(
        "x", by="teacher_x", occurred_on=date(2025, 10, 10), group=PlainGroup.ADULT, concerns_lead=True
    )
    assert read(session, filed, "x", "head_x") == before
    assert read(session, filed, "department", "department_officer").total == 5


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
    assert (report.total, len(report.months)) == (total, months)


def test_a_running_period_says_so_and_stops_at_this_month(session: Session, world: World) -> None:
    with time_machine.travel("2025-11-22T03:00:00Z"):
        world.report("x", occurred_on=date(2025, 11, 22))
        report = read(session, world, "department", None)
    assert (report.total, report.until) == (1, "22/11/2025")
    assert [row.label for row in report.months] == ["Tháng 9/2025", "Tháng 10/2025", "Tháng 11/2025"]


def test_a_report_of_no_case_has_no_share_and_no_leader(session: Session, filed: World) -> None:
    report = read(session, filed, "department", None, "1990")
    assert (report.total, report.total_share, report.leading) == (0, "-", None)


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
    vietnamese = read(session, filed, "department", None)
    english = read(session, filed, "department", None, language="en")
    assert [row.number for row in english.groups] == [row.number for row in vietnamese.groups]
    assert english.months[0].label == "September 2025"
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
