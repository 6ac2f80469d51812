"""A head invites a teacher, who sets a password by her slip and signs in; later the head locks her account."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from school_portal.accounts.qr import qr_svg
from tests.browser.portal import Portal
from tests.browser.visitor import DESKTOP, PHONE, SIGN_IN, Come

PASSWORD = "mưa rơi trên đồi chè tháng ba"
UNKNOWN = "mật khẩu nào đó của hôm qua"


@pytest.mark.parametrize(("width", "name"), [(PHONE, "Đinh Thị Xuân"), (DESKTOP, "Quách Văn Lực")])
def test_an_invited_teacher_comes_in_by_her_slip_and_is_out_when_locked(
    come: Come, as_person: Come, portal: Portal, width: int, name: str
) -> None:
    head = as_person("head", width)
    head.open("/accounts/")
    head.press("main a[href*='/accounts/invite']")
    head.page.fill("#name", name)
    head.page.fill("#phone", f"0912 345 {width:03d}"[:12])
    head.choose("role", "teacher")
    slip = head.press_primary()
    expect(slip.locator("h1")).to_contain_text(name)
    code = slip.locator(".slip-code").inner_text()
    drawn = slip.locator(".slip svg[role=img] path, .slip-key svg path").first.get_attribute("d")

    teacher = come(width)
    page = teacher.open("/accounts/code")
    page.fill("#code", code.lower())
    teacher.press_primary()
    link = page.url
    assert re.search(r"/accounts/link/\S{20,}$", link)
    assert f'd="{drawn}"' in str(qr_svg(link, "")), "the square of the slip leads elsewhere"

    page.fill("#password", "ngắn quá")
    teacher.press_primary(status=422)
    page.fill("#password", PASSWORD)
    teacher.press_primary()
    assert page.url == portal.address + "/"
    expect(page.locator("main a[href$='/incidents/start']").first).to_be_visible()

    stranger = come(width)
    stranger.open(link.removeprefix(portal.address), status=404)

    head.open("/accounts/")
    head.press(head.page.locator("main a", has_text=name))
    person_page = head.page.url.removeprefix(portal.address)
    head.press("form[action$='/disable'] button")
    teacher.press("main a[href$='/incidents/start']")
    expect(page).to_have_url(SIGN_IN)

    head.open(person_page)
    head.press("form[action$='/enable'] button")
    page.fill("#email", f"0912345{width:03d}"[:10])
    page.fill("#password", PASSWORD)
    teacher.press_primary()
    expect(page).not_to_have_url(SIGN_IN)


def test_a_reset_slip_sets_a_new_password_and_the_old_one_is_gone(
    come: Come, as_person: Come, portal: Portal
) -> None:
    account = portal.account("teacher", 1)
    before = come()
    before.sign_in(account)
    own_name = before.open("/accounts/me").locator("main").inner_text()
    head = as_person("head", number=1)
    people = head.open("/accounts/").locator("main tbody tr", has_text="Giáo viên").locator("a").all()
    (herself,) = [link for link in people if link.inner_text() in own_name]
    head.press(herself)
    head.press("form[action$='/link'] button")
    code = head.page.locator(".slip-code").inner_text()

    teacher = come(PHONE)
    teacher.open("/accounts/code")
    teacher.page.fill("#code", code)
    teacher.press_primary()
    teacher.page.fill("#password", PASSWORD)
    teacher.press_primary()
    before.open("/")
    expect(before.page).to_have_url(SIGN_IN)

    teacher.open("/sign-in")
    teacher.page.fill("#email", account.email)
    teacher.page.fill("#password", account.password)
    teacher.press_primary(status=422)
    teacher.page.fill("#password", PASSWORD)
    teacher.press_primary()
    assert teacher.page.url == portal.address + "/"
