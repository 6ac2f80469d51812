"""Loading versions of the taxonomy: those shipped with the portal, and newer ones that the department makes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Enum
from sqlalchemy.orm import Session

from school_portal.audit.service import record
from school_portal.core.actor import Actor
from school_portal.core.authz import require
from school_portal.core.clock import now
from school_portal.core.db import Base, Utc, upsert
from school_portal.core.errors import RuleBroken
from school_portal.incidents import queries
from school_portal.incidents.domain import PlainGroup, RecordKind
from school_portal.incidents.models import IncidentType, TaxonomyEntry, TaxonomyVersion

SHIPPED = Path(__file__).parents[1] / "taxonomy"
ENTRY_LISTS = ("place", "day_part", "channel", "relation", "injury")
NEEDED_LISTS = ("place", "day_part", "type")
MOST_NUMBER = 9999
_CODE = re.compile(r"[A-Za-z0-9_]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def load_shipped_lists(session: Session, actor: Actor) -> None:
    """Load the versions in `taxonomy/` that the database lacks; part of `db upgrade`."""
    require(actor.is_system)
    for path in sorted(SHIPPED.glob("v*.toml")):
        _store(session, tomllib.loads(path.read_text()))


def load_taxonomy(session: Session, actor: Actor, text: str) -> int:
    """Load a newer version of the lists from TOML; returns its number. Operators only.

    Raises RuleBroken for a file that is none, for a version that is not newer than the newest, and for a list in
    which something is missing or stands twice: then nothing is changed.
    """
    require(actor.is_system)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleBroken("taxonomy-not-toml", at=str(error)) from None
    problem = problem_with_lists(data, queries.newest_version(session, actor))
    if problem:
        raise RuleBroken("taxonomy-wrong", at=problem)
    _store(session, data)
    record(session, actor, "taxonomy-loaded", "taxonomy", None, version=data["version"])
    return int(data["version"])


def problem_with_lists(data: Mapping[str, Any], newest: int) -> str:
    """What is wrong with a version of the lists, where; empty when all is well."""
    version = data.get("version")
    if type(version) is not int or not newest < version <= MOST_NUMBER:
        return f"version: {version!r}, newer than {newest} is needed"
    if wrong := _wrong_value(TaxonomyVersion, _label_row(data) | {"loaded_at": None}):
        return wrong
    for name in (*ENTRY_LISTS, "type"):
        entries = data.get(name, [])
        if not (isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)):
            return f"[[{name}]]: not a list"
        if not entries and name in NEEDED_LISTS:
            return f"[[{name}]]: missing"
        found = next(filter(None, (_problem_with_entry(name, entry) for entry in entries)), "")
        codes = [entry.get("code") for entry in entries]
        if found or len(set(map(str, codes))) < len(codes):
            return f"[[{name}]]: {found or 'a code stands twice: ' + _first_twice(codes)}"
    return ""


def _first_twice(codes: list[Any]) -> str:
    return next(str(code) for code in codes if codes.count(code) > 1)


def _problem_with_entry(name: str, entry: Mapping[str, Any]) -> str:
    where = entry.get("code")
    if not isinstance(where, str) or not _CODE.fullmatch(where):
        return f"code {where!r}"
    if not (entry.get("vi") and entry.get("en")):
        return f"{where}: vi, en"
    if name == "type":
        wrong = _problem_with_type(entry) or _wrong_value(IncidentType, _type_row(0, 0, entry))
    elif entry.get("severity", 0) not in (0, 1, 2, 3, 4):
        wrong = "severity"
    else:
        wrong = _wrong_value(TaxonomyEntry, _entry_row(0, name, 0, entry))
    return f"{where}: {wrong}" if wrong else ""


def _problem_with_type(entry: Mapping[str, Any]) -> str:
    if entry.get("severity") not in (1, 2, 3, 4) or entry.get("injured_severity", 0) not in (0, 1, 2, 3, 4):
        return "severity"
    if entry.get("record_kind", "incident") not in list(RecordKind):
        return "record_kind"
    if entry.get("notification", "-") not in ("B", "C", "-"):
        return "notification"
    groups = entry.get("groups", [])
    if not isinstance(groups, list) or any(group not in list(PlainGroup) for group in groups):
        return "groups"
    return ""


def _wrong_value(model: type[Base], row: Mapping[str, Any]) -> str:
    """The first column that can't keep what it is given: of another type, too long, or with a control character."""
    for column in model.__table__.columns:
        value, kind = row[column.key], column.type
        if isinstance(kind, (Enum, Utc)):
            continue
        if type(value) is not kind.python_type or (isinstance(value, int) and not 0 <= value <= MOST_NUMBER):
            return f"{column.key}: {kind.python_type.__name__}"
        if isinstance(value, str) and (len(value) > (kind.length or 0) or _CONTROL.search(value)):
            return f"{column.key}: at most {kind.length} characters of text"
    return ""


def _store(session: Session, data: Mapping[str, Any]) -> None:
    version = data["version"]
    label = _label_row(data) | {"loaded_at": now()}
    session.execute(upsert(session, TaxonomyVersion.__table__, ["version"]), [label])
    entries = [
        _entry_row(version, name, position, entry)
        for name in ENTRY_LISTS
        for position, entry in enumerate(data.get(name, ()))
    ]
    session.execute(upsert(session, TaxonomyEntry.__table__, ["version", "list", "code"]), entries)
    types = [_type_row(version, position, entry) for position, entry in enumerate(data.get("type", ()))]
    if types:
        session.execute(upsert(session, IncidentType.__table__, ["version", "code"]), types)


def _label_row(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": data["version"],
        "label_vi": data.get("label_vi", ""),
        "label_en": data.get("label_en", ""),
    }


def _entry_row(version: int, name: str, position: int, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": version,
        "list": name,
        "code": entry["code"],
        "position": position,
        "name_vi": entry["vi"],
        "name_en": entry["en"],
        "hint_vi": entry.get("hint_vi", ""),
        "hint_en": entry.get("hint_en", ""),
        "severity": entry.get("severity", 0),
        "is_adult": entry.get("is_adult", False),
    }


def _type_row(version: int, position: int, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": version,
        "code": entry["code"],
        "position": position,
        "name_vi": entry["vi"],
        "name_en": entry["en"],
        "definition_vi": entry.get("definition_vi", ""),
        "definition_en": entry.get("definition_en", ""),
        "groups": ",".join(entry.get("groups", ())),
        "severity": entry["severity"],
        "injured_severity": entry.get("injured_severity", 0),
        "notification": entry.get("notification", "-"),
        "icvac": entry.get("icvac", 0),
        "record_kind": entry.get("record_kind", "incident"),
        "is_restricted": entry.get("restricted", False),
        "source": entry.get("source", ""),
    }
