"""Requested report documents.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PATH = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "report_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("scope_name", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("period", sa.String(20), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(17), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_key", sa.String(200), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("content_hash", sa.String(64), nullable=True),
        sa.Column("failure", sa.String(20), nullable=True),
        sa.CheckConstraint(
            "status IN ('requested', 'rendering', 'ready', 'failed', 'expired')",
            name=op.f("ck_report_request_status"),
        ),
        sa.CheckConstraint(
            "failure IN ('rights-lost', 'not-offered', 'too-large', 'too-slow', 'not-drawable', 'gave-up')",
            name=op.f("ck_report_request_failure"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "org_path"],
            ["organisation.id", "organisation.org_path"],
            name=op.f("fk_report_request_organisation_id_org_path"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name=op.f("fk_report_request_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_request")),
    )
    op.create_index(
        "ix_report_request_requested_by_requested_at", "report_request", ["requested_by", "requested_at"]
    )
    op.create_index("ix_report_request_status_lease_until", "report_request", ["status", "lease_until"])


def downgrade() -> None:
    """Drop the table; the files stay in the store until they are removed by hand."""
    op.drop_table("report_request")
