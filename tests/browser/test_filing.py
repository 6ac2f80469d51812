"""A teacher files, with and without scripts; the person in charge reads it; nobody else does."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser.portal import Portal
from tests.browser.visitor import DESKTOP, NUMBER, PHONE, SIGN_IN, Come, Visitor

FACTS = "Em A bị hai bạn lớp trên chặn ở cầu thang, em A kể lại lúc 9 giờ."
CHILD = "Bùi Thị Mơ"


def tell(person: Visitor) -> None:
    """Fill in the first step as a teacher does."""
    page = person.page
    person.choose("safety", "safe")
    person.choose("group", "fight")
    page.fill("#occurred_on", page.locator("#occurred_on").get_attribute("max") or "")
    page.locator("input[name=day_part]").nth(2).check(force=True)
    page.select_option("#place", index=1)
    page.fill("#facts", FACTS)


def answer(person: Visitor, *, with_name: bool = True) -> None:
    """Fill in the steps until nothing is left but to send."""
    page = person.page
    tell(person)
    person.press_primary()
    if with_name:
        page.locator("[name='people-0-parts'][value=harmed]").check(force=True)
        page.fill("[name='people-0-class_name']", "8A2")
        page.fill("[name='people-0-name']", CHILD)
    person.press_primary()
    person.choose("family_danger", "no")
    person.press_primary()
    person.choose("concerns_lead", "no")


@pytest.mark.parametrize(("width", "scripts"), [(PHONE, True), (DESKTOP, True), (PHONE, False)])
def test_a_report_reaches_the_person_in_charge_and_nobody_else(
    as_person: Come, portal: Portal, width: int, scripts: bool
) -> None:
    teacher = as_person("teacher", width, scripts=scripts)
    page = teacher.open("/incidents/start")
    expect(page.locator("a[href='tel:111']").first).to_be_visible()
    teacher.press("main a.btn-primary")
    expect(page).to_have_url(re.compile("/incidents/new"))
    assert not NUMBER.search(page.content()), "a number is given at sending, not before"
    answer(teacher)
    teacher.press_primary()
    number = NUMBER.search(teacher.text())
    assert number
    assert page.locator("textarea").count() == 0
    assert CHILD not in page.content()
    assert CHILD not in page.title() + page.url

    home = teacher.open("/")
    expect(home.locator("main a", has_text=number[0])).to_be_visible()

    lead = as_person("focal_point", width)
    lead.open("/incidents/")
    lead.press(lead.page.locator("main a", has_text=number[0]))
    case = lead.page.url.removeprefix(portal.address)
    assert FACTS in lead.text()
    assert CHILD not in lead.page.content()
    lead.press("main a[href$='/names']")
    lead.press_primary(status=422)
    expect(lead.page.locator("#error-summary")).to_be_focused()
    lead.page.locator("main input[name=reason]").first.check(force=True)
    lead.press_primary()
    assert CHILD in lead.text()
    assert CHILD not in lead.page.title() + lead.page.url

    for stranger in (
        as_person("head", width, number=1),
        as_person("focal_point", width, number=1),
        as_person("commune_officer", width),
        as_person("department_officer", width),
        teacher,
    ):
        assert stranger.asks_in_vain(case)
        assert stranger.asks_in_vain(case + "/names")
    stranger.open(case, status=404)


def test_what_was_typed_survives_an_error_and_a_change_of_language(as_person: Come) -> None:
    teacher = as_person("teacher", PHONE)
    page = teacher.open("/incidents/new")
    tell(teacher)
    page.fill("#facts", "")
    page.fill("#occurred_time", "00:00")
    teacher.press_primary(status=422)
    assert page.title().startswith("Lỗi:")
    expect(page.locator("#error-summary")).to_be_focused()
    page.locator("#error-summary a").first.click()
    expect(page.locator("#facts")).to_be_focused()

    page.fill("#facts", FACTS)
    for language in ("en", "vi"):
        teacher.switch(language)
        expect(page.locator("#facts")).to_have_value(FACTS)
        expect(page.locator("#occurred_time")).to_have_value("00:00")
        expect(page.locator("input[name=group][value=fight]")).to_be_checked()
        expect(page.locator("#error-summary")).to_have_count(0)
    teacher.press_primary()
    page.fill("[name='people-0-name']", CHILD)
    for language in ("en", "vi"):
        teacher.switch(language)
        expect(page.locator("[name='people-0-name']")).to_have_value(CHILD)


def test_a_second_person_is_added_without_scripts(as_person: Come) -> None:
    teacher = as_person("teacher", PHONE, scripts=False)
    page = teacher.open("/incidents/new")
    tell(teacher)
    teacher.press_primary()
    page.fill("[name='people-0-name']", CHILD)
    teacher.press("[data-repeat-add]")
    expect(page.locator("[data-repeat-card]")).to_have_count(2)
    page.fill("[name='people-1-name']", "Hà Văn Tú")
    expect(page.locator("[name='people-0-name']")).to_have_value(CHILD)
    teacher.press_primary()
    teacher.press_primary()
    teacher.choose("concerns_lead", "no")
    teacher.press_primary()
    assert NUMBER.search(teacher.text())


def test_a_stub_is_gone_on_with_on_another_telephone(as_person: Come) -> None:
    first = as_person("teacher", PHONE)
    page = first.open("/incidents/start")
    page.select_option("#place", index=2)
    page.fill("#facts", "Hai em giằng co ở cầu thang.")
    first.press_primary()
    expect(page.locator("main")).to_contain_text("Hai em giằng co ở cầu thang.")

    second = as_person("teacher", PHONE)
    page = second.open("/")
    second.press(page.locator("#drafts li", has_text="Hai em giằng co").locator("a.btn").first)
    expect(page.locator("#facts")).to_have_value("Hai em giằng co ở cầu thang.")
    answer(second)
    second.press_primary()
    assert NUMBER.search(second.text())
    expect(first.open("/").locator("main")).not_to_contain_text("Hai em giằng co ở cầu thang.")


def test_what_stands_in_the_form_is_kept_by_itself_and_before_the_page_is_hidden(as_person: Come) -> None:
    teacher = as_person("teacher", PHONE)
    page = teacher.open("/incidents/new")
    page.clock.install()
    page.reload()
    page.fill("#facts", "Em C bị giật cặp ở cổng.")
    with page.expect_response("**/incidents/drafts/save") as kept:
        page.clock.run_for(21_000)
    assert kept.value.status == 204
    expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"\d\d:\d\d"))
    page.fill("#facts", "Em C bị giật cặp ở cổng, em khóc.")
    with page.expect_request("**/incidents/drafts/save"):
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    page.wait_for_url("**/neutral.html")
    home = teacher.context.new_page()
    home.goto(teacher.portal.address)
    expect(home.locator("#drafts")).to_contain_text("Em C bị giật cặp ở cổng, em khóc.")
    home.close()


def test_an_answer_opens_what_belongs_to_it(as_person: Come) -> None:
    teacher = as_person("teacher", PHONE)
    page = teacher.open("/incidents/new")
    calls = page.locator(".only-not-safe")
    expect(calls).to_be_hidden()
    teacher.choose("safety", "not_safe")
    expect(calls).to_be_visible()
    tell(teacher)
    teacher.press_primary()
    expect(page.locator("[name='people-0-staff']")).to_be_hidden()
    teacher.choose("people-0-kind", "staff")
    expect(page.locator("[name='people-0-staff']")).to_be_visible()
    expect(page.locator("[name='people-0-class_name']")).to_be_hidden()
    teacher.choose("people-0-kind", "pupil")
    teacher.press_primary()
    teacher.choose("family_danger", "unknown")
    expect(page.locator("#family_told-0")).to_be_hidden()
    teacher.choose("police-is_told", "y")
    expect(page.locator("#police-by")).to_be_visible()
    teacher.press_primary()
    send = page.locator("main button.btn-primary")
    names = page.locator("#readers .when-school"), page.locator("#readers .when-above")
    expect(names[1]).to_be_hidden()
    before = send.inner_text()
    teacher.choose("concerns_lead", "yes")
    expect(names[0]).to_be_hidden()
    expect(names[1]).to_be_visible()
    assert send.inner_text() != before


@pytest.mark.parametrize("scripts", [True, False])
def test_enter_in_a_field_sends_the_form_and_does_not_switch_the_language(
    as_person: Come, scripts: bool
) -> None:
    teacher = as_person("teacher", DESKTOP, scripts=scripts)
    page = teacher.open("/incidents/new", language="vi")
    page.focus("#occurred_time")
    teacher.may_answer = {200, 422}
    with page.expect_navigation():
        page.keyboard.press("Enter")
    teacher.look(status=422, language="vi")
    expect(page.locator("#error-summary")).to_be_visible()


def test_a_remembered_device_may_file_and_see_states_and_nothing_else(come: Come, portal: Portal) -> None:
    teacher = come(PHONE)
    teacher.sign_in(portal.account("teacher"), remember=True)
    session = [c["name"] for c in teacher.context.cookies() if "device" not in c["name"]]
    print([c["name"] for c in teacher.context.cookies()])
    assert session
    for name in session:
        teacher.context.clear_cookies(name=name)

    page = teacher.open("/incidents/new")
    answer(teacher, with_name=False)
    teacher.press_primary()
    number = NUMBER.search(teacher.text())
    assert number
    home = teacher.open("/")
    expect(home.locator("main a", has_text=number[0])).to_be_visible()
    for path in ("/organisations/", "/accounts/me", "/incidents/"):
        teacher.open(path)
        expect(page).to_have_url(SIGN_IN)


def test_by_keyboard_alone_she_signs_in_and_files(come: Come, portal: Portal) -> None:
    person = come(DESKTOP)
    page = person.open("/sign-in")
    account = portal.account("teacher")
    keys = page.keyboard

    def go_to(selector: str) -> None:
        for _ in range(120):
            if page.evaluate("(s) => document.activeElement?.matches(s) ?? false", selector):
                shown = page.evaluate(
                    "() => { const e = document.activeElement.closest('label') ?? document.activeElement;"
                    " const s = getComputedStyle(e), t = getComputedStyle(document.activeElement);"
                    " return s.outlineStyle !== 'none' || t.outlineStyle !== 'none' || s.boxShadow !== 'none'; }"
                )
                assert shown, f"nothing shows that {selector} has the focus"
                return
            keys.press("Tab")
        raise AssertionError(f"{selector} can't be reached by Tab")

    keys.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    go_to("#email")
    keys.insert_text(account.email)
    go_to("#password")
    keys.insert_text(account.password)
    with page.expect_navigation():
        keys.press("Enter")
    person.look()
    go_to("main a[href$='/incidents/start']")
    with page.expect_navigation():
        keys.press("Enter")
    go_to("main a.btn-primary")
    with page.expect_navigation():
        keys.press("Enter")
    person.look()
    for group in ("safety", "group"):
        go_to(f"input[name={group}]")
        keys.press("Space")
    go_to("#occurred_on")
    page.locator("#occurred_on").fill(page.locator("#occurred_on").get_attribute("max") or "")
    go_to("input[name=day_part]")
    keys.press("Space")
    go_to("#place")
    keys.press("ArrowDown")
    go_to("#facts")
    keys.insert_text(FACTS)
    for step in range(4):
        if step == 3:
            go_to("input[name=concerns_lead]")
            keys.press("Space")
        go_to("main button.btn-primary")
        with page.expect_navigation():
            keys.press("Enter")
        person.look()
    assert NUMBER.search(person.text())


def test_escape_twice_hides_the_page(as_person: Come) -> None:
    lead = as_person("focal_point", PHONE)
    page = lead.open("/incidents/")
    for _ in range(5):  # on a busy machine more than a second may lie between two keys
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        with suppress(TimeoutError):
            page.wait_for_url("**/neutral.html", timeout=4000)
            break
    assert page.url.endswith("/neutral.html")
    assert not NUMBER.search(page.content())
