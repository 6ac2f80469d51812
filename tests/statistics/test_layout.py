"""The term report measured in the PDF: Decree 30/2020, fonts, tags, and every figure against a recount."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from school_portal.core.i18n import gettext, use_language
from school_portal.statistics.paper import Text
from tests.statistics.conftest import Drawn

MM = 72 / 25.4
XHTML = "{http://www.w3.org/1999/xhtml}"
Draw = Callable[..., Drawn]


@dataclass(frozen=True)
class Word:
    """A word's place in millimetres from the page's top left corner."""

    page: int
    text: str
    left: float
    right: float
    top: float
    bottom: float


def tool(*command: object) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def words(drawn: Drawn) -> list[Word]:
    root = ElementTree.fromstring(tool("pdftotext", "-bbox", drawn.path, "-"))
    return [
        Word(
            number,
            word.text or "",
            *(float(word.attrib[edge]) / MM for edge in ("xMin", "xMax", "yMin", "yMax")),
        )
        for number, page in enumerate(root.iter(f"{XHTML}page"), start=1)
        for word in page.iter(f"{XHTML}word")
    ]


def text_of(drawn: Drawn) -> str:
    return " ".join(tool("pdftotext", "-layout", drawn.path, "-").split())


def sizes(drawn: Drawn) -> dict[str, tuple[float, str]]:
    """Size in points and font of each run of text on page 1."""
    found: dict[str, tuple[float, str]] = {}

    def visit(
        text: str, cm: list[float], tm: list[float], font: DictionaryObject | None, size: float
    ) -> None:
        if text.strip() and font is not None:
            scale = abs(size * tm[3] * cm[3])
            found[text.strip()] = (round(scale, 2), str(font["/BaseFont"]).split("+")[1])

    PdfReader(drawn.path).pages[0].extract_text(visitor_text=visit)
    return found


def find(all_words: list[Word], *texts: str, page: int = 1) -> tuple[Word, Word]:
    """First and last word of a run of words."""
    on_page = [word for word in all_words if word.page == page]
    for start in range(len(on_page)):
        if tuple(word.text for word in on_page[start : start + len(texts)]) == texts:
            return on_page[start], on_page[start + len(texts) - 1]
    raise AssertionError(f"{texts} is not on page {page}")


def centre(run: tuple[Word, Word]) -> float:
    return (run[0].left + run[1].right) / 2


@pytest.fixture(scope="module", params=["vi", "en"])
def report(request: pytest.FixtureRequest, draw: Draw) -> Drawn:
    """The province's report with small numbers, in each language."""
    return draw(language=request.param)


def pages_of(drawn: Drawn) -> int:
    return len(PdfReader(drawn.path).pages)


def said(drawn: Drawn, message: str) -> str:
    """A text of the catalogue in the report's language."""
    with use_language(drawn.values.language):
        return gettext(message)


@pytest.fixture(scope="module")
def placed(report: Drawn) -> list[Word]:
    return words(report)


def test_pages_are_a4_upright(report: Drawn) -> None:
    for page in PdfReader(report.path).pages:
        assert (round(float(page.mediabox.width) / MM), round(float(page.mediabox.height) / MM)) == (210, 297)


def test_margins_are_those_of_the_decree(report: Drawn, placed: list[Word]) -> None:
    numbers = {str(page) for page in range(2, pages_of(report) + 1)}
    body = [word for word in placed if word.top >= 20 and word.bottom <= 277]
    assert min(word.left for word in body) == pytest.approx(30, abs=0.3)
    assert 15 <= 210 - max(word.right for word in body) <= 20
    assert min(word.top for word in body) >= 20
    outside = [word for word in placed if word.top < 20 or word.bottom > 277]
    assert {word.text for word in outside if word.top < 20} == numbers
    assert all(word.top > 277 or word.text in numbers for word in outside)


def test_the_page_number_stands_top_centre_from_page_two_on(report: Drawn, placed: list[Word]) -> None:
    numbers = [word for word in placed if word.bottom < 20]
    expected = [(page, str(page)) for page in range(2, pages_of(report) + 1)]
    assert [(word.page, word.text) for word in numbers] == expected
    assert all((word.left + word.right) / 2 == pytest.approx(112.5, abs=0.5) for word in numbers)


