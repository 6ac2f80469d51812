"""Table of requested documents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from school_portal.core.authz import RowProtected
from school_portal.core.db import Base, Path, text_enum
from school_portal.reports.domain import Failure, Order, ReportStatus, read_options


class ReportRequest(RowProtected, Base):
    """A document that somebody asked for. The row is the truth, the queue only a hint.

    `scope_name` is the unit's name when it was asked: the engine knows no units. `subject_id` is the one record that
    it is about, `options` are codes of its kind, by commas. `sha256` is of the PDF, `content_hash` of the page before
    it was laid out, so that the same page is laid out once.
    """

    __tablename__ = "report_request"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "org_path"], ["organisation.id", "organisation.org_path"], onupdate="CASCADE"
        ),
        Index("ix_report_request_requested_by_requested_at", "requested_by", "requested_at"),
        Index("ix_report_request_status_lease_until", "status", "lease_until"),
        Index("ix_report_request_content_hash", "content_hash"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID]
    org_path: Mapped[str] = mapped_column(Path)
    scope_name: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(60))
    period: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(5))
    subject_id: Mapped[UUID | None]
    options: Mapped[str] = mapped_column(String(120), default="")
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime]
    status: Mapped[ReportStatus] = mapped_column(text_enum(ReportStatus, "status"))
    step: Mapped[int]
    tries: Mapped[int]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    file_key: Mapped[str | None] = mapped_column(String(200))
    size: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    content_hash: Mapped[str | None] = mapped_column(String(64))
    word_key: Mapped[str | None] = mapped_column(String(200))
    word_size: Mapped[int | None]
    word_sha256: Mapped[str | None] = mapped_column(String(64))
    failure: Mapped[Failure | None] = mapped_column(text_enum(Failure, "failure"))

    @property
    def order(self) -> Order:
        """What was asked for."""
        options = read_options(self.options)
        return Order(self.kind, self.organisation_id, self.period, self.language, self.subject_id, options)

    @property
    def is_open(self) -> bool:
        """Still waiting or being made."""
        return self.status in (ReportStatus.REQUESTED, ReportStatus.RENDERING)
