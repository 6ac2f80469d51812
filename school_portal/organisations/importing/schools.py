"""Schools of a list: each row checked and matched to what is known, then added or updated through the service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import require
from school_portal.core.clock import today
from school_portal.organisations import policy, queries, service
from school_portal.organisations.domain import (
    LEVELS_OF,
    LIMITS,
    Boarding,
    CreateUnit,
    Level,
    Ownership,
    SchoolKind,
    Unit,
    UnitDetails,
    UnitKind,
    is_managed_by_department,
    match_place,
    parse_levels,
    problems_of,
    same_name,
)
from school_portal.organisations.importing.mapping import OWN, Mapping
from school_portal.organisations.importing.rows import InputRefused, Outcome, Row, RowError, Table

E = TypeVar("E", bound=StrEnum)
_TEXTS = tuple(name for name in LIMITS if name not in ("code", "commune_code"))


@dataclass
class Plan:
    """What an import would do: units to begin, units to correct, units that get another manager."""

    outcome: Outcome
    begin: list[CreateUnit] = field(default_factory=list)
    correct: list[tuple[Unit, UnitDetails]] = field(default_factory=list)
    move: list[tuple[Unit, UUID]] = field(default_factory=list)


class _Wrong(Exception):
    """A field of this row can't be taken."""

    def __init__(self, name: str, code: str, **values: object) -> None:
        super().__init__(code)
        self.name, self.code, self.values = name, code, values


def plan_schools(session: Session, actor: Actor, table: Table, mapping: Mapping = OWN) -> Plan:
    """Compare every row with what is known; nothing is changed.

    InputRefused when the file lacks a column that the mapping names, or the code or name of schools.
    """
    require(policy.may_import(actor))
    needed = {"code", "name_vi"} if mapping is OWN else mapping.needs()
    missing = sorted(needed - set(table.columns))
    if missing:
        raise InputRefused("columns-missing", columns=", ".join(missing))
    return _Planner(session, actor, mapping).plan(table.rows)


