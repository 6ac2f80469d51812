"""Filing an incident through the web as a teacher does, for tests that need it done for real."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from school_portal.core.clock import today
from school_portal.incidents.domain import Part, PersonKind, PlainGroup, Safety, Sex
from tests.world import World

Steps = dict[str, dict[str, str]]


def token_on(page: str) -> str:
    """The token that a page's forms carry."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def report_form(
    world: World, *, unit: str = "x", facts: str, name: str = "", key: UUID | None = None
) -> Steps:
    """The filled forms of the four steps, without their tokens."""
    return {
        "what": {
            "key": str(key or uuid4()),
            "organisation": str(world.units[unit].id),
            "safety": Safety.SAFE.value,
            "group": PlainGroup.FIGHT.value,
            "occurred_on": today().isoformat(),
            "day_part": "break",
            "place": "yard",
            "facts": facts,
        },
        "who": {
            "people-0-parts": Part.HARMED.value,
            "people-0-kind": PersonKind.PUPIL.value,
            "people-0-sex": Sex.FEMALE.value,
            "people-0-class_name": "8A2",
            "people-0-staff": "none",
            "people-0-name": name,
        },
        "done": {"first_aid": "unknown", "family_danger": "no", "family_told": "no"},
        "check": {"concerns_lead": "no"},
    }


def send_step(
    client: FlaskClient, key: UUID | str, step: str, form: dict[str, str] | Sequence[tuple[str, str]]
) -> TestResponse:
    """Send one step's form of a draft."""
    page = client.get("/incidents/start").text
    return client.post(
        f"/incidents/drafts/{key}/{step}",
        data=MultiDict([("csrf_token", token_on(page)), *(form.items() if isinstance(form, dict) else form)]),
    )


def file_by_web(client: FlaskClient, form: Steps) -> UUID:
    """Open the page, send the four forms; the incident's uuid from the receipt's address."""
    token = token_on(client.get("/incidents/new").text)
    address = "/incidents/new"
    for step in form.values():
        answer = client.post(address, data={"csrf_token": token} | step)
        problems = re.findall(r'class="[^"]*(?:problem|error)[^"]*"[^>]*>([^<]+)<', answer.text)
        assert answer.status_code == 303, (address, answer.status_code, problems[:5])
        address = answer.headers["Location"]
    assert address.endswith("/receipt"), address
    return UUID(address.split("/")[2])
