"""The one table of the figures: that a head said nothing happened at her school in a term."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from school_portal.core.authz import RowProtected
from school_portal.core.db import Base, Path


class NilReturn(RowProtected, Base):
    """«Không phát sinh» of a school for a term. Taken back it stays, as the record of what was said."""

    __tablename__ = "nil_return"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "org_path"],
            ["organisation.id", "organisation.org_path"],
            name="fk_nil_return_organisation",
            onupdate="CASCADE",
        ),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_somebody"),
        Index("ix_nil_return_org_path_period", "org_path", "period"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID]
    org_path: Mapped[str] = mapped_column(Path)
    period: Mapped[str] = mapped_column(String(20))
    signed_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    signed_at: Mapped[datetime]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]


Index(
    "uq_nil_return_standing",
    NilReturn.organisation_id,
    NilReturn.period,
    unique=True,
    sqlite_where=NilReturn.withdrawn_at.is_(None),
    postgresql_where=NilReturn.withdrawn_at.is_(None),
)
