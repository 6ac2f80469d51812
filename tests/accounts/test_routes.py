"""The pages of people and accounts: inviting with a slip, giving and confirming roles, locking."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from school_portal.accounts import service
from school_portal.accounts.models import OneTimeLink, User
from school_portal.audit.models import AuditEvent
from school_portal.core.authz import lookup, unguarded
from tests.accounts.conftest import TOKEN, Browser, user_of
from tests.world import World, sign_in

NewBrowser = Callable[[], Browser]
SENTENCE = "bảy con vịt bầu qua cầu tre"


def enter(browser: Browser, world: World, name: str) -> Browser:
    """The person's browser, signed in."""
    sign_in(browser.client, world.session, world.people[name])
    return browser


def invite(browser: Browser, world: World, **values: str) -> str:
    """Fill the invitation in; the slip's address."""
    browser.get("/accounts/invite")
    form = {"name": "Nguyễn Thị Hà", "phone": "0912 345 678", "role": "teacher"} | values
    answer = browser.post("/accounts/invite", organisation_id=str(world.units["x"].id), **form)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_a_head_invites_a_teacher_who_sets_a_sentence_by_the_slip_and_is_in(
    browser: Browser, new_browser: NewBrowser, web_world: World
) -> None:
    head = enter(browser, web_world, "head_x")
    slip = head.get(invite(head, web_world)).text
    assert "Nguyễn Thị Hà" in slip
    assert 'class="qr"' in slip
    assert "style=" not in slip
    assert "data:" not in slip
    code = re.search(r'class="slip-code">([^<]+)<', slip)
    assert code
    phone = new_browser()
    phone.get("/accounts/code")
    opened = phone.post("/accounts/code", code=code.group(1).lower())
    address = opened.location
    page = phone.get(address)
    assert page.text.count("btn-primary") == 1
    assert phone.post(address, password="ngắn quá").status_code == 422
    assert phone.post(address, password="Nguyễn Thị Hà 2026").status_code == 422
    answer = phone.post(address, password=SENTENCE, remember_device="y")
    assert (answer.status_code, answer.location) == (303, "/")
    assert phone.is_signed_in()
    assert phone.client.get_cookie("device") is not None
    assert new_browser().get(address).status_code == 404
    assert new_browser().sign_in("0912345678", SENTENCE).status_code == 302
    assert "Nguyễn Thị Hà" in head.get("/accounts/").text


def test_a_reset_slip_sets_the_password_but_signs_nobody_in(
    browser: Browser, new_browser: NewBrowser, web_world: World
) -> None:
    teacher = user_of(web_world.session, web_world.people["teacher_x"])
    teacher.password = "old"
    web_world.session.commit()
    head = enter(browser, web_world, "head_x")
    head.get(f"/accounts/{teacher.id}")
    slip = head.post(f"/accounts/{teacher.id}/link")
    assert slip.status_code == 303
    with unguarded("the test reads the link"):
        link = web_world.session.scalars(select(OneTimeLink)).one()
    phone = new_browser()
    address = f"/accounts/link/{service.token_of(link.id)}"
    phone.get(address)
    answer = phone.post(address, password=SENTENCE)
    assert answer.location == "/sign-in"
    assert not phone.is_signed_in()
    assert phone.sign_in(teacher.email or "", SENTENCE).status_code == 302


def test_the_slip_is_for_those_who_manage_the_account_and_each_look_is_audited(
    browser: Browser, new_browser: NewBrowser, web_world: World
) -> None:
    head = enter(browser, web_world, "head_x")
    address = invite(head, web_world)
    assert head.get(address).status_code == 200
    for name in ("teacher_x", "focal_point_x", "head_y", "auditor"):
        assert enter(new_browser(), web_world, name).get(address).status_code == 404
    with unguarded("the test reads what was told"):
        told = web_world.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)).all()
    assert told[-1] == "slip-shown"


def test_the_form_says_what_is_wrong_at_the_field_and_keeps_the_rest(
    browser: Browser, web_world: World
) -> None:
    head = enter(browser, web_world, "head_x")
    head.get("/accounts/invite")
    unit = str(web_world.units["x"].id)
    page = head.post("/accounts/invite", name="Lê Thị Lan", phone="12", role="teacher", organisation_id=unit)
    assert page.status_code == 422
    assert 'href="#phone"' in page.text
    assert "Lê Thị Lan" in page.text


def test_a_head_is_offered_her_school_and_her_staffs_roles_only(browser: Browser, web_world: World) -> None:
    page = enter(browser, web_world, "head_x").get("/accounts/invite").text
    assert re.findall(r'<option[^>]*value="([^"]+)"', page) == [str(web_world.units["x"].id)]
    assert re.findall(r'name="role"[^>]*value="([^"]+)"', page) == ["teacher", "focal_point", "counsellor"]


