"""More cases than can be played: each a copy of one that was, on another day, with its own number and people.

For measuring lists and figures. Rows are copied past the services, which take ten times as long; the figures are
counted anew at the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from school_portal.audit.service import record
from school_portal.core.actor import Actor
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import at, local
from school_portal.core.crypto import keyring, sealed_fields
from school_portal.core.db import Base, upsert
from school_portal.demo import calendar
from school_portal.demo.cases import Case
from school_portal.demo.past import Past
from school_portal.demo.stories import AWAY
from school_portal.incidents.domain import EntryKind, IncidentState, case_number, check_code
from school_portal.organisations.domain import school_year_of

OF_A_CASE = ("involvement", "assignment", "chronology_entry", "authority_told")
KEPT = 60
"""So many of the newest finished cases of each day of the week are copied from."""
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ENDED = (IncidentState.ACCEPTED, IncidentState.NOT_SUBSTANTIATED)
ACTS = {EntryKind.TAKEN_UP: "incident-taken-up", EntryKind.FACTS_ADDED: "facts-added"}
DECISIONS = (EntryKind.CODED, EntryKind.NOT_SUBSTANTIATED)

Row = dict[str, Any]


@dataclass(frozen=True)
class Model:
    """A finished case as rows by table, its sealed texts open."""

    incident: Row
    rows: Mapping[str, Sequence[Row]]
    last: datetime
    """When something was last done about it."""


class Copies:
    """Makes copies of finished cases; the rows of a day are stored together."""

    def __init__(self, random: Random, past: Past) -> None:
        self.random, self.past = random, past
        self.made = 0
        self._cases: dict[tuple[int, bool], deque[Case]] = {}
        self._models: dict[UUID, Model | None] = {}
        self._waiting: list[tuple[Model, timedelta]] = []

    def learn(self, case: Case) -> None:
        """Somebody has decided about a case: it may be copied."""
        day = case.report.occurred_on
        for is_away in {False, case.report.place in AWAY}:
            self._cases.setdefault((day.weekday(), is_away), deque(maxlen=KEPT)).append(case)

    def add(self, session: Session, day: date) -> bool:
        """Copy a case to this day; False when there is none that could have happened on it and ended since."""
        known = self._cases.get((day.weekday(), not calendar.is_school_day(day)))
        if not known:
            return False
        case = self.random.choice(known)
        model = self._model(session, case.report.id)
        if model is None or local(model.last) + (day - case.report.occurred_on) >= self.past.end:
            return False
        self._waiting.append((model, day - case.report.occurred_on))
        return True

    def store(self, session: Session) -> None:
        """Write what was copied since the last time."""
        if not self._waiting:
            return
        tables: dict[str, list[Row]] = {
            name: [] for name in ("incident", "person", "person_token", *OF_A_CASE)
        }
        first, _ = self._waiting[0]
        day = first.incident["occurred_on"] + self._waiting[0][1]
        year = school_year_of(day).start_year
        serial = _take_serials(session, year, len(self._waiting)) - len(self._waiting)
        with at(calendar.midnight(day)):  # sealed under the key of its year
            for number, (model, span) in enumerate(self._waiting, start=serial + 1):
                self._copy(model, span, year, number, tables)
        for name, rows in tables.items():
            if rows:
                session.execute(insert(_table(name)), rows)
        self.made += len(self._waiting)
        self._waiting.clear()

    # --- one case ----------------------------------------------------------------------------------------------------

    def _model(self, session: Session, incident_id: UUID) -> Model | None:
        if incident_id not in self._models:
            self._models[incident_id] = _read(session, incident_id)
        return self._models[incident_id]

    def _copy(
        self, model: Model, span: timedelta, year: int, serial: int, tables: Mapping[str, list[Row]]
    ) -> None:
        incident = {**_moved(model.incident, span), "id": self._uuid()}
        number = case_number(year, serial)
        code = check_code(incident["id"], number, incident["reported_at"], incident["facts_sealed"])
        incident |= {"school_year": year, "serial": serial, "number": number, "check_code": code}
        people = {row["id"]: self._uuid() for row in model.rows["person"]}
        tables["incident"].append(_sealed("incident", incident))
        for row in model.rows["person"]:
            code = row["code"][:3] + "".join(self.random.choices(LETTERS, k=8))
            tables["person"].append(_sealed("person", {**row, "id": people[row["id"]], "code": code}))
        for row in model.rows["person_token"]:
            tables["person_token"].append({**row, "person_id": people[row["person_id"]]})
        for name in OF_A_CASE:
            for row in model.rows[name]:
                new = {**_moved(row, span), "id": self._uuid(), "incident_id": incident["id"]}
                if name == "involvement":
                    new["person_id"] = people[row["person_id"]]
                tables[name].append(_sealed(name, new))
        self._have_audited(incident, number, [_moved(row, span) for row in model.rows["chronology_entry"]])

    def _uuid(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def _have_audited(self, incident: Row, number: str, entries: Sequence[Row]) -> None:
        reporter = incident["entered_by"] or incident["reported_by"]
        self._audit(incident, incident["reported_at"], reporter, "incident-reported", number=number)
        for entry in entries:
            if entry["by_reporter"]:
                self._audit(incident, entry["at"], incident["reported_by"], "own-facts-added")
            elif entry["kind"] in ACTS:
                self._audit(incident, entry["at"], entry["by_user"], ACTS[entry["kind"]])
            elif entry["kind"] in DECISIONS:
                details = {
                    "state": incident["state"].value,
                    "types": incident["type_codes"],
                    "severity": incident["severity"],
                }
                self._audit(incident, entry["at"], entry["by_user"], "incident-triaged", **details)

    def _audit(self, incident: Row, moment: datetime, by: UUID, action: str, **details: Any) -> None:
        actor = Actor(user_id=by, name="")
        incident_id, path = incident["id"], incident["org_path"]
        self.past.add(
            moment,
            lambda session: record(session, actor, action, "incident", incident_id, path, **details),
        )


# --- rows ------------------------------------------------------------------------------------------------------------


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


@cache
def _labels(table: str) -> Mapping[str, str]:
    """The label of each sealed column."""
    (model,) = [mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is _table(table)]
    return {field.column: field.label for field in sealed_fields(model).values()}


def _rows(session: Session, name: str, column: str, values: Sequence[UUID]) -> list[Row]:
    table = _table(name)
    statement = scope(select(table), everybody(table.c.org_path)).where(table.c[column].in_(values))
    return [_open(name, dict(row)) for row in session.execute(statement).mappings()]


def _open(table: str, row: Row) -> Row:
    opened = {
        column: keyring.unseal(label, row["id"], row[column]).decode()
        for column, label in _labels(table).items()
        if row[column] is not None
    }
    return row | opened


def _sealed(table: str, row: Row) -> Row:
    closed = {
        column: keyring.seal(label, row["id"], row[column].encode())
        for column, label in _labels(table).items()
        if row[column] is not None
    }
    return row | closed


def _read(session: Session, incident_id: UUID) -> Model | None:
    (incident,) = _rows(session, "incident", "id", [incident_id])
    if incident["state"] not in ENDED or incident["lowering_to"] is not None:
        return None
    rows = {name: _rows(session, name, "incident_id", [incident_id]) for name in OF_A_CASE}
    people = [row["person_id"] for row in rows["involvement"]]
    rows["person"] = _rows(session, "person", "id", people)
    rows["person_token"] = _rows(session, "person_token", "person_id", people)
    last = max((row["at"] for row in rows["chronology_entry"]), default=incident["reported_at"])
    return Model(incident, rows, last)


def _moved(row: Row, span: timedelta) -> Row:
    """On another day, with all that was done about it."""
    return {name: value + span if isinstance(value, date) else value for name, value in row.items()}


def _take_serials(session: Session, year: int, number: int) -> int:
    """The last of so many running numbers."""
    table = _table("incident_serial")
    statement = upsert(session, table, ["school_year"], add=["last"]).returning(table.c.last)
    return int(session.execute(statement, {"school_year": year, "last": number}).scalar_one())
