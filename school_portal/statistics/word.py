"""The term report as a Word file for those who go on writing it: the PDF's values, one paragraph after the other."""

from __future__ import annotations

import re
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell

from school_portal.core.i18n import gettext, use_language
from school_portal.core.typeset import official_month
from school_portal.statistics.paper import Row, Table, TermReport, Text

FONT = "Times New Roman"
_MADE = datetime(2026, 1, 1)  # noqa: DTZ001 (a file of the same values is the same file)
_LANGUAGES = {"vi": "vi-VN", "en": "en-GB"}
_WIDTHS = {2: (10, 105, 25), 3: (10, 80, 25), 4: (10, 65, 22.5)}
_CENTRE, _RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
_INDENT = Mm(10)
_LONGEST = 255
"""What a property of a file may hold."""


def write_word(report: TermReport) -> bytes:
    """The file; the same values give the same bytes."""
    with use_language(report.language):
        document = _prepare(report)
        _letterhead(document, report)
        _title(document, report)
        for basis in report.bases:
            _paragraph(document, basis, italic=True)
        _paragraph(document, report.opening)
        for part in report.parts:
            document.add_heading(part.heading, level=1)
            for block in part.blocks:
                if isinstance(block, Table):
                    _table(document, block)
                else:
                    _text(document, block)
        _paragraph(document, report.closing)
        _signature(document, report)
    made = BytesIO()
    document.save(made)
    return _without_times(made.getvalue())


def _prepare(report: TermReport) -> Any:
    """An empty document with the margins, fonts and marks of Decree 30/2020."""
    document = Document()
    section = document.sections[0]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.header_distance = section.footer_distance = Mm(8)
    section.different_first_page_header_footer = True
    mark = gettext("WORKING COPY")
    _in_margin(section.first_page_header.paragraphs[0], mark)
    header = section.header.paragraphs[0]
    _page_number(header)
    _in_margin(section.header.add_paragraph(), mark)
    for footer in (section.first_page_footer, section.footer):
        _in_margin(footer.paragraphs[0], report.draft_line, size=8.5, align=None)
    _style(document.styles["Normal"], 13)
    normal = document.styles["Normal"].paragraph_format
    normal.space_after, normal.space_before, normal.line_spacing = Pt(6), Pt(0), 1.15
    for level in (1, 2):
        style = document.styles[f"Heading {level}"]
        _style(style, 13, bold=True)
        style.paragraph_format.space_before = Pt(10 if level == 1 else 6)
        style.paragraph_format.space_after = Pt(6)
        style.paragraph_format.first_line_indent = _INDENT
        style.paragraph_format.keep_with_next = True
    _style(document.styles["Title"], 14, bold=True)
    _language(document, _LANGUAGES[report.language])
    core = document.core_properties
    core.title, core.author = report.title[:_LONGEST], report.head.full_name[:_LONGEST]
    core.language = _LANGUAGES[report.language]
    core.created = core.modified = _MADE
    core.last_modified_by, core.revision, core.comments = "", 1, ""
    return document


def _style(style: Any, size: float, *, bold: bool = False) -> None:
    style.font.name, style.font.size, style.font.bold = FONT, Pt(size), bold
    style.font.italic, style.font.color.rgb = False, RGBColor(0, 0, 0)
    properties = style.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    for name in [name for name in fonts.attrib if "Theme" in name or "theme" in name]:
        del fonts.attrib[name]
    for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(kind), FONT)
    borders = style.element.find(f".//{qn('w:pBdr')}")
    if borders is not None:
        borders.getparent().remove(borders)


def _language(document: Any, language: str) -> None:
    for found in document.styles.element.iter(qn("w:lang")):
        for kind in ("w:val", "w:eastAsia"):
            found.set(qn(kind), language)


# --- parts of the page ---------------------------------------------------------


def _in_margin(paragraph: Any, text: str, *, size: float = 11, align: Any = _RIGHT) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.color.rgb, run.italic = Pt(size), RGBColor(0x44, 0x44, 0x44), True
    paragraph.alignment = align
    paragraph.paragraph_format.space_after = Pt(0)


def _page_number(paragraph: Any) -> None:
    """Top centre, 13 points, from page two on."""
    paragraph.alignment = _CENTRE
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run()
    run.font.size = Pt(13)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.text = text
        run._r.append(part)


def _letterhead(document: Any, report: TermReport) -> None:
    """Two columns without borders: who writes, and the nation with place and day."""
    head = report.head
    table = document.add_table(rows=2, cols=2)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _widths(table, (70, 95))
    issuer, nation = table.rows[0].cells
    if head.parent_line:
        _line(issuer, head.parent_line, 12)
    _line(issuer, head.issuer_line, 12, bold=True)
    _rule(issuer.paragraphs[-1], 24)
    _line(nation, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, bold=True)
    _line(nation, "Độc lập - Tự do - Hạnh phúc", 13, bold=True)
    _rule(nation.paragraphs[-1], 19)
    number, place = table.rows[1].cells
    _line(number, f"Số:          /{head.symbol}", 13)
    _line(number, gettext("DRAFT"), 13, bold=True)
    day, month = report.made_on, official_month(report.made_on)
    _line(place, f"{head.place_name}, ngày        tháng {month} năm {day.year}", 13, italic=True)


