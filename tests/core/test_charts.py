"""Charts: real text in the documents' font, a title, nothing from Vega that a reader would hear in English."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

import pytest

from school_portal.core import charts
from school_portal.core.drawing import DrawingRefused

SVG = "{http://www.w3.org/2000/svg}"
BARS = [("Tháng 9/2026", 52, "52"), ("Tháng 10/2026", 0, "0"), ("Tháng 11/2026", 1079, "1.079")]


@pytest.fixture(scope="module")
def svg() -> ElementTree.Element:
    return ElementTree.fromstring(charts.bar_chart("Số vụ <theo> tháng", BARS))


def test_the_title_is_the_first_thing_in_the_picture(svg: ElementTree.Element) -> None:
    assert svg[0].tag == f"{SVG}title"
    assert svg[0].text == "Số vụ <theo> tháng"


def test_labels_and_values_are_text_in_the_documents_font(svg: ElementTree.Element) -> None:
    texts = list(svg.iter(f"{SVG}text"))
    assert [text.text for text in texts] == [bar[0] for bar in BARS] + [bar[2] for bar in BARS]
    assert {text.get("font-family") for text in texts} == {"Liberation Serif"}


def test_bars_are_as_tall_as_their_numbers(svg: ElementTree.Element) -> None:
    bars = [path for path in svg.iter(f"{SVG}path") if path.get("fill") == charts.BAR]
    heights = [float(re.findall(r"v(-?[\d.]+)h", path.get("d") or "")[0]) for path in bars]
    assert len(heights) == 3
    assert heights[0] / heights[2] == pytest.approx(52 / 1079, rel=0.01)
    assert heights[1] == 0


def test_nothing_in_the_picture_speaks_or_acts(svg: ElementTree.Element) -> None:
    names = {name for element in svg.iter() for name in element.attrib}
    assert not {
        name for name in names if name.startswith(("aria", "on")) or name in ("role", "class", "style")
    }
    assert not [
        element for element in svg.iter() if element.tag in (f"{SVG}script", f"{SVG}style", f"{SVG}image")
    ]


def test_the_same_chart_is_drawn_once(svg: ElementTree.Element) -> None:
    before = charts._drawn.cache_info()
    charts.bar_chart("Tên khác", BARS)
    after = charts._drawn.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)


def test_data_from_an_address_is_never_loaded() -> None:
    visits: list[str] = []

    class Figures(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'[{"place": 0, "number": 77, "text": "77"}]')

    server = ThreadingHTTPServer(("127.0.0.1", 0), Figures)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/figures.json"
    with suppress(DrawingRefused):
        charts.draw("x", charts.column_spec(BARS, 100, 100) | {"data": {"url": address}})
    server.shutdown()
    server.server_close()
    assert visits == []


def heights(svg: ElementTree.Element) -> list[float]:
    """Where the values stand, from the top of the chart."""
    values = [text for text in svg.iter(f"{SVG}text") if text.get("font-weight") == "bold"]
    return [float(re.findall(r",(-?[\d.]+)\)", text.get("transform") or "")[0]) for text in values]


def test_where_nothing_was_counted_the_values_stand_on_the_ground() -> None:
    nothing = ElementTree.fromstring(charts.bar_chart("Không có", [("Tháng 9/2026", 0, "0")]))
    something = ElementTree.fromstring(charts.bar_chart("Có", BARS))
    assert heights(nothing) == [heights(something)[1]]


def test_a_single_bar_is_no_wall() -> None:
    single = ElementTree.fromstring(charts.bar_chart("Một", [("Tháng 9/2026", 7, "7")]))
    paths = [path.get("d") or "" for path in single.iter(f"{SVG}path") if path.get("fill") == charts.BAR]
    assert [float(re.findall(r"h([\d.]+)v", path)[0]) for path in paths] == [charts.WIDEST_BAR]