def test_the_two_columns_of_the_head_share_their_lines(placed: list[Word]) -> None:
    parent = find(placed, "UBND", "TỈNH", "PHÚ", "THỌ")
    nation = find(placed, "CỘNG", "HÒA", "XÃ", "HỘI", "CHỦ", "NGHĨA", "VIỆT", "NAM")
    issuer = find(placed, "SỞ", "GIÁO", "DỤC", "VÀ", "ĐÀO", "TẠO")
    motto = find(placed, "Độc", "lập", "-", "Tự", "do", "-", "Hạnh", "phúc")
    number, place = find(placed, "Số:"), find(placed, "Phú", "Thọ,", "ngày")
    assert parent[0].bottom == pytest.approx(nation[0].bottom, abs=0.2)
    assert issuer[0].bottom == pytest.approx(motto[0].bottom, abs=0.6)
    assert number[0].bottom == pytest.approx(place[0].bottom, abs=0.2)
    assert centre(parent) == pytest.approx(65, abs=0.5)
    assert centre(issuer) == pytest.approx(65, abs=0.5)
    assert centre(nation) == pytest.approx(147.5, abs=0.5)
    assert centre(motto) == pytest.approx(147.5, abs=0.5)
    assert nation[0].left - issuer[1].right > 5


def test_number_and_day_are_left_blank_and_the_month_is_not(placed: list[Word], report: Drawn) -> None:
    text = text_of(report)
    assert "Số: /BC-SGD&ĐT" in text
    assert "Phú Thọ, ngày tháng 6 năm 2027" in text
    number = find(placed, "Số:")[0]
    symbol = find(placed, "/BC-SGD&ĐT")[0]
    assert symbol.left - number.right > 8
    assert said(report, "DRAFT") in text


def test_sizes_and_styles_are_those_of_the_decree(report: Drawn) -> None:
    found = sizes(report)
    expected = {
        "UBND TỈNH PHÚ THỌ": (12, "Liberation-Serif"),
        "SỞ GIÁO DỤC VÀ ĐÀO TẠO": (12, "Liberation-Serif-Bold"),
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM": (12, "Liberation-Serif-Bold"),
        "Độc lập - Tự do - Hạnh phúc": (13, "Liberation-Serif-Bold"),
        "Số:": (13, "Liberation-Serif"),
        said(report, "DRAFT"): (13, "Liberation-Serif-Bold"),
        said(report, "REPORT"): (14, "Liberation-Serif-Bold"),
        said(report, "I. GENERAL SITUATION"): (13, "Liberation-Serif-Bold"),
    }
    assert {text: found.get(text) for text in expected} == {
        text: (pytest.approx(size, abs=0.05), font) for text, (size, font) in expected.items()
    }
    assert (pytest.approx(13, abs=0.05), "Liberation-Serif-Italic") in [
        value for text, value in found.items() if text.startswith(report.values.bases[0][:18])
    ]


def test_only_liberation_serif_is_used_and_embedded(report: Drawn) -> None:
    rows = [line.split() for line in tool("pdffonts", report.path).splitlines()[2:]]
    assert rows
    assert {row[0].split("+")[1].split("-")[0:2][0] for row in rows} == {"Liberation"}
    assert all("Serif" in row[0] for row in rows)
    assert {row[-5] for row in rows} == {"yes"}


def test_the_text_is_whole_and_can_be_found_by_typing_it(report: Drawn) -> None:
    text = text_of(report)
    assert unicodedata.is_normalized("NFC", text)
    assert report.values.period in text
    assert "80/2017/NĐ-CP" in text
    assert said(report, "To:") in text
    for addressee in report.values.addressees:
        assert f"- {addressee}" in text.replace("’", "'")
    for part in report.values.parts:
        assert part.heading in text
    assert "\u00a0" not in tool("pdftotext", report.path, "-")


def test_every_vietnamese_letter_can_be_read_back(draw: Draw) -> None:
    vowels = [
        a + mark for a in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for mark in ("", *"\u0300\u0301\u0303\u0309\u0323")
    ]
    letters = unicodedata.normalize("NFC", " ".join(vowels) + " đ Đ")
    drawn = draw(full_name_vi=letters)
    assert letters.replace(" ", "") in "".join(tool("pdftotext", drawn.path, "-").split())


