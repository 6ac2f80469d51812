"""Vietnamese names: cleaned, folded for search, and matched without guessing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TypeVar

PLACE_WORDS = ("xa", "phuong", "dac khu", "thi tran", "tinh", "thanh pho")
"""Words that may stand before a place's own name, folded."""

K = TypeVar("K")

_PLACE_WORD = re.compile(rf"^(?:{'|'.join(PLACE_WORDS)})\s+")


def clean(text: str) -> str:
    """The text in NFC with single blanks; U+00D0 (Ð), which looks like Đ but never matches it, becomes U+0110.

    Likewise U+00F0 (ð) becomes U+0111. Control characters and zero-width marks go.
    """
    text = unicodedata.normalize("NFC", text).replace("\u00d0", "\u0110").replace("\u00f0", "\u0111")
    text = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    return " ".join(text.split())


def plain_latin(text: str) -> str:
    """The text without Vietnamese marks, case kept: "Phú Thọ" is "Phu Tho"."""
    text = clean(text).replace("đ", "d").replace("Đ", "D")
    parted = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in parted if not unicodedata.combining(c)))


def fold(text: str) -> str:
    """The text for search and matching: no marks, small letters, words between single blanks.

    So "Tân Hoà" and "Tân Hòa", or Ð and Đ, are the same.
    """
    return " ".join(re.findall(r"\w+", plain_latin(text).casefold()))


def bare_name(text: str) -> str:
    """A place's own name, folded, without the word for its kind: "Phường Việt Trì" is "viet tri"."""
    return _PLACE_WORD.sub("", fold(text), count=1)


def same_name(one: str, other: str) -> bool:
    """Whether two spellings can be the same place: with the word for its kind if both have it."""
    if fold(one) == fold(other):
        return True
    either_is_bare = bare_name(one) == fold(one) or bare_name(other) == fold(other)
    return either_is_bare and bare_name(one) == bare_name(other)


def match_place(name: str, places: Iterable[tuple[K, str]]) -> list[K]:
    """The keys of all places that `name` can mean, marks and case apart; more than one means: ask."""
    return [key for key, place in places if same_name(name, place)]
