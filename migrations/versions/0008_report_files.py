"""Documents about one record, what is printed in them, and a Word file beside the PDF.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FAILURES = ("rights-lost", "not-offered", "too-large", "too-slow", "not-drawable", "gave-up")
CHECK = "ck_report_request_failure"
NEW_COLUMNS = ("word_sha256", "word_size", "word_key", "options", "subject_id")


def one_of(*values: str) -> str:
    return f"failure IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    """Widen the table."""
    with op.batch_alter_table("report_request") as table:
        table.drop_constraint(op.f(CHECK), type_="check")
        table.add_column(sa.Column("subject_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("options", sa.String(120), nullable=False, server_default=""))
        table.add_column(sa.Column("word_key", sa.String(200), nullable=True))
        table.add_column(sa.Column("word_size", sa.Integer(), nullable=True))
        table.add_column(sa.Column("word_sha256", sa.String(64), nullable=True))
    with op.batch_alter_table("report_request") as table:
        table.alter_column("options", server_default=None)
        table.create_check_constraint(op.f(CHECK), one_of(*FAILURES, "not-stored"))
    op.create_index("ix_report_request_content_hash", "report_request", ["content_hash"])


def downgrade() -> None:
    """Take the columns away; Word files stay in the store until they are removed by hand."""
    op.drop_index("ix_report_request_content_hash", "report_request")
    requests = sa.table("report_request", sa.column("failure"))
    op.execute(sa.update(requests).where(requests.c.failure == "not-stored").values(failure="gave-up"))
    with op.batch_alter_table("report_request") as table:
        table.drop_constraint(op.f(CHECK), type_="check")
        for name in NEW_COLUMNS:
            table.drop_column(name)
    with op.batch_alter_table("report_request") as table:
        table.create_check_constraint(op.f(CHECK), one_of(*FAILURES))
