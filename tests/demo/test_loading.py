"""The demo as it is loaded: two school years told in their own time, the same for the same seed and date."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from school_portal import demo
from school_portal.accounts import queries as accounts
from school_portal.accounts.models import Membership, User
from school_portal.audit import queries as audit
from school_portal.audit.models import AuditEvent
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import local, today
from school_portal.core.db import PortalSession, database
from school_portal.core.jobs import jobs
from school_portal.demo import loading
from school_portal.demo.stories import words_of
from school_portal.incidents import policy, queries, service
from school_portal.incidents.domain import IncidentState, PlainGroup, RecordKind, ReporterState
from school_portal.incidents.models import (
    AuthorityTold,
    ChronologyEntry,
    Incident,
    IncidentLink,
    Involvement,
    Notice,
    Person,
)
from school_portal.organisations import queries as organisations
from school_portal.tally import queries as tally
from tests.conftest import Backend, BackendFactory, backends

SCHOOLS, INCIDENTS, SEED = 20, 150, 5
UNTIL = date(2026, 3, 27)


@dataclass(frozen=True)
class Loaded:
    """A database with a demo in it, and what the accounts file says."""

    backend: Backend
    rows: list[dict[str, str]]
    until: date
    sent: list[str]

    def session(self) -> PortalSession:
        self.backend.activate()
        return database.session()


def load(
    factory: BackendFactory, label: str, schools: int, incidents: int, until: date, kind: str = backends()[0]
) -> Loaded:
    backend = factory.copy(kind, label)
    backend.activate()
    sent: list[str] = []
    send, jobs.send = jobs.send, lambda name, ids: sent.append(name)  # type: ignore[method-assign]
    try:
        with backend.app.app_context():
            path = demo.load(backend.app, schools, incidents, SEED, until)
    finally:
        jobs.send = send  # type: ignore[method-assign]
    return Loaded(backend, read(path), until, sent)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def loaded(make_backend: BackendFactory) -> Loaded:
    return load(make_backend, "demo-a", SCHOOLS, INCIDENTS, today())


@pytest.fixture(scope="module")
def earlier(make_backend: BackendFactory) -> Loaded:
    """A demo of a day in the past."""
    return load(make_backend, "demo-b", SCHOOLS, 60, UNTIL)


@pytest.fixture
def opened(loaded: Loaded) -> Iterator[PortalSession]:
    with loaded.session() as session:
        yield session
        session.rollback()


def cases(session: PortalSession) -> list[Incident]:
    statement = scope(select(Incident).options(undefer(Incident.facts)), everybody(Incident.org_path))
    return list(session.scalars(statement.order_by(Incident.reported_at)))


def everything(session: PortalSession, table: Any) -> list[Any]:
    return list(session.scalars(scope(select(table), everybody(table.org_path))))


def people(session: PortalSession) -> list[tuple[Involvement, str]]:
    statement = scope(
        select(Involvement, Person).options(undefer(Person.name)), everybody(Involvement.org_path)
    ).join(Person, Person.id == Involvement.person_id)
    rows = session.execute(scope(statement, everybody(Person.org_path)).order_by(Involvement.position))
    return [(involvement, person.name or "") for involvement, person in rows]


def picture(demo_of: Loaded) -> tuple[Any, ...]:
    """All that must be the same twice: units, people, cases, figures."""
    with demo_of.session() as session:
        units = {unit.id: unit for unit in organisations.all_units(session, SYSTEM)}
        names: dict[UUID, list[str]] = {}
        for involvement, name in people(session):
            names.setdefault(involvement.incident_id, []).append(f"{involvement.class_name} {name}")
        told = [
            (
                case.number, units[case.organisation_id].code, case.facts, case.type_codes, case.severity, case.state,
                case.reported_at, names.get(case.id),
            )
            for case in cases(session)
        ]  # fmt: skip
        top = organisations.top_unit(session, SYSTEM)
        figures = queries.totals(session, SYSTEM, top.org_path, date(2000, 1, 1), demo_of.until)
    accounts_file = [{**row, "password": ""} for row in demo_of.rows]
    return accounts_file, sorted(unit.name_vi for unit in units.values()), told, figures


def actor(session: PortalSession, row: dict[str, str]) -> Actor:
    user_id = session.scalar(scope(select(User.id), User.email == row["email"]))
    assert user_id is not None
    found = accounts.actor_of(session, user_id)
    assert found is not None
    return found


def account(demo_of: Loaded, session: PortalSession, role: Role, turn: int = 0) -> Actor:
    return actor(session, [row for row in demo_of.rows if row["role"] == role][turn])


def read_by(session: PortalSession, reader: Actor) -> set[UUID]:
    return set(session.scalars(scope(select(Incident.id), policy.visible_to(reader))))


def known_to(session: PortalSession, reader: Actor) -> set[UUID]:
    return set(session.scalars(scope(select(Incident.id), policy.known_to(reader))))


# --- the same again --------------------------------------------------------------------------------------------------


def test_the_same_seed_and_date_give_the_same_people_cases_and_figures(
    earlier: Loaded, make_backend: BackendFactory
) -> None:
    again = load(make_backend, "demo-c", SCHOOLS, 60, UNTIL)
    assert picture(again) == picture(earlier)
    assert again.rows != earlier.rows  # passwords are drawn anew


def test_so_many_cases_are_there_as_were_wanted(loaded: Loaded, opened: PortalSession) -> None:
    assert len(cases(opened)) == INCIDENTS
    assert len({case.number for case in cases(opened)}) == INCIDENTS


@pytest.mark.parametrize("kind", backends())
def test_a_very_small_demo_shows_xs_focal_point_three_cases_on_each_database(
    kind: str, make_backend: BackendFactory
) -> None:
    small = load(make_backend, "demo-small", 2, 3, today(), kind)
    with small.session() as session:
        assert len(read_by(session, account(small, session, Role.FOCAL_POINT))) == 3
        assert not tally.first_difference(session, SYSTEM, queries.records_for_tally(session, SYSTEM))[1]


# --- what there is to see --------------------------------------------------------------------------------------------


def test_every_state_occurs_and_old_cases_are_decided(opened: PortalSession, loaded: Loaded) -> None:
    states = Counter(case.state for case in cases(opened))
    assert set(states) == set(IncidentState)
    assert states[IncidentState.ACCEPTED] > INCIDENTS * 0.75
    for case in cases(opened):
        if case.state in (IncidentState.SUBMITTED, IncidentState.IN_TRIAGE):
            assert case.occurred_on > loaded.until - timedelta(days=60)
        if case.state is IncidentState.SUBMITTED:
            assert case.occurred_on > loaded.until - timedelta(days=10)
        if case.state is IncidentState.ACCEPTED:
            assert case.type_codes


def test_restricted_cases_conflicts_and_allegations_occur_and_are_few(opened: PortalSession) -> None:
    found = cases(opened)
    assert {case.group_code for case in found} == set(PlainGroup)
    assert {case.record_kind for case in found} == set(RecordKind)
    assert {case.severity for case in found} == {1, 2, 3, 4}
    for share in (
        [case.is_restricted for case in found],
        [case.concerns_lead for case in found],
        [case.is_staff_case for case in found],
        [case.severity == 4 for case in found],
    ):
        assert 0 < sum(share) < INCIDENTS * 0.3


def test_a_lower_severity_waits_others_were_answered(opened: PortalSession) -> None:
    assert [case for case in cases(opened) if case.lowering_to is not None]
    kinds = {entry.kind.value for entry in everything(opened, ChronologyEntry)}
    assert {
        "taken_up", "coded", "severity_set", "lowering_asked", "lowering_agreed", "lowering_refused", "lead_named",
        "linked", "marked_duplicate", "not_substantiated", "facts_added", "given_back",
    } <= kinds  # fmt: skip
    assert everything(opened, IncidentLink)
    assert any(entry.by_reporter for entry in everything(opened, ChronologyEntry))


def test_where_a_case_is_urgent_a_place_was_told_and_the_police_never_of_self_harm(
    opened: PortalSession,
) -> None:
    told: dict[UUID, set[str]] = {}
    for row in everything(opened, AuthorityTold):
        told.setdefault(row.incident_id, set()).add(row.receiver.value)
    harming = {
        involvement.incident_id
        for involvement, _ in people(opened)
        if involvement.self_harm.value in ("thoughts", "plan", "attempt")
    }
    assert harming
    urgent = [case for case in cases(opened) if case.severity == 4 and case.id in told]
    assert len(urgent) >= 0.9 * sum(case.severity == 4 for case in cases(opened))
    assert not [case for case in harming if "police" in told.get(case, set())]


def test_a_family_that_may_be_the_danger_was_not_told(opened: PortalSession) -> None:
    asked = [case for case in cases(opened) if case.family_danger.value != "no"]
    assert asked
    assert not [case for case in asked if case.family_told_at]


def test_classes_fit_the_level_of_the_school(opened: PortalSession) -> None:
    units = {unit.id: unit for unit in organisations.all_units(opened, SYSTEM)}
    schools = {case.id: units[case.organisation_id] for case in cases(opened)}
    grades = {"MN": set(), "TH": set(range(1, 6)), "THCS": set(range(6, 10)), "THPT": set(range(10, 13))}
    for involvement, _ in people(opened):
        taught = [level.value for level in schools[involvement.incident_id].levels]
        if involvement.grade and involvement.relation != "other_school":
            assert involvement.grade in set().union(*(grades[level] for level in taught)), (
                involvement.class_name
            )
        if taught == ["MN"] and involvement.is_harmed and involvement.kind.value == "pupil":
            assert (involvement.age or 0) < 6


def test_narratives_hold_no_name_of_anybody_involved(opened: PortalSession) -> None:
    words = {case.id: words_of(case.facts or "") for case in cases(opened)}
    named = 0
    for involvement, name in people(opened):
        parts = {part.lower() for part in name.split() if len(part) > 1}
        named += bool(parts)
        assert not parts & words[involvement.incident_id], name
    assert named > INCIDENTS


# --- the accounts ----------------------------------------------------------------------------------------------------


def test_the_accounts_file_begins_with_xs_people_and_those_above_them(
    loaded: Loaded, opened: PortalSession
) -> None:
    roles = [row["role"] for row in loaded.rows]
    school = ["teacher", "focal_point", "head"]
    above = ["commune_officer"] * 2 + ["department_officer", "administrator", "auditor"]
    assert roles == [*school, *school, *above]
    x, y = (actor(opened, loaded.rows[place]).posts[0].org_path for place in (0, 3))
    for role in Role:
        rows = [row for row in loaded.rows if row["role"] == role]
        if rows:
            assert x.startswith(actor(opened, rows[0]).posts[0].org_path)
    assert x.rsplit("/", 2)[0] != y.rsplit("/", 2)[0]
    assert all(len(row["password"]) > 20 for row in loaded.rows)


def test_every_school_has_somebody_in_charge_and_a_head(loaded: Loaded, opened: PortalSession) -> None:
    posts = everything(opened, Membership)
    for unit in organisations.all_units(opened, SYSTEM):
        if unit.levels:
            held = {post.role for post in posts if post.organisation_id == unit.id}
            assert {Role.FOCAL_POINT, Role.HEAD, Role.TEACHER} <= held
    assert not [notice for notice in everything(opened, Notice) if notice.kind.value == "nobody_there"]


def test_xs_teacher_is_in_no_case_and_has_told_of_some_in_different_states(
    loaded: Loaded, opened: PortalSession
) -> None:
    teacher = account(loaded, opened, Role.TEACHER)
    assert not [each for each, _ in people(opened) if each.user_id == teacher.user_id]
    own = queries.list_own_reports(opened, teacher)
    assert {ReporterState.RECEIVED, ReporterState.VERIFYING, ReporterState.SUPPORTING} <= {
        report.state for report in own
    }


def test_xs_people_and_the_officers_see_what_is_theirs(loaded: Loaded, opened: PortalSession) -> None:
    focal_point, head = (account(loaded, opened, role) for role in (Role.FOCAL_POINT, Role.HEAD))
    officer, above = (
        account(loaded, opened, role) for role in (Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER)
    )
    assert len(read_by(opened, focal_point)) >= 10
    assert read_by(opened, head)
    conflicts = {case.id for case in cases(opened) if case.concerns_lead}
    assert conflicts & read_by(opened, officer)
    assert not conflicts & (read_by(opened, focal_point) | read_by(opened, head))
    assert not read_by(opened, officer) - conflicts
    serious = {case.id for case in cases(opened) if case.severity >= 3}
    assert known_to(opened, above) >= serious


def test_some_of_the_staff_are_meant_by_name_and_see_nothing_of_it(opened: PortalSession) -> None:
    meant = [(each.incident_id, each.user_id) for each, _ in people(opened) if each.user_id]
    assert meant
    for incident_id, user_id in meant:
        reader = accounts.actor_of(opened, user_id)
        assert reader is not None
        assert incident_id not in read_by(opened, reader) | known_to(opened, reader)


def test_only_people_with_accounts_act(opened: PortalSession) -> None:
    users = set(opened.scalars(scope(select(User.id), User.id.is_not(None))))
    events = everything(opened, AuditEvent)
    acts = [
        event for event in events if event.subject_type == "incident" and event.action != "incident-assigned"
    ]
    assert len(acts) > 3 * INCIDENTS
    assert {event.actor_id for event in acts} <= users


# --- in its own time -------------------------------------------------------------------------------------------------


def test_everything_happened_before_the_day_on_which_it_is_looked_at(
    loaded: Loaded, opened: PortalSession
) -> None:
    for case in cases(opened):
        assert case.occurred_on < loaded.until
        assert local(case.reported_at).date() < loaded.until
        assert case.learned_at <= case.reported_at
        assert local(case.learned_at).date() >= case.occurred_on
        assert local(case.reported_at).date() - case.occurred_on < timedelta(days=45)
    assert len({case.school_year for case in cases(opened)}) >= 2


def test_a_case_was_taken_up_and_decided_in_the_days_after_it_was_told(opened: PortalSession) -> None:
    told = {case.id: case.reported_at for case in cases(opened)}
    late = [
        entry
        for entry in everything(opened, ChronologyEntry)
        if entry.kind.value in ("taken_up", "coded")
        and entry.at - told[entry.incident_id] > timedelta(days=20)
    ]
    assert not late
    assert all(entry.at >= told[entry.incident_id] for entry in everything(opened, ChronologyEntry))


def test_the_audit_tells_of_it_in_the_order_of_time_and_is_whole(opened: PortalSession) -> None:
    statement = scope(select(AuditEvent.at), everybody(AuditEvent.org_path)).order_by(AuditEvent.seq)
    moments = list(opened.scalars(statement))
    assert moments == sorted(moments)
    assert [verdict.broken_at for verdict in audit.verify(opened, SYSTEM)] == [None]


def test_the_figures_are_what_the_records_say(opened: PortalSession) -> None:
    number, wrong = tally.first_difference(opened, SYSTEM, queries.records_for_tally(opened, SYSTEM))
    assert wrong is None
    assert number


def test_no_letter_of_the_past_leaves_today(loaded: Loaded, opened: PortalSession) -> None:
    assert everything(opened, Notice)
    assert not service.mail_is_due(opened, SYSTEM)
    assert service.claim_mails(opened, SYSTEM) == []
    assert loaded.sent == []


@pytest.mark.parametrize("which", ["loaded", "earlier"])
def test_the_first_sweeps_find_nothing_to_do(which: str, request: pytest.FixtureRequest) -> None:
    with request.getfixturevalue(which).session() as session:
        assert [case for case in cases(session) if case.state is IncidentState.SUBMITTED]
        assert service.escalate(session, SYSTEM) == 0
        assert service.assign_again(session, SYSTEM) == 0
        session.rollback()


# --- many ------------------------------------------------------------------------------------------------------------


def test_more_cases_than_are_played_are_copied_whole(
    make_backend: BackendFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MOST_PLAYED", 60)
    monkeypatch.setattr(loading, "BATCH", 40)
    many = load(make_backend, "demo-many", 6, 260, UNTIL)
    with many.session() as session:
        found = cases(session)
        assert len(found) == len({case.number for case in found}) == 260
        told = Counter(case.facts for case in found)
        assert max(told.values()) > 1
        assert all(case.facts for case in found)
        names = {name for _, name in people(session) if name}
        assert len(names) < len([name for _, name in people(session) if name])
        assert all(queries.people_of(session, SYSTEM, case.id) for case in found)
        assert tally.first_difference(session, SYSTEM, queries.records_for_tally(session, SYSTEM))[1] is None
        assert [verdict.broken_at for verdict in audit.verify(session, SYSTEM)] == [None]
        last = max(case.serial for case in found if case.school_year == 2025)
        assert last == sum(case.school_year == 2025 for case in found)