def test_signature_and_recipients_stand_side_by_side(report: Drawn, placed: list[Word]) -> None:
    page = pages_of(report)
    recipients = find(placed, *said(report, "Recipients:").split(), page=page)
    office = find(placed, *report.values.head.signer_title.split(), page=page)
    assert recipients[0].left == pytest.approx(30, abs=0.3)
    assert recipients[0].bottom == pytest.approx(office[0].bottom, abs=0.4)
    assert centre(office) == pytest.approx(151.5, abs=0.5)
    below = [
        word for word in placed if word.page == page and word.left > 105 and office[0].bottom < word.top < 277
    ]
    assert below == [], "nobody's name and no seal stands under the office"


def flat(outline: list[Any]) -> Iterator[Any]:
    for mark in outline:
        if isinstance(mark, list):
            yield from flat(mark)
        else:
            yield mark


def test_the_file_is_sound_tagged_titled_and_has_bookmarks(report: Drawn) -> None:
    assert "No syntax or stream encoding errors" in tool("qpdf", "--check", report.path)
    pdf = PdfReader(report.path)
    assert pdf.trailer["/Root"]["/Lang"] == report.values.language
    assert pdf.metadata is not None
    assert pdf.metadata.title == report.values.title
    titles = [mark["/Title"] for mark in flat(pdf.outline)]
    assert titles[0] == said(report, "REPORT")
    assert [title for title in titles if title.split(".")[0] in ("I", "II", "III", "IV", "V")] == [
        part.heading for part in report.values.parts
    ]
    tags = tool("pdfinfo", "-struct", report.path)
    assert tags.count("Table") >= len(report.values.tables)
    assert "Figure" in tags
    assert "TH" in tags


def test_the_figure_has_a_text_for_those_who_can_not_see_it(report: Drawn) -> None:
    pdf = PdfReader(report.path)
    objects = [pdf.get_object(number) for number in range(1, int(pdf.trailer["/Size"]))]
    figures = [
        found for found in objects if isinstance(found, DictionaryObject) and found.get("/S") == "/Figure"
    ]
    drawn = [table.figure for table in report.values.tables if table.bars]
    assert len(drawn) == 2
    assert sorted(str(figure.get("/Alt")) for figure in figures) == sorted(drawn)


def test_nothing_in_the_file_acts_or_leads_elsewhere(report: Drawn) -> None:
    raw = subprocess.run(
        ["qpdf", "--qdf", "--object-streams=disable", str(report.path), "-"], check=True, capture_output=True
    ).stdout
    assert not [
        mark for mark in (b"/JS", b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile") if mark in raw
    ]


def test_numbers_below_ten_in_sentences_have_a_nought_in_vietnamese(draw: Draw) -> None:
    named = re.compile(r"(?:Bảng|Hình|Table|Figure|Level|Mức) \d+|1-4|1 (?:đến|to) 4|term \w+|[a-d]\)")
    for seed in (6, 10, 13):
        values = draw(seed).values
        texts = [block for part in values.parts for block in part.blocks if isinstance(block, Text)]
        for text in texts:
            if text.look in ("body", "item"):
                rest = re.sub(r"\d+ \w+ of \d+", "", named.sub("", text.text))
                assert not re.search(r"(?<![\d.,/-])[1-9](?![\d.,/-])", rest), text.text


def test_days_in_sentences_follow_the_decree(report: Drawn) -> None:
    text = text_of(report)
    first, last = (
        ("05/9/2026", "18/01/2027")
        if report.values.language == "vi"
        else ("5 September 2026", "18 January 2027")
    )
    assert first in text
    assert last in text


def test_no_line_of_a_table_is_parted_from_its_title_and_heads_are_repeated(report: Drawn) -> None:
    """A title never stands last on its page."""
    for page in tool("pdftotext", "-layout", report.path, "-").split("\f"):
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        body = lines[:-1] if lines else []
        assert not body or not re.match(r"(Bảng|Table) \d+\. ", body[-1]), body[-1]


def test_a_long_issuer_keeps_its_column(draw: Draw) -> None:
    name = "TRƯỜNG PHỔ THÔNG DÂN TỘC NỘI TRÚ TRUNG HỌC CƠ SỞ VÀ TRUNG HỌC PHỔ THÔNG ĐỒI CỌ"
    placed = words(draw(issuer_line=name, parent_line="ỦY BAN NHÂN DÂN PHƯỜNG NÔNG TRANG"))
    place = find(placed, "Phú", "Thọ,", "ngày")[0]
    left = [word for word in placed if word.page == 1 and word.bottom < place.top and word.left < 100]
    assert max(word.right for word in left) < 100
    assert min(word.left for word in left) >= 30
