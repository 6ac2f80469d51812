"""Rules about units, names, school years and periods."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school_portal.organisations.domain import (
    LEVELS_OF,
    Calendar,
    HeadWord,
    LearnerWord,
    Level,
    PeriodKind,
    PeriodUnknown,
    SchoolKind,
    SchoolYear,
    UnitDetails,
    UnitKind,
    YearDates,
    ancestors_of,
    clean,
    default_dates,
    fold,
    format_levels,
    head_word,
    is_managed_by_department,
    learner_word,
    level_numbers,
    match_place,
    moved_path,
    parse_levels,
    parse_period,
    parse_school_year,
    path_of,
    period_of_year,
    periods_around,
    plain_latin,
    problems_of,
    same_name,
    school_year_of,
)

days = st.dates(date(2, 9, 5), date(9997, 12, 31))
years = st.builds(SchoolYear, st.integers(2, 9990))
TERMS = (PeriodKind.TERM_1, PeriodKind.TERM_2, PeriodKind.SUMMER)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[SchoolYear, Calendar]:
    """A school year and days that a department could set for it."""
    year = draw(years)
    length = (year.last - year.first).days
    ends = sorted(draw(st.sets(st.integers(0, length - 2), min_size=2, max_size=2)))
    term1, term2 = (year.first + timedelta(days=end) for end in ends)
    dates = YearDates(term1, term2, term1 + timedelta(days=7), term2 + timedelta(days=10))
    return year, Calendar({year.start_year: dates})


class TestSchoolYears:
    @given(days)
    def test_each_day_lies_in_exactly_one_school_year(self, day: date) -> None:
        year = school_year_of(day)
        assert year.first <= day <= year.last
        assert not year.previous.first <= day <= year.previous.last
        assert not year.next.first <= day <= year.next.last

    @given(years)
    def test_a_school_year_follows_the_one_before_without_a_gap(self, year: SchoolYear) -> None:
        assert year.previous.last + timedelta(days=1) == year.first

    @given(years)
    def test_the_code_of_a_school_year_names_it_again(self, year: SchoolYear) -> None:
        assert parse_school_year(year.code) == year

    def test_a_school_year_runs_from_5_september_to_4_september(self) -> None:
        assert school_year_of(date(2026, 9, 4)).code == "2025-2026"
        assert school_year_of(date(2026, 9, 5)).code == "2026-2027"
        assert SchoolYear(2026).short == "2627"
        assert SchoolYear(1999).short == "9900"

    @pytest.mark.parametrize(
        "code", ["2026-2028", "2026", "26-27", "0000-0001", "2026-2027/1", "", "٢٠٢٦-٢٠٢٧"]
    )
    def test_what_is_no_school_year_is_refused(self, code: str) -> None:
        with pytest.raises(PeriodUnknown):
            parse_school_year(code)


class TestTermsAndSummer:
    @given(calendars(), st.data())
    def test_each_day_of_a_school_year_lies_in_one_term_or_the_summer(
        self, drawn: tuple[SchoolYear, Calendar], data: st.DataObject
    ) -> None:
        year, calendar = drawn
        assert not calendar.dates(year).problems(year)
        day = data.draw(st.dates(year.first, year.last))
        parts = [period_of_year(kind, year, calendar) for kind in TERMS]
        assert sum(day in part for part in parts) == 1

    @given(calendars())
    def test_terms_and_summer_cover_the_year_from_end_to_end(
        self, drawn: tuple[SchoolYear, Calendar]
    ) -> None:
        year, calendar = drawn
        first, second, summer = (period_of_year(kind, year, calendar) for kind in TERMS)
        assert (first.first, summer.last) == (year.first, year.last)
        assert first.last + timedelta(days=1) == second.first
        assert second.last + timedelta(days=1) == summer.first
        whole = period_of_year(PeriodKind.SCHOOL_YEAR, year, calendar)
        assert (whole.first, whole.last) == (first.first, second.last)

    def test_the_defaults_are_those_of_the_ministry(self) -> None:
        year = SchoolYear(2026)
        assert default_dates(year) == YearDates(
            date(2027, 1, 18), date(2027, 5, 31), date(2027, 1, 25), date(2027, 6, 10)
        )
        assert not default_dates(year).problems(year)

    def test_days_that_contradict_each_other_are_named(self) -> None:
        year = SchoolYear(2026)
        backwards = YearDates(date(2027, 5, 31), date(2027, 1, 18), date(2027, 5, 1), date(2027, 1, 1))
        assert backwards.problems(year) == ("term2_last", "term1_due", "year_due")
        without_summer = YearDates(date(2027, 1, 18), year.last, date(2027, 1, 25), date(2027, 12, 1))
        assert without_summer.problems(year) == ("term2_last",)
        assert YearDates(date(2026, 9, 4), date(2027, 5, 31), date(2027, 1, 25), date(2027, 6, 10)).problems(
            year
        ) == ("term1_last",)


class TestPeriods:
    @pytest.mark.parametrize(
        ("code", "first", "last"),
        [
            ("2025-2026/1", date(2025, 9, 5), date(2026, 1, 18)),
            ("2025-2026/2", date(2026, 1, 19), date(2026, 5, 31)),
            ("2025-2026/H", date(2026, 6, 1), date(2026, 9, 4)),
            ("2025-2026", date(2025, 9, 5), date(2026, 5, 31)),
            ("2026-03", date(2026, 3, 1), date(2026, 3, 31)),
            ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
            ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
            ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
            ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
            ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ],
    )
    def test_a_code_names_its_days(self, code: str, first: date, last: date) -> None:
        period = parse_period(code, Calendar())
        assert (period.code, period.first, period.last) == (code, first, last)
        assert period.school_year == school_year_of(last)

    @given(st.dates(date(20, 1, 1), date(9990, 1, 1)))
    def test_every_period_on_offer_is_named_by_its_code(self, day: date) -> None:
        offered = periods_around(day, Calendar())
        assert len({period.code for period in offered}) == len(offered)
        assert [parse_period(period.code, Calendar()) for period in offered] == list(offered)
        assert day in offered[0]
        assert offered[0].kind in TERMS

    def test_the_days_that_the_department_sets_are_used(self) -> None:
        dates = YearDates(date(2026, 1, 10), date(2026, 5, 25), date(2026, 1, 20), date(2026, 6, 1))
        calendar = Calendar({2025: dates})
        assert parse_period("2025-2026/2", calendar).first == date(2026, 1, 11)
        assert parse_period("2024-2025/2", calendar).first == date(2025, 1, 19)

    @given(st.text(max_size=12))
    def test_no_text_breaks_the_reading_of_codes(self, text: str) -> None:
        try:
            period = parse_period(text, Calendar())
        except PeriodUnknown:
            return
        assert period.code == text
        assert period.first <= period.last

    @pytest.mark.parametrize(
        "code",
        ["2026-13", "2026-Q5", "2026-2028/1", "2026-2027/3", "0000", "2026/1", "2026-2027/1 ", "9999-10000"],
    )
    def test_what_is_no_period_is_refused(self, code: str) -> None:
        with pytest.raises(PeriodUnknown):
            parse_period(code, Calendar())


class TestResponsibility:
    @pytest.mark.parametrize(
        ("levels", "department"),
        [
            ("MN", False),
            ("TH", False),
            ("THCS", False),
            ("TH&THCS", False),
            ("THPT", True),
            ("THCS&THPT", True),
            ("TH, THCS, THPT", True),
            ("GDTX", True),
            ("GDNN", True),
            ("THCS GDTX", True),
        ],
    )
    def test_the_department_is_responsible_from_upper_secondary_on(
        self, levels: str, department: bool
    ) -> None:
        assert is_managed_by_department(parse_levels(levels)) is department

    def test_boarding_upper_secondary_schools_belong_to_the_department(self) -> None:
        assert is_managed_by_department(LEVELS_OF[SchoolKind.ETHNIC_BOARDING])

    def test_every_kind_of_school_teaches_something(self) -> None:
        assert set(LEVELS_OF) == set(SchoolKind)
        assert all(LEVELS_OF.values())

    @given(st.sets(st.sampled_from(Level), min_size=1))
    def test_levels_as_they_are_stored_are_read_again(self, levels: set[Level]) -> None:
        assert set(parse_levels(format_levels(levels))) == levels

    def test_an_unknown_level_is_refused(self) -> None:
        with pytest.raises(ValueError, match="DH"):
            parse_levels("THPT, DH")


class TestWordsByKind:
    @pytest.mark.parametrize(
        ("kind", "school_kind", "word"),
        [
            (UnitKind.SCHOOL, SchoolKind.PRIMARY, HeadWord.PRINCIPAL),
            (UnitKind.SCHOOL, SchoolKind.KINDERGARTEN, HeadWord.PRINCIPAL),
            (UnitKind.SCHOOL, SchoolKind.NURSERY, HeadWord.OWNER),
            (UnitKind.SCHOOL, SchoolKind.CONTINUING_CENTRE, HeadWord.DIRECTOR),
            (UnitKind.COMMUNE, None, HeadWord.CHIEF),
            (UnitKind.DEPARTMENT, None, HeadWord.DIRECTOR),
        ],
    )
    def test_the_head_is_called_by_the_kind_of_unit(
        self, kind: UnitKind, school_kind: SchoolKind | None, word: HeadWord
    ) -> None:
        assert head_word(kind, school_kind) == word

    @pytest.mark.parametrize(
        ("levels", "word"),
        [
            ("MN", LearnerWord.CHILD),
            ("MN TH", LearnerWord.PUPIL),
            ("THPT", LearnerWord.PUPIL),
            ("GDTX", LearnerWord.LEARNER),
            ("GDTX GDNN", LearnerWord.LEARNER),
            ("THPT GDTX", LearnerWord.PUPIL),
        ],
    )
    def test_learners_are_called_by_what_is_taught(self, levels: str, word: LearnerWord) -> None:
        assert learner_word(parse_levels(levels)) == word


class TestNames:
    def test_two_spellings_of_one_commune_are_the_same(self) -> None:
        assert same_name("Xã Tân Hoà", "Xã Tân Hòa")
        assert same_name("TAN HOA", "Xã Tân Hòa")
        assert same_name("Xã \u00d0oan Hùng", "Xã \u0110oan Hùng")
        assert same_name("Xa\u0303 Da\u0323i \u0110ồng", "Xã Dại Đồng")

    def test_a_ward_and_a_commune_of_one_name_are_two(self) -> None:
        assert not same_name("Xã Phú Thọ", "Phường Phú Thọ")
        assert match_place("Phú Thọ", [(1, "Xã Phú Thọ"), (2, "Phường Phú Thọ"), (3, "Xã Phú Khê")]) == [1, 2]

    def test_marks_decide_nothing_so_two_that_differ_only_in_them_are_both_found(self) -> None:
        assert match_place("Xã Văn Bán", [(1, "Xã Vân Bán"), (2, "Xã Vạn Bản"), (3, "Xã Vân Bàng")]) == [1, 2]

    def test_a_lookalike_becomes_the_vietnamese_letter(self) -> None:
        assert clean("  \u00d0ại\u00a0 \u200bĐồng\n") == "\u0110ại Đồng"

    @given(st.text())
    def test_cleaning_and_folding_twice_changes_nothing_more(self, text: str) -> None:
        assert clean(clean(text)) == clean(text)
        assert fold(fold(text)) == fold(text)

    def test_plain_latin_keeps_capitals(self) -> None:
        assert plain_latin("Phú Thọ, Đoan Hùng") == "Phu Tho, Doan Hung"


class TestPaths:
    def test_ancestors_are_told_from_the_top(self) -> None:
        assert ancestors_of("/1/37/412/") == ("/1/", "/1/37/")
        assert ancestors_of("/1/") == ()

    def test_a_path_grows_by_the_number(self) -> None:
        assert path_of(None, 1) == "/1/"
        assert path_of("/1/37/", 412) == "/1/37/412/"

    def test_level_numbers_are_empty_below_the_unit(self) -> None:
        assert level_numbers("/1/37/", 3) == (1, 37, None)
        assert level_numbers("/1/37/412/9/", 3) == (1, 37, 412)

    def test_a_moved_subtree_keeps_what_stands_below(self) -> None:
        assert moved_path("/1/37/412/9/", "/1/37/412/", "/1/5/412/") == "/1/5/412/9/"
        with pytest.raises(ValueError, match="subtree"):
            moved_path("/1/371/", "/1/37/", "/1/5/")


class TestDetails:
    def test_a_school_needs_kind_level_and_commune(self) -> None:
        bare = UnitDetails(code="001", name_vi="Trường A")
        found = {field for field, _ in problems_of(UnitKind.SCHOOL, bare)}
        assert found == {"school_kind", "levels", "commune_code"}
        assert problems_of(UnitKind.COMMUNE, bare) == ()

    def test_what_is_missing_or_too_long_is_named(self) -> None:
        details = UnitDetails(code="", name_vi="x" * 201, email="nobody")
        assert set(problems_of(UnitKind.COMMUNE, details)) == {
            ("code", "unit-code-missing"),
            ("name_vi", "text-too-long"),
            ("email", "email-bad"),
        }
