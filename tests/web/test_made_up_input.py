"""Addresses and forms that no page of ours makes are answered, never with a failure of the portal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from school_portal.core.actor import Actor
from school_portal.core.paging import write_cursor
from tests.access.filing import report_form, token_on
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
    ("step", "sent", "status"),
    [
        ("who", {"people-0-staff": "foo"}, 422),
        ("check", {"people-0-staff": NOBODY}, 404),
        ("who", {"people-0-sex": "x"}, 422),
        ("check", {"people-²-name": "x"}, 303),
        ("check", {f"people-{'9' * 5000}-name": "x"}, 303),
        ("what", {"occurred_on": "0001-01-01"}, 422),
        ("what", {"occurred_on": "1926-10-05"}, 422),
        ("what", {"learned-hour": "25:00"}, 422),
        ("what", {"organisation": NOBODY}, 422),
        ("what", {"group": "x"}, 422),
        ("check", {"key": "x"}, 303),
        ("check", {"told_by": NOBODY}, 303),
        ("done", {"police-is_told": "y", "police-by": "x" * 200}, 422),
        ("who", {"people-0-age": "9" * 400}, 422),
    ],
)
def test_a_made_up_report_is_answered(
    visit: Visit, web_world: World, step: str, sent: dict[str, str], status: int
) -> None:
    client = visit(web_world.people["teacher_x"])
    token = token_on(client.get("/incidents/new").text)
    steps = report_form(web_world, facts="Em A bị đẩy ngã.")
    steps["who"] |= {"people-0-kind": "staff", "people-0-parts": "witness"}
    address = "/incidents/new"
    for name, form in steps.items():
        answer = client.post(address, data={"csrf_token": token} | form | sent)
        if name == step:
            break
        assert answer.status_code == 303, name
        address = answer.headers["Location"]
        assert client.get(address).status_code == 200, address
    assert answer.status_code == status
