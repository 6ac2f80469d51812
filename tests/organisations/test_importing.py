"""Lists from elsewhere: read whatever they are, no row guessed, all or nothing."""

from __future__ import annotations

import csv
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM, Role
from school_portal.core.errors import NotPermitted
from school_portal.organisations import importing, queries, service
from school_portal.organisations.domain import Boarding, Level, SchoolKind, UnitKind
from school_portal.organisations.importing.rows import InputRefused, Outcome, parse_table
from tests.organisations.scene import Scene, begin, holder

HEADING = "code,name_vi,school_kind,levels,boarding,commune_code,commune_name,manager_code,address"
SHIPPED = Path(importing.__file__).parent.parent / "mappings" / "schools_moet_2019.toml"


def do(session: Session, text: str, mapping: importing.Mapping = importing.OWN) -> Outcome:
    """Import a text, good rows only."""
    plan = importing.plan_schools(session, SYSTEM, parse_table(text), mapping)
    return importing.apply_schools(session, SYSTEM, plan)


def faults(outcome: Outcome) -> list[tuple[int, str, str, str]]:
    """Line, column, value and reason of each fault."""
    return [(error.row.line, error.column, error.value, error.code) for error in outcome.errors]


class TestReading:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_the_delimiter_and_line_ends_of_any_spreadsheet_are_read(self, delimiter: str, end: str) -> None:
        text = end.join(delimiter.join(cells) for cells in (["code", "name"], ["001", "Trường A"], ["", ""]))
        table = parse_table(text)
        assert table.columns == ("code", "name")
        assert [row.cells for row in table.rows] == [{"code": "001", "name": "Trường A"}]

    def test_a_byte_order_mark_is_no_part_of_the_first_column(self, tmp_path: Path) -> None:
        file = tmp_path / "a.csv"
        file.write_bytes("code,name\n007,Đ\n".encode("utf-8-sig"))
        assert importing.read_table(file).rows[0].cells == {"code": "007", "name": "Đ"}

    def test_a_row_is_named_by_the_line_where_it_begins(self) -> None:
        table = parse_table('a,b\n"two\nlines",1\n\n3,4\n')
        assert [(row.line, row.cells["a"]) for row in table.rows] == [(2, "two lines"), (5, "3")]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "file-empty"),
            (b"\n\n , \n", "file-empty"),
            ("mã,tên\n1,Tr\u01b0ờng".encode("cp1258", "replace"), "file-not-utf8"),
            (b"a,b\n1,\x00\n", "file-not-utf8"),
            (b"a,a\n1,2\n", "column-twice"),
            (b'a,b\n1,"open\n2,3\n', "file-broken-quotes"),
            (b'a,b\n1,"x"y\n', "file-broken-quotes"),
        ],
    )
    def test_what_is_no_such_file_is_refused_with_its_reason(
        self, tmp_path: Path, content: bytes, code: str
    ) -> None:
        file = tmp_path / "a.csv"
        file.write_bytes(content)
        with pytest.raises(InputRefused) as refused:
            importing.read_table(file)
        assert refused.value.code == code

    def test_a_missing_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputRefused):
            importing.read_table(tmp_path / "nowhere.csv")

    def test_a_formula_is_written_as_text_and_read_again_as_it_was(self, tmp_path: Path) -> None:
        from school_portal.organisations.importing.rows import write_rejected

        nasty = ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "plain", "'quoted"]
        source = "a,b\n" + "\n".join(f'"{text}",x' for text in nasty)
        table = parse_table(source)
        path = tmp_path / "folder" / "bad.csv"
        write_rejected(path, table.columns, [(row, "why") for row in table.rows])
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [row["a"] for row in csv.DictReader(file)]
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
        assert [row.cells["a"] for row in importing.read_table(path).rows] == nasty
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


