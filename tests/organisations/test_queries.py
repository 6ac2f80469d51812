"""Reading units as they are on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.clock import today
from school_portal.core.errors import NotFound, NotPermitted, RuleBroken
from school_portal.organisations import queries, service
from school_portal.organisations.domain import (
    Act,
    CreateUnit,
    Figures,
    Level,
    SchoolKind,
    SchoolYear,
    Unit,
    UnitKind,
    YearDates,
    fold,
)
from school_portal.organisations.queries import UnitFilters
from tests.organisations.scene import Scene, begin, begin_school, holder


def names(units: object) -> list[str]:
    """The names of units, in their order."""
    return [unit.name_vi for unit in units]  # type: ignore[attr-defined]


class TestOneUnit:
    def test_somebody_elses_school_does_not_exist(self, session: Session, scene: Scene) -> None:
        head = holder(Role.HEAD, scene.primary)
        assert queries.get_unit(session, head, scene.primary.id).name_vi == "Trường Tiểu học Gia Cẩm"
        with pytest.raises(NotFound):
            queries.get_unit(session, head, scene.other_primary.id)
        with pytest.raises(NotFound):
            queries.get_unit(session, SYSTEM, uuid4())

    def test_a_page_to_change_a_unit_is_refused_to_those_who_only_see_it(
        self, session: Session, scene: Scene
    ) -> None:
        head = holder(Role.HEAD, scene.primary)
        assert queries.get_unit_to(session, head, scene.primary.id, Act.CONTACT)
        with pytest.raises(NotPermitted):
            queries.get_unit_to(session, head, scene.primary.id, Act.EDIT)

    def test_a_day_before_the_first_version_has_the_first(self, session: Session, scene: Scene) -> None:
        service.rename_unit(session, SYSTEM, scene.primary.id, date(2026, 8, 1), "Trường Tiểu học Số 1")
        on = [date(1990, 1, 1), date(2026, 7, 31), date(2026, 8, 1), date(2090, 1, 1)]
        found = [queries.unit_version_on(session, SYSTEM, scene.primary.id, day) for day in on]
        assert names(found) == [
            "Trường Tiểu học Gia Cẩm",
            "Trường Tiểu học Gia Cẩm",
            "Trường Tiểu học Số 1",
            "Trường Tiểu học Số 1",
        ]
        by_version = queries.units_of_versions(session, SYSTEM, {found[0].version_id, found[2].version_id})
        assert by_version[found[0].version_id].name_vi == "Trường Tiểu học Gia Cẩm"
        assert by_version[found[2].version_id].name_vi == "Trường Tiểu học Số 1"


class TestCodes:
    def test_a_code_keeps_its_zeros(self, session: Session, scene: Scene) -> None:
        assert queries.find_by_code(session, SYSTEM, "07900").id == scene.commune.id
        with pytest.raises(NotFound):
            queries.find_by_code(session, SYSTEM, "7900")

    def test_the_code_of_somebody_elses_school_does_not_exist(self, session: Session, scene: Scene) -> None:
        with pytest.raises(NotFound):
            queries.find_by_code(session, holder(Role.HEAD, scene.primary), "TH-02")

    def test_the_part_after_the_province_is_enough_where_one_fits(
        self, session: Session, scene: Scene
    ) -> None:
        assert queries.find_by_code(session, SYSTEM, "001").id == scene.upper.id
        begin_school(
            session, scene.department, "23-001", "Trường THPT Hoà Bình", SchoolKind.GIFTED, scene.commune
        )
        with pytest.raises(RuleBroken) as refused:
            queries.find_by_code(session, SYSTEM, "001")
        assert {refused.value.values["one"], refused.value.values["other"]} == {"15-001", "23-001"}

    @pytest.mark.parametrize("code", ["", "%", "_5", "-001", "TH%"])
    def test_wildcards_are_plain_letters(self, session: Session, scene: Scene, code: str) -> None:
        with pytest.raises(NotFound):
            queries.find_by_code(session, SYSTEM, code)


class TestList:
    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("doan hung", {"Trường Tiểu học Đoan Hùng", "Xã Đoan Hùng"}),
            ("\u00d0oan HÙNG", {"Trường Tiểu học Đoan Hùng", "Xã Đoan Hùng"}),
            ("hung tieu", {"Trường Tiểu học Đoan Hùng"}),
            ("07900", {"Phường Việt Trì"}),
            ("15-001", {"Trường THPT Việt Trì"}),
        ],
    )
    def test_a_search_needs_no_accents(
        self, session: Session, scene: Scene, search: str, found: set[str]
    ) -> None:
        filters = UnitFilters(search=search)
        page = queries.list_units(session, SYSTEM, filters)
        assert set(names(page.items)) == found
        assert queries.count_units(session, SYSTEM, filters) == len(page.items)

    def test_filters_narrow_by_manager_kind_and_level(self, session: Session, scene: Scene) -> None:
        below = queries.list_units(session, SYSTEM, UnitFilters(parent_id=scene.department.id)).items
        assert set(names(below)) == {"Phường Việt Trì", "Xã Đoan Hùng", "Trường THPT Việt Trì"}
        communes = queries.list_units(session, SYSTEM, UnitFilters(kind=UnitKind.COMMUNE)).items
        assert set(names(communes)) == {"Phường Việt Trì", "Xã Đoan Hùng"}
        preschool = queries.list_units(session, SYSTEM, UnitFilters(level=Level.MN)).items
        assert names(preschool) == ["Lớp mầm non Hoa Sen"]
        primary = queries.list_units(session, SYSTEM, UnitFilters(level=Level.TH)).items
        assert len(primary) == 2, "THCS and THPT contain the letters TH"

    def test_pages_together_are_the_whole_list_each_unit_once(self, session: Session, scene: Scene) -> None:
        for number in range(12):
            begin(session, UnitKind.COMMUNE, scene.department, f"c{number}", "Xã Cùng Tên")
        seen: list[Unit] = []
        cursor = None
        while True:
            page = queries.list_units(session, SYSTEM, cursor=cursor, size=5)
            seen += page.items
            cursor = page.next
            if cursor is None:
                break
        assert len(seen) == len({unit.id for unit in seen}) == queries.count_units(session, SYSTEM) == 19
        assert names(seen) == sorted(names(seen), key=fold)

    def test_the_list_shows_the_names_of_today(self, session: Session, scene: Scene) -> None:
        days = [today() - timedelta(days=9), today() - timedelta(days=3), today() + timedelta(days=1)]
        for number, day in enumerate([*days, date(1990, 1, 1)]):
            service.rename_unit(session, SYSTEM, scene.primary.id, day, f"Tên {number}")
        details = replace(scene.primary.details, code="soon", name_vi="Trường sắp mở")
        ahead = CreateUnit(UnitKind.SCHOOL, scene.commune.id, details, today() + timedelta(days=30))
        service.create_unit(session, SYSTEM, ahead)
        found = queries.list_units(session, SYSTEM, UnitFilters(parent_id=scene.commune.id)).items
        assert names(found) == ["Lớp mầm non Hoa Sen", "Tên 1", "Trường sắp mở"]

    def test_a_made_up_cursor_shows_the_first_page(self, session: Session, scene: Scene) -> None:
        first = queries.list_units(session, SYSTEM).items
        for cursor in ("nonsense", "W10", "WyJhIiwgIngiXQ"):
            assert queries.list_units(session, SYSTEM, cursor=cursor).items == first

    def test_a_head_finds_only_what_she_may_see(self, session: Session, scene: Scene) -> None:
        head = holder(Role.HEAD, scene.primary)
        assert set(names(queries.list_units(session, head).items)) == {
            "Sở Giáo dục và Đào tạo tỉnh Phú Thọ",
            "Phường Việt Trì",
            "Trường Tiểu học Gia Cẩm",
        }
        assert queries.count_units(session, head) == 3
        assert queries.count_children(session, head, [scene.commune.id]) == {scene.commune.id: 1}
        assert queries.count_below(session, head, "/1/")[UnitKind.SCHOOL] == 1
        assert queries.count_below(session, SYSTEM, "/1/")[UnitKind.SCHOOL] == 4

    def test_names_of_many_units_take_one_statement(self, session: Session, scene: Scene) -> None:
        statements: list[str] = []
        engine = session.get_bind().engine
        count = lambda *args: statements.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", count)
        try:
            wanted = [scene.primary.id, scene.other_primary.id, uuid4()]
            found = queries.names_for(session, holder(Role.HEAD, scene.primary), wanted)
        finally:
            event.remove(engine, "before_cursor_execute", count)
        assert found == {scene.primary.id: "Trường Tiểu học Gia Cẩm"}
        assert len(statements) == 1


class TestLetterheads:
    def test_a_primary_school_writes_under_its_commune(self, session: Session, scene: Scene) -> None:
        head = holder(Role.HEAD, scene.primary)
        paper = queries.get_letterhead(session, head, scene.primary.id, date(2026, 11, 1))
        assert paper.parent_line == "UBND PHƯỜNG VIỆT TRÌ"
        assert paper.issuer_line == "TRƯỜNG TIỂU HỌC GIA CẨM"
        assert paper.place_name == "Việt Trì"
        assert paper.signer_title == "HIỆU TRƯỞNG"

    def test_an_upper_secondary_school_writes_under_the_department(
        self, session: Session, scene: Scene
    ) -> None:
        head = holder(Role.HEAD, scene.upper)
        paper = queries.get_letterhead(session, head, scene.upper.id, date(2026, 11, 1))
        assert paper.parent_line == "SỞ GIÁO DỤC VÀ ĐÀO TẠO"
        assert paper.place_name == "Việt Trì", "it stands in a commune that its head does not see"

    def test_a_nursery_is_signed_for_by_its_owner(self, session: Session, scene: Scene) -> None:
        paper = queries.get_letterhead(session, SYSTEM, scene.nursery.id, date(2026, 11, 1))
        assert paper.signer_title == "CHỦ CƠ SỞ"

    def test_a_commune_office_writes_under_its_committee(self, session: Session, scene: Scene) -> None:
        paper = queries.get_letterhead(session, SYSTEM, scene.other_commune.id, date(2026, 11, 1))
        assert (paper.parent_line, paper.issuer_line) == ("UBND XÃ ĐOAN HÙNG", "PHÒNG VĂN HÓA - XÃ HỘI")
        assert (paper.place_name, paper.signer_title) == ("Đoan Hùng", "TRƯỞNG PHÒNG")

    def test_papers_of_the_past_name_the_manager_of_that_day(self, session: Session, scene: Scene) -> None:
        service.merge_units(session, SYSTEM, [scene.commune.id], scene.other_commune.id, date(2026, 8, 1))
        head = holder(Role.HEAD, queries.get_unit(session, SYSTEM, scene.primary.id))
        before = queries.get_letterhead(session, head, scene.primary.id, date(2026, 7, 31))
        after = queries.get_letterhead(session, head, scene.primary.id, date(2026, 8, 1))
        assert (before.parent_line, before.place_name) == ("UBND PHƯỜNG VIỆT TRÌ", "Việt Trì")
        assert (after.parent_line, after.place_name) == ("UBND XÃ ĐOAN HÙNG", "Đoan Hùng")


class TestNumbersAndCalendar:
    def test_numbers_are_summed_over_what_one_may_see(self, session: Session, scene: Scene) -> None:
        year = SchoolYear(2026)
        for unit, pupils in ((scene.primary, 500), (scene.other_primary, 300)):
            figures = [Figures(Level.TH, pupils, pupils // 2, 30)]
            service.record_enrolment(session, SYSTEM, unit.id, year, figures)
        service.record_enrolment(session, SYSTEM, scene.primary.id, SchoolYear(2025), [Figures(Level.TH, 9)])
        assert queries.sum_enrolment(session, SYSTEM, "/1/", year) == [Figures(Level.TH, 800, 400, 60)]
        officer = holder(Role.COMMUNE_OFFICER, scene.commune)
        assert queries.sum_enrolment(session, officer, "/1/", year) == [Figures(Level.TH, 500, 250, 30)]
        both = [scene.primary.id, scene.other_primary.id]
        assert queries.pupils_by_unit(session, officer, both, year) == {scene.primary.id: 500}
        teacher_elsewhere = holder(Role.TEACHER, scene.other_primary)
        assert queries.get_enrolment(session, teacher_elsewhere, scene.primary.id, year) == []

    def test_a_period_follows_the_days_that_were_set(self, session: Session, scene: Scene) -> None:
        dates = YearDates(date(2026, 1, 10), date(2026, 5, 25), date(2026, 1, 20), date(2026, 6, 1))
        service.set_term_dates(session, SYSTEM, SchoolYear(2025), dates)
        assert queries.get_period(session, SYSTEM, "2025-2026/2").first == date(2026, 1, 11)
        assert queries.get_period(session, SYSTEM, "2026-2027/2").first == date(2027, 1, 19)
        with pytest.raises(RuleBroken):
            queries.get_period(session, SYSTEM, "2026/7")

    def test_everybody_reads_the_calendar(self, session: Session) -> None:
        assert queries.get_calendar(session, Actor(uuid4(), "anybody")).years == {}