def _title(document: Any, report: TermReport) -> None:
    for text, before in ((gettext("REPORT"), 14), (report.title, 0)):
        style = "Title" if before else None
        paragraph = document.add_paragraph(style=style)
        run = paragraph.add_run(text)
        run.bold, run.font.size, run.font.name = True, Pt(14), FONT
        paragraph.alignment = _CENTRE
        paragraph.paragraph_format.space_before = Pt(before)
        paragraph.paragraph_format.space_after = Pt(0 if before else 12)
    if len(report.addressees) == 1:
        _paragraph(document, f"{gettext('To:')} {report.addressees[0]}", align=_CENTRE, indent=None)
        return
    _paragraph(document, gettext("To:"), align=None, indent=Mm(45), keep=True)
    for place, addressee in enumerate(report.addressees):
        end = "." if place == len(report.addressees) - 1 else ";"
        _paragraph(document, f"- {addressee}{end}", align=None, indent=Mm(62))


def _text(document: Any, block: Text) -> None:
    if block.look == "heading":
        document.add_heading(block.text, level=2)
    elif block.look == "note":
        _paragraph(document, block.text, size=10.5, italic=True, indent=None)
    else:
        paragraph = _paragraph(document, block.text, italic=block.look == "to-write")
        if block.look == "to-write":
            paragraph.runs[0].font.color.rgb = RGBColor(0x44, 0x44, 0x44)


def _table(document: Any, block: Table) -> None:
    _paragraph(document, block.title, size=12, bold=True, align=_CENTRE, indent=None, keep=True)
    if block.unit:
        _paragraph(document, block.unit, size=11, italic=True, align=_RIGHT, indent=None, keep=True)
    columns = len(block.head) - 1
    table = document.add_table(rows=1, cols=columns + 2)
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for cell, words in zip(table.rows[0].cells, (gettext("No."), *block.head), strict=True):
        _line(cell, words, 11, bold=True)
        _shade(cell)
    _repeat(table.rows[0])
    for place, row in enumerate(block.rows, start=1):
        _row(table, str(place), row)
    for row in filter(None, (block.total,)):
        _row(table, "", row, bold=True)
    for row in block.below:
        _row(table, "", row, italic=True)
    first, words, number = _WIDTHS[columns]
    _widths(table, (first, words, *[number] * columns))
    _paragraph(document, "", size=6, indent=None)


def _row(table: Any, place: str, row: Row, *, bold: bool = False, italic: bool = False) -> None:
    cells = table.add_row().cells
    _line(cells[0], place, 11, bold=bold)
    _line(cells[1], row.label, 11, bold=bold, italic=italic, align=None)
    for cell, text in zip(cells[2:], row.cells, strict=True):
        _line(cell, text, 11, bold=bold, italic=italic, align=_RIGHT)


def _signature(document: Any, report: TermReport) -> None:
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    _widths(table, (78, 87))
    recipients, office = table.rows[0].cells
    _line(recipients, gettext("Recipients:"), 12, bold=True, italic=True, align=None)
    for place, recipient in enumerate(report.recipients):
        end = "." if place == len(report.recipients) - 1 else ";"
        _line(recipients, f"- {recipient}{end}", 11, align=None)
    _line(office, report.head.signer_title, 13, bold=True)


# --- small things ---------------------------------------------------------


def _paragraph(
    document: Any,
    text: str,
    *,
    size: float = 13,
    bold: bool = False,
    italic: bool = False,
    align: Any = WD_ALIGN_PARAGRAPH.JUSTIFY,
    indent: Any = _INDENT,
    keep: bool = False,
) -> Any:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic
    paragraph.alignment = align
    if indent is not None:
        paragraph.paragraph_format.first_line_indent = indent
    paragraph.paragraph_format.keep_with_next = keep
    return paragraph


def _line(
    cell: _Cell, text: str, size: float, *, bold: bool = False, italic: bool = False, align: Any = _CENTRE
) -> None:
    """A line of a cell; the first one takes the paragraph that each cell has."""
    paragraph = cell.paragraphs[0]
    if paragraph.text or paragraph.runs:
        paragraph = cell.add_paragraph()
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic
    paragraph.alignment = align
    paragraph.paragraph_format.space_after = Pt(2)
    paragraph.paragraph_format.line_spacing = 1


def _widths(table: Any, millimetres: tuple[float, ...]) -> None:
    for column, width in zip(table.columns, millimetres, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _shade(cell: _Cell) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EEF1F2")):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _repeat(row: Any) -> None:
    """The head of a table stands on each of its pages."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _rule(paragraph: Any, inset: int) -> None:
    """A thin line below, drawn in from both sides."""
    borders, line = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(inset)


def _without_times(file: bytes) -> bytes:
    """The same parts with one and the same time, in one order."""
    packed = BytesIO()
    with ZipFile(BytesIO(file)) as old, ZipFile(packed, "w", ZIP_DEFLATED) as new:
        names = sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            entry = ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            new.writestr(entry, re.sub(rb"\s+$", b"", old.read(name)))
    return packed.getvalue()
