"""No way to the rows of a protected table but through a scope: every shape, every table, both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, exists, func, inspect, select, union_all, update
from sqlalchemy.exc import DatabaseError, InvalidRequestError
from sqlalchemy.orm import aliased, joinedload, make_transient_to_detached, selectinload

from school_portal.core import authz
from school_portal.core.authz import UnscopedRead, everybody, lookup, scope, unguarded
from school_portal.core.db import PortalSession
from school_portal.incidents.models import Incident, Involvement
from tests.access.shapes import (
    ONLY_POSTGRESQL,
    READS,
    Shape,
    everything,
    key,
    protected_models,
    shapes,
    some_key,
    table_of,
)
from tests.world import World

SHAPES = {**READS, **ONLY_POSTGRESQL}
TABLES = {model.__tablename__: model for model in protected_models()}


def outcome(session: PortalSession, shape: Shape, model: Any) -> str:
    """What a shape comes to: `refused`, `read`, or another error in its own words."""
    try:
        shape(session, model)
    except UnscopedRead:
        return "refused"
    except (DatabaseError, InvalidRequestError) as error:
        return f"{type(error).__name__}: {error}"[:300]
    finally:
        session.expunge_all()
    return "read"


def test_there_are_many_shapes_and_many_tables() -> None:
    assert len(SHAPES) >= 90
    assert len(TABLES) >= 17
    assert {"incident", "person", "involvement", "users", "membership", "tally", "audit_event"} <= set(TABLES)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_no_shape_reads_a_protected_table_without_a_scope(session: PortalSession, name: str) -> None:
    """The guard refuses before any SQL is sent, so no database needs rows for this."""
    outcomes = {table: outcome(session, SHAPES[name], model) for table, model in TABLES.items()}
    assert set(outcomes.values()) == {"refused"}, outcomes


@pytest.mark.filterwarnings("ignore:.*cartesian product")
@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_shapes_are_sharp_each_would_read_if_nobody_guarded(session: PortalSession, table: str) -> None:
    backend = session.get_bind().dialect.name
    duds = {}
    for name, shape in shapes(backend):
        with unguarded("the leak matrix shows that its shapes are real"), session.begin_nested() as savepoint:
            result = outcome(session, shape, TABLES[table])
            savepoint.rollback()
        if result != "read" and "append-only" not in result:
            duds[name] = result
    assert duds == {}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_scoped_form_of_each_kind_of_statement_passes(session: PortalSession, table: str) -> None:
    model = TABLES[table]
    rows, other = everything(model), aliased(model)
    inner = scope(select(key(model)), rows)
    column = inspect(model).primary_key[0]
    statements = {
        "entity": scope(select(model), rows),
        "count": scope(select(func.count()).select_from(model), rows),
        "alias": scope(select(other), everything(other)),
        "both of a join": scope(
            scope(select(model).join(other, key(other) == key(model)), rows), everything(other)
        ),
        "core table": scope(select(table_of(model)), column.is_not(None)),
        "subquery": select(func.count()).select_from(inner.subquery()),
        "cte": select(inner.cte("c")),
        "exists": select(inner.exists()),
        "union": union_all(inner, inner),
        "correlated": scope(select(key(model)), rows).where(
            exists().where(key(other) == key(model), authz.RowScope(everything(other)))
        ),
        "lookup": lookup(select(model), key(model) == some_key(model)[0]),
    }
    for statement in statements.values():
        session.execute(statement).all()
    nothing = key(model) == some_key(model)[0]
    if table != "audit_event":  # which refuses these by itself
        session.execute(scope(delete(model), nothing).execution_options(synchronize_session=False))
        plain = next(iter(inspect(model).column_attrs)).key
        change = update(model).values({plain: getattr(model, plain)})
        session.execute(scope(change, nothing).execution_options(synchronize_session=False))


def test_a_lookup_reads_but_decides_nothing(session: PortalSession) -> None:
    authz.begin_request()
    session.execute(lookup(select(Incident.id), Incident.id.is_not(None))).all()
    assert not authz.is_decided()
    session.execute(scope(select(Incident.id), everybody(Incident.org_path))).all()
    assert authz.is_decided()


def test_a_decision_is_remembered_for_a_shape_that_was_checked_before(session: PortalSession) -> None:
    for _ in range(2):
        authz.begin_request()
        session.execute(scope(select(Incident.number), everybody(Incident.org_path))).all()
        assert authz.is_decided()


def test_an_unscoped_twin_of_a_checked_statement_is_refused(session: PortalSession) -> None:
    """The mark is in the statement's cache key, so a cached "ok" never passes its unmarked twin."""
    session.execute(scope(select(Incident.place), everybody(Incident.org_path))).all()
    with pytest.raises(UnscopedRead):
        session.execute(select(Incident.place).where(everybody(Incident.org_path)))


def test_relationships_read_only_what_follows_its_parent(session: PortalSession, world: World) -> None:
    world.report("x")
    rows = everybody(Incident.org_path)
    for inner in (Incident.involvements.any(), Incident.involvements.any(Involvement.is_harmed)):
        with pytest.raises(UnscopedRead):
            session.execute(scope(select(Incident), rows).where(inner))
    with pytest.raises(UnscopedRead):
        session.execute(
            scope(select(Incident).options(joinedload(Incident.involvements)), rows)
        ).unique().all()
    with pytest.raises(UnscopedRead):
        session.execute(scope(select(Incident).join(Incident.involvements), rows)).all()
    session.expunge_all()
    incident = session.scalars(scope(select(Incident), rows)).one()
    with pytest.raises(InvalidRequestError, match="lazy='raise'"):
        assert incident.involvements
    session.expunge_all()
    assert session.scalars(scope(select(Incident).options(selectinload(Incident.involvements)), rows)).one()


def test_refresh_works_for_what_was_read_by_a_scope_and_for_nothing_else(
    session: PortalSession, world: World
) -> None:
    incident_id = world.report("x")
    incident = session.scalars(scope(select(Incident), everybody(Incident.org_path))).one()
    session.refresh(incident)
    session.expunge_all()
    smuggled = Incident(id=incident_id)
    make_transient_to_detached(smuggled)
    with pytest.raises(UnscopedRead):
        session.add(smuggled)
    assert smuggled not in session


def test_legacy_bulk_calls_that_no_guard_sees_are_gone(session: PortalSession, world: World) -> None:
    incident_id = world.report("x")
    for call in (session.bulk_update_mappings, session.bulk_insert_mappings):
        with pytest.raises(UnscopedRead):
            call(Incident, [{"id": incident_id, "place": "yard"}])
    with pytest.raises(UnscopedRead):
        session.bulk_save_objects([])
    with pytest.raises(UnscopedRead):
        session.execute(update(Incident), [{"id": incident_id, "place": "yard", "row_version": 1}])
