"""Charts for documents: a plain table of numbers to an SVG in the documents' font. Drawn in jobs only."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from school_portal.core.drawing import DrawingProcess, Limits

VEGA_LITE_VERSION = "6.4"
WIDEST_BAR = 60
LABEL_ROOM = 240
"""For the words beside bars that lie and the numbers at their ends."""
INK = "#000000"
BAR = "#0b5c6b"
FONT = "Liberation Serif"
TITLE_PLACE = "%TITLE%"
LIMITS = Limits(megabytes=1536, seconds=60.0)
_process = DrawingProcess("chart")


Bar = tuple[str, int, str]
"""A label, a number, and the number as the page's language writes it."""


def bar_chart(
    title: str, bars: Sequence[Bar], *, width: int = 600, height: int = 190, lying: bool = False
) -> Markup:
    """Columns from left to right, each with its value printed on it: a grey copier loses nothing.

    `lying`: bars from top to bottom, with room for long words beside them.
    """
    return draw(title, row_spec(bars, width) if lying else column_spec(bars, width, height))


def row_spec(bars: Sequence[Bar], width: int) -> dict[str, Any]:
    """The Vega-Lite description of bars that lie."""
    rows = [{"place": place, "number": number, "text": text} for place, (_, number, text) in enumerate(bars)]
    labels = {str(place): label for place, (label, _, _) in enumerate(bars)}
    position = {
        "field": "place",
        "type": "ordinal",
        "axis": {
            "title": None,
            "labelExpr": f"({json.dumps(labels, ensure_ascii=False)})[datum.value]",
            "labelFontSize": 14,
            "labelLimit": 400,
            "ticks": False,
            "domainColor": INK,
        },
        "scale": {"paddingInner": 0.4, "paddingOuter": 0.2},
    }
    most = max((number for _, number, _ in bars), default=0)
    amount = {"field": "number", "type": "quantitative", "axis": None, "scale": {"domain": [0, most or 1]}}
    label = {"type": "text", "dx": 6, "align": "left", "fontSize": 14, "font": FONT, "color": INK}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": width - LABEL_ROOM,
        "height": {"step": 24},
        "background": "transparent",
        "config": {"font": FONT, "view": {"stroke": None}, "axis": {"labelFont": FONT, "labelColor": INK}},
        "data": {"values": rows},
        "layer": [
            {"mark": {"type": "bar", "color": BAR}, "encoding": {"y": position, "x": amount}},
            {
                "mark": {**label, "fontWeight": "bold"},
                "encoding": {"y": position, "x": amount, "text": {"field": "text"}},
            },
        ],
    }


def column_spec(bars: Sequence[Bar], width: int, height: int) -> dict[str, Any]:
    """The Vega-Lite description of `bar_chart`."""
    rows = [{"place": place, "number": number, "text": text} for place, (_, number, text) in enumerate(bars)]
    labels = {str(place): label for place, (label, _, _) in enumerate(bars)}
    position = {
        "field": "place",
        "type": "ordinal",
        "axis": {
            "title": None,
            "labelExpr": f"({json.dumps(labels, ensure_ascii=False)})[datum.value]",
            "labelAngle": 0,
            "labelFontSize": 14,
            "labelLimit": 400,
            "ticks": False,
            "domainColor": INK,
        },
        "scale": {"paddingInner": 0.5, "paddingOuter": 0.25},
    }
    most = max((number for _, number, _ in bars), default=0)
    amount = {"field": "number", "type": "quantitative", "axis": None, "scale": {"domain": [0, most or 1]}}
    thickness = min(WIDEST_BAR, width / (2 * max(len(rows), 1)))
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": width,
        "height": height,
        "background": "transparent",
        "config": {"font": FONT, "view": {"stroke": None}, "axis": {"labelFont": FONT, "labelColor": INK}},
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "bar", "color": BAR, "width": thickness},
                "encoding": {"x": position, "y": amount},
            },
            {
                "mark": {
                    "type": "text",
                    "dy": -9,
                    "fontSize": 14,
                    "fontWeight": "bold",
                    "font": FONT,
                    "color": INK,
                },
                "encoding": {"x": position, "y": amount, "text": {"field": "text"}},
            },
        ],
    }


def draw(title: str, spec: dict[str, Any]) -> Markup:
    """Draw a Vega-Lite description; the same one is drawn once.

    The SVG keeps its text as text, carries `title` for those who can't see it and nothing of Vega's own English.
    """
    packed = json.dumps(spec, sort_keys=True, ensure_ascii=False)
    key = hashlib.sha256(packed.encode()).hexdigest()
    svg = _drawn(key, packed)
    # Vega escapes what stands in the SVG, and the title is escaped here.
    return Markup(svg.replace(TITLE_PLACE, f"<title>{escape(title)}</title>", 1))  # noqa: S704


@lru_cache(maxsize=64)
def _drawn(key: str, packed: str) -> str:
    svg = _process.draw(packed.encode(), LIMITS, version=VEGA_LITE_VERSION).decode()
    svg = re.sub(r'\s(?:role|class|aria-[a-z]+)="[^"]*"', "", svg)
    return re.sub(r"(<svg\b[^>]*>)", rf"\1{TITLE_PLACE}", svg, count=1)
