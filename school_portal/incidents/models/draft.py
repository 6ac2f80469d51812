"""The one table of drafts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from school_portal.core.authz import RowProtected
from school_portal.core.crypto import Sealed
from school_portal.core.db import Base


class Draft(RowProtected, Base):
    """A report that is being written; its owner's alone, gone after 30 days. Its uuid becomes the incident's."""

    __tablename__ = "draft"
    __table_args__ = (Index("ix_draft_user_id", "user_id", "saved_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    body = Sealed("draft.body.v1")
