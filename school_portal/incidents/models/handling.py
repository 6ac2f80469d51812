"""Tables of what is done about an incident: who is assigned, what was told, who is told of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from school_portal.core.authz import RowProtected
from school_portal.core.crypto import Sealed
from school_portal.core.db import Base, Path, text_enum
from school_portal.incidents.domain import (
    Duty,
    EntryKind,
    NoticeKind,
    Receiver,
)
from school_portal.incidents.models.parts import of_incident, partial_index


class Assignment(RowProtected, Base):
    """That somebody is assigned to a case; while it has not ended it opens a restricted case or one handled above."""

    __tablename__ = "assignment"
    __table_args__ = (of_incident("assignment"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_path: Mapped[str] = mapped_column(Path)
    incident_id: Mapped[UUID] = mapped_column(index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    duty: Mapped[Duty] = mapped_column(text_enum(Duty, "duty"))
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


partial_index(
    "ix_assignment_user_id",
    Assignment.user_id,
    Assignment.incident_id,
    where=Assignment.ended_at.is_(None),
)


class ChronologyEntry(RowProtected, Base):
    """A dated line of what was known and done. One by the reporter names nobody: `by_user` stays empty."""

    __tablename__ = "chronology_entry"
    __table_args__ = (
        of_incident("chronology_entry"),
        Index("ix_chronology_entry_incident_id", "incident_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_path: Mapped[str] = mapped_column(Path)
    incident_id: Mapped[UUID]
    at: Mapped[datetime]
    kind: Mapped[EntryKind] = mapped_column(text_enum(EntryKind, "kind"))
    by_user: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    by_reporter: Mapped[bool]
    detail: Mapped[str] = mapped_column(String(120))

    text = Sealed("chronology.text.v1")


class AuthorityTold(RowProtected, Base):
    """That a receiving place (111, police, commune, health) was told: when, by whom, under which reference."""

    __tablename__ = "authority_told"
    __table_args__ = (of_incident("authority_told"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_path: Mapped[str] = mapped_column(Path)
    incident_id: Mapped[UUID] = mapped_column(index=True)
    receiver: Mapped[Receiver] = mapped_column(text_enum(Receiver, "receiver"))
    told_at: Mapped[datetime | None]

    told_by = Sealed("authority_told.told_by.v1")
    reference = Sealed("authority_told.reference.v1")


class IncidentLink(RowProtected, Base):
    """That two incidents belong together, said by a person."""

    __tablename__ = "incident_link"
    __table_args__ = (of_incident("incident_link"), UniqueConstraint("incident_id", "other_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_path: Mapped[str] = mapped_column(Path)
    incident_id: Mapped[UUID]
    other_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]


class Notice(RowProtected, Base):
    """That somebody is to be told of a case by mail and on her first page; the mail holds its number and a link."""

    __tablename__ = "notice"
    __table_args__ = (
        of_incident("notice"),
        Index("ix_notice_user_id", "user_id", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_path: Mapped[str] = mapped_column(Path)
    incident_id: Mapped[UUID] = mapped_column(index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[NoticeKind] = mapped_column(text_enum(NoticeKind, "kind"))
    made_at: Mapped[datetime]
    mailed_at: Mapped[datetime | None]
    next_try: Mapped[datetime | None]
    """When the mail is tried (again); empty when it went out or never will."""
    tries: Mapped[int] = mapped_column(default=0)


partial_index("ix_notice_to_mail", Notice.next_try, where=Notice.next_try.is_not(None))
