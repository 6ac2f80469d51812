"""How the columns and words of somebody's file become ours: a TOML file, checked before anything is read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from school_portal.organisations.importing.rows import InputRefused, Row

FIELDS = frozenset(
    {
        *("code", "name_vi", "name_en", "short_name", "school_kind", "levels", "boarding", "ownership"),
        *("commune_code", "commune_name", "manager_code", "address", "phone", "email"),
        *("former_province", "former_district", "letterhead_signer", "document_symbol", "opened_on"),
    }
)
_PARTS = frozenset({"title", "columns", "templates", "values", "constants", "refuse"})
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Mapping:
    """Which column, text or constant fills each of our fields, which words mean what, which rows are no schools."""

    columns: Dict[str, str] = field(default_factory=lambda: {name: name for name in FIELDS})
    templates: Dict[str, str] = field(default_factory=dict)
    values: Dict[str, Dict[str, str]] = field(default_factory=dict)
    constants: Dict[str, str] = field(default_factory=dict)
    refuse: Dict[str, Dict[str, str]] = field(default_factory=dict)

    def needs(self) -> set[str]:
        """The columns that a file must have for this mapping."""
        named = set(self.columns.values()) | set(self.refuse)
        return named | {name for text in self.templates.values() for name in _PLACEHOLDER.findall(text)}

    def column_of(self, name: str) -> str:
        """The column to look at when a field is wrong."""
        if name in self.templates:
            return str(_PLACEHOLDER.findall(self.templates[name])[-1])
        return self.columns.get(name, name)

    def value(self, row: Row, name: str) -> str:
        """What the row says for a field; empty when it says nothing."""
        if name in self.templates:
            cells = [row.cells.get(column, "") for column in _PLACEHOLDER.findall(self.templates[name])]
            if not all(cells):
                return ""
            return _PLACEHOLDER.sub(lambda found: row.cells[found[1]], self.templates[name])
        text = row.cells.get(self.columns.get(name, ""), "") or self.constants.get(name, "")
        return self.values.get(name, {}).get(text, text)


OWN = Mapping()
"""For files whose columns have our own names."""


def load_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file; InputRefused names what is wrong with it."""
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputRefused("file-unreadable", path=str(path), why=error.strerror or "") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputRefused("mapping-broken", why=str(error)) from error
    parts = {name: raw.get(name, {}) for name in _PARTS - {"title"}}
    filled = {name for part in ("columns", "templates", "constants", "values") for name in parts[part]}
    unknown = sorted(set(raw) - _PARTS) + sorted(filled - FIELDS)
    texts = [text for part in ("columns", "templates", "constants") for text in parts[part].values()]
    words = [
        text for part in ("values", "refuse") for table in parts[part].values() for text in _texts(table)
    ]
    if unknown or not all(isinstance(text, str) for text in (*texts, *words)):
        raise InputRefused("mapping-broken", why=", ".join(unknown) or "only text is allowed")
    if any(not _PLACEHOLDER.search(text) for text in parts["templates"].values()):
        raise InputRefused("mapping-broken", why="templates")
    return Mapping(**parts)


def _texts(table: Any) -> list[Any]:
    return list(table.values()) if isinstance(table, dict) else [None]
