"""Tables: units, their versions, successions, numbers of pupils, and the days of school years."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from school_portal.core.authz import RowProtected
from school_portal.core.db import Base, Path, text_enum
from school_portal.organisations.domain import (
    LIMITS,
    Boarding,
    Level,
    Ownership,
    SchoolKind,
    SuccessionKind,
    UnitKind,
)

SortKey = String(300).with_variant(String(300, collation="C"), "postgresql")
"""Folded names, compared by bytes on both databases."""


class Organisation(RowProtected, Base):
    """A unit for its whole life: what it is called and where it stands is in its versions."""

    __tablename__ = "organisation"
    __table_args__ = (UniqueConstraint("id", "org_path"), CheckConstraint("number > 0", name="number"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    kind: Mapped[UnitKind] = mapped_column(text_enum(UnitKind, "kind"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    org_path: Mapped[str] = mapped_column(Path, unique=True)
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    row_version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": row_version, "version_id_generator": False}


class OrganisationVersion(RowProtected, Base):
    """What is known of a unit from `valid_from` to `valid_to` (both in it; None: until further notice)."""

    __tablename__ = "organisation_version"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "org_path"], ["organisation.id", "organisation.org_path"], onupdate="CASCADE"
        ),
        UniqueConstraint("organisation_id", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ends_after_start"),
        Index("ix_organisation_version_path", "org_path"),
        Index("ix_organisation_version_sort_key", "sort_key", "organisation_id"),
        Index("ix_organisation_version_code", "code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID]
    org_path: Mapped[str] = mapped_column(Path)
    managed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str] = mapped_column(String(LIMITS["code"]))
    name_vi: Mapped[str] = mapped_column(String(LIMITS["name_vi"]))
    name_en: Mapped[str] = mapped_column(String(LIMITS["name_en"]))
    short_name: Mapped[str] = mapped_column(String(LIMITS["short_name"]))
    sort_key: Mapped[str] = mapped_column(SortKey)
    search_text: Mapped[str] = mapped_column(String(700))
    school_kind: Mapped[SchoolKind | None] = mapped_column(text_enum(SchoolKind, "school_kind"))
    levels: Mapped[str] = mapped_column(String(40))
    boarding: Mapped[Boarding] = mapped_column(text_enum(Boarding, "boarding"))
    ownership: Mapped[Ownership] = mapped_column(text_enum(Ownership, "ownership"))
    commune_code: Mapped[str] = mapped_column(String(LIMITS["commune_code"]), index=True)
    sites: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    address: Mapped[str] = mapped_column(String(LIMITS["address"]))
    phone: Mapped[str] = mapped_column(String(LIMITS["phone"]))
    email: Mapped[str] = mapped_column(String(LIMITS["email"]))
    former_province: Mapped[str] = mapped_column(String(LIMITS["former_province"]))
    former_district: Mapped[str] = mapped_column(String(LIMITS["former_district"]))
    letterhead_parent: Mapped[str] = mapped_column(String(LIMITS["letterhead_parent"]))
    letterhead_issuer: Mapped[str] = mapped_column(String(LIMITS["letterhead_issuer"]))
    letterhead_place: Mapped[str] = mapped_column(String(LIMITS["letterhead_place"]))
    letterhead_signer: Mapped[str] = mapped_column(String(LIMITS["letterhead_signer"]))
    document_symbol: Mapped[str] = mapped_column(String(LIMITS["document_symbol"]))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


# Two units never have one code until further notice; the service checks spans that end.
Index(
    "uq_organisation_version_open_code",
    OrganisationVersion.code,
    unique=True,
    sqlite_where=OrganisationVersion.valid_to.is_(None),
    postgresql_where=OrganisationVersion.valid_to.is_(None),
)


class Succession(RowProtected, Base):
    """One unit follows another: merged into it, split off it, or renamed (then it follows itself)."""

    __tablename__ = "succession"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "org_path"], ["organisation.id", "organisation.org_path"], onupdate="CASCADE"
        ),
        ForeignKeyConstraint(
            ["successor_id", "successor_path"],
            ["organisation.id", "organisation.org_path"],
            onupdate="CASCADE",
        ),
        Index("ix_succession_organisation_id", "organisation_id"),
        Index("ix_succession_successor_id", "successor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID]
    org_path: Mapped[str] = mapped_column(Path)
    successor_id: Mapped[UUID]
    successor_path: Mapped[str] = mapped_column(Path)
    kind: Mapped[SuccessionKind] = mapped_column(text_enum(SuccessionKind, "kind"))
    happened_on: Mapped[date]


class Enrolment(RowProtected, Base):
    """Numbers of a school year and level: all learners, the girls among them, staff. None: not told."""

    __tablename__ = "enrolment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "org_path"], ["organisation.id", "organisation.org_path"], onupdate="CASCADE"
        ),
        UniqueConstraint("organisation_id", "school_year", "level"),
        CheckConstraint("pupils >= 0", name="pupils"),
        CheckConstraint("girls IS NULL OR (girls >= 0 AND girls <= pupils)", name="girls"),
        CheckConstraint("staff IS NULL OR staff >= 0", name="staff"),
        Index("ix_enrolment_path_year", "org_path", "school_year"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID]
    org_path: Mapped[str] = mapped_column(Path)
    school_year: Mapped[int]
    level: Mapped[Level] = mapped_column(text_enum(Level, "level"))
    pupils: Mapped[int]
    girls: Mapped[int | None]
    staff: Mapped[int | None]
    row_version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": row_version}


class TermDates(Base):
    """The days of one school year that the department has set; public facts, so not protected."""

    __tablename__ = "term_dates"

    school_year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    term1_last: Mapped[date]
    term2_last: Mapped[date]
    term1_due: Mapped[date]
    year_due: Mapped[date]
    row_version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": row_version}
