"""People who sign in: users, posts, sessions, devices, one-time links, recovery codes, attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PATH = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
ROLES = (
    "teacher",
    "focal_point",
    "counsellor",
    "head",
    "commune_officer",
    "department_officer",
    "administrator",
    "auditor",
)
END_REASONS = (
    "sign_out",
    "sign_out_everywhere",
    "revoked",
    "replaced",
    "password_changed",
    "roles_changed",
    "disabled",
)
PURPOSES = ("invitation", "reset")


def _one_of(table: str, column: str, name: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{name}"))


def _user(table: str, column: str, nullable: bool) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    return (
        sa.Column(column, sa.Uuid(), nullable=nullable),
        sa.ForeignKeyConstraint([column], ["users.id"], name=op.f(f"fk_{table}_{column}")),
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("phone", sa.String(20)),
        sa.Column("staff_code", sa.String(40)),
        sa.Column("password", sa.String(255)),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("password_version", sa.Integer(), nullable=False),
        sa.Column("roles_version", sa.Integer(), nullable=False),
        sa.Column("tf_primary_method", sa.String(20)),
        sa.Column("tf_totp_secret", sa.String(500)),
        sa.Column("tf_last_counter", sa.Integer()),
        sa.Column("created_at", MOMENT, nullable=False),
        *_user("users", "created_by", nullable=True),
        sa.CheckConstraint(
            "email IS NOT NULL OR phone IS NOT NULL OR staff_code IS NOT NULL",
            name=op.f("ck_users_has_sign_in_name"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_users_fs_uniquifier")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("phone", name=op.f("uq_users_phone")),
        sa.UniqueConstraint("staff_code", name=op.f("uq_users_staff_code")),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        *_user("membership", "user_id", nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("role", sa.String(26), nullable=False),
        sa.Column("is_deputy", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        *_user("membership", "granted_by", nullable=True),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("is_awaiting", sa.Boolean(), nullable=False),
        *_user("membership", "confirmed_by", nullable=True),
        sa.Column("confirmed_at", MOMENT),
        *_user("membership", "ended_by", nullable=True),
        _one_of("membership", "role", "role", ROLES),
        sa.ForeignKeyConstraint(
            ["organisation_id", "org_path"],
            ["organisation.id", "organisation.org_path"],
            name="fk_membership_organisation",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_user_id", "membership", ["user_id"])
    op.create_index("ix_membership_org_path", "membership", ["org_path", "role"])
    op.create_index(
        "uq_membership_open",
        "membership",
        ["user_id", "organisation_id", "role"],
        unique=True,
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        *_user("user_session", "user_id", nullable=False),
        sa.Column("key_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("password_version", sa.Integer(), nullable=False),
        sa.Column("roles_version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("end_reason", sa.String(27)),
        sa.Column("agent", sa.String(120), nullable=False),
        _one_of("user_session", "end_reason", "end_reason", END_REASONS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_user_session_key_hash")),
    )
    op.create_index("ix_user_session_user_id", "user_session", ["user_id"])
    op.create_table(
        "remembered_device",
        sa.Column("id", sa.Uuid(), nullable=False),
        *_user("remembered_device", "user_id", nullable=False),
        sa.Column("key_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("password_version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("end_reason", sa.String(27)),
        sa.Column("agent", sa.String(120), nullable=False),
        _one_of("remembered_device", "end_reason", "end_reason", END_REASONS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remembered_device")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_remembered_device_key_hash")),
    )
    op.create_index("ix_remembered_device_user_id", "remembered_device", ["user_id"])
    op.create_table(
        "one_time_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        *_user("one_time_link", "user_id", nullable=False),
        sa.Column("purpose", sa.String(18), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("password_version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        *_user("one_time_link", "created_by", nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        _one_of("one_time_link", "purpose", "purpose", PURPOSES),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_link_token_hash")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_one_time_link_code_hash")),
    )
    op.create_index("ix_one_time_link_user_id", "one_time_link", ["user_id"])
    op.create_table(
        "recovery_code",
        *_user("recovery_code", "user_id", nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("key_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_sign_in_attempt")),
    )


def downgrade() -> None:
    """Remove the tables and everybody in them."""
    for table in (
        "sign_in_attempt",
        "recovery_code",
        "one_time_link",
        "remembered_device",
        "user_session",
        "membership",
        "users",
    ):
        op.drop_table(table)
