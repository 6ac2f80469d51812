"""Fifty at once, with real commits: numbers never alike, counts exact, one form one incident, the chain whole."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from school_portal.audit import queries as audit
from school_portal.audit.models import AuditEvent
from school_portal.core import authz
from school_portal.core.actor import SYSTEM
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import today
from school_portal.core.db import database, set_read_only
from school_portal.core.errors import PortalError
from school_portal.incidents import queries, service
from school_portal.incidents.domain import PersonInvolved, PersonKind, PlainGroup, ReportIncident, Safety
from school_portal.incidents.models import Incident, Submission
from tests.access.filing import report_form, token_on
from tests.conftest import Backend, backends
from tests.world import World, make_world, sign_in

THREADS = 50
SPAN = ("/1/", date(1960, 1, 1), today())


def command(world: World, unit: str, **changes: object) -> ReportIncident:
    base = ReportIncident(
        id=uuid4(),
        organisation_id=world.units[unit].id,
        safety=Safety.SAFE,
        group=PlainGroup.FIGHT,
        occurred_on=today(),
        day_part="break",
        place="yard",
        facts="Em A bị đẩy ngã.",
        people=(PersonInvolved(PersonKind.PUPIL, name="Nguyễn Thị Mai"),),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def at_once(act: Callable[[int], object], threads: int = THREADS) -> list[object]:
    """Do it in many threads that start together; each one's outcome."""
    gate = threading.Barrier(threads)

    def one(number: int) -> object:
        gate.wait()
        return act(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


@pytest.fixture(params=backends())
def province(
    request: pytest.FixtureRequest, real_database: Callable[[str], Backend]
) -> tuple[Backend, World]:
    """The world on a database with real commits."""
    backend = real_database(request.param)
    with database.session() as session:
        world = make_world(session)
        session.commit()
    return backend, world


def stored() -> dict[str, object]:
    """What the database holds of incidents, their counts and their events."""
    with database.session() as session:
        rows = everybody(Incident.org_path)
        numbers = session.scalars(scope(select(Incident.number), rows).order_by(Incident.serial)).all()
        events = scope(select(func.count()).select_from(AuditEvent), everybody(AuditEvent.org_path))
        return {
            "numbers": list(numbers),
            "by unit": dict(
                session.execute(
                    scope(select(Incident.org_path, func.count()), rows).group_by(Incident.org_path)
                ).all()
            ),
            "total": queries.totals(session, SYSTEM, *SPAN),
            "submissions": session.scalar(select(func.count()).select_from(Submission)),
            "events": session.scalar(events.where(AuditEvent.action == "incident-reported")),
            "breaks": [verdict.broken_at for verdict in audit.verify(session, SYSTEM)],
        }


def test_fifty_report_at_once_and_one_in_ten_is_refused(province: tuple[Backend, World]) -> None:
    _, world = province
    units = ("x", "sister", "y", "z")

    def report(number: int) -> str:
        authz.begin_request()
        set_read_only(False)
        unit = units[number % 4]
        wrong = {"place": "moon"} if number % 10 == 0 else {}
        try:
            with database.transaction() as session:
                service.report_incident(session, SYSTEM, command(world, unit, **wrong))
                if number % 10 == 5:  # refused after everything was written
                    raise PortalError("too-late")
        except PortalError as refusal:
            return refusal.code
        return "stored"

    outcomes = Counter(at_once(report))
    assert outcomes == {"stored": 40, "place-unknown": 5, "too-late": 5}
    found = stored()
    numbers = found["numbers"]
    assert isinstance(numbers, list)
    assert len(numbers) == len(set(numbers)) == 40
    assert found["total"] == {"": 40}
    assert sum(found["by unit"].values()) == 40  # type: ignore[attr-defined]
    assert (found["submissions"], found["events"], found["breaks"]) == (40, 40, [None])
    with database.session() as session:
        for name in units:
            path = world.units[name].org_path
            assert queries.totals(session, SYSTEM, path, *SPAN[1:]) == {"": found["by unit"][path]}  # type: ignore[index]


def test_fifty_times_the_same_form_is_one_incident(province: tuple[Backend, World]) -> None:
    _, world = province
    once = command(world, "x")
    teacher = world.people["teacher_x"]

    def report(number: int) -> object:
        set_read_only(False)
        with database.transaction() as session:
            return service.report_incident(session, teacher, once).number

    assert len(set(at_once(report))) == 1
    found = stored()
    assert found["numbers"] == [f"VV-{school_year_code()}-000001"]
    assert (found["total"], found["submissions"], found["events"]) == ({"": 1}, 1, 1)
    assert found["breaks"] == [None]


def school_year_code() -> str:
    start = today().year if (today().month, today().day) >= (9, 5) else today().year - 1
    return f"{start % 100:02}{(start + 1) % 100:02}"


def test_the_same_form_sent_by_ten_windows_of_the_web_leads_to_one_receipt(
    province: tuple[Backend, World],
) -> None:
    backend, world = province
    client = backend.app.test_client()
    with database.session() as session:
        sign_in(client, session, world.people["teacher_x"])
    token = token_on(client.get("/incidents/new").text)
    steps = report_form(world, facts="Em A bị đẩy ngã.")
    draft = f"/incidents/drafts/{steps['what']['key']}"
    cookie = client.get_cookie("portal")
    assert cookie is not None

    def press(address: str, step: str) -> Callable[[int], object]:
        def send(number: int) -> object:
            window = backend.app.test_client(use_cookies=False)
            form = {"csrf_token": token} | steps[step]
            answer = window.post(address, data=form, headers={"Cookie": f"portal={cookie.value}"})
            return answer.status_code, answer.headers.get("Location")

        return send

    assert set(at_once(press("/incidents/new", "what"), 10)) == {(303, f"{draft}/who")}
    assert set(at_once(press(f"{draft}/who", "who"), 10)) == {(303, f"{draft}/done")}
    assert set(at_once(press(f"{draft}/done", "done"), 10)) == {(303, f"{draft}/check")}
    receipt = f"/incidents/{steps['what']['key']}/receipt"
    assert set(at_once(press(f"{draft}/check", "check"), 10)) == {(303, receipt)}
    assert stored()["total"] == {"": 1}
