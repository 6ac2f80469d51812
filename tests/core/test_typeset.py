"""Fine setting: what stays on one line, quotes, dates of Decree 30/2020, even title lines."""

from __future__ import annotations

from datetime import date

import pytest

from school_portal.core.typeset import balanced, official_date, official_month, typeset


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2027, 1, 5), "ngày 05 tháng 01 năm 2027"),
        (date(2027, 2, 28), "ngày 28 tháng 02 năm 2027"),
        (date(2026, 3, 9), "ngày 09 tháng 3 năm 2026"),
        (date(2026, 12, 31), "ngày 31 tháng 12 năm 2026"),
    ],
)
def test_a_zero_stands_before_days_under_ten_and_months_one_and_two_only(day: date, text: str) -> None:
    assert official_date(day) == text
    assert official_month(day) == text.split()[3]


@pytest.mark.parametrize(
    "held",
    [
        "số 80/2017/NĐ-CP",
        "18/2023/TT-BGDĐT",
        "học kỳ I",
        "Bảng 12",
        "tháng 9/2026",
        "2026-2027",
        "616/SGD&amp;ĐT-HSSV",
    ],
)
def test_a_number_and_its_word_stay_on_one_line(held: str) -> None:
    assert typeset(f"<p>theo {held} của</p>") == f'<p>theo <span class="together">{held}</span> của</p>'


def test_tags_titles_and_pictures_are_left_alone() -> None:
    page = '<title>học kỳ I</title><p title="Bảng 1">x</p><svg><title>Hình 1</title><text>Tháng 9/2026</text></svg>'
    assert typeset(page) == page


def test_straight_quotes_become_curly_and_letters_whole() -> None:
    assert typeset("<p>&#34;Đạt&#34; tre\u0302\u0303</p>") == "<p>“Đạt” trễ</p>"


def test_markup_in_a_title_stays_text() -> None:
    assert "<b>" not in balanced("<b>x</b> & y", 100)


def test_a_title_is_broken_into_the_fewest_and_most_even_lines() -> None:
    first = "Kết quả công tác phòng, chống bạo lực học đường,"
    title = f"{first} bảo vệ trẻ em trong cơ sở giáo dục học kỳ I năm học 2026-2027"
    lines = str(balanced(title, 155)).split("<br>")
    texts = [line.removeprefix('<span class="together">').removesuffix("</span>") for line in lines]
    assert " ".join(texts) == title
    assert texts[0] == first
    assert len(texts) == 2


def test_a_word_wider_than_the_page_is_not_lost() -> None:
    assert "a" * 300 in balanced("a" * 300 + " b", 50)
