"""The case file and the paper form as PDF: what they say, what they never say, their layout, hostile text."""

from __future__ import annotations

import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from school_portal.core.i18n import use_language
from school_portal.incidents.domain import EntryKind, IncidentState, Known, NamesReason, Part
from school_portal.incidents.domain.documents import (
    FilePrint,
    Progress,
    Step,
    progress_of,
    read_print,
    step_of,
)
from school_portal.incidents.report.words import PROGRESS, STEPS
from tests.incidents.files import (
    ALL_NAMES,
    EMPTY,
    FILE,
    NO_NAMES,
    PAPER,
    PEOPLE,
    a_case,
    a_file,
    a_paper_form,
    at,
    draw,
    entry,
)

Make = Callable[..., Path]
NAMES = [str(person.name) for person in PEOPLE]
WITNESS, REPORTER, READER = "Phạm Thị Thuý", "Hoàng Thị Báo Tin", "Cô Ngọc Lan"
HOSTILE = {
    "a word of 20,000 letters": "ă" * 20000,
    "right to left": "שלום עולם, قال الطفل إنه بخير",
    "emoji": "Em nói 😀👩‍👧‍👦🏳️‍🌈 rồi khóc",
    "markup": "<script>alert(1)</script> {{ doc.number }} &lt;b&gt; <img src='https://example.org/x'>",
    "600 nested lists": "<ul><li>" * 600 + "x" + "</li></ul>" * 600,
    "control characters": "a\x0bb\x1f\u202ec\u0000d",
    "a million-dot line": "." * 5000,
}


