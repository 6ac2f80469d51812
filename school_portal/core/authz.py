"""The belts below the door: row scopes, the guard that refuses reads without one, and permission checks.

What a role may see is said in each feature's `policy.py`; here is only what makes it impossible to forget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from sqlalchemy import (
    Alias,
    ColumnElement,
    CompoundSelect,
    Delete,
    Insert,
    Join,
    Select,
    Table,
    TextClause,
    Update,
    and_,
    or_,
)
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.sql.elements import BooleanClauseList, ClauseElement, Grouping
from sqlalchemy.sql.operators import and_ as and_operator
from sqlalchemy.sql.selectable import CTE, FromClause, Subquery, TableSample

from school_portal.core.errors import NotPermitted

S = TypeVar("S", Select[Any], Update, Delete)


class RowProtected:
    """Marks a mapped table whose rows may be read only through `scope()` or `lookup()`."""


class UnscopedRead(Exception):
    """A statement touches a protected table without saying who asks; a fault of ours, so a 500."""


class RowScope(Grouping[Any]):
    """Brackets around the rows that the actor may see; part of SQLAlchemy's cache key."""

    inherit_cache = True


class RowLookup(RowScope):
    """Brackets around the one key that was given at the door; makes no decision."""

    inherit_cache = True


def scope(statement: S, visible: ColumnElement[bool]) -> S:
    """Limit the statement to the rows in `visible`, a clause made by a feature's `policy.visible_to(actor)`."""
    return statement.where(RowScope(and_(visible)))


def lookup(statement: S, condition: ColumnElement[bool]) -> S:
    """Read by the key that somebody presents before anybody is signed in; does not count as a decision."""
    return statement.where(RowLookup(and_(condition)))


def path_end(path: str) -> str:
    """The first path after the subtree of `path`: the byte after '/' is '0'."""
    return path[:-1] + "0"


def within(path_column: Any, path: str) -> ColumnElement[bool]:
    """The unit at `path` and all below it, as a half-open range that an index on bytes can serve."""
    return and_(path_column >= path, path_column < path_end(path))


def nobody(path_column: Any) -> ColumnElement[bool]:
    """No row. Not SQL's `false`, which would vanish from the brackets and look unscoped."""
    return cast(ColumnElement[bool], path_column.is_(None))


def everybody(path_column: Any) -> ColumnElement[bool]:
    """Each row: for operators' commands."""
    return cast(ColumnElement[bool], path_column >= "/")


def visible_in(path_column: Any, paths: Iterable[str]) -> ColumnElement[bool]:
    """The rows of the units at `paths` and below them; no row when there are none."""
    ranges = [within(path_column, path) for path in paths]
    return or_(*ranges) if ranges else nobody(path_column)


# --- the request's decision ------------------------------------------------------------------------------------

_decided: ContextVar[bool] = ContextVar("decided", default=False)


def begin_request() -> None:
    """Forget decisions of earlier work in this thread."""
    _decided.set(False)


def is_decided() -> bool:
    """Whether this request scoped a read or required a permission."""
    return _decided.get()


def require(allowed: bool, code: str = "not-permitted") -> None:
    """Go on only when the policy allows it; raises NotPermitted (403) otherwise. Counts as the decision."""
    _decided.set(True)
    if not allowed:
        raise NotPermitted(code)


def decide_own() -> None:
    """The view touches nothing but the signed-in person's own account: that is its decision."""
    _decided.set(True)


# --- the guard -------------------------------------------------------------------------------------------------

_protected: set[Table] = set()
_checked: dict[Any, bool] = {}
_trusted: ContextVar[bool] = ContextVar("trusted", default=False)


def protect(table: Table) -> None:
    """Called for each mapped class that carries RowProtected."""
    _protected.add(table)
    _checked.clear()


def is_protected(table: Table) -> bool:
    """Whether reads of this table need a scope."""
    return table in _protected


@contextmanager
def unguarded(reason: str) -> Iterator[None]:
    """Let maintenance of the store itself (backup, rebuilding the tally, key rotation) read every row.

    A test lists the callers; `reason` is for the reader.
    """
    assert reason
    token = _trusted.set(True)
    try:
        yield
    finally:
        _trusted.reset(token)