@pytest.mark.parametrize("name", ["teacher_x", "focal_point_x", "auditor"])
def test_who_gives_no_roles_invites_nobody(browser: Browser, web_world: World, name: str) -> None:
    visitor = enter(browser, web_world, name)
    assert visitor.get("/accounts/invite").status_code == 403
    assert "/accounts/invite" not in visitor.get("/accounts/").text


def test_a_foreign_person_and_nobody_are_the_same_404(browser: Browser, web_world: World) -> None:
    head = enter(browser, web_world, "head_x")
    foreign = head.get(f"/accounts/{web_world.people['teacher_y'].user_id}")
    nobody = head.get("/accounts/00000000-0000-4000-8000-000000000000")
    assert foreign.status_code == nobody.status_code == 404
    ids = re.compile(r"/accounts/[0-9a-f-]{36}|" + TOKEN.pattern)
    assert ids.sub("", foreign.text) == ids.sub("", nobody.text)


def test_the_second_person_confirms_on_the_page(
    browser: Browser, new_browser: NewBrowser, web_world: World
) -> None:
    administrator = enter(browser, web_world, "administrator")
    unit = str(web_world.units["x"].id)
    administrator.get(f"/accounts/invite?unit={unit}")
    administrator.post(
        f"/accounts/invite?unit={unit}",
        name="Lê Thị Lan",
        email="lan@x.vn",
        role="focal_point",
        organisation_id=unit,
    )
    head = enter(new_browser(), web_world, "head_x")
    confirm = re.search(r'action="(/accounts/[^"]+/confirm)"', head.get("/accounts/").text)
    assert confirm
    administrator.get("/accounts/")
    assert administrator.post(confirm.group(1)).status_code == 403
    assert head.post(confirm.group(1)).status_code == 303
    assert "/confirm" not in head.get("/accounts/").text


def test_locking_an_account_puts_the_person_out_at_once(
    browser: Browser, new_browser: NewBrowser, web_world: World
) -> None:
    teacher = enter(new_browser(), web_world, "teacher_x")
    assert teacher.is_signed_in()
    head = enter(browser, web_world, "head_x")
    address = f"/accounts/{web_world.people['teacher_x'].user_id}"
    head.get(address)
    assert head.post(f"{address}/disable").status_code == 303
    assert not teacher.is_signed_in()
    assert head.post(f"{address}/enable").status_code == 303
    assert not teacher.is_signed_in()


def test_giving_and_taking_a_role_on_the_page(browser: Browser, web_world: World) -> None:
    head = enter(browser, web_world, "head_x")
    address = f"/accounts/{web_world.people['teacher_x'].user_id}"
    head.get(address)
    unit = str(web_world.units["x"].id)
    assert head.post(f"{address}/posts", organisation_id=unit, role="counsellor").status_code == 303
    ends = re.findall(r'action="(/accounts/[^"]+/end)"', head.get(address).text)
    assert len(ends) == 2
    assert head.post(ends[0]).status_code == 303
    assert head.post(ends[0]).status_code == 404


def test_unknown_fields_of_a_form_change_nothing(browser: Browser, web_world: World) -> None:
    head = enter(browser, web_world, "head_x")
    forbidden = {
        "active": "",
        "password": "x",
        "fs_uniquifier": "x",
        "password_version": "9",
        "is_awaiting": "y",
    }
    invite(head, web_world, **forbidden)
    user = web_world.session.scalars(lookup(select(User), User.phone == "+84912345678")).one()
    assert (user.active, user.password, user.password_version) == (True, None, 0)
    assert user.fs_uniquifier != "x"


def test_a_dead_code_is_refused_and_counted(browser: Browser, web_world: World) -> None:
    browser.get("/accounts/code")
    assert browser.post("/accounts/code", code="0000-0000-0000").status_code == 422


def test_searching_and_paging_the_list_of_people(browser: Browser, web_world: World) -> None:
    officer = enter(browser, web_world, "department_officer")
    assert "Cô teacher_x" in officer.get("/accounts/?text=teacher_x").text
    assert "Cô teacher_y" not in officer.get("/accounts/?text=teacher_x").text
    assert "Cô teacher_x" not in officer.get("/accounts/?text=%25_%25").text
    for n in range(60):
        web_world.add_person(f"extra_{n:02}", web_world.people["teacher_x"].posts[0].role, "x")
    web_world.session.commit()
    first = officer.get("/accounts/").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = officer.get(following.group(1).replace("&amp;", "&")).text
    people = [set(re.findall(r'href="/accounts/([0-9a-f-]{36})"', page)) for page in (first, second)]
    assert len(people[0]) == 50
    assert len(people[0] | people[1]) == 78
    assert not people[0] & people[1]
