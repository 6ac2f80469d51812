"""Tables of people and of their involvement."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from school_portal.core.authz import RowProtected
from school_portal.core.crypto import Sealed
from school_portal.core.db import Base, Path, text_enum
from school_portal.incidents.domain import (
    Known,
    PersonKind,
    SameAnswer,
    SelfHarm,
    Sex,
)
from school_portal.incidents.models.parts import of_incident


class Person(RowProtected, Base):
    """Somebody known to a school because an incident involved her, called by a random code of its own."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("organisation_id", "code"),
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
    code: Mapped[str] = mapped_column(String(12))
    kind: Mapped[PersonKind] = mapped_column(text_enum(PersonKind, "kind"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))

    name = Sealed("person.name.v1")
    birth = Sealed("person.birth.v1")


class Involvement(RowProtected, Base):
    """A person in an incident as she was on its day. `user_id` hides the incident from that person's account."""

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
    relation: Mapped[str] = mapped_column(String(40), default="unknown")
    is_adult: Mapped[bool] = mapped_column(default=False)
    sex: Mapped[Sex] = mapped_column(text_enum(Sex, "sex"))
    class_name: Mapped[str] = mapped_column(String(20))
    grade: Mapped[int | None]
    age: Mapped[int | None]
    injury: Mapped[str] = mapped_column(String(40), default="unknown")
    can_tell: Mapped[Known] = mapped_column(text_enum(Known, "can_tell"), default=Known.UNKNOWN)
    self_harm: Mapped[SelfHarm] = mapped_column(text_enum(SelfHarm, "self_harm"), default=SelfHarm.UNKNOWN)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    row_version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": row_version}


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


class SamePerson(RowProtected, Base):
    """What somebody decided about two records of people: one child or two. Kept when it is undone."""

    __tablename__ = "same_person"
    __table_args__ = (of_incident("same_person"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_path: Mapped[str] = mapped_column(Path)
    incident_id: Mapped[UUID] = mapped_column(index=True)
    involvement_id: Mapped[UUID]
    person_id: Mapped[UUID]
    """The record that the involvement pointed at before."""
    other_person_id: Mapped[UUID]
    answer: Mapped[SameAnswer] = mapped_column(text_enum(SameAnswer, "answer"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
