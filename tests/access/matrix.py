"""What the route matrix walks over: every kind of person, and for each parameter of an address its objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Connection, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from school_portal.accounts import service as accounts
from school_portal.accounts import sessions
from school_portal.accounts.extension import KEY
from school_portal.accounts.models import Membership, RememberedDevice, User, UserSession
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.authz import lookup
from school_portal.core.clock import now
from school_portal.core.db import PortalSession
from school_portal.incidents import queries
from school_portal.incidents import service as incidents
from school_portal.incidents.domain import (
    IncidentState,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    SameAnswer,
    Sex,
    TriageIncident,
)
from school_portal.organisations import queries as organisations
from school_portal.reports import service as reports
from school_portal.reports.domain import Order
from school_portal.statistics.models import NilReturn
from tests.world import World

NOBODY, REMEMBERED, DISABLED = "nobody", "remembered", "disabled"
INVOLVED = "involved_x"
ABSENT = "absent"
RAW_TOKEN = "c" * 40
PERIOD = "2025-2026"


@dataclass
class Scene:
    """People with cookies, and objects by parameter name and relation."""

    app: Flask
    connection: Connection
    world: World
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def people(self) -> list[str]:
        return [*self.cookies]

    def relations(self, rule: Rule) -> list[str]:
        """The objects of an address, by name; one empty name when it has none. An unknown parameter is a KeyError."""
        names = sorted(rule.arguments)
        if not names:
            return [""]
        return list(self.objects["+".join(names)])

    def address(self, rule: Rule, relation: str) -> str:
        names = sorted(rule.arguments)
        values = self.objects["+".join(names)][relation] if names else ()
        path = dict(zip(names, values if isinstance(values, tuple) else (values,), strict=True))
        built = rule.build(path)
        assert built is not None
        return built[1]

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What the request does is taken back, so that no cell of the matrix depends on another."""
        savepoint = self.connection.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()

    def ask(
        self,
        person: str,
        method: str,
        address: str,
        data: dict[str, str] | None = None,
        *,
        token: str | None = "its own",  # noqa: S107 (a form's token, no secret)
        keep: bool = False,
    ) -> TestResponse:
        """Send a request as that person, a POST with a valid token and nothing else; taken back unless `keep`."""
        cookie = dict(self.cookies[person])
        key = cookie.pop(KEY, None)
        content: dict[str, object] = {"csrf_token": RAW_TOKEN} | ({KEY: key} if key else {})
        signer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        cookie["portal"] = signer.dumps(content)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookie.items())}
        if method == "POST" and token is not None:
            data = {"csrf_token": self.token() if token == "its own" else token} | (data or {})
        with nullcontext() if keep else self.undone():
            client = self.app.test_client(use_cookies=False)
            return client.open(address, method=method, headers=headers, data=data)

    def token(self) -> str:
        """A form's token for the cookies made here."""
        return URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token").dumps(RAW_TOKEN)  # type: ignore[arg-type]


def make_scene(app: Flask, connection: Connection, session: PortalSession, world: World) -> Scene:
    """The world with everybody signed in and an object of each kind in each place."""
    scene = Scene(app, connection, world)
    involved = world.add_person(INVOLVED, Role.FOCAL_POINT, "x")
    world.add_person(DISABLED, Role.HEAD, "x")
    for name in [*world.people]:
        scene.cookies[name] = {KEY: _session_of(session, world.people[name])}
    scene.cookies[NOBODY] = {}
    scene.cookies[REMEMBERED] = {"device": _device_of(session, world.people["teacher_x"])}
    session.scalars(lookup(select(User), User.id == world.people[DISABLED].user_id)).one().active = False
    witness = PersonInvolved(PersonKind.STAFF, frozenset({Part.WITNESS}), user_id=involved.user_id)
    scene.objects["incident_id"] = {
        "x": world.report("x", "teacher_x", people=(witness,)),
        "x about a lead": world.report("x", "counsellor_x", concerns_lead=True),
        "x severe": world.report("x", "teacher_x", people=(IN_HOSPITAL,)),
        "x restricted": world.report("x", "teacher_x", group=PlainGroup.SEXUAL),
        "x lowering": _lowering(world),
        "x led": _led_by_a_colleague(world),
        "sister": world.report("sister", "head_sister"),
        "y": world.report("y", "teacher_y"),
        "z": world.report("z", "teacher_z"),
        "z about a lead": world.report("z", "counsellor_z", concerns_lead=True),
        ABSENT: uuid4(),
    }
    _people_of_cases(scene)
    _drafts(scene)
    _nil_returns(scene)
    units = ("x", "sister", "y", "z", "p", "q", "department")
    scene.objects["organisation_id"] = {name: world.units[name].id for name in units} | {ABSENT: uuid4()}
    _accounts(scene, session)
    _reports(scene, session)
    scene.objects["filename"] = {"style": "css/layout.css", ABSENT: "css/none.css"}
    session.commit()
    return scene


IN_HOSPITAL = PersonInvolved(PersonKind.PUPIL, frozenset({Part.HARMED}), Sex.FEMALE, "8A2", injury="hospital")


