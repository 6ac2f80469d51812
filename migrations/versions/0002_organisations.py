"""Units with versions, successions, numbers of pupils, days of school years."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PATH = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
SORT_KEY = sa.String(300).with_variant(sa.String(300, collation="C"), "postgresql")


def _one_of(column: str, *values: str) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(18), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
        sa.UniqueConstraint("number", name="uq_organisation_number"),
        sa.UniqueConstraint("org_path", name="uq_organisation_org_path"),
        sa.UniqueConstraint("id", "org_path", name="uq_organisation_id_org_path"),
        sa.ForeignKeyConstraint(["parent_id"], ["organisation.id"], name="fk_organisation_parent_id"),
        sa.CheckConstraint("number > 0", name=op.f("ck_organisation_number")),
        sa.CheckConstraint(
            _one_of("kind", "department", "commune", "school"), name=op.f("ck_organisation_kind")
        ),
    )
    op.create_index("ix_organisation_parent_id", "organisation", ["parent_id"])

    op.create_table(
        "organisation_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("managed_by_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name_vi", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("short_name", sa.String(80), nullable=False),
        sa.Column("sort_key", SORT_KEY, nullable=False),
        sa.Column("search_text", sa.String(700), nullable=False),
        sa.Column("school_kind", sa.String(31), nullable=True),
        sa.Column("levels", sa.String(40), nullable=False),
        sa.Column("boarding", sa.String(12), nullable=False),
        sa.Column("ownership", sa.String(17), nullable=False),
        sa.Column("commune_code", sa.String(10), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("email", sa.String(200), nullable=False),
        sa.Column("former_province", sa.String(80), nullable=False),
        sa.Column("former_district", sa.String(80), nullable=False),
        sa.Column("letterhead_parent", sa.String(200), nullable=False),
        sa.Column("letterhead_issuer", sa.String(200), nullable=False),
        sa.Column("letterhead_place", sa.String(80), nullable=False),
        sa.Column("letterhead_signer", sa.String(80), nullable=False),
        sa.Column("document_symbol", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_organisation_version"),
        sa.UniqueConstraint(
            "organisation_id", "valid_from", name="uq_organisation_version_organisation_id_valid_from"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "org_path"],
            ["organisation.id", "organisation.org_path"],
            name="fk_organisation_version_organisation_id_org_path",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["managed_by_id"], ["organisation.id"], name="fk_organisation_version_managed_by_id"
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_organisation_version_ends_after_start"),
        ),
        sa.CheckConstraint(
            _one_of(
                "school_kind",
                *("kindergarten", "nursery", "primary", "lower_secondary", "primary_lower_secondary"),
                *("upper_secondary", "lower_upper_secondary", "all_levels", "gifted", "ethnic_boarding"),
                *("special", "continuing_centre", "vocational"),
            ),
            name=op.f("ck_organisation_version_school_kind"),
        ),
        sa.CheckConstraint(
            _one_of("boarding", "none", "semi", "full"), name=op.f("ck_organisation_version_boarding")
        ),
        sa.CheckConstraint(
            _one_of("ownership", "public", "community", "private"),
            name=op.f("ck_organisation_version_ownership"),
        ),
    )
    op.create_index("ix_organisation_version_path", "organisation_version", ["org_path"])
    op.create_index(
        "ix_organisation_version_sort_key", "organisation_version", ["sort_key", "organisation_id"]
    )
    op.create_index("ix_organisation_version_code", "organisation_version", ["code"])
    op.create_index("ix_organisation_version_commune_code", "organisation_version", ["commune_code"])
    op.create_index(
        "uq_organisation_version_open_code",
        "organisation_version",
        ["code"],
        unique=True,
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )

    op.create_table(
        "succession",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=False),
        sa.Column("successor_path", PATH, nullable=False),
        sa.Column("kind", sa.String(15), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_succession"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "org_path"],
            ["organisation.id", "organisation.org_path"],
            name="fk_succession_organisation_id_org_path",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["successor_id", "successor_path"],
            ["organisation.id", "organisation.org_path"],
            name="fk_succession_successor_id_successor_path",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(_one_of("kind", "merged", "split", "renamed"), name=op.f("ck_succession_kind")),
    )
    op.create_index("ix_succession_organisation_id", "succession", ["organisation_id"])
    op.create_index("ix_succession_successor_id", "succession", ["successor_id"])

    op.create_table(
        "enrolment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("pupils", sa.Integer(), nullable=False),
        sa.Column("girls", sa.Integer(), nullable=True),
        sa.Column("staff", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment"),
        sa.UniqueConstraint(
            "organisation_id", "school_year", "level", name="uq_enrolment_organisation_id_school_year_level"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "org_path"],
            ["organisation.id", "organisation.org_path"],
            name="fk_enrolment_organisation_id_org_path",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("pupils >= 0", name=op.f("ck_enrolment_pupils")),
        sa.CheckConstraint(
            "girls IS NULL OR (girls >= 0 AND girls <= pupils)", name=op.f("ck_enrolment_girls")
        ),
        sa.CheckConstraint("staff IS NULL OR staff >= 0", name=op.f("ck_enrolment_staff")),
        sa.CheckConstraint(
            _one_of("level", "MN", "TH", "THCS", "THPT", "GDTX", "GDNN"), name=op.f("ck_enrolment_level")
        ),
    )
    op.create_index("ix_enrolment_path_year", "enrolment", ["org_path", "school_year"])

    op.create_table(
        "term_dates",
        sa.Column("school_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("term1_last", sa.Date(), nullable=False),
        sa.Column("term2_last", sa.Date(), nullable=False),
        sa.Column("term1_due", sa.Date(), nullable=False),
        sa.Column("year_due", sa.Date(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("school_year", name="pk_term_dates"),
    )


def downgrade() -> None:
    op.drop_table("term_dates")
    op.drop_table("enrolment")
    op.drop_table("succession")
    op.drop_table("organisation_version")
    op.drop_table("organisation")
