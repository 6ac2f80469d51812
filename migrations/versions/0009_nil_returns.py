"""Nil returns: a head says that nothing happened at her school in a term.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PATH = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "nil_return",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("period", sa.String(20), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)",
            name=op.f("ck_nil_return_withdrawn_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "org_path"],
            ["organisation.id", "organisation.org_path"],
            name=op.f("fk_nil_return_organisation"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["signed_by"], ["users.id"], name=op.f("fk_nil_return_signed_by")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["users.id"], name=op.f("fk_nil_return_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nil_return")),
    )
    op.create_index("ix_nil_return_org_path_period", "nil_return", ["org_path", "period"])
    op.create_index(
        "uq_nil_return_standing",
        "nil_return",
        ["organisation_id", "period"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("nil_return")
