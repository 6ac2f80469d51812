"""Fine setting of official documents: what may not be parted at a line's end, quotes, even title lines, dates."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

from markupsafe import Markup, escape

_PIECES = re.compile(r"(<svg\b.*?</svg>|<style\b.*?</style>|<title\b.*?</title>|<[^>]*>)", re.DOTALL)
_NUMBERED = (
    r"(?:[Ss]ố |No\. )?\d+/(?:\d{4}/)?[A-ZĐ](?:[A-ZĐ-]|&amp;)+"
    r"|(?:Điều|khoản|Bảng|Hình|Phụ lục|[Hh]ọc kỳ|lần|bước|mức độ|Table|Figure|Annex|[Tt]erm) (?:\d+|[IVX]+)\b"
    r"|ngày \d{2} tháng \d{1,2} năm \d{4}|[Tt]háng \d{1,2}(?:/\d{4})?|\d{4}-\d{4}"
)
_TOGETHER = re.compile(_NUMBERED)
_TOGETHER_IN_TITLE = re.compile(_NUMBERED + "|bảo vệ trẻ em|bạo lực học đường")
# Advance widths of Times Bold, whose metrics Liberation Serif Bold shares, in thousandths of the type size.
_WIDTHS = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz -.,/&()",
        (
            *(
                722,
                667,
                722,
                722,
                667,
                611,
                778,
                778,
                389,
                500,
                778,
                667,
                944,
                722,
                778,
                611,
                778,
                722,
                556,
                667,
            ),
            *(722, 722, 1000, 722, 722, 667),
            *(
                500,
                556,
                444,
                556,
                444,
                333,
                500,
                556,
                278,
                333,
                556,
                278,
                833,
                556,
                500,
                556,
                556,
                444,
                389,
                333,
            ),
            *(556, 500, 722, 500, 500, 444),
            *(250, 333, 250, 250, 278, 833, 333, 333),
        ),
        strict=True,
    )
)
_POINTS_A_MILLIMETRE = 72 / 25.4


def typeset(html: str) -> str:
    """Set the text between the tags of a page of ours: NFC, curly quotes, numbers and their word on one line.

    The text layer keeps its plain spaces, so that a reader finds "học kỳ I" by typing it.
    """
    pieces = _PIECES.split(unicodedata.normalize("NFC", html))
    return "".join(piece if place % 2 else _set_text(piece) for place, piece in enumerate(pieces))


def _set_text(text: str) -> str:
    if not text.strip():
        return text
    text = text.replace("&#34;", '"').replace("&#39;", "’")
    text = re.sub(r'"([^"]*)"', "“\\1”", text)
    return _TOGETHER.sub(lambda found: f'<span class="together">{found[0]}</span>', text)


def official_date(day: date) -> str:
    """A day in figures and words: zero before days under 10 and before months 1 and 2 only (Decree 30/2020)."""
    return f"ngày {day:%d} tháng {official_month(day)} năm {day.year}"


def official_month(day: date) -> str:
    """The month's number with a zero before 1 and 2 only (Decree 30/2020, annex I, part II.4)."""
    return f"{day.month:02d}" if day.month <= 2 else str(day.month)


def balanced(text: str, millimetres: float, points: float = 14) -> Markup:
    """Break a centred bold title into the fewest lines that fit, as even as they can be.

    WeasyPrint gives a wrapped block its full measure, so that the rule under a title, which must be 1/3 to 1/2 of
    the text (Decree 30/2020), would be too long: the lines are broken here.
    """
    words = tuple(_glued(unicodedata.normalize("NFC", text)))
    room = millimetres * _POINTS_A_MILLIMETRE / points * 1000
    lines = _best_lines(words, room)
    return Markup("<br>").join(
        Markup('<span class="together">{}</span>').format(escape(line)) for line in lines
    )


def _glued(text: str) -> list[str]:
    held = _TOGETHER_IN_TITLE.sub(lambda found: found[0].replace(" ", "\0"), text)
    return [word.replace("\0", " ") for word in held.split()]


@lru_cache(maxsize=256)
def _best_lines(words: tuple[str, ...], room: float) -> list[str]:
    for count in range(1, len(words) + 1):
        lines = _split(words, count, room)
        if lines:
            return lines
    return list(words)


def _split(words: tuple[str, ...], count: int, room: float) -> list[str] | None:
    """The split into `count` lines whose longest is the shortest possible; None when one would not fit."""
    best: list[tuple[float, list[str]] | None] = [None] * (len(words) + 1)
    best[0] = (0.0, [])
    for _ in range(count):
        longer: list[tuple[float, list[str]] | None] = [None] * (len(words) + 1)
        for end in range(1, len(words) + 1):
            for start in range(end):
                before = best[start]
                line = " ".join(words[start:end])
                if before is None or (width := _width(line)) > room:
                    continue
                worst = max(before[0], width)
                now = longer[end]
                if now is None or worst < now[0]:
                    longer[end] = (worst, [*before[1], line])
        best = longer
    found = best[-1]
    return found[1] if found else None


def _width(text: str) -> float:
    total = 0
    for letter in text:
        base = unicodedata.normalize("NFD", letter)[0].replace("Đ", "D").replace("đ", "d")
        total += _WIDTHS.get(base, 500)
    return float(total)