def tool(*command: object) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def text_of(path: Path) -> str:
    return unicodedata.normalize("NFC", " ".join(tool("pdftotext", "-layout", path, "-").split()))


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Draw a document of the made-up case, the same one once."""
    folder = tmp_path_factory.mktemp("files")

    @cache
    def drawn(what: str, language: str = "vi", printed: FilePrint = NO_NAMES) -> Path:
        path = folder / f"{what}-{language}-{hash(printed)}.pdf"
        if what == "paper":
            return draw(PAPER, a_paper_form(language), language, path)
        bare: dict[str, Any] = {"case": a_case(**EMPTY), "chronology": (), "views": (), "assigned": ()}
        return draw(FILE, a_file(language, printed, **(bare if what == "empty" else {})), language, path)

    return drawn


# --- what it says ------------------------------------------------------------------------------------------------


def test_without_names_no_name_stands_in_it_also_not_in_what_people_wrote(make: Make) -> None:
    text = text_of(make("file"))
    for name in (*NAMES, REPORTER):
        assert name not in text
    assert "học sinh khối 7 là •••" in text
    assert "VV-2627-000123" in text
    assert READER not in text


def test_with_names_the_reader_and_the_time_stand_on_each_page_and_witness_and_reporter_do_not(
    make: Make,
) -> None:
    path = make("file", "vi", FilePrint(NamesReason.FAMILY))
    for page in range(1, len(PdfReader(path).pages) + 1):
        page_text = " ".join(tool("pdftotext", "-f", page, "-l", page, path, "-").split())
        assert READER in page_text
        assert "08:00 12/11/2026" in page_text
    text = text_of(path)
    assert "Nguyễn Hoà Mai" in text
    assert "Trần Văn Dũng" in text
    assert WITNESS not in text
    assert REPORTER not in text


def test_witnesses_and_the_reporter_stand_on_a_sheet_of_their_own_by_choice_only(make: Make) -> None:
    path = make("file", "vi", ALL_NAMES)
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(path).pages]
    for name in (WITNESS, REPORTER):
        assert [name in page for page in pages] == [False] * (len(pages) - 1) + [True]
    assert "Nguyễn Hoà Mai" not in pages[-1]
    only_witnesses = a_file(printed=FilePrint(NamesReason.HELP, witnesses=True)).annex
    assert only_witnesses is not None
    assert only_witnesses.reporter is None


def test_a_witness_is_a_number_without_what_would_tell_who_it_is() -> None:
    row = next(row for row in a_file(printed=ALL_NAMES).people if row.code == "D")
    assert {row.name, row.sex, row.age, row.grade, row.is_child, row.condition} == {"-"}


def test_without_names_the_grade_stands_instead_of_the_class() -> None:
    assert [row.grade for row in a_file().people][:3] == ["7", "8", "8"]
    assert [row.grade for row in a_file(printed=ALL_NAMES).people][:2] == ["7A1", "8A2"]


def test_the_five_steps_stand_in_it_and_what_is_not_recorded_says_so(make: Make) -> None:
    empty = a_file(case=a_case(**EMPTY), chronology=(), views=(), assigned=())
    with use_language("vi"):
        assert [step.name for step in empty.steps] == [str(name) for name in STEPS.values()]
        words = [step.words for step in empty.steps]
        assert words[2:] == [str(PROGRESS[Progress.NOT_RECORDED])] * 3
    assert [step.look for step in empty.steps] == [
        "done",
        "now",
        "not-recorded",
        "not-recorded",
        "not-recorded",
    ]
    assert (empty.people, empty.care, empty.outcome, empty.views) == ((), (), "", ())
    assert len({row.outcome for row in empty.told}) == 1
    assert text_of(make("empty")).count(empty.told[0].outcome) >= 8


@pytest.mark.parametrize(
    ("state", "family", "first_aid", "looks"),
    [
        (IncidentState.SUBMITTED, False, False, "done now not-recorded not-recorded not-recorded"),
        (IncidentState.ACCEPTED, False, False, "done now not-recorded not-recorded not-recorded"),
        (IncidentState.ACCEPTED, True, True, "done done now not-recorded not-recorded"),
        (IncidentState.NOT_SUBSTANTIATED, False, False, "done done not-recorded done not-recorded"),
    ],
)
def test_a_step_is_as_far_as_what_is_recorded(
    state: IncidentState, family: bool, first_aid: bool, looks: str
) -> None:
    found = progress_of(state, family_answered=family, first_aid_given=first_aid)
    assert [found[step].value for step in Step] == looks.split()


def test_each_kind_of_line_in_the_chronology_belongs_to_a_step() -> None:
    steps = {kind: step_of(kind) for kind in EntryKind}
    assert steps[EntryKind.FACTS_ADDED] is Step.DETECT
    assert steps[EntryKind.FAMILY_TOLD] is Step.ALERT
    assert steps[EntryKind.NOT_SUBSTANTIATED] is Step.HANDLE


def test_what_is_printed_travels_in_the_order_and_nothing_of_it_without_a_reason() -> None:
    for printed in (FilePrint(), ALL_NAMES, FilePrint(NamesReason.HELP), FilePrint(NamesReason.HELP, True)):
        assert read_print(printed.options()) == printed
    assert FilePrint(None, witnesses=True, reporter=True).options() == frozenset()
    assert read_print({"names", "witnesses"}) == FilePrint(), "names without a reason are no names"
    assert read_print({"reason-help", "reporter"}) == FilePrint()


def test_nobody_is_called_more_than_named_as_concerned(make: Make) -> None:
    for printed in (FilePrint(), ALL_NAMES):
        text = text_of(make("file", "vi", printed)).lower()
        for word in ("người gây", "thủ phạm", "nạn nhân", "kẻ "):
            assert word not in text


def test_a_case_that_is_handled_above_is_not_signed_as_prepared_by_the_school() -> None:
    with use_language("vi"):
        above = a_file(case=a_case(concerns_lead=True))
    assert above.maker != a_file().maker


def test_why_the_family_was_not_told_stands_in_the_table_with_names_covered() -> None:
    case = a_case(family_told_at=None, family_reason="Cha của Nguyễn Hoà Mai có thể đánh em")
    row = a_file(case=case).told[0]
    assert "•••" in row.outcome
    assert "Mai" not in row.outcome


# --- layout ------------------------------------------------------------------------------------------------------

EVERY = [
    (what, language, printed)
    for language in ("vi", "en")
    for what, printed in (
        ("file", FilePrint()), ("file", ALL_NAMES), ("empty", FilePrint()), ("paper", FilePrint()),
    )
]  # fmt: skip


@pytest.mark.parametrize(("what", "language", "printed"), EVERY)
def test_each_file_is_sound_tagged_titled_and_in_one_embedded_family(
    make: Make, what: str, language: str, printed: FilePrint
) -> None:
    path = make(what, language, printed)
    assert "No syntax or stream encoding errors" in tool("qpdf", "--check", path)
    pdf = PdfReader(path)
    assert pdf.trailer["/Root"]["/Lang"] == language
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert pdf.metadata is not None
    assert pdf.metadata.title
    assert len(pdf.outline) >= 1
    rows = [line.split() for line in tool("pdffonts", path).splitlines()[2:]]
    assert {row[0].split("+")[1].rsplit("-", 1)[0].removesuffix("-Bold") for row in rows} <= {
        "Liberation-Serif",
        "Liberation",
    }
    assert all("Serif" in row[0] for row in rows)
    assert {row[-5] for row in rows} == {"yes"}
    raw = subprocess.run(
        ["qpdf", "--qdf", "--object-streams=disable", path, "-"], check=True, capture_output=True
    ).stdout
    assert not [
        mark for mark in (b"/JS", b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile") if mark in raw
    ]


def test_every_vietnamese_letter_can_be_read_back(tmp_path: Path) -> None:
    vowels = [
        a + mark for a in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for mark in ("", *"\u0300\u0301\u0303\u0309\u0323")
    ]
    letters = unicodedata.normalize("NFC", " ".join(vowels) + " đ Đ")
    path = draw(FILE, a_file(case=a_case(facts=letters)), "vi", tmp_path / "letters.pdf")
    assert letters.replace(" ", "") in "".join(tool("pdftotext", path, "-").split())


def test_the_paper_form_is_one_page_of_a4_with_two_forms_and_nothing_cut_off(make: Make) -> None:
    for language in ("vi", "en"):
        path = make("paper", language)
        pdf = PdfReader(path)
        assert len(pdf.pages) == 1
        box = pdf.pages[0].mediabox
        assert (round(float(box.width) * 25.4 / 72), round(float(box.height) * 25.4 / 72)) == (297, 210)
        text = text_of(path)
        for piece in ("111", "113", "115", "0912 345 678", "0210 3 846 000", "VV-"):
            assert text.count(piece) >= 2, piece
        lowest = max(
            float(w.split('yMax="')[1].split('"')[0])
            for w in tool("pdftotext", "-bbox", path, "-").split("<word ")[1:]
        )
        assert lowest < float(box.height) - 12, "a printer leaves four millimetres white"


# --- bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(HOSTILE))
@pytest.mark.parametrize("printed", [FilePrint(), ALL_NAMES])
def test_whatever_people_write_is_printed_as_text_and_never_stops_the_file(
    tmp_path: Path, kind: str, printed: FilePrint
) -> None:
    text = HOSTILE[kind]
    people = (replace(PEOPLE[0], name=text[:200]), *PEOPLE[1:])
    case = a_case(facts=text, people=people, family_told_at=None, family_reason=text[:300])
    lines = [
        entry(at(9), EntryKind.FACTS_ADDED, "", text=text),
        entry(at(10), EntryKind.TAKEN_UP, text[:100]),
    ]
    path = draw(FILE, a_file("vi", printed, case, chronology=lines), "vi", tmp_path / "hostile.pdf")
    assert "No syntax or stream encoding errors" in tool("qpdf", "--check", path)
    printed_text = "".join(tool("pdftotext", path, "-").split())
    if printed.reason and kind == "markup":
        assert "<script>alert(1)</script>{{doc.number}}&lt;b&gt;" in printed_text.replace("’", "'")
    if printed.reason and kind == "600 nested lists":
        assert printed_text.count("<ul><li>") >= 1200
    if printed.reason and kind == "a word of 20,000 letters":
        assert printed_text.count("ă") >= 40000


def test_a_line_of_the_chronology_longer_than_a_page_goes_on_on_the_next_one(tmp_path: Path) -> None:
    text = " ".join(f"câu{number}" for number in range(900))
    path = draw(
        FILE,
        a_file(chronology=[entry(at(9), EntryKind.FACTS_ADDED, "", text=text)]),
        "vi",
        tmp_path / "long.pdf",
    )
    words = set(tool("pdftotext", path, "-").split())
    assert {f"câu{number}" for number in range(900)} <= words


def test_thirty_people_and_a_long_list_of_readers_keep_their_rows_whole(tmp_path: Path) -> None:
    people = tuple(
        replace(PEOPLE[n % 3], code=chr(65 + n % 26), name=f"Nguyễn Thị {n}", parts=(Part.HARMED,))
        for n in range(30)
    )
    case = a_case(people=people, first_aid=Known.NO)
    path = draw(FILE, a_file("vi", ALL_NAMES, case), "vi", tmp_path / "many.pdf")
    words = tool("pdftotext", "-raw", path, "-").split()
    assert words.count("Nguyễn") >= 30
    assert {str(number) for number in range(30)} <= set(words)
