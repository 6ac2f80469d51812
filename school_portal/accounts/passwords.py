"""The rule for a new password (NIST SP 800-63B-4, 3.1.1): long enough, and not one that is tried first.

No composition rule, no forced change; every character counts, composed to NFC.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from school_portal.core.crypto import fold

ALONE = 15
"""Least characters where the password is the only factor."""
WITH_SECOND_FACTOR = 8
LARGEST_BYTES = 1024
"""Longer input never reaches the hash."""

_BLOCKLIST = Path(__file__).parent / "blocklist"
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb",
)
_RUNS = frozenset(
    way[start:end]
    for row in _ROWS
    for way in (row, row[::-1])
    for start in range(len(way))
    for end in range(start + 4, len(way) + 1)
)
_SUBSTITUTES = str.maketrans("@4301!$57", "aaeoiisst")
_YEAR = re.compile("(19|20)[0-9][0-9]")
_LONGEST_WORD = 40
_LOOKED_AT = 128
_ENOUGH = 4
"""A password guessable in fewer independent steps than this (words, odd letters) is refused."""


@dataclass(frozen=True)
class Person:
    """What an attacker knows of whose password it is."""

    name: str = ""
    email: str = ""
    phone: str = ""
    staff_code: str = ""
    units: tuple[str, ...] = ()


def compose(password: str) -> str:
    """One spelling of the same characters, whichever keyboard typed them."""
    return unicodedata.normalize("NFC", password)


def fits(password: str) -> bool:
    """Short enough to be hashed, and text."""
    try:
        return len(compose(password).encode()) <= LARGEST_BYTES
    except UnicodeEncodeError:
        return False


def problem_with(password: str, person: Person, *, has_second_factor: bool) -> str | None:
    """Why the password is refused, as a code, or None when it may be taken."""
    if not fits(password):
        return "password-too-long"
    if len(compose(password)) < (WITH_SECOND_FACTOR if has_second_factor else ALONE):
        return "password-too-short"
    if _is_guessable(password, frozenset()):
        return "password-common"
    if _is_guessable(password, frozenset(_words_about(person))):
        return "password-about-you"
    return None


def _is_guessable(password: str, about: frozenset[str]) -> bool:
    spellings = {_letters(password), _letters(password.lower().translate(_SUBSTITUTES))}
    return any(
        _steps(spelling[:_LOOKED_AT], about) < _ENOUGH for spelling in spellings if spelling or not about
    )


def _letters(text: str) -> str:
    """The text without accents, case, blanks and signs; other scripts stay as they are."""
    return "".join(char for char in fold(text) if char.isalnum())


def _steps(text: str, about: frozenset[str]) -> int:
    """How many independent choices make the text: a listed word or an odd letter is one, the rest is free.

    Free are words about the person, runs of a keyboard or the alphabet, a year's worth of digits, and whatever
    repeats what stands just before it.
    """
    cost = [0] * (len(text) + 1)
    for end in range(1, len(text) + 1):
        cost[end] = cost[end - 1] + _cost_of_one(text, end)
        for start in range(max(0, end - _LONGEST_WORD), end - 1):
            part = text[start:end]
            if part in about or part in _RUNS or _YEAR.fullmatch(part) or text.endswith(part, 0, start):
                cost[end] = min(cost[end], cost[start])
            elif part in _words():
                cost[end] = min(cost[end], cost[start] + 1)
    return cost[-1]


def _cost_of_one(text: str, end: int) -> int:
    char = text[end - 1]
    if end > 1 and text[end - 2] == char:
        return 0
    return 0 if char.isdigit() and not text[max(0, end - 5) : end].isdigit() else 1


@cache
def _words() -> frozenset[str]:
    lines = [line for file in _BLOCKLIST.glob("*.txt") for line in file.read_text("utf-8").splitlines()]
    words = (_letters(line) for line in lines if not line.startswith("#"))
    return frozenset(word for word in words if len(word) >= 3)


def _words_about(person: Person) -> Iterable[str]:
    local, _, domain = person.email.partition("@")
    texts = [person.name, person.email, local, domain, person.staff_code, *person.units]
    digits = re.sub(r"\D", "", person.phone)
    yield from (number for number in (digits, "0" + digits.removeprefix("84")) if len(number) > 5)
    for text in texts:
        words = [word for word in map(_letters, re.split(r"[\s._@-]+", text)) if word]
        yield "".join(words)
        yield "".join(reversed(words))
        yield from (word for word in words if len(word) >= 3)
        yield from ("".join(pair) for pair in pairwise(words))
        if words:
            yield "".join(word[0] for word in words) + words[-1]
