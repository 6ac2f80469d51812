"""Changing units: versions, moves, merges, splits, ends; numbers; the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM, Role
from school_portal.core.authz import scope
from school_portal.core.clock import today
from school_portal.core.db import waiting
from school_portal.core.errors import Conflict, NotFound, NotPermitted, RuleBroken
from school_portal.organisations import policy, queries, service
from school_portal.organisations.domain import (
    CreateUnit,
    Figures,
    Level,
    SchoolKind,
    SchoolYear,
    Site,
    SuccessionKind,
    Unit,
    UnitDetails,
    UnitKind,
    YearDates,
)
from school_portal.organisations.models import Enrolment, OrganisationVersion
from school_portal.organisations.service import moving
from tests.organisations.scene import SINCE, Scene, begin, begin_school, holder

ON = date(2026, 8, 1)


def acts(session: Session) -> list[str]:
    """What the audit will be told."""
    return [columns["action"] for columns, _ in waiting(session, "audit")]


def spans(session: Session, unit: Unit) -> list[tuple[str, date, date | None]]:
    """The versions of a unit."""
    versions = queries.versions_of(session, SYSTEM, unit.id)
    return [(version.name_vi, version.valid_from, version.valid_to) for version in versions]


def refused(code: str, field: str | None = None) -> pytest.RaisesExc:
    """A broken rule with this code, on this field."""
    return pytest.RaisesExc(
        RuleBroken, check=lambda error: error.code == code and field in (None, error.field)
    )


class TestBeginning:
    def test_a_path_is_made_of_the_managers_path_and_the_next_number(
        self, session: Session, scene: Scene
    ) -> None:
        assert scene.department.org_path == "/1/"
        assert scene.primary.org_path == f"{scene.commune.org_path}{scene.primary.number}/"
        assert len({unit.number for unit in vars(scene).values()}) == 7
        assert acts(session).count("unit-created") == 7

    def test_a_commune_officer_begins_schools_of_her_own_only(self, session: Session, scene: Scene) -> None:
        officer = holder(Role.COMMUNE_OFFICER, scene.commune)
        details = replace(scene.primary.details, code="TH-77", name_vi="Trường Tiểu học Mới")
        unit = service.create_unit(
            session, officer, CreateUnit(UnitKind.SCHOOL, scene.commune.id, details, ON)
        )
        assert unit.parent_id == scene.commune.id
        elsewhere = CreateUnit(UnitKind.SCHOOL, scene.department.id, replace(details, code="TH-78"), ON)
        with pytest.raises(NotPermitted):
            service.create_unit(session, officer, elsewhere)
        unseen = CreateUnit(UnitKind.SCHOOL, scene.other_commune.id, replace(details, code="TH-78"), ON)
        with pytest.raises(NotFound):
            service.create_unit(session, officer, unseen)

    def test_there_is_one_top_only_and_schools_manage_nobody(self, session: Session, scene: Scene) -> None:
        second = CreateUnit(UnitKind.DEPARTMENT, None, UnitDetails("26", "Sở khác"), ON)
        with refused("manager-missing"):
            service.create_unit(session, SYSTEM, second)
        details = replace(scene.primary.details, code="x")
        with refused("manager-cannot-manage"):
            service.create_unit(session, SYSTEM, CreateUnit(UnitKind.SCHOOL, scene.primary.id, details, ON))

    def test_a_code_in_use_is_refused_be_it_within_one_list(self, session: Session, scene: Scene) -> None:
        details = replace(scene.primary.details, name_vi="Trường khác")
        taken = CreateUnit(UnitKind.SCHOOL, scene.other_commune.id, details, ON)
        with refused("unit-code-taken", "code"):
            service.create_unit(session, SYSTEM, taken)
        new = CreateUnit(UnitKind.SCHOOL, scene.commune.id, replace(details, code="new"), ON)
        with refused("unit-code-taken", "code"):
            service.create_units(session, SYSTEM, [new, new])

    def test_a_commune_that_nobody_knows_is_refused(self, session: Session, scene: Scene) -> None:
        details = replace(scene.primary.details, code="n1", commune_code="99999")
        with refused("commune-unknown"):
            service.create_unit(session, SYSTEM, CreateUnit(UnitKind.SCHOOL, scene.commune.id, details, ON))
        details = replace(scene.primary.details, code="n1", sites=(Site("Điểm lẻ", "00000"),))
        with refused("commune-unknown"):
            service.create_unit(session, SYSTEM, CreateUnit(UnitKind.SCHOOL, scene.commune.id, details, ON))

    def test_the_database_itself_refuses_a_code_twice(self, session: Session, scene: Scene) -> None:
        version = next(iter(queries.load_versions(session, SYSTEM, scene.primary.id)))
        version.code = "TH-02"
        with pytest.raises(IntegrityError):
            session.flush()


class TestVersions:
    def test_a_new_name_holds_from_its_day_and_keeps_the_old_one(
        self, session: Session, scene: Scene
    ) -> None:
        officer = holder(Role.COMMUNE_OFFICER, scene.commune)
        service.rename_unit(session, officer, scene.primary.id, ON, "Trường Tiểu học Số 1", code="TH-91")
        assert spans(session, scene.primary) == [
            ("Trường Tiểu học Gia Cẩm", SINCE, ON - timedelta(days=1)),
            ("Trường Tiểu học Số 1", ON, None),
        ]
        [succession] = queries.successions_of(session, officer, scene.primary.id)
        assert (succession.kind, succession.happened_on) == (SuccessionKind.RENAMED, ON)
        assert acts(session)[-1] == "unit-revised"
        assert queries.find_by_code(session, SYSTEM, "TH-01", date(2026, 1, 1)).id == scene.primary.id
        with pytest.raises(NotFound):
            queries.find_by_code(session, SYSTEM, "TH-01", date(2026, 9, 1))

    def test_a_head_and_a_neighbour_do_not_rename_a_school(self, session: Session, scene: Scene) -> None:
        with pytest.raises(NotPermitted):
            service.rename_unit(session, holder(Role.HEAD, scene.primary), scene.primary.id, ON, "Tên mới")
        officer = holder(Role.COMMUNE_OFFICER, scene.other_commune)
        with pytest.raises(NotFound):
            service.rename_unit(session, officer, scene.primary.id, ON, "Tên mới")
        assert len(spans(session, scene.primary)) == 1

    def test_versions_never_overlap_whatever_order_they_come_in(self, session: Session, scene: Scene) -> None:
        days = [date(2026, 8, 1), date(2026, 1, 1), date(2024, 1, 1), date(2027, 1, 1), date(2026, 8, 1)]
        for number, day in enumerate(days):
            details = replace(scene.primary.details, name_vi=f"Tên {number}")
            service.revise_unit(session, SYSTEM, scene.primary.id, details, day)
        assert spans(session, scene.primary) == [
            ("Tên 2", date(2024, 1, 1), SINCE - timedelta(days=1)),
            ("Trường Tiểu học Gia Cẩm", SINCE, date(2025, 12, 31)),
            ("Tên 1", date(2026, 1, 1), date(2026, 7, 31)),
            ("Tên 4", date(2026, 8, 1), date(2026, 12, 31)),
            ("Tên 3", date(2027, 1, 1), None),
        ]

    def test_a_correction_changes_the_version_and_adds_none(self, session: Session, scene: Scene) -> None:
        details = replace(scene.primary.details, name_vi="Trường Tiểu học Gia Cẩm A")
        unit = service.correct_unit(session, SYSTEM, scene.primary.id, scene.primary.version_id, details)
        assert unit.version_id == scene.primary.version_id
        assert spans(session, scene.primary) == [("Trường Tiểu học Gia Cẩm A", SINCE, None)]
        found = queries.list_units(session, SYSTEM, queries.UnitFilters(search="gia cam a")).items
        assert [each.id for each in found] == [unit.id]

    def test_a_correction_that_changes_nothing_is_not_told(self, session: Session, scene: Scene) -> None:
        before = acts(session)
        same = service.correct_unit(
            session, SYSTEM, scene.primary.id, scene.primary.version_id, scene.primary.details
        )
        assert acts(session) == before
        assert same.row_version == scene.primary.row_version

    def test_two_who_edit_at_once_do_not_undo_each_other(self, session: Session, scene: Scene) -> None:
        read = scene.primary.row_version
        first = replace(scene.primary.details, name_vi="Tên một")
        service.revise_unit(session, SYSTEM, scene.primary.id, first, ON, expected=read)
        second = replace(scene.primary.details, name_vi="Tên hai")
        with pytest.raises(Conflict):
            service.revise_unit(session, SYSTEM, scene.primary.id, second, ON, expected=read)

    def test_a_freed_code_may_be_carried_by_another_unit_later(self, session: Session, scene: Scene) -> None:
        service.rename_unit(session, SYSTEM, scene.primary.id, ON, "Tên mới", code="TH-91")
        details = replace(scene.other_primary.details, code="TH-01")
        with refused("unit-code-taken"):
            service.revise_unit(session, SYSTEM, scene.other_primary.id, details, ON - timedelta(days=1))
        unit = service.revise_unit(session, SYSTEM, scene.other_primary.id, details, ON)
        assert unit.code == "TH-01"

    def test_a_head_changes_how_to_reach_her_school_and_nothing_else(
        self, session: Session, scene: Scene
    ) -> None:
        head = holder(Role.HEAD, scene.primary)
        told = ("Khu 3", "0210 3846 111", "c1giacam@phutho.edu.vn")
        unit = service.change_contact(session, head, scene.primary.id, *told, today())
        assert (unit.details.address, unit.details.phone) == told[:2]
        read = scene.primary.row_version
        with pytest.raises(Conflict):
            service.change_contact(session, head, scene.primary.id, "", "", "", today(), expected=read)
        with refused("email-bad", "email"):
            service.change_contact(session, head, scene.primary.id, "", "", "nowhere", today())
        with pytest.raises(NotPermitted):
            service.change_contact(session, head, scene.commune.id, *told, today())


class TestMoving:
    def test_a_school_that_moves_takes_its_records_along(self, session: Session, scene: Scene) -> None:
        year = SchoolYear(2026)
        service.record_enrolment(session, SYSTEM, scene.primary.id, year, [Figures(Level.TH, 500)])
        moved: list[tuple[UUID, str, str]] = []
        listener = service.on_moved(lambda _, *told: moved.append(told))
        old = scene.primary.org_path
        try:
            unit = service.move_unit(session, SYSTEM, scene.primary.id, scene.department.id, ON)
        finally:
            moving._listeners.remove(listener)
        assert unit.org_path == f"/1/{scene.primary.number}/"
        assert moved == [(scene.primary.id, old, unit.org_path)]
        session.expire_all()
        paths = scope(select(Enrolment.org_path), policy.enrolment_visible_to(SYSTEM))
        assert session.scalars(paths).all() == [unit.org_path]
        versions = scope(select(OrganisationVersion), policy.versions_visible_to(SYSTEM))
        rows = session.scalars(versions.where(OrganisationVersion.organisation_id == unit.id)).all()
        assert {row.org_path for row in rows} == {unit.org_path}
        assert {row.managed_by_id for row in rows if row.valid_to is None} == {scene.department.id}
        former = holder(Role.COMMUNE_OFFICER, scene.commune)
        with pytest.raises(NotFound):
            queries.get_unit(session, former, scene.primary.id)

    def test_only_the_department_moves_units_and_only_to_those_who_manage(
        self, session: Session, scene: Scene
    ) -> None:
        officer = holder(Role.COMMUNE_OFFICER, scene.commune)
        with pytest.raises(NotPermitted):
            service.move_unit(session, officer, scene.primary.id, scene.department.id, ON)
        with refused("manager-cannot-manage"):
            service.move_unit(session, SYSTEM, scene.primary.id, scene.upper.id, ON)
        with refused("manager-below-itself"):
            deeper = begin(session, UnitKind.COMMUNE, scene.commune, "0", "Cụm trường")
            service.move_unit(session, SYSTEM, scene.commune.id, deeper.id, ON)
        with refused("date-in-future"):
            tomorrow = today() + timedelta(days=1)
            service.move_unit(session, SYSTEM, scene.primary.id, scene.department.id, tomorrow)

    def test_loaded_objects_know_their_new_path_at_once(self, session: Session, scene: Scene) -> None:
        version = queries.load_versions(session, SYSTEM, scene.primary.id)[0]
        unit = service.move_unit(session, SYSTEM, scene.primary.id, scene.other_commune.id, SINCE)
        assert version.org_path == unit.org_path
        neighbour = queries.load_versions(session, SYSTEM, scene.nursery.id)[0]
        assert neighbour.org_path == scene.nursery.org_path


class TestMerging:
    def test_a_merged_school_ends_and_stands_below_its_successor(
        self, session: Session, scene: Scene
    ) -> None:
        successor = begin_school(
            session, scene.commune, "TH-05", "Trường Tiểu học Tân Dân", SchoolKind.PRIMARY, scene.commune
        )
        service.merge_units(session, SYSTEM, [scene.primary.id], successor.id, ON)
        head = holder(Role.HEAD, successor)
        merged = queries.get_unit(session, head, scene.primary.id)
        assert merged.closed_on == ON
        assert merged.name_vi == "Trường Tiểu học Gia Cẩm"
        assert merged.org_path == f"{successor.org_path}{scene.primary.number}/"
        assert spans(session, scene.primary)[-1][2] == ON - timedelta(days=1)
        [succession] = queries.successions_of(session, head, scene.primary.id)
        assert (succession.kind, succession.successor_id) == (SuccessionKind.MERGED, successor.id)
        assert scene.primary.id not in {unit.id for unit in queries.all_units(session, SYSTEM)}
        assert acts(session)[-1] == "unit-merged"

    def test_a_merged_commune_hands_over_its_schools_and_what_stands_in_it(
        self, session: Session, scene: Scene
    ) -> None:
        service.merge_units(session, SYSTEM, [scene.commune.id], scene.other_commune.id, ON)
        other = scene.other_commune
        primary = queries.get_unit(session, SYSTEM, scene.primary.id)
        assert primary.org_path == f"{other.org_path}{scene.primary.number}/"
        assert primary.details.commune_code == other.code
        before = queries.get_unit(session, SYSTEM, scene.primary.id, ON - timedelta(days=1))
        assert (before.details.commune_code, before.managed_by_id) == (scene.commune.code, scene.commune.id)
        upper = queries.get_unit(session, SYSTEM, scene.upper.id)
        assert upper.details.commune_code == other.code
        assert upper.org_path == scene.upper.org_path, "the department stays responsible for it"
        untouched = spans(session, scene.other_primary)
        assert len(untouched) == 1

    def test_a_unit_that_was_merged_before_goes_along(self, session: Session, scene: Scene) -> None:
        third = begin(session, UnitKind.COMMUNE, scene.department, "08000", "Xã Thứ Ba")
        service.merge_units(session, SYSTEM, [scene.commune.id], scene.other_commune.id, ON)
        service.merge_units(session, SYSTEM, [scene.other_commune.id], third.id, ON + timedelta(days=30))
        assert queries.get_unit(session, SYSTEM, scene.commune.id).parent_id == third.id
        assert queries.get_unit(session, SYSTEM, scene.primary.id).parent_id == third.id
        assert queries.get_unit(session, SYSTEM, scene.commune.id).closed_on == ON

    def test_what_cannot_be_merged_is_refused(self, session: Session, scene: Scene) -> None:
        with refused("merge-needs-another"):
            service.merge_units(session, SYSTEM, [scene.primary.id], scene.primary.id, ON)
        with refused("merge-needs-same-kind"):
            service.merge_units(session, SYSTEM, [scene.primary.id], scene.commune.id, ON)
        with refused("date-in-future", "on"):
            future = today() + timedelta(days=1)
            service.merge_units(session, SYSTEM, [scene.primary.id], scene.other_primary.id, future)
        with refused("date-before-version", "on"):
            service.merge_units(session, SYSTEM, [scene.primary.id], scene.other_primary.id, SINCE)
        officer = holder(Role.COMMUNE_OFFICER, scene.commune)
        with pytest.raises(NotPermitted):
            service.merge_units(session, officer, [scene.primary.id], scene.nursery.id, ON)

    def test_an_ended_unit_stays_as_it_was(self, session: Session, scene: Scene) -> None:
        service.merge_units(session, SYSTEM, [scene.primary.id], scene.other_primary.id, ON)
        with refused("unit-closed"):
            service.rename_unit(session, SYSTEM, scene.primary.id, ON, "Tên mới")
        with refused("unit-closed"):
            service.merge_units(session, SYSTEM, [scene.primary.id], scene.other_primary.id, ON)
        with refused("unit-closed"):
            service.close_unit(session, SYSTEM, scene.primary.id, ON)


class TestSplittingAndClosing:
    def test_parts_begin_beside_the_unit_they_came_from(self, session: Session, scene: Scene) -> None:
        parts = [replace(scene.primary.details, code="TH-31", name_vi="Trường Tiểu học Gia Cẩm 2")]
        [part] = service.split_unit(session, SYSTEM, scene.primary.id, parts, ON)
        assert (part.parent_id, part.opened_on) == (scene.commune.id, ON)
        assert queries.get_unit(session, SYSTEM, scene.primary.id).is_open
        head = holder(Role.HEAD, part)
        [succession] = queries.successions_of(session, head, part.id)
        assert (succession.kind, succession.organisation_id) == (SuccessionKind.SPLIT, scene.primary.id)

    def test_a_unit_that_ends_by_a_split_leaves_its_records_to_the_first_part(
        self, session: Session, scene: Scene
    ) -> None:
        parts = [
            replace(scene.primary.details, code=f"TH-3{n}", name_vi=f"Trường Tiểu học {n}") for n in (1, 2)
        ]
        first, _ = service.split_unit(session, SYSTEM, scene.primary.id, parts, ON, closes=True)
        unit = queries.get_unit(session, SYSTEM, scene.primary.id)
        assert (unit.closed_on, unit.parent_id) == (ON, first.id)

    def test_a_unit_that_manages_others_cannot_just_end(self, session: Session, scene: Scene) -> None:
        with refused("unit-still-manages"):
            service.close_unit(session, SYSTEM, scene.commune.id, ON)
        service.close_unit(session, SYSTEM, scene.primary.id, ON)
        assert queries.get_unit(session, SYSTEM, scene.primary.id).closed_on == ON
        with pytest.raises(NotPermitted):
            service.close_unit(session, holder(Role.HEAD, scene.nursery), scene.nursery.id, ON)


class TestNumbers:
    def test_a_head_records_the_numbers_of_her_own_school(self, session: Session, scene: Scene) -> None:
        head, year = holder(Role.HEAD, scene.primary), SchoolYear(2026)
        first = [Figures(Level.TH, 500, 240, 30)]
        assert service.record_enrolment(session, head, scene.primary.id, year, first) == 1
        assert service.record_enrolment(session, head, scene.primary.id, year, first) == 0
        again = [Figures(Level.TH, 510, None, 31)]
        assert service.record_enrolment(session, head, scene.primary.id, year, again) == 1
        assert queries.get_enrolment(session, head, scene.primary.id, year) == again
        with pytest.raises(NotFound):
            service.record_enrolment(session, head, scene.other_primary.id, year, first)
        teacher = holder(Role.TEACHER, scene.primary)
        with pytest.raises(NotPermitted):
            service.record_enrolment(session, teacher, scene.primary.id, year, first)

    def test_numbers_that_cannot_be_are_refused_on_their_field(self, session: Session, scene: Scene) -> None:
        year = SchoolYear(2026)
        with refused("more-girls-than-pupils", "girls_TH"):
            service.record_enrolment(session, SYSTEM, scene.primary.id, year, [Figures(Level.TH, 5, 6)])
        with refused("number-out-of-range", "pupils_TH"):
            service.record_enrolment(session, SYSTEM, scene.primary.id, year, [Figures(Level.TH, -1)])
        with refused("enrolment-of-schools-only"):
            service.record_enrolment(session, SYSTEM, scene.commune.id, year, [Figures(Level.TH, 5)])


class TestCalendar:
    def test_the_department_sets_the_days_and_others_do_not(self, session: Session, scene: Scene) -> None:
        dates = YearDates(date(2027, 1, 16), date(2027, 5, 28), date(2027, 1, 23), date(2027, 6, 5))
        officer = holder(Role.DEPARTMENT_OFFICER, scene.department)
        service.set_term_dates(session, officer, SchoolYear(2026), dates)
        assert queries.get_calendar(session, officer).dates(SchoolYear(2026)) == dates
        again = replace(dates, term1_due=date(2027, 1, 24))
        service.set_term_dates(session, officer, SchoolYear(2026), again, expected=1)
        with pytest.raises(Conflict):
            service.set_term_dates(session, officer, SchoolYear(2026), dates, expected=1)
        with pytest.raises(NotPermitted):
            service.set_term_dates(session, holder(Role.HEAD, scene.primary), SchoolYear(2026), dates)
        with refused("dates-in-disorder", "term2_last"):
            wrong = replace(dates, term2_last=date(2027, 1, 1))
            service.set_term_dates(session, officer, SchoolYear(2026), wrong)
