"""The belts below the door: row scopes, the guard that refuses reads without one, and permission checks.

What a role may see is said in each feature's `policy.py`; here is only what makes it impossible to forget.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import (
    Alias,
    BindParameter,
    ColumnClause,
    ColumnElement,
    CompoundSelect,
    Delete,
    Insert,
    Join,
    Select,
    Table,
    TableClause,
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


@contextmanager
def deciding_nothing() -> Iterator[None]:
    """What is read in here isn't the request's decision: the frame of every page reads the header's words."""
    token = _decided.set(_decided.get())
    try:
        yield
    finally:
        _decided.reset(token)


# --- the guard -------------------------------------------------------------------------------------------------

_protected: set[Table] = set()
_protected_names: set[str] = set()
_checked: dict[Any, bool] = {}
_trusted: ContextVar[bool] = ContextVar("trusted", default=False)
_ONE_WORD = re.compile(r"\w+|\*")


def protect(table: Table) -> None:
    """Called for each mapped class that carries RowProtected."""
    _protected.add(table)
    _protected_names.add(table.name)
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
        decides = _check(statement, _Around())
        if key is not None:
            _checked[key.key] = decides
    if decides:
        _decided.set(True)


@dataclass(frozen=True)
class _Around:
    """With what a sub-select may correlate: the FROM of the statement right around it, and of all around it."""

    near: frozenset[Any] = frozenset()
    every: frozenset[Any] = frozenset()

    def correlated(self, select: Select[Any], sources: Sequence[Any]) -> set[Any]:
        """The sources that the select takes from around it instead of reading them anew; SQLAlchemy's own rules."""
        free = {source for source in sources if source in self.every and source in select._correlate}
        if select._correlate_except is not None:
            free |= {s for s in sources if s in self.every and s not in select._correlate_except}
        if select._auto_correlate and len(sources) > 1:
            free |= {source for source in sources if source in self.near}
        return free

    def below(self, read: Iterable[Any]) -> _Around:
        """For the sub-selects of a statement that reads these."""
        near = frozenset(read)
        return _Around(near, near | self.every)


def _check(element: Any, around: _Around) -> bool:
    """Check every SELECT, UPDATE and DELETE below `element`; True when one of them is scoped by a policy."""
    if isinstance(element, RowScope):
        return False  # the policy's own sub-selects are what scopes
    if isinstance(element, TextClause) or _is_raw(element):
        raise UnscopedRead("raw SQL inside a statement")
    if isinstance(element, Select):
        return _check_select(element, around)
    if isinstance(element, (Update, Delete)):
        return _check_write(element, around)
    if isinstance(element, (Subquery, CTE)):
        around = _Around()  # what stands in FROM never correlates
    decides = False
    for child in _children(element):
        decides |= _check(child, around)
    return decides


def _check_select(select: Select[Any], around: _Around) -> bool:
    scopes, scoped = _scopes_of(select._where_criteria)
    sources = select.get_final_froms()
    free = around.correlated(select, sources)
    read = [leaf for source in sources if source not in free for leaf in _leaves(source)]
    _refuse_unscoped(read, scoped, "read")
    return _check_below(select, scopes, around.below(read))


def _check_write(statement: Update | Delete, around: _Around) -> bool:
    scopes, scoped = _scopes_of(statement._where_criteria)
    touched = {statement.table, *getattr(statement, "_extra_froms", ())}
    touched |= {leaf for clause in statement._where_criteria for leaf in _tables_of(clause)}
    _refuse_unscoped(touched, scoped, "changed in bulk")
    return _check_below(statement, scopes, around.below(touched))


def _scopes_of(where: Iterable[Any]) -> tuple[list[RowScope], frozenset[Any]]:
    """The scopes of a WHERE and the FROM elements that they speak of."""
    scopes = [clause for clause in _flat(where) if isinstance(clause, RowScope)]
    return scopes, frozenset(leaf for clause in scopes for leaf in _tables_of(clause))


def _refuse_unscoped(leaves: Iterable[Any], scoped: frozenset[Any], done: str) -> None:
    for leaf in leaves:
        if _is_protected_leaf(leaf) and leaf not in scoped:
            raise UnscopedRead(f"{getattr(leaf, 'name', leaf)} is {done} without scope()")


def _check_below(statement: Any, scopes: Iterable[RowScope], around: _Around) -> bool:
    decides = any(not isinstance(clause, RowLookup) for clause in scopes)
    for child in _children(statement):
        decides |= _check(child, around)
    return decides


def _children(element: Any) -> Iterator[Any]:
    if isinstance(element, Table):
        return  # columns' defaults are ours
    if isinstance(element, Insert):
        yield from _children_of_insert(element)
    else:
        yield from element.get_children()
    yield from getattr(element, "_independent_ctes", ())


def _children_of_insert(insert: Insert) -> Iterator[Any]:
    """All but the table itself, which an INSERT does not read, and plain values, of which there may be thousands."""
    rows: list[Any] = [insert._values or {}, *(row for rows in insert._multi_values for row in rows)]
    for row in rows:
        for value in row.values() if isinstance(row, Mapping) else row:
            if isinstance(value, ClauseElement) and not isinstance(value, BindParameter):
                yield value
    yield from (part for part in (insert.select, insert._post_values_clause) if part is not None)
    yield from insert._returning


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
    """A protected table or its alias, also when it is described a second time by its mere name."""
    inner = leaf
    while isinstance(inner, (Alias, TableSample)):
        inner = inner.element
    return isinstance(inner, TableClause) and inner.name in _protected_names


def _is_raw(element: Any) -> bool:
    """A `literal_column` that says more than a word or a star."""
    return isinstance(element, ColumnClause) and element.is_literal and not _ONE_WORD.fullmatch(element.name)
