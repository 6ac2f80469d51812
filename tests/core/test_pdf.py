"""Drawing documents: nothing is fetched, nothing is waited for, the next document always works."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from pypdf import PdfReader

from school_portal.core import drawing
from school_portal.core.drawing import DrawingProcess, DrawingRefused, Limits

ROOT = Path(__file__).resolve().parents[2]
USUAL = Limits(megabytes=1024, seconds=60)
PAGE = "<html lang='vi'><head><title>Tờ trình</title></head><body>{}</body></html>"
BIG = PAGE.format(
    "<table>" + "<tr>" + "<td>ô</td>" * 20 + "</tr>" * 1 + ("<tr>" + "<td>ô</td>" * 20 + "</tr>") * 3000
)


@pytest.fixture(scope="module")
def process() -> Iterator[DrawingProcess]:
    """A process of this module's own."""
    made = DrawingProcess("document")
    yield made
    made.stop()


def draw(process: DrawingProcess, body: str, limits: Limits = USUAL) -> PdfReader:
    return PdfReader(io.BytesIO(process.draw(PAGE.format(body).encode(), limits)))


def refusal(process: DrawingProcess, html: str, limits: Limits = USUAL) -> str:
    with pytest.raises(DrawingRefused) as caught:
        process.draw(html.encode(), limits)
    return caught.value.code


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state not in ("Z", "X")


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[int, list[str]]]:
    """A server on loopback that notes who came."""
    visits: list[str] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    done = threading.Event()

    def listen() -> None:
        while not done.is_set():
            try:
                connection, address = server.accept()
            except TimeoutError:
                continue
            visits.append(str(address))
            connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    yield server.getsockname()[1], visits
    done.set()
    thread.join()
    server.close()


REFERENCES = [
    "<img src='{}'>",
    "<img srcset='{} 1x' src='{}'>",
    "<link rel='stylesheet' href='{}'>",
    "<style>@import url({});</style>",
    "<p style='background: url({})'>x</p>",
    "<style>@font-face {{ font-family: z; src: url({}) }} p {{ font-family: z }}</style><p>x</p>",
    "<style>p::before {{ content: url({}) }}</style><p>x</p>",
    "<style>li {{ list-style-image: url({}) }}</style><ul><li>x</li></ul>",
    "<object data='{}'></object>",
    "<embed src='{}'>",
    "<link rel='attachment' href='{}'>",
    "<a rel='attachment' href='{}'>x</a>",
    "<svg width='9' height='9'><image href='{}' width='9' height='9'/></svg>",
]


@pytest.mark.parametrize("reference", REFERENCES)
def test_no_address_is_opened_whatever_refers_to_it(
    process: DrawingProcess, listener: tuple[int, list[str]], tmp_path: Path, reference: str
) -> None:
    port, visits = listener
    secret = tmp_path / "secret.css"
    secret.write_text("p::after { content: 'SECRET-OF-A-FILE' }")
    for address in (
        f"http://127.0.0.1:{port}/x",
        f"ftp://127.0.0.1:{port}/x",
        f"file://{secret}",
        "missing.css",
    ):
        html = PAGE.format(reference.format(address, address) + "<p>y</p>")
        with suppress(DrawingRefused):
            pdf = process.draw(html.encode(), USUAL)
            text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
            assert "SECRET" not in text
            assert b"EmbeddedFile" not in pdf
    assert visits == []


def test_a_picture_from_elsewhere_stops_the_document_instead_of_leaving_a_hole(
    process: DrawingProcess,
) -> None:
    assert refusal(process, PAGE.format("<img src='https://example.org/a.png'>")) == "address-refused"
    assert refusal(process, PAGE.format("<img src='data:image/png;base64,AA=='>")) == "address-refused"
    assert draw(process, "<p>sau</p>").pages[0].extract_text() == "sau"


def test_the_documents_own_style_sheet_is_served(process: DrawingProcess) -> None:
    plain = draw(process, "<p>x</p>").pages[0].mediabox
    html = PAGE.format("<link rel='stylesheet' href='official.css'><p>x</p>")
    styled = PdfReader(io.BytesIO(process.draw(html.encode(), USUAL))).pages[0]
    assert (round(float(plain.width)), round(float(plain.height))) == (595, 842)
    fonts = {font.get_object()["/BaseFont"].split("+")[1] for font in styled["/Resources"]["/Font"].values()}
    assert fonts == {"Liberation-Serif"}


