"""Every figure in the PDF, the Word file and on screen is that of a naive recount, over made-up populations."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.shared import Mm, Pt
from flask import Flask
from lxml import html

from school_portal.core.i18n import format_number, use_language
from school_portal.core.pdf import render_html, render_pdf
from school_portal.organisations.domain import UnitKind
from school_portal.statistics.labels import HIDDEN, SMALL
from school_portal.statistics.paper import Row, Table, TermReport, Text
from school_portal.statistics.word import write_word
from school_portal.statistics.writing import share_text
from tests.statistics.conftest import TEMPLATE, Made, recount

Compose = Callable[..., tuple[TermReport, list[Made], Any]]
KINDS = (UnitKind.DEPARTMENT, UnitKind.SCHOOL)
FEW, MANY = range(8), range(8, 108)


def lines_of(table: Table) -> list[Row]:
    return [*table.rows, *((table.total,) if table.total else ()), *table.below]


def check_counts(values: TermReport, made: list[Made], kind: UnitKind) -> int:
    """Each cell that is told equals the recount; how many cells that are."""
    told = recount(made)
    checked = 0
    assert values.cases == told["all"]["cases"]
    for table in values.tables:
        if table.name in ("reporting", "comparison"):
            continue
        counted = told[table.name]
        total = sum(counted.values())
        assert table.total is not None
        assert table.total.cells == (format_number(total), share_text(total, total))
        for row in table.rows:
            checked += check_cell(row, counted[row.code], total)
            assert row.number is None or row.cells[1] == share_text(counted[row.code], total)
        assert {code for code, n in counted.items() if n} <= {row.code for row in table.rows}
        for row in table.below:
            check_cell(row, told["aside"][row.code], 0)
        if kind is UnitKind.SCHOOL:
            assert all(row.number is not None for row in table.rows)
        else:
            assert not any(0 < (row.number or 0) < 5 for row in table.rows)
        if table.bars:
            known = {row.label: row for row in table.rows}
            texts = [text for _, _, text in table.bars]
            assert Counter(texts) >= Counter(row.cells[0] for row in known.values() if row.number)
            assert all(number == 0 for _, number, text in table.bars if text in (SMALL, HIDDEN))
    comparison = values.table("comparison")
    assert comparison is not None
    harmed = sum(told["harmed"].values())
    assert [row.cells[0] for row in comparison.rows[:2]] == [
        format_number(values.cases),
        format_number(harmed),
    ]
    for row in comparison.rows[2:]:
        check_cell(row, told["all"][row.code], 0)
    return checked


def check_cell(row: Row, counted: int, total: int) -> bool:
    text = row.cells[0]
    if text == SMALL:
        assert 0 < counted < 5
    elif text == HIDDEN:
        assert counted >= 5
        assert total
    else:
        assert text == format_number(counted)
    return text not in (SMALL, HIDDEN)


def check_pdf(values: TermReport, path: Path) -> None:
    layout = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True
    ).stdout
    text = " ".join(layout.split())
    set_text = str.maketrans("'", "’")
    regions = [text.index(table.title.translate(set_text)) for table in values.tables] + [len(text)]
    assert regions == sorted(regions)
    for table, start, end in zip(values.tables, regions, regions[1:], strict=False):
        for place, row in enumerate(table.rows, start=1):
            assert " ".join((str(place), row.label.translate(set_text), *row.cells)) in text[start:end], (
                table.name,
                row,
            )
        for row in lines_of(table)[len(table.rows) :]:
            assert " ".join((row.label.translate(set_text), *row.cells)).strip() in text[start:end], (
                table.name,
                row,
            )


def check_word(values: TermReport, file: bytes) -> None:
    document = Document(io.BytesIO(file))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables[1:-1]]
    assert len(tables) == len(values.tables)
    for table, found in zip(values.tables, tables, strict=True):
        assert tuple(found[0][1:]) == table.head
        assert [(row[1], tuple(row[2:])) for row in found[1:]] == [
            (row.label, row.cells) for row in lines_of(table)
        ]
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    texts = [block.text for part in values.parts for block in part.blocks if isinstance(block, Text)]
    places = [paragraphs.index(text) for text in texts]
    assert len(places) == len(texts)
    assert [part.heading for part in values.parts] == [
        paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Heading 1"
    ]


def check_screen(values: TermReport, app: Flask) -> None:
    with app.test_request_context("/"):
        figures_table = app.jinja_env.get_template("statistics/_table.html").module.figures_table
        for table in values.tables:
            page = html.fromstring(str(figures_table(table)))
            found = [
                [" ".join(cell.text_content().split()) for cell in row] for row in page.xpath(".//tbody/tr")
            ]
            assert found == [[row.label, *row.cells] for row in lines_of(table)]


def check_seed(
    seed: int, kind: UnitKind, language: str, compose_report: Compose, app: Flask, folder: Path
) -> None:
    values, made, _ = compose_report(seed, language, kind=kind)
    path = folder / "report.pdf"
    path.write_bytes(render_pdf(render_html(TEMPLATE, values, language)))
    with use_language(language):
        checked = check_counts(values, made, kind)
    check_pdf(values, path)
    check_word(values, write_word(values))
    check_screen(values, app)
    print(f"seed {seed}, {kind}, {language}: {len(made)} records, {checked} cells told")


@pytest.mark.parametrize("seed", FEW)
def test_every_figure_equals_a_recount(
    seed: int, compose_report: Compose, app: Flask, tmp_path: Path
) -> None:
    check_seed(seed, KINDS[seed % 2], "vi" if seed % 3 else "en", compose_report, app, tmp_path)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", MANY)
def test_every_figure_of_a_hundred_populations_equals_a_recount(
    seed: int, compose_report: Compose, app: Flask, tmp_path: Path
) -> None:
    for kind in KINDS:
        check_seed(seed, kind, "en" if seed % 4 == 0 else "vi", compose_report, app, tmp_path)


# --- the Word file ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def word(compose_report: Compose) -> bytes:
    return write_word(compose_report(6)[0])


def test_the_word_file_is_laid_out_by_the_decree_and_says_that_it_is_a_working_copy(word: bytes) -> None:
    document = Document(io.BytesIO(word))
    section = document.sections[0]
    edges = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(edge / Mm(1), 1) for edge in edges] == [20, 20, 30, 15]
    assert (round(section.page_width / Mm(1)), round(section.page_height / Mm(1))) == (210, 297)
    normal = document.styles["Normal"]
    assert (normal.font.name, normal.font.size) == ("Times New Roman", Pt(13))
    for header in (section.first_page_header, section.header):
        assert header.paragraphs[-1].text == "BẢN LÀM VIỆC" or header.paragraphs[-1].text == "WORKING COPY"
    assert "PAGE" in section.header._element.xml
    assert "PAGE" not in section.first_page_header._element.xml
    assert document.core_properties.language == "vi-VN"
    assert 'w:lang w:val="vi-VN"' in document.styles.element.xml


def test_the_word_file_holds_no_macro_and_leads_nowhere(word: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(word)) as file:
        names = file.namelist()
        assert not [name for name in names if "vba" in name.lower() or "embed" in name.lower()]
        assert not [name for name in names if b'TargetMode="External"' in file.read(name)]


def test_the_same_values_give_the_same_file(compose_report: Compose) -> None:
    assert write_word(compose_report(3)[0]) == write_word(compose_report(3)[0])


def test_names_of_places_can_not_break_the_word_file(compose_report: Compose) -> None:
    odd = "<w:p/> & \u202edeliat 😀 " + "x" * 20_000
    values, _, _ = compose_report(3, full_name_vi=odd)
    assert odd in " ".join(
        paragraph.text for paragraph in Document(io.BytesIO(write_word(values))).paragraphs
    )


def test_a_population_without_a_case_has_no_table_of_noughts(compose_report: Compose) -> None:
    values, made, _ = compose_report(5, kind=UnitKind.SCHOOL)
    assert made == []
    assert [table.name for table in values.tables] == ["comparison"]
