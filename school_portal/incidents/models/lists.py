"""Tables of the taxonomy: versions, entries, types."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from school_portal.core.db import Base, text_enum
from school_portal.incidents.domain import (
    RecordKind,
)


class TaxonomyVersion(Base):
    """A version of the lists, with the label that says whose they are; shipped or loaded as data."""

    __tablename__ = "taxonomy_version"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label_vi: Mapped[str] = mapped_column(String(300))
    label_en: Mapped[str] = mapped_column(String(300))
    loaded_at: Mapped[datetime]


class TaxonomyEntry(Base):
    """A line of a list to choose from: places, parts of the day, channels, relations, injuries, by version.

    `severity` is the level to which an injury raises a case, 0 for none; `is_adult` says that of a relation.
    """

    __tablename__ = "taxonomy_entry"

    version: Mapped[int] = mapped_column(primary_key=True)
    list: Mapped[str] = mapped_column(String(20), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int]
    name_vi: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    hint_vi: Mapped[str] = mapped_column(String(300))
    hint_en: Mapped[str] = mapped_column(String(300))
    severity: Mapped[int] = mapped_column(default=0)
    is_adult: Mapped[bool] = mapped_column(default=False)


class IncidentType(Base):
    """A type of incident that triage codes, by version of the taxonomy; `groups` are the teacher's, by commas."""

    __tablename__ = "incident_type"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    position: Mapped[int]
    name_vi: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    definition_vi: Mapped[str] = mapped_column(String(500))
    definition_en: Mapped[str] = mapped_column(String(500))
    groups: Mapped[str] = mapped_column(String(120))
    severity: Mapped[int]
    injured_severity: Mapped[int]
    notification: Mapped[str] = mapped_column(String(8))
    icvac: Mapped[int]
    record_kind: Mapped[RecordKind] = mapped_column(text_enum(RecordKind, "type_record_kind"))
    is_restricted: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))