class TestMappings:
    @pytest.mark.parametrize(
        "text",
        [
            "not toml at all [",
            '[columns]\nunknown_field = "x"\n',
            "[columns]\ncode = 5\n",
            '[surprise]\ncode = "x"\n',
            '[templates]\ncode = "constant"\n',
            '[refuse]\nkind = "pseudo"\n',
        ],
    )
    def test_a_mapping_that_cannot_work_is_refused_before_anything_is_read(
        self, tmp_path: Path, text: str
    ) -> None:
        file = tmp_path / "m.toml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(InputRefused):
            importing.load_mapping(file)

    def test_a_file_without_the_columns_of_the_mapping_is_refused(
        self, session: Session, scene: Scene
    ) -> None:
        with pytest.raises(InputRefused) as refused:
            do(session, "school_code\n1\n", importing.load_mapping(SHIPPED))
        assert refused.value.code == "columns-missing"
        assert "school_name" in str(refused.value.values["columns"])


class TestSchools:
    def test_the_manager_follows_from_levels_and_commune(self, session: Session, scene: Scene) -> None:
        outcome = do(
            session,
            f"{HEADING}\n"
            "n1,Trường THCS Gia Cẩm,lower_secondary,,,07900,,,\n"
            "n2,Trường THCS&THPT Mới,lower_upper_secondary,THCS&THPT,full,07969,,,\n"
            "n3,Trường TH&THCS Sơn,primary_lower_secondary,,semi,,đoan hùng,,Khu 1\n"
            "n4,Trường chuyên biệt,special,,,07900,,25,\n",
        )
        assert faults(outcome) == []
        assert outcome.last_line == "added 4, updated 0, unchanged 0, rejected 0"
        found = {code: queries.find_by_code(session, SYSTEM, code) for code in ("n1", "n2", "n3", "n4")}
        assert found["n1"].parent_id == scene.commune.id
        assert found["n2"].parent_id == scene.department.id
        assert found["n2"].details.boarding == Boarding.FULL
        assert found["n3"].parent_id == scene.other_commune.id
        assert found["n3"].levels == (Level.TH, Level.THCS)
        assert found["n4"].parent_id == scene.department.id, "the file says so"

    def test_a_second_run_changes_nothing(self, session: Session, scene: Scene) -> None:
        text = f"{HEADING}\nn1,Trường THCS Gia Cẩm,lower_secondary,,,07900,,,Khu 2\n"
        do(session, text)
        assert do(session, text).last_line == "added 0, updated 0, unchanged 1, rejected 0"
        spelled_otherwise = text.replace("Cẩm", "Cẩm")
        assert do(session, spelled_otherwise).unchanged == 1

    def test_an_empty_cell_leaves_what_is_known(self, session: Session, scene: Scene) -> None:
        do(session, f"{HEADING}\nn1,Trường THCS Gia Cẩm,lower_secondary,,semi,07900,,,Khu 2\n")
        outcome = do(session, f"{HEADING}\nn1,Trường THCS Mới,,,,,,,\n")
        unit = queries.find_by_code(session, SYSTEM, "n1")
        assert outcome.updated == 1
        assert (unit.name_vi, unit.details.address) == ("Trường THCS Mới", "Khu 2")
        assert (unit.details.boarding, unit.details.school_kind) == (
            Boarding.SEMI,
            SchoolKind.LOWER_SECONDARY,
        )

    def test_a_school_that_begins_to_teach_upper_secondary_moves_to_the_department(
        self, session: Session, scene: Scene
    ) -> None:
        do(session, f"{HEADING}\nn1,Trường A,lower_secondary,,,07900,,,\n")
        outcome = do(session, f"{HEADING}\nn1,Trường A,lower_upper_secondary,,,07900,,,\n")
        assert outcome.updated == 1
        unit = queries.find_by_code(session, SYSTEM, "n1")
        assert (unit.parent_id, unit.levels) == (scene.department.id, (Level.THCS, Level.THPT))

    def test_a_manager_set_by_hand_stays(self, session: Session, scene: Scene) -> None:
        text = f"{HEADING}\nn1,Trường A,lower_secondary,,,07900,,,\n"
        do(session, text)
        unit = queries.find_by_code(session, SYSTEM, "n1")
        service.move_unit(session, SYSTEM, unit.id, scene.department.id, date(2026, 11, 1))
        assert do(session, text).unchanged == 1
        assert queries.find_by_code(session, SYSTEM, "n1").parent_id == scene.department.id

    def test_each_fault_is_named_by_line_column_value_and_reason(
        self, session: Session, scene: Scene
    ) -> None:
        begin(session, UnitKind.COMMUNE, scene.department, "08001", "Xã Cùng Tên")
        begin(session, UnitKind.COMMUNE, scene.department, "08002", "Phường Cùng Tên")
        outcome = do(
            session,
            f"{HEADING}\n"
            "good,Trường THCS Tốt,lower_secondary,,,07900,,,\n"
            ",Trường không mã,primary,,,07900,,,\n"
            "b1,,primary,,,07900,,,\n"
            "b2,Trường A,castle,,,07900,,,\n"
            "b3,Trường A,primary,ĐH,,07900,,,\n"
            "b4,Trường A,primary,,,,Xã Không Có,,\n"
            "b5,Trường A,primary,,,,cung ten,,\n"
            "b6,Trường A,primary,,,99999,,,\n"
            "b7,Trường A,primary,,,07900,Xã Đoan Hùng,,\n"
            "b8,Trường A,primary,,,,,,\n"
            "good,Trường B,primary,,,07900,,,\n"
            "07900,Trường B,primary,,,07900,,,\n"
            "b9,Trường B,primary,,,07900,,TH-01,\n"
            "b10,Trường B,primary,,\n"
            "b11,Trường B,primary,,,07900,,,,,extra\n"
            "b12,Trường B,,,,07900,,,\n",
        )
        assert faults(outcome) == [
            (3, "code", "", "unit-code-missing"),
            (4, "name_vi", "", "unit-name-missing"),
            (5, "school_kind", "castle", "word-unknown"),
            (6, "levels", "ĐH", "level-unknown"),
            (7, "commune_name", "Xã Không Có", "commune-name-unknown"),
            (8, "commune_name", "cung ten", "commune-name-ambiguous"),
            (9, "commune_code", "99999", "commune-unknown"),
            (10, "commune_name", "Xã Đoan Hùng", "commune-code-and-name-differ"),
            (11, "commune_code", "", "commune-not-given"),
            (12, "code", "good", "code-twice"),
            (13, "code", "07900", "code-of-an-office"),
            (14, "manager_code", "TH-01", "manager-unknown"),
            (15, "", "", "cells-do-not-fit"),
            (16, "", "", "cells-do-not-fit"),
            (17, "school_kind", "", "school-kind-missing"),
        ]
        both = next(error for error in outcome.errors if error.code == "commune-name-ambiguous")
        assert "Xã Cùng Tên (08001)" in str(both.values["both"])
        assert "Phường Cùng Tên (08002)" in str(both.values["both"])
        assert outcome.last_line == "added 1, updated 0, unchanged 0, rejected 15"

    def test_a_code_that_an_ended_unit_carried_is_not_begun_again(
        self, session: Session, scene: Scene
    ) -> None:
        service.close_unit(session, SYSTEM, scene.primary.id, date(2026, 8, 1))
        outcome = do(session, f"{HEADING}\nTH-01,Trường A,primary,,,07900,,,\n")
        assert faults(outcome) == [(2, "code", "TH-01", "unit-closed")]

    def test_an_unknown_code_is_taken_by_the_one_name_that_fits_and_told(
        self, session: Session, scene: Scene
    ) -> None:
        outcome = do(session, f"{HEADING}\nn1,Trường A,primary,,,09999,Xã \u00d0oan Hu\u0300ng,,\n")
        assert [note.code for note in outcome.notes] == ["commune-taken-by-name"]
        assert queries.find_by_code(session, SYSTEM, "n1").details.commune_code == "07969"

    def test_only_those_who_may_import_do(self, session: Session, scene: Scene) -> None:
        table = parse_table(f"{HEADING}\n")
        with pytest.raises(NotPermitted):
            importing.plan_schools(session, holder(Role.HEAD, scene.primary), table)
        assert importing.plan_schools(session, holder(Role.DEPARTMENT_OFFICER, scene.department), table)


