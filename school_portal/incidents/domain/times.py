"""By when a report must be opened, in the hours that a school works; and a person's words with names covered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta

from school_portal.core.crypto import fold

OPENS, CLOSES = time(7, 0), time(17, 0)
AT_ONCE = timedelta(minutes=15)
SOON = timedelta(hours=2)
_DAY = timedelta(days=1)


def is_weekday(day: date) -> bool:
    """Monday to Friday."""
    return day.weekday() < 5


def due_to_open(severity: int, reported: datetime, is_school_day: Callable[[date], bool]) -> datetime:
    """By when the focal point must have opened it; `reported` is a moment on the school's own clock.

    Level 4 within 15 minutes at any hour, level 3 within two hours of school time, others by the end of the next
    school day. Drafted by the portal's authors (domain review, DL_TRIAGE).
    """
    if severity >= 4:
        return reported + AT_ONCE
    if severity == 3:
        return _after_school_time(reported, SOON, is_school_day)
    day = _next_school_day(reported.date() + _DAY, is_school_day)
    return datetime.combine(day, CLOSES, reported.tzinfo)


def _next_school_day(day: date, is_school_day: Callable[[date], bool]) -> date:
    while not is_school_day(day):
        day += _DAY
    return day


def _after_school_time(moment: datetime, span: timedelta, is_school_day: Callable[[date], bool]) -> datetime:
    """The moment after `span` of hours in which a school works."""
    while True:
        day = _next_school_day(moment.date(), is_school_day)
        opens = datetime.combine(day, OPENS, moment.tzinfo)
        closes = datetime.combine(day, CLOSES, moment.tzinfo)
        start = max(moment, opens)
        if start + span <= closes:
            return start + span
        span -= max(closes - start, timedelta(0))
        moment = datetime.combine(day + _DAY, time(0), moment.tzinfo)


def masked(text: str, names: Iterable[str]) -> str:
    """The text with each word of the names covered by dots, also with other capitals, without accents or in NFD.

    A word that differs by its accents alone is another word, unless it has a capital or no accent.
    """
    words = {word for name in names for word in _WORD.findall(name) if len(word) > 1}
    parts, given = set(map(fold, words)), set(map(_letters, words))

    def cover(found: re.Match[str]) -> str:
        word = found[0]
        if fold(word) not in parts:
            return word
        is_name = word[0].isupper() or fold(word) == word or _letters(word) in given
        return DOTS if is_name else word

    return _DOTS_IN_A_ROW.sub(DOTS, _WORD.sub(cover, text))


DOTS = "•••"
_WORD = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f])+")
_DOTS_IN_A_ROW = re.compile(rf"{DOTS}(?:[ \t]+{DOTS})+")


def _letters(word: str) -> str:
    """Letters and accents of a word, wherever in it the accent was typed: of «Hoà» and «Hòa» the same."""
    return "".join(sorted(unicodedata.normalize("NFD", word.casefold().replace("\u00f0", "\u0111"))))
