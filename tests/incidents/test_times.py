"""By when a report must be opened (domain review, DL_TRIAGE), what a class and a number mean, and covered names."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school_portal.incidents.domain import (
    PersonKind,
    age_band,
    birth_year_or_age,
    due_to_open,
    first_line,
    grade_of,
    is_weekday,
    masked,
    number_from,
    read_body,
    write_body,
)

VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")


def at(text: str) -> datetime:
    """A moment of the week that begins on Monday, 9 November 2026: "Fri 16:00"."""
    name, clock = text.split()
    day = 9 + ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "MON", "TUE").index(name)
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=VIET_NAM)


@pytest.mark.parametrize(
    ("severity", "reported", "due"),
    [
        (4, "Mon 10:00", "Mon 10:15"),
        (4, "Mon 23:00", "Mon 23:15"),
        (4, "Sun 03:00", "Sun 03:15"),
        (4, "Sat 23:50", "Sun 00:05"),
        (3, "Mon 10:00", "Mon 12:00"),
        (3, "Mon 15:00", "Mon 17:00"),
        (3, "Mon 16:00", "Tue 08:00"),
        (3, "Fri 16:00", "MON 08:00"),
        (3, "Fri 17:00", "MON 09:00"),
        (3, "Mon 20:00", "Tue 09:00"),
        (3, "Mon 05:00", "Mon 09:00"),
        (3, "Sat 10:00", "MON 09:00"),
        (3, "Sun 23:59", "MON 09:00"),
        (2, "Mon 10:00", "Tue 17:00"),
        (1, "Mon 23:30", "Tue 17:00"),
        (2, "Thu 16:00", "Fri 17:00"),
        (2, "Fri 16:00", "MON 17:00"),
        (1, "Sat 09:00", "MON 17:00"),
        (2, "Sun 22:00", "MON 17:00"),
        (2, "MON 07:00", "TUE 17:00"),
    ],
)
def test_a_report_is_to_be_opened_in_the_time_that_its_level_allows(
    severity: int, reported: str, due: str
) -> None:
    assert due_to_open(severity, at(reported), is_weekday) == at(due)


def test_days_on_which_the_school_does_not_work_do_not_count() -> None:
    teachers_day = at("Tue 00:00").date()

    def works(day: object) -> bool:
        return day != teachers_day and is_weekday(day)  # type: ignore[arg-type]

    assert due_to_open(3, at("Mon 16:00"), works) == at("Wed 08:00")
    assert due_to_open(2, at("Mon 10:00"), works) == at("Wed 17:00")
    assert due_to_open(4, at("Tue 10:00"), works) == at("Tue 10:15")


@given(severity=st.integers(1, 4), minutes=st.integers(0, 14 * 24 * 60), later=st.integers(0, 600))
def test_what_is_graver_is_never_due_later_and_what_comes_later_never_earlier(
    severity: int, minutes: int, later: int
) -> None:
    moment = at("Mon 00:00") + timedelta(minutes=minutes)
    due = due_to_open(severity, moment, is_weekday)
    assert due > moment
    assert due <= due_to_open(max(1, severity - 1), moment, is_weekday)
    assert due <= due_to_open(severity, moment + timedelta(minutes=later), is_weekday)


# --- names covered ---------------------------------------------------------------------------------------------

MAI, PHONG = "Nguyễn Thị Hoà Mai", "Đỗ Văn Phong"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Em A bị đẩy.", "Em A bị đẩy."),
        ("Nguyễn Thị Hoà Mai bị đẩy.", "••• bị đẩy."),
        ("Em Mai bị đẩy.", "Em ••• bị đẩy."),
        ("Em MAI bị đẩy, em mai khóc.", "Em ••• bị đẩy, em ••• khóc."),
        ("Bạn Hòa Mai và bạn hoà", "Bạn ••• và bạn •••"),
        ("nguyen thi hoa mai", "•••"),
        ("Do Van Phong đẩy Mai", "••• đẩy •••"),
        ("Ðỗ Văn Phong", "•••"),
        ("Hoà Mai\nngồi khóc", "•••\nngồi khóc"),
        ("Hoa\u0300 Mai", "•••"),
        ("Phong-Mai, Mai's, (Mai), «Mai».", "•••-•••, •••'s, (•••), «•••»."),
        ("Maika và maiđây", "Maika và maiđây"),
        ("Lúc đó thì trời mưa, văn phòng đóng cửa.", "Lúc đó thì trời mưa, ••• phòng đóng cửa."),
        ("", ""),
        ("   hai  dòng\n\nMai  ", "   hai  dòng\n\n•••  "),
    ],
)
def test_a_name_is_covered_whatever_its_case_and_accents_and_other_words_stay(text: str, shown: str) -> None:
    assert masked(text, [MAI, PHONG]) == shown


def test_where_no_name_was_given_the_words_stay_as_they_are() -> None:
    assert masked("Em Mai bị đẩy.", []) == "Em Mai bị đẩy."
    assert masked("Em A bị đẩy.", ["", " ", "A"]) == "Em A bị đẩy."
    assert masked("a.b (c) [d] \\1", [".*", "(?:", "\\1"]) == "a.b (c) [d] \\1"


LETTERS = "aAàáÂăđĐÐeEéoOòơhHnN .,\n\u0300"


@given(text=st.text(LETTERS, max_size=40), name=st.text("aàáhHnoòĐ ", min_size=2, max_size=12))
def test_no_word_of_a_name_is_left_where_it_stood_as_it_was_given(text: str, name: str) -> None:
    shown = masked(f"{text} {name.strip()} .", [name])
    left = {word.casefold() for word in shown.replace(",", " ").replace(".", " ").split()}
    assert not {word.casefold() for word in name.split() if len(word) > 1} & left


# --- what was typed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("VV-2627-000123", "VV-2627-000123"),
        ("vv 2627-123", "VV-2627-000123"),
        ("  2627 000123 ", "VV-2627-000123"),
        ("VV2627.123", "VV-2627-000123"),
        ("VV–2627–000123", "VV-2627-000123"),
        ("2627-1234567", "VV-2627-1234567"),
        ("２６２７-１２３", "VV-2627-000123"),
        ("VV-26-000123", ""),
        ("2627", ""),
        ("2627-1234567890", ""),
        ("Nguyễn Thị Mai", ""),
        ("VV-2627-000123; DROP TABLE", ""),
        ("", ""),
    ],
)
def test_a_number_is_known_however_it_was_typed(typed: str, number: str) -> None:
    assert number_from(typed) == number


@pytest.mark.parametrize(
    ("name", "grade"),
    [
        ("8A2", 8),
        ("8/2", 8),
        ("10 Toán", 10),
        ("12A1", 12),
        ("1C", 1),
        ("Lớp 8A", 8),
        ("lớp 11B2", 11),
        ("13A", None),
        ("0A", None),
        ("82", None),
        ("Mầm 1", None),
        ("Lá 3", None),
        ("Chồi 2", None),
        ("5 tuổi A", None),
        ("3-4 tuổi", None),
        ("24-36 tháng", None),
        ("Hoa Sen", None),
        ("A8", None),
        ("", None),
    ],
)
def test_a_class_tells_its_grade_and_a_group_of_small_children_has_none(name: str, grade: int | None) -> None:
    assert grade_of(name) == grade


@pytest.mark.parametrize(
    ("number", "year_and_age"),
    [(None, (None, None)), (0, (None, 0)), (13, (None, 13)), (999, (None, 999)), (2013, (2013, None))],
)
def test_four_digits_in_the_box_are_a_year_of_birth(
    number: int | None, year_and_age: tuple[int | None, int | None]
) -> None:
    assert birth_year_or_age(number) == year_and_age


@pytest.mark.parametrize(
    ("kind", "age", "grade", "band"),
    [
        (PersonKind.PUPIL, 0, None, "0-2"),
        (PersonKind.PUPIL, 2, None, "0-2"),
        (PersonKind.PUPIL, 3, None, "3-5"),
        (PersonKind.PUPIL, 5, None, "3-5"),
        (PersonKind.PUPIL, 6, None, "6-10"),
        (PersonKind.PUPIL, 10, None, "6-10"),
        (PersonKind.PUPIL, 11, None, "11-14"),
        (PersonKind.PUPIL, 14, None, "11-14"),
        (PersonKind.PUPIL, 15, None, "15-17"),
        (PersonKind.PUPIL, 17, None, "15-17"),
        (PersonKind.PUPIL, 18, None, "18+"),
        (PersonKind.PUPIL, None, 1, "6-10"),
        (PersonKind.PUPIL, None, 8, "11-14"),
        (PersonKind.PUPIL, None, 12, "15-17"),
        (PersonKind.PUPIL, 16, 8, "15-17"),
        (PersonKind.PUPIL, None, None, ""),
        (PersonKind.OTHER, 45, None, "18+"),
        (PersonKind.OTHER, None, None, ""),
        (PersonKind.STAFF, None, None, "18+"),
    ],
)
def test_an_age_is_told_by_its_band_and_by_the_class_where_it_is_not_known(
    kind: PersonKind, age: int | None, grade: int | None, band: str
) -> None:
    assert age_band(kind, age, grade) == band


# --- drafts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ("", ""),
        ("  \n ", ""),
        ("Em A bị đẩy.\nRồi khóc.", "Em A bị đẩy."),
        ("\n\nEm A bị đẩy.", "Em A bị đẩy."),
        ("a" * 80, "a" * 80),
        ("a" * 81, "a" * 79 + "…"),
    ],
)
def test_a_draft_is_known_by_the_first_line_of_its_facts(facts: str, line: str) -> None:
    assert first_line({"what": [("group", "fight"), ("facts", facts)]}) == line
    assert first_line({"who": [("facts", "khác")]}) == ""


ANSWERS = st.lists(st.tuples(st.text(max_size=10), st.text(max_size=30)), max_size=5)


@given(body=st.dictionaries(st.sampled_from(["what", "who", "done", "check"]), ANSWERS))
def test_a_draft_is_read_back_exactly_as_it_was_typed(body: dict[str, list[tuple[str, str]]]) -> None:
    assert read_body(write_body(body)) == body
