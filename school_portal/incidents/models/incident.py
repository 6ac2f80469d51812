"""The incident, its running number, and the keys of what was sent."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from school_portal.core.authz import RowProtected
from school_portal.core.crypto import Sealed
from school_portal.core.db import Base, Path, text_enum
from school_portal.incidents.domain import (
    IncidentState,
    Known,
    PlainGroup,
    RecordKind,
    Safety,
    Weapon,
)
from school_portal.incidents.models.parts import partial_index

if TYPE_CHECKING:
    from school_portal.incidents.models.people import Involvement


class Incident(RowProtected, Base):
    """Something that happened; facts are added, never rewritten. Counts under the unit's version of its date."""

    __tablename__ = "incident"
    __table_args__ = (
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("school_year", "serial"),
        ForeignKeyConstraint(
            ["organisation_id", "org_path"],
            ["organisation.id", "organisation.org_path"],
            name="fk_incident_organisation",
            onupdate="CASCADE",
        ),
        CheckConstraint("severity BETWEEN 1 AND 4", name="severity_1_to_4"),
        Index("ix_incident_org_path_occurred_on_id", "org_path", "occurred_on", "id"),
        *(
            Index(f"ix_incident_{level}_occurred_on_id", level, "occurred_on", "id")
            for level in ("unit_1", "unit_2", "unit_3", "unit_4")
        ),
        Index("ix_incident_reported_by", "reported_by", "reported_at"),
        Index("ix_incident_state", "state", "org_path"),
        CheckConstraint("lowering_to BETWEEN 1 AND 3", name="lowering_to_1_to_3"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_path: Mapped[str] = mapped_column(Path)
    organisation_id: Mapped[UUID]
    organisation_version_id: Mapped[UUID] = mapped_column(ForeignKey("organisation_version.id"))
    unit_1: Mapped[int | None]
    unit_2: Mapped[int | None]
    unit_3: Mapped[int | None]
    unit_4: Mapped[int | None]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    school_year: Mapped[int]
    serial: Mapped[int]
    taxonomy_version: Mapped[int]
    group_code: Mapped[PlainGroup] = mapped_column(String(40))
    record_kind: Mapped[RecordKind] = mapped_column(text_enum(RecordKind, "record_kind"))
    occurred_on: Mapped[date]
    occurred_time: Mapped[time | None]
    day_part: Mapped[str] = mapped_column(String(40))
    learned_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(40), default="unknown")
    safety: Mapped[Safety] = mapped_column(text_enum(Safety, "safety"))
    weapon: Mapped[Weapon] = mapped_column(text_enum(Weapon, "weapon"), default=Weapon.UNKNOWN)
    repeated: Mapped[Known] = mapped_column(text_enum(Known, "repeated"), default=Known.UNKNOWN)
    online: Mapped[Known] = mapped_column(text_enum(Known, "online"), default=Known.UNKNOWN)
    first_aid: Mapped[Known] = mapped_column(text_enum(Known, "first_aid"), default=Known.UNKNOWN)
    family_danger: Mapped[Known] = mapped_column(text_enum(Known, "family_danger"), default=Known.UNKNOWN)
    family_told_at: Mapped[datetime | None]
    type_codes: Mapped[str] = mapped_column(String(120), default="")
    severity: Mapped[int]
    severity_computed: Mapped[int]
    lowering_to: Mapped[int | None]
    lowering_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[IncidentState] = mapped_column(text_enum(IncidentState, "state"))
    duplicate_of: Mapped[UUID | None] = mapped_column(ForeignKey("incident.id"))
    concerns_lead: Mapped[bool]
    was_sent_above: Mapped[bool] = mapped_column(default=False)
    """As the reporter was told at sending; what is found out later changes nothing in what she reads."""
    is_staff_case: Mapped[bool] = mapped_column(default=False)
    is_restricted: Mapped[bool] = mapped_column(default=False)
    is_open_at_school: Mapped[bool] = mapped_column(default=True)
    """Neither restricted nor handled above: every lead of the school may know of it."""
    is_known_above: Mapped[bool] = mapped_column(default=False)
    """Of level 3 or 4, or handled above: officers may know of some of these."""
    check_code: Mapped[str] = mapped_column(String(12))
    reported_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    reported_at: Mapped[datetime]
    due_to_open: Mapped[datetime | None]
    source: Mapped[str] = mapped_column(String(40))
    row_version: Mapped[int] = mapped_column()

    facts = Sealed("incident.facts.v1")
    family_reason = Sealed("incident.family_reason.v1")
    names_told = Sealed("incident.names_told.v1")
    """The names that the report itself held, a line each: what is covered when the reporter reads her own words."""
    lowering_reason = Sealed("incident.lowering_reason.v1")

    involvements: Mapped[list[Involvement]] = relationship(
        primaryjoin="Incident.id == foreign(Involvement.incident_id)",
        order_by="Involvement.position",
        lazy="raise",
        viewonly=True,
        info={"rows_follow": True},
    )

    __mapper_args__ = {"version_id_col": row_version}


partial_index(
    "ix_incident_hidden",
    Incident.org_path,
    Incident.occurred_on,
    where=Incident.is_open_at_school.is_(False),
)
for _level in ("unit_1", "unit_2"):
    partial_index(
        f"ix_incident_{_level}_known_above",
        getattr(Incident, _level),
        Incident.occurred_on,
        Incident.id,
        where=Incident.is_known_above.is_(True),
    )
partial_index("ix_incident_due_to_open", Incident.due_to_open, where=Incident.due_to_open.is_not(None))


class IncidentSerial(Base):
    """The last running number given in a school year, for the whole province."""

    __tablename__ = "incident_serial"

    school_year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Submission(Base):
    """A report's key, taken once: the second sending of one form finds the first."""

    __tablename__ = "submission"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID | None]
    at: Mapped[datetime]
