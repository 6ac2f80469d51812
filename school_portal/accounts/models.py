"""Tables of people who sign in: users, posts, sessions, remembered devices, one-time links, attempts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from flask_security.core import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from school_portal.accounts.domain import EndReason, LinkPurpose
from school_portal.core.actor import Role
from school_portal.core.authz import RowProtected
from school_portal.core.db import Base, Path, text_enum


class SecondFactor:
    """Whether roles with wide sight must have a second factor: in production; in demo it is offered."""

    is_demanded = False


class User(RowProtected, UserMixin, Base):
    """A person who signs in. Rights are her posts; Flask-Security's own roles are not used."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(
            "email IS NOT NULL OR phone IS NOT NULL OR staff_code IS NOT NULL", name="has_sign_in_name"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    phone: Mapped[str | None] = mapped_column(String(20), unique=True)
    staff_code: Mapped[str | None] = mapped_column(String(40), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool]
    language: Mapped[str] = mapped_column(String(5))
    password_version: Mapped[int]
    """Goes up with each new password and when the account is disabled: older sessions and links are dead."""
    roles_version: Mapped[int]
    """Goes up when a post begins or ends: older sessions are dead."""
    tf_primary_method: Mapped[str | None] = mapped_column(String(20))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(500))
    tf_last_counter: Mapped[int | None]
    """The step of the last code taken, so that a code counts once."""
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))

    roles: ClassVar[tuple[()]] = ()
    tf_phone_number: ClassVar[None] = None
    demands_second_factor = False
    """Set by whoever loads the person: whether one of her posts makes the second factor a duty."""

    def __init__(self, **values: Any) -> None:
        defaults = {
            "fs_uniquifier": uuid4().hex,
            "active": True,
            "language": "vi",
            "password_version": 0,
            "roles_version": 0,
        }
        super().__init__(**(defaults | values))

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Asked at each sign-in of whoever has a second factor, and of whom it is demanded."""
        return bool(tf_setup_methods) or self.check_tf_required_setup(), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Whether the person may not switch it off again."""
        return self.demands_second_factor and SecondFactor.is_demanded


class Membership(RowProtected, Base):
    """A post: a role held at a unit for a time. Ended posts stay, as the record of who could see what."""

    __tablename__ = "membership"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "org_path"],
            ["organisation.id", "organisation.org_path"],
            name="fk_membership_organisation",
            onupdate="CASCADE",
        ),
        Index("ix_membership_org_path", "org_path", "role"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[UUID]
    org_path: Mapped[str] = mapped_column(Path)
    role: Mapped[Role] = mapped_column(text_enum(Role, "role"))
    is_deputy: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    granted_at: Mapped[datetime]
    is_awaiting: Mapped[bool] = mapped_column(default=False)
    """Given, but a second person has to confirm it before it counts."""
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


Index(
    "uq_membership_open",
    Membership.user_id,
    Membership.organisation_id,
    Membership.role,
    unique=True,
    sqlite_where=Membership.valid_to.is_(None),
    postgresql_where=Membership.valid_to.is_(None),
)


class UserSession(RowProtected, Base):
    """A full sign-in. The cookie holds a random key, the row only its hash."""

    __tablename__ = "user_session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    password_version: Mapped[int]
    roles_version: Mapped[int]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """Written at most once a minute."""
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None] = mapped_column(text_enum(EndReason, "end_reason"))
    agent: Mapped[str] = mapped_column(String(120))
    """The browser in its own words, cut short, so that the person recognises her devices."""


class RememberedDevice(RowProtected, Base):
    """A device that may file and show the person's own states for 180 days, without a fresh sign-in."""

    __tablename__ = "remembered_device"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    password_version: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None] = mapped_column(text_enum(EndReason, "end_reason"))
    agent: Mapped[str] = mapped_column(String(120))


class OneTimeLink(RowProtected, Base):
    """An invitation or a password reset: used once, and only while the password is the one it was made for."""

    __tablename__ = "one_time_link"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    purpose: Mapped[LinkPurpose] = mapped_column(text_enum(LinkPurpose, "purpose"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Of the short code on the slip, for who can't read the QR code."""
    password_version: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(RowProtected, Base):
    """A recovery code of the second factor, hashed; taken out of the table when it is used."""

    __tablename__ = "recovery_code"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    created_at: Mapped[datetime]


class SignInAttempt(Base):
    """How often a name or an address failed lately. Not protected: it holds hashes and numbers, nobody's rows."""

    __tablename__ = "sign_in_attempt"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    since: Mapped[datetime]
    count: Mapped[int]
