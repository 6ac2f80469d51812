"""Rules that every table keeps: protected or with a reason, paths by bytes, children held to their parent."""

from __future__ import annotations

import pytest
from sqlalchemy import literal, select, text
from sqlalchemy.orm import Session

from school_portal.core import authz
from school_portal.core.db import Base, Path, database
from tests.conftest import Backend

TABLES = Base.metadata.tables
OPEN_BECAUSE = {
    "audit_head": "a number and a link of the chain, nobody's rows",
    "dek": "wrapped keys, no use without ENCRYPTION_KEYS",
    "incident_serial": "the last running number of the province",
    "sign_in_attempt": "hashes and counts",
    "submission": "keys of forms that were sent, taken by whoever sends one",
    "taxonomy_entry": "shipped lists that everybody chooses from",
    "taxonomy_version": "versions of those lists",
    "incident_type": "shipped types of incidents that triage chooses from",
    "term_dates": "days of the school year, public",
}
WITHOUT_PATH = {
    "users": "a person may have posts in several places: her posts have the path",
    "user_session": "a person's own",
    "remembered_device": "a person's own",
    "one_time_link": "a person's own",
    "recovery_code": "a person's own",
    "draft": "its owner's own: nothing was told to any school yet",
}


def test_every_table_is_protected_or_has_a_reason() -> None:
    assert {name for name, table in TABLES.items() if not authz.is_protected(table)} == set(OPEN_BECAUSE)


def test_every_protected_table_carries_the_path_of_responsibility_or_has_a_reason() -> None:
    protected = {name for name, table in TABLES.items() if authz.is_protected(table)}
    assert {name for name in protected if "org_path" not in TABLES[name].c} == set(WITHOUT_PATH)
    assert all(not table.c.org_path.nullable for table in TABLES.values() if "org_path" in table.c)


def test_a_child_cannot_point_outside_the_place_of_its_parent() -> None:
    """Each path beside a key of a unit, case or person is part of a foreign key that follows a move."""
    free = {"audit_event", "tally", "organisation", "person_token"}
    for name, table in TABLES.items():
        if "org_path" in table.c and name not in free:
            keys = [key for key in table.foreign_key_constraints if "org_path" in key.column_keys]
            assert keys, name
            assert {key.onupdate for key in keys} == {"CASCADE"}, name
    held = {tuple(key.column_keys) for key in TABLES["person_token"].foreign_key_constraints}
    assert held == {("person_id", "org_path")}


def test_relationships_load_nothing_by_themselves() -> None:
    for mapper in Base.registry.mappers:
        for relation in mapper.relationships:
            assert relation.lazy == "raise", relation
            if authz.is_protected(relation.mapper.local_table):
                assert relation.info.get("rows_follow") is True, relation


def test_sealed_columns_are_never_loaded_unasked() -> None:
    for mapper in Base.registry.mappers:
        for attribute in mapper.column_attrs:
            if attribute.key.endswith("_sealed"):
                assert (attribute.deferred, attribute.raiseload) == (True, True), attribute


def test_the_database_compares_paths_by_bytes(session: Session) -> None:
    """Autogenerate does not see collations, so PostgreSQL is asked itself."""
    paths = {(name, c.name) for name, table in TABLES.items() for c in table.c if c.name.endswith("_path")}
    assert len(paths) > 10
    if session.get_bind().dialect.name == "postgresql":
        rows = session.connection().execute(
            text(
                "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
                " JOIN pg_collation l ON l.oid = a.attcollation"
                " WHERE c.relkind = 'r' AND a.attname LIKE '%\\_path' AND l.collname = 'C'"
                " AND c.relnamespace = 'public'::regnamespace"
            )
        )
        assert paths <= {tuple(row) for row in rows}
    order = "SELECT path FROM (VALUES ('/1/4/'), ('/1/40/'), ('/1/5/')) AS v(path) ORDER BY path"
    if session.get_bind().dialect.name == "sqlite":
        order = "SELECT column1 FROM (VALUES ('/1/4/'), ('/1/40/'), ('/1/5/')) ORDER BY column1"
    else:
        order += ' COLLATE "C"'
    assert list(session.connection().execute(text(order)).scalars()) == ["/1/4/", "/1/40/", "/1/5/"]


@pytest.mark.parametrize(
    ("path", "inside", "outside"),
    [
        ("/1/", ["/1/", "/1/2/", "/1/37/412/", "/1/9999/"], ["/", "/10/", "/10/2/", "/2/", "/0/"]),
        ("/1/37/", ["/1/37/", "/1/37/1/"], ["/1/370/", "/1/3/", "/1/38/", "/1/37", "/1/4/37/"]),
    ],
)
def test_a_subtree_is_a_range_of_bytes(
    session: Session, path: str, inside: list[str], outside: list[str]
) -> None:
    for other in inside + outside:
        value = session.connection().scalar(select(authz.within(literal(other, Path), path)))
        assert bool(value) is (other in inside), other


def test_secure_settings_of_the_embedded_database(web_backend: Backend) -> None:
    if web_backend.name != "sqlite":
        pytest.skip("PostgreSQL")
    wanted = {
        "foreign_keys": 1,
        "secure_delete": 1,
        "trusted_schema": 0,
        "journal_mode": "wal",
        "synchronous": 2,
    }
    with database.engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    assert found == wanted
