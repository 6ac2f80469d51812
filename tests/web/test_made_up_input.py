"""Addresses and forms that no page of ours makes are answered, never with a failure of the portal."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from school_portal.core.actor import Actor
from school_portal.core.clock import today
from school_portal.core.paging import write_cursor
from tests.world import World

Visit = Callable[[Actor | None], FlaskClient]
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("head_x", "/accounts/?after=x|y"),
        ("head_x", f"/incidents/?after={write_cursor('x', 'y')}"),
        ("head_x", f"/organisations/?after={write_cursor('a', '9' * 30)}"),
        ("head_x", f"/organisations/?after={write_cursor('a', '²')}"),
        ("head_x", f"/reports/?after={write_cursor('2026-01-01', NOBODY)}"),
        ("auditor", f"/audit/?after={write_cursor('²')}"),
        ("auditor", f"/audit/?after={write_cursor('9' * 30)}"),
    ],
)
def test_a_made_up_page_is_answered(visit: Visit, web_world: World, who: str, address: str) -> None:
    assert visit(web_world.people[who]).get(address).status_code in (200, 404)


@pytest.mark.parametrize("address", ["/", "/incidents/", "/accounts/me", "/sign-in"])
def test_nobody_is_told_which_methods_an_address_knows(visit: Visit, web_world: World, address: str) -> None:
    assert visit(web_world.people["head_x"]).options(address).status_code == 405


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"people-0-staff": "foo"}, 422),
        ({"people-0-staff": NOBODY}, 404),
        ({"people-0-sex": "x"}, 422),
        ({"people-²-name": "x"}, 303),
        ({f"people-{'9' * 5000}-name": "x"}, 303),
        ({"occurred_on": "0001-01-01"}, 422),
        ({"occurred_on": "1926-10-05"}, 422),
    ],
)
def test_a_made_up_report_is_answered(
    visit: Visit, web_world: World, sent: dict[str, str], status: int
) -> None:
    client = visit(web_world.people["teacher_x"])
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/incidents/new").text)
    told = {
        "csrf_token": token.group(1) if token else "",
        "key": str(uuid4()),
        "organisation": str(web_world.units["x"].id),
        "safety": "safe",
        "group": "fight",
        "occurred_on": today().isoformat(),
        "day_part": "break",
        "place": "yard",
        "facts": "Em A bị đẩy ngã.",
        "concerns_lead": "no",
        "people-0-kind": "staff",
        "people-0-sex": "unknown",
        "people-0-parts": "witness",
    }
    assert client.post("/incidents/new", data=told | sent).status_code == status
