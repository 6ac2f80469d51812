"""Counts of incidents by unit, day and fact, kept in the transaction that changes a record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PATH = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "tally",
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("fact", sa.String(30), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_path", "fact", "day", "value", name="pk_tally"),
    )


def downgrade() -> None:
    op.drop_table("tally")