def guard(state: ORMExecuteState) -> None:
    """Refuse each statement that reads or bulk-writes a protected table without a scope.

    Listener of `do_orm_execute`. Loads of further columns of an object already in the session, and of
    relationships declared to follow their parent, are let through.
    """
    if state.is_column_load or state.is_relationship_load or _trusted.get():
        return
    statement = state.statement
    if isinstance(statement, TextClause):
        raise UnscopedRead("raw SQL is not read through the session")
    key = statement._generate_cache_key() if isinstance(statement, ClauseElement) else None
    decides = _checked.get(key.key) if key is not None else None
    if decides is None:
        decides = _check(statement, frozenset())
        if key is not None:
            _checked[key.key] = decides
    if decides:
        _decided.set(True)


def _check(element: Any, enclosing: frozenset[Any]) -> bool:
    """Check every SELECT, UPDATE and DELETE below `element`; True when one of them is scoped by a policy."""
    if isinstance(element, RowScope):
        return False  # the policy's own sub-selects are what scopes
    if isinstance(element, TextClause):
        raise UnscopedRead("raw SQL inside a statement")
    if isinstance(element, Select):
        return _check_select(element, enclosing)
    if isinstance(element, (Update, Delete)):
        return _check_write(element, enclosing)
    if isinstance(element, (Subquery, CTE)):
        enclosing = frozenset()  # what stands in FROM never correlates
    decides = False
    for child in _children(element):
        decides |= _check(child, enclosing)
    return decides


def _check_select(select: Select[Any], enclosing: frozenset[Any]) -> bool:
    scopes = [clause for clause in _flat(select._where_criteria) if isinstance(clause, RowScope)]
    scoped = frozenset(leaf for clause in scopes for leaf in _tables_of(clause))
    outer = enclosing if select._auto_correlate or select._correlate else frozenset()
    decides = any(not isinstance(clause, RowLookup) for clause in scopes)
    for source in select.get_final_froms():
        for leaf in _leaves(source):
            if _is_protected_leaf(leaf) and leaf not in scoped and leaf not in outer:
                raise UnscopedRead(f"{_name(leaf)} is read without scope()")
    for child in _children(select):
        decides |= _check(child, scoped | outer)
    return decides


def _check_write(statement: Update | Delete, enclosing: frozenset[Any]) -> bool:
    scopes = [clause for clause in _flat(statement._where_criteria) if isinstance(clause, RowScope)]
    scoped = frozenset(leaf for clause in scopes for leaf in _tables_of(clause))
    touched = {statement.table} | {
        leaf for clause in statement._where_criteria for leaf in _tables_of(clause)
    }
    for leaf in touched:
        if _is_protected_leaf(leaf) and leaf not in scoped and leaf not in enclosing:
            raise UnscopedRead(f"{_name(leaf)} is changed in bulk without scope()")
    decides = any(not isinstance(clause, RowLookup) for clause in scopes)
    for child in _children(statement):
        decides |= _check(child, scoped | enclosing)
    return decides


def _children(element: Any) -> Iterator[Any]:
    if isinstance(element, Insert):
        if element.select is not None:
            yield element.select
        yield from element._returning
        return
    if isinstance(element, Table):
        return  # columns' defaults are ours
    yield from element.get_children()
    if isinstance(element, (Select, CompoundSelect, Update, Delete)):
        yield from element._independent_ctes


def _flat(criteria: Iterable[Any]) -> Iterator[Any]:
    """The clauses of a WHERE, with ANDs opened: only what is certainly ANDed counts as a scope."""
    for clause in criteria:
        if isinstance(clause, BooleanClauseList) and clause.operator is and_operator:
            yield from _flat(clause.clauses)
        else:
            yield clause


def _tables_of(element: Any) -> Iterator[Any]:
    """The FROM elements whose columns stand in `element`, not looking into its sub-selects' own columns."""
    table = getattr(element, "table", None)
    if isinstance(table, FromClause):
        yield table
    if isinstance(element, (Select, CompoundSelect)):
        return
    for child in element.get_children():
        yield from _tables_of(child)


def _leaves(source: Any) -> Iterator[Any]:
    if isinstance(source, Join):
        yield from _leaves(source.left)
        yield from _leaves(source.right)
    else:
        yield source


def _is_protected_leaf(leaf: Any) -> bool:
    inner = leaf
    while isinstance(inner, (Alias, TableSample)):
        inner = inner.element
    return inner in _protected


def _name(leaf: Any) -> str:
    return str(getattr(leaf, "name", leaf))

