"""Lists of incident groups and places, incidents, people, involvements, numbers, submissions, search tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PATH = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
UNITS = ("unit_1", "unit_2", "unit_3", "unit_4")


def upgrade() -> None:
    op.create_table(
        "taxonomy_entry",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("list", sa.String(20), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_vi", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("hint_vi", sa.String(300), nullable=False),
        sa.Column("hint_en", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("version", "list", "code", name="pk_taxonomy_entry"),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_version_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in UNITS),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("taxonomy_version", sa.Integer(), nullable=False),
        sa.Column("group_code", sa.String(40), nullable=False),
        sa.Column("record_kind", sa.String(16), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("occurred_time", sa.Time(), nullable=True),
        sa.Column("day_part", sa.String(40), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(40), nullable=False),
        sa.Column("safety", sa.String(16), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(25), nullable=False),
        sa.Column("concerns_lead", sa.Boolean(), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("check_code", sa.String(12), nullable=False),
        sa.Column("reported_by", sa.Uuid(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sa.UniqueConstraint("id", "org_path", name="uq_incident_id_org_path"),
        sa.UniqueConstraint("number", name="uq_incident_number"),
        sa.UniqueConstraint("school_year", "serial", name="uq_incident_school_year_serial"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "org_path"],
            ["organisation.id", "organisation.org_path"],
            name="fk_incident_organisation",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_version_id"],
            ["organisation_version.id"],
            name="fk_incident_organisation_version_id",
        ),
        sa.ForeignKeyConstraint(["reported_by"], ["users.id"], name="fk_incident_reported_by"),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name="ck_incident_severity_1_to_4"),
        sa.CheckConstraint("record_kind IN ('incident', 'risk', 'welfare')", name="ck_incident_record_kind"),
        sa.CheckConstraint("safety IN ('safe', 'not_safe', 'unknown')", name="ck_incident_safety"),
        sa.CheckConstraint(
            "state IN ('submitted', 'intervening', 'handling', 'follow_up', 'closed', 'handed_over', "
            "'not_substantiated', 'duplicate')",
            name="ck_incident_state",
        ),
    )
    op.create_index("ix_incident_org_path_occurred_on_id", "incident", ["org_path", "occurred_on", "id"])
    for name in UNITS:
        op.create_index(f"ix_incident_{name}_occurred_on_id", "incident", [name, "occurred_on", "id"])
    op.create_index("ix_incident_reported_by", "incident", ["reported_by", "reported_at"])
    op.create_index(
        "ix_incident_concerns_lead",
        "incident",
        ["org_path", "occurred_on"],
        sqlite_where=sa.text("concerns_lead"),
        postgresql_where=sa.text("concerns_lead"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(13), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("id", "org_path", name="uq_person_id_org_path"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "org_path"],
            ["organisation.id", "organisation.org_path"],
            name="fk_person_organisation",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_person_user_id"),
        sa.CheckConstraint("kind IN ('pupil', 'staff', 'other')", name="ck_person_kind"),
    )
    op.create_index("ix_person_org_path", "person", ["org_path"])
    op.create_table(
        "involvement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_harmed", sa.Boolean(), nullable=False),
        sa.Column("is_acting", sa.Boolean(), nullable=False),
        sa.Column("is_witness", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(13), nullable=False),
        sa.Column("sex", sa.String(15), nullable=False),
        sa.Column("class_name", sa.String(20), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_involvement"),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name="fk_involvement_incident",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "org_path"],
            ["person.id", "person.org_path"],
            name="fk_involvement_person",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_involvement_user_id"),
        sa.CheckConstraint("kind IN ('pupil', 'staff', 'other')", name="ck_involvement_kind"),
        sa.CheckConstraint("sex IN ('female', 'male', 'unknown')", name="ck_involvement_sex"),
    )
    op.create_index("ix_involvement_incident_id", "involvement", ["incident_id", "position"])
    op.create_index("ix_involvement_person_id", "involvement", ["person_id"])
    op.create_index("ix_involvement_user_id", "involvement", ["user_id", "incident_id"])
    op.create_table(
        "person_token",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "token", name="pk_person_token"),
        sa.ForeignKeyConstraint(
            ["person_id", "org_path"],
            ["person.id", "person.org_path"],
            name="fk_person_token_person",
            onupdate="CASCADE",
        ),
    )
    op.create_index("ix_person_token_org_path", "person_token", ["org_path", "token"])
    op.create_table(
        "incident_serial",
        sa.Column("school_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("school_year", name="pk_incident_serial"),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_submission"),
    )


def downgrade() -> None:
    for table in (
        "submission",
        "incident_serial",
        "person_token",
        "involvement",
        "person",
        "incident",
        "taxonomy_entry",
    ):
        op.drop_table(table)
