"""Each role signs in on a phone and on a desk, in both languages, sees its home and its unit, and signs out."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.portal import Portal
from tests.browser.visitor import DESKTOP, PHONE, SIGN_IN, Come

ROLES = (
    "teacher",
    "focal_point",
    "head",
    "commune_officer",
    "department_officer",
    "administrator",
    "auditor",
)
PLACES = {
    "teacher": ("/incidents/start",),
    "focal_point": ("/incidents/",),
    "head": ("/incidents/", "/accounts/", "/accounts/invite", "/reports/"),
    "commune_officer": ("/incidents/", "/accounts/"),
    "department_officer": ("/organisations/", "/organisations/calendar", "/reports/"),
    "administrator": ("/accounts/", "/organisations/"),
    "auditor": ("/audit/",),
}


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("role", ROLES)
def test_signs_in_switches_language_sees_home_and_unit_and_signs_out(
    come: Come, portal: Portal, role: str, width: int
) -> None:
    account = portal.account(role)
    person = come(width)
    page = person.sign_in(account)
    assert page.url == portal.address + "/"
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    home = person.text()

    person.switch("en")
    assert person.text() != home, "nothing was translated"
    person.switch("vi")
    assert person.text().splitlines()[0] == home.splitlines()[0]

    person.press("main a[href*='/organisations/']")
    expect(page.locator("h1")).to_have_text(account.organisation_name)
    for place in PLACES[role]:
        person.open(place)

    person.sign_out()
    expect(page).to_have_url(SIGN_IN)
    person.page.go_back()
    page.wait_for_load_state()
    person.look()
    expect(page).to_have_url(SIGN_IN)
    assert account.organisation_name not in page.content()


def test_nobody_sees_a_page_without_signing_in(come: Come, portal: Portal) -> None:
    person = come()
    for path in (
        "/",
        "/incidents/",
        "/incidents/new",
        "/accounts/",
        "/reports/",
        "/audit/",
        "/organisations/",
    ):
        page = person.open(path)
        expect(page).to_have_url(SIGN_IN)


def test_a_wrong_password_says_so_and_keeps_the_name(come: Come, portal: Portal) -> None:
    person = come(PHONE)
    page = person.open("/sign-in")
    page.fill("#email", "nobody@demo.example")
    page.fill("#password", "không phải mật khẩu này")
    person.press_primary(status=422)
    expect(page.locator("#error-summary")).to_be_focused()
    assert page.title().startswith("Lỗi:")
    assert page.input_value("#email") == "nobody@demo.example"
    assert page.input_value("#password") == ""


@pytest.mark.parametrize("width", [320, PHONE, DESKTOP])
def test_the_style_guide_is_sound_on_the_running_portal(come: Come, portal: Portal, width: int) -> None:
    come(width).open("/style-guide")
