"""The term report as plain values: one dataclass, printed as PDF, written as Word and shown on screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Bar = tuple[str, int, str]
"""A label, a number (0 where it is not told), and what is printed beside it."""


@dataclass(frozen=True)
class Head:
    """The letterhead as printed."""

    parent_line: str
    issuer_line: str
    place_name: str
    signer_title: str
    symbol: str
    full_name: str


@dataclass(frozen=True)
class Text:
    """A paragraph. `to-write`: a place that is left to the writer; `heading`: of the third order."""

    text: str
    look: Literal["body", "note", "item", "to-write", "heading"] = "body"
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Row:
    """A line of a table: what, and its cells as printed; `number` of the first where it may be told, `code` of what."""

    label: str
    cells: tuple[str, ...]
    number: int | None = None
    code: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its title and unit. `name` is the fact that it counts; `below` stands under the total.

    `bars` are its figure, if it has one. A fact of which nothing may be told has a sentence instead of a table.
    """

    name: str
    title: str
    unit: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    below: tuple[Row, ...] = ()
    note: str = ""
    is_masked: bool = False
    figure: str = ""
    bars: tuple[Bar, ...] = ()
    is_lying: bool = False
    """The bars lie, with room for long words."""
    kind: Literal["table"] = "table"


Block = Text | Table


@dataclass(frozen=True)
class Part:
    """One of the five parts."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class TermReport:
    """Everything that the term report says."""

    language: str
    title: str
    period: str
    head: Head
    made_on: date
    draft_line: str
    addressees: tuple[str, ...]
    recipients: tuple[str, ...]
    bases: tuple[str, ...]
    opening: str
    parts: tuple[Part, ...]
    closing: str
    cases: int
    first_day: str
    last_day: str
    until: str | None
    marks: str = ""
    """What «1-4» and «*» mean, where they may stand."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables in their order."""
        return tuple(block for part in self.parts for block in part.blocks if isinstance(block, Table))

    def table(self, name: str) -> Table | None:
        """The table of a fact, if there is one."""
        return next((table for table in self.tables if table.name == name), None)
