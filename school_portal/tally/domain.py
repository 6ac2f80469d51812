"""How a record is counted: once for each of its facts, at its unit and at every unit above."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

ALL = "all"
"""The fact that every record has, with the value ''."""

EVER = date(1, 1, 1)
"""The day of counts over all days: the total of a list costs the same at any number of days."""

KEYS = ("org_path", "fact", "day", "value")
"""What one count is of."""

Key = tuple[str, str, date, str]
Facts = tuple[tuple[str, str], ...]
"""Pairs of fact and value; a fact may stand several times, with several values."""


def paths_up(org_path: str) -> Iterator[str]:
    """The path of the unit itself and of all above it: '/1/37/' gives '/1/37/' and '/1/'."""
    parts = org_path.strip("/").split("/")
    for length in range(len(parts), 0, -1):
        yield "/" + "/".join(parts[:length]) + "/"


def with_all(facts: Iterable[tuple[str, str]]) -> Facts:
    """The facts and the one that every record has."""
    return ((ALL, ""), *facts)


def keys_of(paths: Iterable[str], day: date, facts: Facts) -> list[Key]:
    """The counts at these units that a record is part of, each once."""
    return [(path, fact, day, value) for path in paths for fact, value in dict.fromkeys(with_all(facts))]


def count_up(records: Iterable[tuple[str, date, Facts]]) -> tuple[Counter[Key], int]:
    """All counts of the records (unit's path, day, facts), at their units and all above; how many have a day."""
    counts: Counter[Key] = Counter()
    number = 0
    for org_path, day, facts in records:
        counts.update(keys_of(paths_up(org_path), day, facts))
        number += day != EVER
    return counts, number


@dataclass(frozen=True)
class Difference:
    """A count that isn't what the records say."""

    org_path: str
    fact: str
    day: date
    value: str
    stands: int
    counted: int