class TestUnits:
    def test_a_province_has_its_department_and_all_its_communes(self, session: Session) -> None:
        assert importing.import_units(session, SYSTEM, 25).last_line == (
            "added 149, updated 0, unchanged 0, rejected 0"
        )
        assert importing.import_units(session, SYSTEM, 25).last_line == (
            "added 0, updated 0, unchanged 149, rejected 0"
        )
        department = queries.find_by_code(session, SYSTEM, "25")
        assert department.name_vi == "Sở Giáo dục và Đào tạo tỉnh Phú Thọ"
        ward = queries.find_by_code(session, SYSTEM, "07900")
        assert (ward.name_vi, ward.details.name_en) == ("Phường Việt Trì", "Viet Tri Ward")
        assert ward.parent_id == department.id
        paper = queries.get_letterhead(session, SYSTEM, department.id, date(2026, 11, 1))
        assert paper.parent_line == "UBND TỈNH PHÚ THỌ"
        assert paper.issuer_line == "SỞ GIÁO DỤC VÀ ĐÀO TẠO"
        assert paper.place_name == "Phú Thọ"

    def test_a_spelling_put_right_by_hand_is_not_undone(self, session: Session) -> None:
        importing.import_units(session, SYSTEM, 25)
        unit = queries.find_by_code(session, SYSTEM, "04795")
        mine = replace(unit.details, name_vi="Phường Hoà Bình")
        service.correct_unit(session, SYSTEM, unit.id, unit.version_id, mine)
        assert importing.import_units(session, SYSTEM, 25).unchanged == 149
        assert queries.find_by_code(session, SYSTEM, "04795").name_vi == "Phường Hoà Bình"

    def test_a_name_that_really_differs_is_put_right(self, session: Session) -> None:
        importing.import_units(session, SYSTEM, 25)
        unit = queries.find_by_code(session, SYSTEM, "07900")
        wrong = replace(unit.details, name_vi="Phường Sai")
        service.correct_unit(session, SYSTEM, unit.id, unit.version_id, wrong)
        assert importing.import_units(session, SYSTEM, 25).updated == 1
        assert queries.find_by_code(session, SYSTEM, "07900").name_vi == "Phường Việt Trì"

    def test_a_second_province_is_refused(self, session: Session, scene: Scene) -> None:
        with pytest.raises(InputRefused):
            importing.import_units(session, SYSTEM, 1)
        with pytest.raises(InputRefused):
            importing.import_units(session, SYSTEM, 999)

    @pytest.mark.parametrize("dry_run", [True, False])
    def test_a_dry_run_says_the_same_and_changes_nothing(self, session: Session, dry_run: bool) -> None:
        assert importing.import_units(session, SYSTEM, 25, dry_run=dry_run).added == 149
        assert queries.has_units(session, SYSTEM) is not dry_run