class _Planner:
    """Holds what every row is compared with."""

    def __init__(self, session: Session, actor: Actor, mapping: Mapping) -> None:
        self.mapping = mapping
        self.places = queries.list_places(session, actor)
        self.place_of = {place.code: place for place in self.places}
        self.known = {unit.code: unit for unit in queries.all_units(session, actor)}
        self.department = next(
            (unit for unit in self.known.values() if unit.kind == UnitKind.DEPARTMENT), None
        )
        self.ended = queries.codes_of_ended_units(session, actor)
        self.result = Plan(Outcome())

    def plan(self, rows: Iterable[Row]) -> Plan:
        lines: dict[str, int] = {}
        for row in rows:
            code = self.mapping.value(row, "code")
            try:
                self._check_row(row)
                if code in lines:
                    raise _Wrong("code", "code-twice", line=lines[code])
                self._plan_row(row, code)
            except _Wrong as wrong:
                self.result.outcome.errors.append(self._at(row, wrong.name, wrong.code, **wrong.values))
            if code:
                lines.setdefault(code, row.line)
        return self.result

    def _at(self, row: Row, name: str, code: str, **values: object) -> RowError:
        column = name if name in row.cells else self.mapping.column_of(name)
        return RowError(row, column, row.cells.get(column, ""), code, values)

    def _check_row(self, row: Row) -> None:
        if row.too_many or row.too_few:
            raise _Wrong("", "cells-do-not-fit")
        for column, words in self.mapping.refuse.items():
            if row.cells[column] in words:
                raise _Wrong(column, words[row.cells[column]])

    def _plan_row(self, row: Row, code: str) -> None:
        standing = self.known.get(code)
        if code and standing is None and code in self.ended:
            raise _Wrong("code", "unit-closed")
        if standing is not None and standing.kind != UnitKind.SCHOOL:
            raise _Wrong("code", "code-of-an-office", office=standing.name_vi)
        details = self._details(row, code, standing.details if standing else None)
        for name, problem in problems_of(UnitKind.SCHOOL, details):
            raise _Wrong(name, problem)
        manager = self._manager(row, details, standing)
        if standing is None:
            opened = self._date(row, "opened_on") or today()
            self.result.begin.append(CreateUnit(UnitKind.SCHOOL, manager.id, details, opened))
            self.result.outcome.added += 1
            return
        if details != standing.details:
            self.result.correct.append((standing, details))
        if manager.id != standing.parent_id:
            self.result.move.append((standing, manager.id))
        if details != standing.details or manager.id != standing.parent_id:
            self.result.outcome.updated += 1
        else:
            self.result.outcome.unchanged += 1

    def _details(self, row: Row, code: str, before: UnitDetails | None) -> UnitDetails:
        """What the row says over what is known; an empty cell leaves what is known."""
        told: dict[str, object] = {}
        for name in _TEXTS:
            if text := self.mapping.value(row, name):
                told[name] = text
        if kind := self._word(row, "school_kind", SchoolKind):
            told["school_kind"] = kind
        told |= self._levels(row, kind, before)
        if boarding := self._word(row, "boarding", Boarding):
            told["boarding"] = boarding
        if ownership := self._word(row, "ownership", Ownership):
            told["ownership"] = ownership
        if commune := self._commune(row, known=before is not None):
            told["commune_code"] = commune.code
        return replace(before or UnitDetails(code=code, name_vi=""), **told)  # type: ignore[arg-type]

    def _levels(self, row: Row, kind: SchoolKind | None, before: UnitDetails | None) -> dict[str, object]:
        text = self.mapping.value(row, "levels")
        if text:
            try:
                return {"levels": parse_levels(text)}
            except ValueError:
                raise _Wrong("levels", "level-unknown", words=" ".join(Level)) from None
        if kind is not None and (before is None or before.school_kind != kind):
            return {"levels": LEVELS_OF[kind]}
        return {}

    def _word(self, row: Row, name: str, enum: type[E]) -> E | None:
        text = self.mapping.value(row, name)
        if not text:
            return None
        try:
            return enum(text.casefold())
        except ValueError:
            raise _Wrong(name, "word-unknown", words=", ".join(enum)) from None

    def _date(self, row: Row, name: str) -> date | None:
        text = self.mapping.value(row, name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise _Wrong(name, "date-unknown") from None

    def _commune(self, row: Row, *, known: bool) -> Unit | None:
        """The commune by its code; by its name where the code is missing or not known. Never a guess."""
        code = self.mapping.value(row, "commune_code")
        name = self.mapping.value(row, "commune_name")
        by_code = self.place_of.get(code)
        if by_code is not None:
            if name and not same_name(name, by_code.name_vi):
                raise _Wrong(
                    "commune_name", "commune-code-and-name-differ", place=by_code.name_vi, given=code
                )
            return by_code
        if not name:
            if code:
                raise _Wrong("commune_code", "commune-unknown", given=code)
            if known:
                return None
            raise _Wrong("commune_code", "commune-not-given")
        keys = match_place(name, ((place.code, place.name_vi) for place in self.places))
        found = [self.place_of[key] for key in keys]
        if not found:
            raise _Wrong("commune_name", "commune-name-unknown")
        if len(found) > 1:
            both = ", ".join(f"{place.name_vi} ({place.code})" for place in found)
            raise _Wrong("commune_name", "commune-name-ambiguous", both=both)
        if code:
            self.result.outcome.notes.append(
                self._at(
                    row, "commune_code", "commune-taken-by-name", place=found[0].name_vi, taken=found[0].code
                )
            )
        return found[0]

    def _manager(self, row: Row, details: UnitDetails, standing: Unit | None) -> Unit:
        """Whom the row names; else by the rule of responsibility. A manager set by hand stays."""
        code = self.mapping.value(row, "manager_code")
        if code:
            manager = self.known.get(code)
            if manager is None or manager.kind == UnitKind.SCHOOL:
                raise _Wrong("manager_code", "manager-unknown")
            return manager
        by_rule = self._by_rule(details)
        if standing is not None and standing.parent_id is not None:
            unmoved = self._by_rule(standing.details) == by_rule
            present = next((unit for unit in self.known.values() if unit.id == standing.parent_id), None)
            if present is not None and (unmoved or by_rule is None):
                return present
        if by_rule is None:
            raise _Wrong("commune_code", "manager-unknown")
        return by_rule

    def _by_rule(self, details: UnitDetails) -> Unit | None:
        if is_managed_by_department(details.levels):
            return self.department
        return self.place_of.get(details.commune_code)


def apply_schools(session: Session, actor: Actor, plan: Plan) -> Outcome:
    """Do what was planned, in the caller's transaction."""
    require(policy.may_import(actor))
    service.create_units(session, actor, plan.begin)
    for unit, details in plan.correct:
        service.correct_unit(session, actor, unit.id, unit.version_id, details)
    for unit, manager_id in plan.move:
        service.move_unit(session, actor, unit.id, manager_id, today())
    return plan.outcome
