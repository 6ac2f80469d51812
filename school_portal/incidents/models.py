"""Tables of incidents, of the people in them, and of what numbers and finds them."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from school_portal.core.authz import RowProtected
from school_portal.core.crypto import Sealed
from school_portal.core.db import Base, Path, text_enum
from school_portal.incidents.domain import IncidentState, PersonKind, PlainGroup, RecordKind, Safety, Sex


class TaxonomyEntry(Base):
    """A line of a list to choose from: places and parts of the day, by version; shipped as data."""

    __tablename__ = "taxonomy_entry"

    version: Mapped[int] = mapped_column(primary_key=True)
    list: Mapped[str] = mapped_column(String(20), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int]
    name_vi: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    hint_vi: Mapped[str] = mapped_column(String(300))
    hint_en: Mapped[str] = mapped_column(String(300))


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
    safety: Mapped[Safety] = mapped_column(text_enum(Safety, "safety"))
    severity: Mapped[int]
    state: Mapped[IncidentState] = mapped_column(text_enum(IncidentState, "state"))
    concerns_lead: Mapped[bool]
    check_code: Mapped[str] = mapped_column(String(12))
    reported_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    reported_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(40))
    row_version: Mapped[int] = mapped_column()

    facts = Sealed("incident.facts.v1")

    involvements: Mapped[list[Involvement]] = relationship(
        primaryjoin="Incident.id == foreign(Involvement.incident_id)",
        order_by="Involvement.position",
        lazy="raise",
        viewonly=True,
        info={"rows_follow": True},
    )

    __mapper_args__ = {"version_id_col": row_version}


Index(
    "ix_incident_concerns_lead",
    Incident.org_path,
    Incident.occurred_on,
    sqlite_where=Incident.concerns_lead,
    postgresql_where=Incident.concerns_lead,
)


class Person(RowProtected, Base):
    """Somebody known to a school because an incident involved her."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("id", "org_path"),
        ForeignKeyConstraint(
            ["organisation_id", "org_path"],
            ["organisation.id", "organisation.org_path"],
            name="fk_person_organisation",
            onupdate="CASCADE",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_path: Mapped[str] = mapped_column(Path, index=True)
    organisation_id: Mapped[UUID]
    kind: Mapped[PersonKind] = mapped_column(text_enum(PersonKind, "kind"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))

    name = Sealed("person.name.v1")


class Involvement(RowProtected, Base):
    """A person in an incident, with a set of parts. `user_id` hides the incident from that person's account."""

    __tablename__ = "involvement"
    __table_args__ = (
        ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name="fk_involvement_incident",
            onupdate="CASCADE",
        ),
        ForeignKeyConstraint(
            ["person_id", "org_path"],
            ["person.id", "person.org_path"],
            name="fk_involvement_person",
            onupdate="CASCADE",
        ),
        Index("ix_involvement_incident_id", "incident_id", "position"),
        Index("ix_involvement_user_id", "user_id", "incident_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_path: Mapped[str] = mapped_column(Path)
    incident_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(index=True)
    position: Mapped[int]
    is_harmed: Mapped[bool]
    is_acting: Mapped[bool]
    is_witness: Mapped[bool]
    kind: Mapped[PersonKind] = mapped_column(text_enum(PersonKind, "kind"))
    sex: Mapped[Sex] = mapped_column(text_enum(Sex, "sex"))
    class_name: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class PersonToken(RowProtected, Base):
    """A blind token of a word of a person's name, cut short so that many words share one."""

    __tablename__ = "person_token"
    __table_args__ = (
        ForeignKeyConstraint(
            ["person_id", "org_path"],
            ["person.id", "person.org_path"],
            name="fk_person_token_person",
            onupdate="CASCADE",
        ),
        Index("ix_person_token_org_path", "org_path", "token"),
    )

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    token: Mapped[bytes] = mapped_column(primary_key=True)
    org_path: Mapped[str] = mapped_column(Path)


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