@pytest.mark.real_data
class TestRealList:
    """The Ministry's list of 2019: 90 rows, of which two are no schools and one has no commune."""

    def test_87_schools_are_added_and_three_rows_are_named(self, session: Session, real_data: Path) -> None:
        importing.import_units(session, SYSTEM, 25)
        table = importing.read_table(real_data / "schools" / "phutho_upper_secondary_2019.csv")
        plan = importing.plan_schools(session, SYSTEM, table, importing.load_mapping(SHIPPED))
        outcome = importing.apply_schools(session, SYSTEM, plan)
        assert faults(outcome) == [
            (2, "kind", "pseudo", "not-a-school"),
            (3, "kind", "pseudo", "not-a-school"),
            (17, "new_commune_code", "", "commune-not-given"),
        ]
        assert outcome.last_line == "added 87, updated 0, unchanged 0, rejected 3"
        assert len(outcome.notes) == 3, "three communes whose code the two official lists give differently"
        again = importing.plan_schools(session, SYSTEM, table, importing.load_mapping(SHIPPED))
        assert again.outcome.last_line == "added 0, updated 0, unchanged 87, rejected 3"
        school = queries.find_by_code(session, SYSTEM, "15-011")
        assert (school.name_vi, school.details.boarding) == (
            "Trường PT Dân tộc nội trú tỉnh Phú Thọ",
            Boarding.FULL,
        )
        assert school.parent_id == queries.find_by_code(session, SYSTEM, "25").id

    def test_every_commune_of_the_official_list_is_found_by_its_name(
        self, session: Session, real_data: Path
    ) -> None:
        importing.import_units(session, SYSTEM, 25)
        places = [(place.code, place.name_vi) for place in queries.list_places(session, SYSTEM)]
        with (real_data / "admin" / "phutho_units_2025.csv").open(encoding="utf-8", newline="") as file:
            official = [row for row in csv.DictReader(file) if row["level"] in ("commune", "ward")]
        from school_portal.organisations.domain import match_place

        assert len(official) == 148
        assert all(len(match_place(row["name_vi"], places)) == 1 for row in official)