def test_a_document_is_tagged_and_knows_its_title_and_language(process: DrawingProcess) -> None:
    pdf = draw(process, "<h1>Một</h1><p>Chữ</p><h2>Hai</h2>")
    catalog = pdf.trailer["/Root"]
    assert catalog["/Lang"] == "vi"
    assert catalog["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in catalog
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Tờ trình"
    assert pdf.outline[0]["/Title"] == "Một"


def test_markup_as_text_is_printed_and_nested_markup_is_refused(process: DrawingProcess) -> None:
    text = "".join(page.extract_text() for page in draw(process, "&lt;div&gt;" * 600).pages)
    assert text.replace("\n", "").count("<div>") == 600
    before = process.pid
    assert refusal(process, "<div>" * 600 + "x") == "nested-too-deep"
    assert draw(process, "<p>sau</p>").pages[0].extract_text() == "sau"
    assert process.pid == before


def test_a_document_that_takes_too_long_is_killed_and_the_next_one_works(process: DrawingProcess) -> None:
    draw(process, "<p>ấm</p>")
    before = process.pid
    assert before is not None
    started = time.monotonic()
    assert refusal(process, BIG, Limits(megabytes=1024, seconds=1)) == "too-slow"
    assert time.monotonic() - started < 5
    assert not is_alive(before)
    assert draw(process, "<p>sau</p>").pages[0].extract_text() == "sau"
    assert process.pid != before


def test_a_document_that_wants_too_much_memory_is_refused_and_the_next_one_works(
    process: DrawingProcess,
) -> None:
    draw(process, "<p>ấm</p>")
    # where memory ends decides which of the three it is; never a document, and never a wait for the time limit
    assert refusal(process, BIG, Limits(megabytes=400, seconds=240)) in {
        "too-large",
        "drawing-died",
        "not-drawable",
    }
    assert draw(process, "<p>sau</p>").pages[0].extract_text() == "sau"


def test_a_larger_limit_is_given_to_the_same_process(process: DrawingProcess) -> None:
    draw(process, "<p>nhỏ</p>", Limits(megabytes=700, seconds=60))
    before = process.pid
    draw(process, "<p>lớn</p>", Limits(megabytes=3072, seconds=60))
    assert process.pid == before


def test_a_process_killed_between_two_documents_is_replaced(process: DrawingProcess) -> None:
    draw(process, "<p>trước</p>")
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    time.sleep(0.2)
    assert draw(process, "<p>sau</p>").pages[0].extract_text() == "sau"


def test_a_process_is_renewed_after_its_share_of_documents(
    process: DrawingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.stop()
    monkeypatch.setattr(drawing, "RECYCLE_AFTER", 2)
    pids = []
    for _ in range(3):
        draw(process, "<p>x</p>")
        pids.append(process.pid)
    assert pids[0] == pids[1] != pids[2]


def test_threads_get_their_own_documents(process: DrawingProcess) -> None:
    def one(number: int) -> str:
        return str(draw(process, f"<p>số {number}</p>").pages[0].extract_text())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(12))) == [f"số {number}" for number in range(12)]


def test_the_process_has_no_secret_in_its_environment(
    process: DrawingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.stop()
    monkeypatch.setenv("SECRET_KEY", "canary-of-the-environment")
    draw(process, "<p>x</p>")
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    assert b"canary" not in environment
    assert {entry.split(b"=")[0] for entry in environment.split(b"\0") if entry} == {
        b"PATH",
        b"LANG",
        b"HOME",
    }


def test_the_web_goes_before_a_document(process: DrawingProcess) -> None:
    process.draw(b"<title>.</title><p>a", USUAL)
    assert process.pid is not None
    assert os.getpriority(os.PRIO_PROCESS, process.pid) > os.getpriority(os.PRIO_PROCESS, 0)


def test_the_process_ends_in_the_middle_of_a_document_when_its_parent_is_killed() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from school_portal.core.drawing import DrawingProcess, Limits\n"
        "process = DrawingProcess('document'); process.draw(b'<p>x', Limits())\n"
        "print(process.pid, 'weasyprint' in sys.modules, flush=True)\n"
        "process.draw(b'<p>x' * 200000, Limits())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(ROOT)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid, imported = parent.stdout.readline().split()
        time.sleep(1)
        assert is_alive(int(pid))
        assert imported == "False", "WeasyPrint belongs in the drawing process only"
        parent.kill()
    deadline = time.monotonic() + 5
    while is_alive(int(pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(int(pid))


def test_a_right_to_left_text_emoji_and_a_word_of_20000_letters_are_drawn(process: DrawingProcess) -> None:
    pdf = draw(process, f"<p>שלום 😀</p><p>{'a' * 20000}</p>")
    assert len(pdf.pages) >= 1