def _decide(world: World, case: UUID, **how: Any) -> UUID:
    command = TriageIncident(case, 1, IncidentState.ACCEPTED, types=("TC01",), **how)
    incidents.triage_incident(world.session, world.people["head_x"], command)
    return case


def _lowering(world: World) -> UUID:
    """A case of level 4 for which the head proposes level 2: it waits for an officer above."""
    case = world.report("x", "teacher_x", people=(IN_HOSPITAL,))
    return _decide(world, case, severity=2, reason="Em đã về nhà.")


def _led_by_a_colleague(world: World) -> UUID:
    """A case that a teacher leads, who is neither head nor person in charge."""
    return _decide(world, world.report("x", "counsellor_x"), lead_id=world.people["teacher_x"].user_id)


def _people_of_cases(scene: Scene) -> None:
    """People of cases, one of them asked for by another case's address; a comparison of two of them."""
    world, cases = scene.world, scene.objects["incident_id"]
    head = world.people["head_x"]
    mine, theirs = (
        queries.get_case(world.session, head, cases[name]).people[0].id for name in ("x severe", "x lowering")
    )
    scene.objects["incident_id+involvement_id"] = {
        "x severe": (cases["x severe"], mine),
        "x severe's person at x led": (cases["x led"], mine),
        ABSENT: (uuid4(), mine),
    }
    incidents.decide_same_person(world.session, head, cases["x severe"], mine, theirs, SameAnswer.NOT_SAME)
    (decision,) = queries.list_decisions(world.session, head, cases["x severe"])
    scene.objects["decision_id+incident_id"] = {
        "x severe": (decision.id, cases["x severe"]),
        "x severe's comparison at x led": (decision.id, cases["x led"]),
        ABSENT: (uuid4(), cases["x severe"]),
    }


def _session_of(session: PortalSession, actor: Actor) -> str:
    user = session.scalars(lookup(select(User), User.id == actor.user_id)).one()
    return sessions.open_session(session, user, "test", now())


def _device_of(session: PortalSession, actor: Actor) -> str:
    user = session.scalars(lookup(select(User), User.id == actor.user_id)).one()
    return sessions.remember_device(session, user, "test", now())


def _drafts(scene: Scene) -> None:
    """A report that is being written, of two people."""
    answers = [("facts", "Em A khóc ở hành lang.")]
    drafts = {name: uuid4() for name in ("teacher_x", "head_y")}
    for name, draft_id in drafts.items():
        incidents.save_draft(scene.world.session, scene.world.people[name], draft_id, "what", answers)
    scene.objects["draft_id"] = drafts | {ABSENT: uuid4()}


def _nil_returns(scene: Scene) -> None:
    """Signed by two heads for a term; that one of them knows of a case is no business of the matrix."""
    session, world = scene.world.session, scene.world
    periods = organisations.choose_periods(session, SYSTEM)
    term = next(period for period in periods if period.code[-2:] in ("/1", "/2"))
    signed = {}
    for unit in ("x", "y"):
        row = NilReturn(
            organisation_id=world.units[unit].id,
            org_path=world.units[unit].org_path,
            period=term.code,
            signed_by=world.people[f"head_{unit}"].user_id,
            signed_at=now(),
        )
        session.add(row)
        signed[unit] = row.id
    session.flush()
    scene.objects["return_id"] = signed | {ABSENT: uuid4()}


def _accounts(scene: Scene, session: PortalSession) -> None:
    people = scene.world.people
    shown = (
        "teacher_x",
        "head_x",
        "head_sister",
        "head_y",
        "head_z",
        "commune_officer_p",
        "department_officer",
    )
    ids = {name: people[name].user_id for name in shown}
    rows = lookup(select(Membership.user_id, Membership.id), Membership.user_id.in_(ids.values()))
    posts = dict(session.execute(rows).all())
    scene.objects["user_id"] = ids | {ABSENT: uuid4()}
    scene.objects["post_id+user_id"] = {name: (posts[ids[name]], ids[name]) for name in shown} | {
        "x's post at y's head": (posts[ids["teacher_x"]], ids["head_y"]),
        ABSENT: (uuid4(), ids["teacher_x"]),
    }
    links = {name: accounts.make_link(session, SYSTEM, ids[name]).id for name in ("teacher_x", "head_y")}
    scene.objects["link_id"] = links | {ABSENT: uuid4()}
    scene.objects["token"] = {"good": accounts.token_of(links["teacher_x"]), ABSENT: "no-such-token"}
    for table, name in ((UserSession, "session_id"), (RememberedDevice, "device_id")):
        own = dict(session.execute(lookup(select(table.user_id, table.id), table.id.is_not(None))).all())
        owners = {owner: own[ids[owner]] for owner in ("teacher_x", "head_y") if ids[owner] in own}
        scene.objects[name] = owners | {ABSENT: uuid4()}


def _reports(scene: Scene, session: PortalSession) -> None:
    world, asked = scene.world, {}
    for name, unit in (("department_officer", "department"), ("head_x", "x"), ("commune_officer_q", "q")):
        order = Order("term-report", world.units[unit].id, PERIOD, "vi")
        asked[name] = reports.request_report(session, world.people[name], order).id
    scene.objects["report_id"] = asked | {ABSENT: uuid4()}
