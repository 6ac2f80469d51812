"""How a record is counted: once for each of its facts, at its unit and at every unit above."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

ALL = "all"
"""The fact that every record has, with the value ''."""

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
