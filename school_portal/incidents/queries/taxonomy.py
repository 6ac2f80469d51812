"""The lists to choose from, by version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.incidents.domain import PlainGroup, RecordKind, TypeRule
from school_portal.incidents.models import IncidentType, TaxonomyEntry, TaxonomyVersion

LISTS = ("place", "day_part", "channel", "relation", "injury")


@dataclass(frozen=True)
class Entry:
    """A line of a list to choose from; `severity` is what an injury raises to, `is_adult` is of a relation."""

    code: str
    name_vi: str
    name_en: str
    severity: int = 0
    is_adult: bool = False


@dataclass(frozen=True)
class Type:
    """A type of incident, with what the rules need."""

    code: str
    name_vi: str
    name_en: str
    definition_vi: str
    definition_en: str
    groups: tuple[PlainGroup, ...]
    notification: str
    source: str
    rule: TypeRule


@dataclass(frozen=True)
class Taxonomy:
    """One version of the lists, with the label that says whose they are."""

    version: int
    label_vi: str = ""
    label_en: str = ""
    places: tuple[Entry, ...] = ()
    day_parts: tuple[Entry, ...] = ()
    channels: tuple[Entry, ...] = ()
    relations: tuple[Entry, ...] = ()
    injuries: tuple[Entry, ...] = ()
    types: tuple[Type, ...] = field(default=())

    def rules(self, codes: Iterable[str]) -> list[TypeRule]:
        """The rules of these types; a code that this version does not have is left out."""
        known = {entry.code: entry.rule for entry in self.types}
        return [known[code] for code in codes if code in known]

    def injury_levels(self, codes: Sequence[str]) -> list[int]:
        """To which level each injury raises a case; 0 for none and for codes that are not in the list."""
        levels = {entry.code: entry.severity for entry in self.injuries}
        return [levels.get(code, 0) for code in codes]

    def offered(self, group: PlainGroup) -> tuple[list[Type], list[Type]]:
        """The types that the teacher's group suggests, and all others."""
        near = [entry for entry in self.types if group in entry.groups]
        return near, [entry for entry in self.types if entry not in near]


_kept: dict[tuple[int, datetime], Taxonomy] = {}
"""Versions read before; a loaded version never changes, and the moment of loading tells two databases apart."""


def newest_version(session: Session, actor: Actor) -> int:
    """The number of the newest lists; 0 before any is loaded."""
    return session.scalar(select(func.max(TaxonomyVersion.version))) or 0


def get_taxonomy(session: Session, actor: Actor, version: int | None = None) -> Taxonomy:
    """The newest lists, or those of a version that a record was made with; everybody who files reads them."""
    columns = (
        TaxonomyVersion.version,
        TaxonomyVersion.loaded_at,
        TaxonomyVersion.label_vi,
        TaxonomyVersion.label_en,
    )
    statement = select(*columns).order_by(TaxonomyVersion.version.desc()).limit(1)
    if version is not None:
        statement = statement.where(TaxonomyVersion.version == version)
    found = session.execute(statement).one_or_none()
    if found is None:
        return Taxonomy(version or 0)
    key = (found.version, found.loaded_at)
    if key not in _kept:
        _kept[key] = _read(session, found.version, found.label_vi, found.label_en)
    return _kept[key]


def _read(session: Session, version: int, label_vi: str, label_en: str) -> Taxonomy:
    entries = session.scalars(
        select(TaxonomyEntry).where(TaxonomyEntry.version == version).order_by(TaxonomyEntry.position)
    ).all()
    types = session.scalars(
        select(IncidentType).where(IncidentType.version == version).order_by(IncidentType.position)
    ).all()
    lists: dict[str, list[Entry]] = {name: [] for name in LISTS}
    for row in entries:
        lists[row.list].append(Entry(row.code, row.name_vi, row.name_en, row.severity, row.is_adult))
    return Taxonomy(
        version,
        label_vi,
        label_en,
        *(tuple(lists[name]) for name in LISTS),
        types=tuple(map(_type, types)),
    )


def _type(row: IncidentType) -> Type:
    return Type(
        row.code,
        row.name_vi,
        row.name_en,
        row.definition_vi,
        row.definition_en,
        tuple(PlainGroup(group) for group in row.groups.split(",") if group),
        row.notification,
        row.source,
        TypeRule(
            row.code, row.severity, RecordKind(row.record_kind), row.is_restricted, row.injured_severity
        ),
    )
