"""Pure arithmetic of figures: shares, months of a period, the highest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date


def months_between(first: date, last: date) -> list[str]:
    """Every month that the days touch, as "2026-11", without a gap."""
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(start, end + 1)]


def tenths_of_percent(number: int, total: int) -> int | None:
    """A share in tenths of a percent, half up and computed in whole numbers; None when there is nothing to share."""
    return (2000 * number + total) // (2 * total) if total else None


def highest(counts: Mapping[str, int], order: Sequence[str]) -> str | None:
    """The one key with the most; None when nothing is counted or two share the first place."""
    best = max((counts.get(key, 0) for key in order), default=0)
    leaders = [key for key in order if counts.get(key, 0) == best]
    return leaders[0] if best and len(leaders) == 1 else None