@pytest.fixture
def run(app: Flask) -> Callable[..., Result]:
    """An operator's command."""
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["organisations", *map(str, words)])


class TestCommands:
    def test_units_come_by_one_command_which_prints_the_tally_last(self, run: Callable[..., Result]) -> None:
        result = run("import-units", "--province", "25")
        assert result.exit_code == 0
        assert result.stdout.splitlines()[-1] == "added 149, updated 0, unchanged 0, rejected 0"
        again = run("import-units", "--province", 25)
        assert again.stdout.splitlines()[-1] == "added 0, updated 0, unchanged 149, rejected 0"
        assert run("import-units", "--province", 1).exit_code == 2
        assert run("import-units").exit_code == 2

    def test_one_bad_row_stops_the_whole_list(
        self, run: Callable[..., Result], web_session: Session, tmp_path: Path
    ) -> None:
        run("import-units", "--province", 25)
        file = tmp_path / "schools.csv"
        file.write_text(
            f"{HEADING}\nn1,Trường A,primary,,,07900,,,\nn2,Trường B,castle,,,07900,,,\n", encoding="utf-8"
        )
        refused = run("import-schools", file)
        assert refused.exit_code == 2
        assert refused.stdout.splitlines()[-1] == "added 0, updated 0, unchanged 0, rejected 1"
        for part in ("3", "school_kind", "castle"):
            assert part in refused.stderr
        assert queries.count_units(web_session, SYSTEM) == 149
        web_session.rollback()

        rejected = tmp_path / "bad.csv"
        dry = run("import-schools", file, "--skip-bad-rows", "--dry-run", "--rejected", rejected)
        assert (dry.exit_code, rejected.exists()) == (3, False)
        assert dry.stdout.splitlines()[-1] == "added 1, updated 0, unchanged 0, rejected 1"
        assert queries.count_units(web_session, SYSTEM) == 149
        web_session.rollback()

        nowhere = run("import-schools", file, "--skip-bad-rows", "--rejected", file / "bad.csv")
        assert nowhere.exit_code == 2
        assert nowhere.stdout.splitlines()[-1] == "added 0, updated 0, unchanged 0, rejected 0"
        assert queries.count_units(web_session, SYSTEM) == 149, "the bad rows could not be kept"
        web_session.rollback()

        taken = run("import-schools", file, "--skip-bad-rows", "--rejected", rejected)
        assert taken.exit_code == 3
        assert taken.stdout.splitlines()[-1] == "added 1, updated 0, unchanged 0, rejected 1"
        with rejected.open(encoding="utf-8-sig", newline="") as rows:
            [row] = csv.DictReader(rows)
        assert row["code"] == "n2"
        assert row["reason"]
        assert stat.S_IMODE(rejected.stat().st_mode) == 0o600

    def test_a_file_that_is_not_there_is_wrong_usage(
        self, run: Callable[..., Result], tmp_path: Path
    ) -> None:
        result = run("import-schools", tmp_path / "nowhere.csv")
        assert result.exit_code == 2
        assert result.stdout.splitlines()[-1] == "added 0, updated 0, unchanged 0, rejected 0"
        assert "nowhere.csv" in result.stderr

    @pytest.mark.real_data
    def test_the_shipped_mapping_is_found_by_its_name(
        self, run: Callable[..., Result], real_data: Path, tmp_path: Path
    ) -> None:
        run("import-units", "--province", 25)
        file = real_data / "schools" / "phutho_upper_secondary_2019.csv"
        mapping = ("--mapping", "schools_moet_2019.toml")
        assert run("import-schools", file, *mapping).exit_code == 2
        result = run("import-schools", file, *mapping, "--skip-bad-rows", "--rejected", tmp_path / "bad.csv")
        assert result.exit_code == 3
        assert result.stdout.splitlines()[-1] == "added 87, updated 0, unchanged 0, rejected 3"
