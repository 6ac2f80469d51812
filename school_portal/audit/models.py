"""Tables of the audit: the events and the head of each chain."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from school_portal.core.authz import RowProtected
from school_portal.core.db import Base, Path


class AuditEvent(RowProtected, Base):
    """One act. `body` is what the MAC was made over; the other columns repeat parts of it for filters."""

    __tablename__ = "audit_event"

    chain: Mapped[str] = mapped_column(String(20), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    org_path: Mapped[str] = mapped_column(Path, index=True)
    actor_id: Mapped[UUID | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(60))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID | None] = mapped_column(index=True)
    body: Mapped[bytes]
    mac: Mapped[bytes]


class AuditHead(Base):
    """The last event of a chain; taken as the last statement before a commit."""

    __tablename__ = "audit_head"

    chain: Mapped[str] = mapped_column(String(20), primary_key=True)
    seq: Mapped[int]
    mac: Mapped[bytes]
