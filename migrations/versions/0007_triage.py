"""Triage: types, drafts, assignments, chronology, places told, links, notices; more answers of a report."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PATH = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
KNOWN = ("no", "yes", "unknown")
OLD_STATES = (
    "submitted",
    "intervening",
    "handling",
    "follow_up",
    "closed",
    "handed_over",
    "not_substantiated",
    "duplicate",
)
NEW_STATES = ("submitted", "in_triage", "accepted", "not_substantiated", "duplicate")
NEW_TABLES = (
    "draft",
    "notice",
    "same_person",
    "incident_link",
    "authority_told",
    "chronology_entry",
    "assignment",
    "incident_type",
    "taxonomy_version",
)
KNOWN_COLUMNS = ("weapon", "repeated", "online", "first_aid", "family_danger")
FLAGS = ("is_staff_case", "is_restricted", "is_open_at_school", "is_known_above", "was_sent_above")
INVOLVEMENT_TEXTS = {"relation": 40, "injury": 40, "can_tell": 15, "self_harm": 16}
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def one_of(name: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=name)


def of_incident(table: str) -> tuple[sa.SchemaItem, ...]:
    """The columns and the key of what belongs to an incident."""
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=f"fk_{table}_incident",
            onupdate="CASCADE",
        ),
    )


def user_key(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["users.id"], name=f"fk_{table}_{column}")


def moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    widen_lists()
    widen_incident()
    widen_people()
    create_tables()


def widen_lists() -> None:
    op.create_table(
        "taxonomy_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label_vi", sa.String(300), nullable=False),
        sa.Column("label_en", sa.String(300), nullable=False),
        moment("loaded_at"),
        sa.PrimaryKeyConstraint("version", name="pk_taxonomy_version"),
    )
    with op.batch_alter_table("taxonomy_entry") as table:
        table.add_column(sa.Column("severity", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("is_adult", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("taxonomy_entry") as table:
        for name in ("severity", "is_adult"):
            table.alter_column(name, server_default=None)
    op.create_table(
        "incident_type",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_vi", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("definition_vi", sa.String(500), nullable=False),
        sa.Column("definition_en", sa.String(500), nullable=False),
        sa.Column("groups", sa.String(120), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("injured_severity", sa.Integer(), nullable=False),
        sa.Column("notification", sa.String(8), nullable=False),
        sa.Column("icvac", sa.Integer(), nullable=False),
        sa.Column("record_kind", sa.String(16), nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("version", "code", name="pk_incident_type"),
        one_of("ck_incident_type_type_record_kind", "record_kind", ("incident", "risk", "welfare")),
    )


def widen_incident() -> None:
    op.drop_index("ix_incident_concerns_lead", "incident")
    with op.batch_alter_table("incident") as table:
        table.drop_constraint("ck_incident_state", type_="check")
        table.add_column(sa.Column("channel", sa.String(40), nullable=False, server_default="unknown"))
        for name in KNOWN_COLUMNS:
            table.add_column(sa.Column(name, sa.String(15), nullable=False, server_default="unknown"))
        table.add_column(moment("family_told_at", nullable=True))
        table.add_column(sa.Column("family_reason_sealed", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("names_told_sealed", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("type_codes", sa.String(120), nullable=False, server_default=""))
        table.add_column(sa.Column("severity_computed", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("lowering_to", sa.Integer(), nullable=True))
        table.add_column(sa.Column("lowering_by", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("lowering_reason_sealed", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("duplicate_of", sa.Uuid(), nullable=True))
        for name in FLAGS:
            table.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("entered_by", sa.Uuid(), nullable=True))
        table.add_column(moment("due_to_open", nullable=True))
    fill_incident()
    with op.batch_alter_table("incident") as table:
        for name in ("channel", "type_codes", "severity_computed", *KNOWN_COLUMNS, *FLAGS):
            table.alter_column(name, server_default=None)
        checks = {name: in_list(name, KNOWN) for name in KNOWN_COLUMNS} | {
            "weapon": in_list("weapon", ("no", "carried", "used", "unknown")),
            "state": in_list("state", NEW_STATES),
            "lowering_to_1_to_3": "lowering_to BETWEEN 1 AND 3",
        }
        for name, condition in checks.items():
            table.create_check_constraint(f"ck_incident_{name}", condition)
        for name in ("lowering_by", "entered_by"):
            table.create_foreign_key(op.f(f"fk_incident_{name}"), "users", [name], ["id"])
        table.create_foreign_key(op.f("fk_incident_duplicate_of"), "incident", ["duplicate_of"], ["id"])
    create_incident_indexes()


def in_list(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def fill_incident() -> None:
    """Records of before: what was being handled has been accepted; groups that are restricted now are closed."""
    connection = op.get_bind()
    incident = sa.table(
        "incident",
        *(sa.column(name) for name in ("state", "severity", "severity_computed", "group_code")),
        *(
            sa.column(name, sa.Boolean())
            for name in (
                "is_restricted",
                "is_open_at_school",
                "is_known_above",
                "was_sent_above",
                "concerns_lead",
            )
        ),
    )
    connection.execute(
        sa.update(incident)
        .where(incident.c.state.in_(("intervening", "handling", "follow_up", "closed", "handed_over")))
        .values(state="accepted")
    )
    restricted = incident.c.group_code.in_(("sexual", "adult", "outside", "worry"))
    connection.execute(
        sa.update(incident).values(
            severity_computed=incident.c.severity,
            is_restricted=restricted,
            is_open_at_school=sa.and_(sa.not_(restricted), sa.not_(incident.c.concerns_lead)),
            is_known_above=sa.or_(incident.c.severity >= 3, incident.c.concerns_lead),
            was_sent_above=incident.c.concerns_lead,
        )
    )


def create_incident_indexes() -> None:
    op.create_index("ix_incident_state", "incident", ["state", "org_path"])
    op.create_index(
        "ix_incident_hidden",
        "incident",
        ["org_path", "occurred_on"],
        sqlite_where=sa.text("is_open_at_school IS 0"),
        postgresql_where=sa.text("is_open_at_school IS false"),
    )
    for level in ("unit_1", "unit_2"):
        op.create_index(
            f"ix_incident_{level}_known_above",
            "incident",
            [level, "occurred_on", "id"],
            sqlite_where=sa.text("is_known_above IS 1"),
            postgresql_where=sa.text("is_known_above IS true"),
        )
    op.create_index(
        "ix_incident_due_to_open",
        "incident",
        ["due_to_open"],
        sqlite_where=sa.text("due_to_open IS NOT NULL"),
        postgresql_where=sa.text("due_to_open IS NOT NULL"),
    )


def widen_people() -> None:
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("code", sa.String(12), nullable=False, server_default=""))
        table.add_column(sa.Column("birth_sealed", sa.LargeBinary(), nullable=True))
    person = sa.table("person", sa.column("id", sa.Uuid()), sa.column("code"))
    connection = op.get_bind()
    for (key,) in connection.execute(sa.select(person.c.id)).all():
        code = "NG-" + "".join(secrets.choice(ALPHABET) for _ in range(6))
        connection.execute(sa.update(person).where(person.c.id == key).values(code=code))
    with op.batch_alter_table("person") as table:
        table.alter_column("code", server_default=None)
        table.create_unique_constraint(op.f("uq_person_organisation_id_code"), ["organisation_id", "code"])
    with op.batch_alter_table("involvement") as table:
        for name, width in INVOLVEMENT_TEXTS.items():
            table.add_column(sa.Column(name, sa.String(width), nullable=False, server_default="unknown"))
        table.add_column(sa.Column("is_adult", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("grade", sa.Integer(), nullable=True))
        table.add_column(sa.Column("age", sa.Integer(), nullable=True))
        table.add_column(sa.Column("row_version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("involvement") as table:
        for name in (*INVOLVEMENT_TEXTS, "is_adult", "row_version"):
            table.alter_column(name, server_default=None)
        harm = ("unknown", "none", "thoughts", "plan", "attempt")
        checks = {"can_tell": in_list("can_tell", KNOWN), "self_harm": in_list("self_harm", harm)}
        for name, condition in checks.items():
            table.create_check_constraint(f"ck_involvement_{name}", condition)


def create_tables() -> None:
    op.create_table(
        "assignment",
        *of_incident("assignment"),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("duty", sa.String(19), nullable=False),
        moment("since"),
        moment("ended_at", nullable=True),
        user_key("assignment", "user_id"),
        one_of("ck_assignment_duty", "duty", ("focal_point", "head", "lead", "officer")),
    )
    op.create_index("ix_assignment_incident_id", "assignment", ["incident_id"])
    op.create_index(
        "ix_assignment_user_id",
        "assignment",
        ["user_id", "incident_id"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "chronology_entry",
        *of_incident("chronology_entry"),
        moment("at"),
        sa.Column("kind", sa.String(26), nullable=False),
        sa.Column("by_user", sa.Uuid(), nullable=True),
        sa.Column("by_reporter", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.String(120), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        user_key("chronology_entry", "by_user"),
        one_of(
            "ck_chronology_entry_kind",
            "kind",
            (
                "reported",
                "facts_added",
                "taken_up",
                "coded",
                "severity_set",
                "lowering_asked",
                "lowering_agreed",
                "lowering_refused",
                "lead_named",
                "linked",
                "marked_duplicate",
                "not_substantiated",
                "authority_told",
                "family_told",
                "person_added",
                "person_corrected",
                "same_person",
                "same_person_undone",
                "assigned",
                "given_back",
            ),
        ),
    )
    op.create_index("ix_chronology_entry_incident_id", "chronology_entry", ["incident_id", "at"])
    op.create_table(
        "authority_told",
        *of_incident("authority_told"),
        sa.Column("receiver", sa.String(19), nullable=False),
        moment("told_at", nullable=True),
        sa.Column("told_by_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reference_sealed", sa.LargeBinary(), nullable=True),
        one_of("ck_authority_told_receiver", "receiver", ("hotline_111", "police", "commune", "health")),
    )
    op.create_index("ix_authority_told_incident_id", "authority_told", ["incident_id"])
    op.create_table(
        "incident_link",
        *of_incident("incident_link"),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        moment("made_at"),
        sa.UniqueConstraint("incident_id", "other_id", name="uq_incident_link_incident_id_other_id"),
        sa.ForeignKeyConstraint(["other_id"], ["incident.id"], name="fk_incident_link_other_id"),
        user_key("incident_link", "made_by"),
    )
    op.create_index("ix_incident_link_other_id", "incident_link", ["other_id"])
    op.create_table(
        "same_person",
        *of_incident("same_person"),
        *(
            sa.Column(name, sa.Uuid(), nullable=False)
            for name in ("involvement_id", "person_id", "other_person_id")
        ),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        moment("decided_at"),
        moment("undone_at", nullable=True),
        user_key("same_person", "decided_by"),
        one_of("ck_same_person_answer", "answer", ("same", "not_same")),
    )
    op.create_index("ix_same_person_incident_id", "same_person", ["incident_id"])
    op.create_table(
        "notice",
        *of_incident("notice"),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(25), nullable=False),
        moment("made_at"),
        moment("mailed_at", nullable=True),
        moment("next_try", nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        user_key("notice", "user_id"),
        one_of(
            "ck_notice_kind",
            "kind",
            (
                "new",
                "urgent",
                "not_opened",
                "nobody_there",
                "conflict",
                "lowering",
                "lowering_answered",
                "facts_added",
                "given_back",
                "lead",
                "set_aside",
                "staff_corrected",
                "told_for_you",
            ),
        ),
    )
    op.create_index("ix_notice_incident_id", "notice", ["incident_id"])
    op.create_index("ix_notice_user_id", "notice", ["user_id", "made_at"])
    op.create_index(
        "ix_notice_to_mail",
        "notice",
        ["next_try"],
        sqlite_where=sa.text("next_try IS NOT NULL"),
        postgresql_where=sa.text("next_try IS NOT NULL"),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        moment("begun_at"),
        moment("saved_at"),
        moment("expires_at"),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        user_key("draft", "user_id"),
    )
    op.create_index("ix_draft_expires_at", "draft", ["expires_at"])
    op.create_index("ix_draft_user_id", "draft", ["user_id", "saved_at"])


def downgrade() -> None:
    for name in NEW_TABLES:
        op.drop_table(name)
    with op.batch_alter_table("involvement") as table:
        for name in ("can_tell", "self_harm"):
            table.drop_constraint(f"ck_involvement_{name}", type_="check")
        for name in (*INVOLVEMENT_TEXTS, "is_adult", "grade", "age", "row_version"):
            table.drop_column(name)
    with op.batch_alter_table("person") as table:
        table.drop_constraint(op.f("uq_person_organisation_id_code"), type_="unique")
        table.drop_column("code")
        table.drop_column("birth_sealed")
    narrow_incident()
    with op.batch_alter_table("taxonomy_entry") as table:
        table.drop_column("severity")
        table.drop_column("is_adult")
    entry = sa.table("taxonomy_entry", sa.column("list"))
    op.execute(sa.delete(entry).where(entry.c.list.not_in(("place", "day_part"))))


def narrow_incident() -> None:
    for name in ("state", "hidden", "unit_1_known_above", "unit_2_known_above", "due_to_open"):
        op.drop_index(f"ix_incident_{name}", "incident")
    with op.batch_alter_table("incident") as table:
        for name in ("state", "lowering_to_1_to_3", *KNOWN_COLUMNS):
            table.drop_constraint(f"ck_incident_{name}", type_="check")
        for name in ("lowering_by", "entered_by", "duplicate_of"):
            table.drop_constraint(op.f(f"fk_incident_{name}"), type_="foreignkey")
        for name in (
            *("channel", *KNOWN_COLUMNS, *FLAGS, "family_told_at", "family_reason_sealed", "type_codes"),
            "names_told_sealed",
            *("severity_computed", "lowering_to", "lowering_by", "lowering_reason_sealed", "duplicate_of"),
            *("entered_by", "due_to_open"),
        ):
            table.drop_column(name)
    incident = sa.table("incident", sa.column("state"))
    for new, old in (("in_triage", "submitted"), ("accepted", "intervening")):
        op.execute(sa.update(incident).where(incident.c.state == new).values(state=old))
    with op.batch_alter_table("incident") as table:
        table.create_check_constraint("ck_incident_state", in_list("state", OLD_STATES))
    op.create_index(
        "ix_incident_concerns_lead",
        "incident",
        ["org_path", "occurred_on"],
        sqlite_where=sa.text("concerns_lead"),
        postgresql_where=sa.text("concerns_lead"),
    )
