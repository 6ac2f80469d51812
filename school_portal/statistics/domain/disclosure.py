"""What of a table may leave an office: cells of 1 to 4 are not told, nor can they be computed from the rest.

One table at a time, of one fact, whose exact total is printed too. Who knows the marks' meaning and this rule finds at
least two possible values for every cell that is not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

THRESHOLD = 5
"""Numbers from 1 up to the one before it are not told (domain review 1.3)."""


class Mark(StrEnum):
    """How a cell is printed."""

    SHOWN = "shown"
    SMALL = "small"
    """«1-4»: from 1 up to the number before the threshold."""
    HIDDEN = "hidden"
    """Not told, so that a small cell can't be had by subtraction."""


@dataclass(frozen=True)
class Published:
    """A cell as it may be printed; `value` only where it is shown."""

    mark: Mark
    value: int | None = None


_SMALL, _HIDDEN = Published(Mark.SMALL), Published(Mark.HIDDEN)


def show_all(cells: Sequence[int]) -> tuple[Published, ...]:
    """For the school's own edition: every number as it is."""
    return tuple(Published(Mark.SHOWN, number) for number in cells)


def publish_alone(number: int, threshold: int = THRESHOLD) -> Published:
    """A number that is part of no total."""
    return _SMALL if 0 < number < threshold else Published(Mark.SHOWN, number)


def publish(cells: Sequence[int], threshold: int = THRESHOLD) -> tuple[Published, ...]:
    """The cells of a table whose exact total is known, as they may be printed.

    Small cells print «1-4» and the last larger cell is hidden with them; by its place and not by its size, so that
    the choice tells nothing. Where that is not enough (a table of few cases) no cell is told at all. A
    table of one line says no more than its total, so it stays.
    """
    small = {place for place, number in enumerate(cells) if 0 < number < threshold}
    if not small or len(cells) == 1:
        return show_all(cells)
    large = [place for place, number in enumerate(cells) if number >= threshold]
    hidden = set(large[-1:])
    unknown = sum(cells[place] for place in small | hidden)
    if not _is_safe(len(small), unknown, threshold, has_hidden=bool(hidden)):
        return (_HIDDEN,) * len(cells)
    return tuple(
        _SMALL if place in small else _HIDDEN if place in hidden else Published(Mark.SHOWN, number)
        for place, number in enumerate(cells)
    )


def _is_safe(small: int, unknown: int, threshold: int, *, has_hidden: bool) -> bool:
    """Whether the small cells could be something else, when `unknown` is the sum of all that is not told."""
    if has_hidden:
        return unknown > small + threshold  # else each small one is 1 and the hidden one is the threshold
    return small > 1 and small < unknown < small * (
        threshold - 1
    )  # else it is alone, or all are 1, or all are 4
