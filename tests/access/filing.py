"""Filing an incident through the web as a teacher does, for tests that need it done for real."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

from flask.testing import FlaskClient

from school_portal.core.clock import today
from school_portal.incidents.domain import Part, PersonKind, PlainGroup, Safety, Sex
from tests.world import World


def token_on(page: str) -> str:
    """The token that a page's forms carry."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def report_form(
    world: World, *, unit: str = "x", facts: str, name: str = "", key: UUID | None = None
) -> dict[str, str]:
    """A filled form without its token."""
    return {
        "key": str(key or uuid4()),
        "organisation": str(world.units[unit].id),
        "safety": Safety.SAFE.value,
        "group": PlainGroup.FIGHT.value,
        "occurred_on": today().isoformat(),
        "day_part": "break",
        "place": "yard",
        "facts": facts,
        "concerns_lead": "no",
        "people-0-parts": Part.HARMED.value,
        "people-0-kind": PersonKind.PUPIL.value,
        "people-0-sex": Sex.FEMALE.value,
        "people-0-class_name": "8A2",
        "people-0-staff": "none",
        "people-0-name": name,
    }


def file_by_web(client: FlaskClient, form: dict[str, str]) -> UUID:
    """Open the page, send the form; the incident's uuid from the receipt's address."""
    token = token_on(client.get("/incidents/new").text)
    answer = client.post("/incidents/new", data={"csrf_token": token} | form)
    problems = re.findall(r'class="[^"]*(?:problem|error)[^"]*"[^>]*>([^<]+)<', answer.text)
    assert answer.status_code == 303, (answer.status_code, problems[:5])
    return UUID(answer.headers["Location"].split("/")[2])
