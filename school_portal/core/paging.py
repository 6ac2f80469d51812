"""Keyset pages: the cost of page 1,000 is that of page 1."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
PAGE_SIZE = 50


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; `next` is the cursor of the following one, or None at the end."""

    items: Sequence[T]
    next: str | None = None


def write_cursor(*values: str) -> str:
    """The sort key of a page's last row, as one opaque word for an address."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, length: int) -> tuple[str, ...] | None:
    """The values of a cursor, or None when there is none or somebody made it up."""
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    valid = isinstance(values, list) and len(values) == length and all(isinstance(v, str) for v in values)
    return tuple(values) if valid else None


def is_number(text: str) -> bool:
    """A cursor's whole number that a database takes: up to 18 of the digits 0 to 9."""
    return len(text) <= 18 and text.isascii() and text.isdecimal()
