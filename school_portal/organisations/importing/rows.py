"""CSV files as others write them: read as text, with the place of each fault, and the bad rows written back."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from school_portal.organisations.domain import clean

MOST_BYTES = 20_000_000
MOST_ROWS = 50_000
_FORMULA = ("=", "+", "-", "@")


class InputRefused(Exception):
    """The file as a whole can't be read; `code` says why, `values` fill the message."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Row:
    """One row: the line where it begins, and its cells by column."""

    line: int
    cells: dict[str, str]
    too_many: bool = False
    too_few: bool = False


@dataclass(frozen=True)
class Table:
    """A file: its columns and rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class RowError:
    """What is wrong with a row: where, what stands there, and why that can't be taken."""

    row: Row
    column: str
    value: str
    code: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass
class Outcome:
    """What an import did, or would do."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    notes: list[RowError] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """How many rows have something wrong."""
        return len({error.row.line for error in self.errors})

    @property
    def last_line(self) -> str:
        """What every import prints last; programs read it."""
        return f"added {self.added}, updated {self.updated}, unchanged {self.unchanged}, rejected {self.rejected}"


def read_table(path: Path) -> Table:
    """The file's rows as clean text; codes keep their zeros. Comma, semicolon or tab; UTF-8.

    Raises InputRefused when it is no such file.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputRefused("file-too-big", most=MOST_BYTES // 1_000_000)
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputRefused("file-not-utf8", byte=error.start) from error
    except OSError as error:
        raise InputRefused("file-unreadable", path=str(path), why=error.strerror or "") from error
    if "\0" in text:
        raise InputRefused("file-not-utf8", byte=text.index("\0"))
    return parse_table(text)


def parse_table(text: str) -> Table:
    """The rows of a CSV text; empty rows are passed over."""
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    columns: tuple[str, ...] = ()
    begins = 1
    try:
        for cells in reader:
            line, begins = begins, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = tuple(clean(cell) for cell in cells)
                _check_columns(columns)
                continue
            if len(rows) >= MOST_ROWS:
                raise InputRefused("file-too-many-rows", most=MOST_ROWS)
            rows.append(_row(line, columns, cells))
    except csv.Error as error:
        raise InputRefused("file-broken-quotes", line=reader.line_num) from error
    if not columns:
        raise InputRefused("file-empty")
    return Table(columns, tuple(rows))


def _row(line: int, columns: Sequence[str], cells: Sequence[str]) -> Row:
    texts = [_plain(clean(cell)) for cell in cells]
    return Row(
        line,
        dict(zip(columns, [*texts, *[""] * len(columns)], strict=False)),
        too_many=any(texts[len(columns) :]),
        too_few=len(texts) < len(columns),
    )


def _check_columns(columns: Sequence[str]) -> None:
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is not None:
        raise InputRefused("column-twice", column=twice)


def _plain(text: str) -> str:
    """Without the apostrophe by which a spreadsheet keeps a formula as text."""
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text


def _defused(text: str) -> str:
    """So that no spreadsheet takes the cell for a formula."""
    return f"'{text}" if text.startswith((*_FORMULA, "\t", "\r")) else text


def write_rejected(path: Path, columns: Sequence[str], rows: Iterable[tuple[Row, str]]) -> None:
    """The bad rows with a column `reason`, in a file that only its owner may read; put right, it can be imported."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(column for column in columns if column != "reason"), "reason"])
        for row, reason in rows:
            cells = [_defused(row.cells[column]) for column in columns if column != "reason"]
            writer.writerow([*cells, reason])
