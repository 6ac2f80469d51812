"""The first of the three jobs as its people do it: kept on one phone, sent from another, unseen by the accused."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.portal import Portal
from tests.browser.visitor import DESKTOP, NUMBER, PHONE, Come

LINE = "Em A khóc ở hành lang, nói bị một người lớn trong trường tát."
PUPIL = "Đinh Thị Xuyến Chi"


def test_a_stub_is_finished_on_another_phone_taken_up_and_hidden_from_the_accused(
    come: Come, as_person: Come, portal: Portal
) -> None:
    accused = as_person("focal_point", DESKTOP)
    open_before = accused.open("/incidents/").locator("main").inner_text()

    teacher = come(PHONE)
    teacher.sign_in(portal.account("teacher"))
    page = teacher.open("/incidents/start")
    page.fill("#facts", LINE)
    page.select_option("#place", index=1)
    teacher.press("form#later button.btn-primary")
    assert LINE in teacher.open("/").locator("main").inner_text(), "her first page keeps the line"
    teacher.sign_out()

    other_phone = come(PHONE)
    other_phone.sign_in(portal.account("teacher"))
    page = other_phone.page
    other_phone.press(page.locator("main a[href*='/incidents/drafts/']").first)
    expect(page.locator("#facts")).to_have_value(LINE)
    other_phone.choose("safety", "safe")
    other_phone.choose("group", "adult")
    page.fill("#occurred_on", page.locator("#occurred_on").get_attribute("max") or "")
    page.locator("input[name=day_part]").nth(1).check(force=True)
    other_phone.switch("en")
    expect(page.locator("#facts")).to_have_value(LINE)
    other_phone.switch("vi")
    other_phone.press_primary()
    page.locator("[name='people-0-parts'][value=harmed]").check(force=True)
    page.fill("[name='people-0-name']", PUPIL)
    page.locator("[data-repeat-add]").click()
    page.locator("[name='people-1-parts'][value=acting]").check(force=True)
    page.locator("[name='people-1-kind'][value=staff]").check(force=True)
    staff = page.locator("[name='people-1-staff']")
    mine = accused.page.locator(".header-person").first.inner_text().split("·")[0].strip()
    staff.select_option(label=staff.locator("option", has_text=mine.split()[-1]).first.inner_text())
    other_phone.press_primary()
    other_phone.press_primary()
    other_phone.choose("concerns_lead", "no")
    other_phone.press_primary()
    found = NUMBER.search(other_phone.text())
    assert found
    number, case = found[0], page.url.removeprefix(portal.address).removesuffix("/receipt")
    assert page.locator("textarea").count() == 0
    assert PUPIL not in page.content()

    for path in ("", "/names", "/triage", "/facts", "/people/new", "/link", "/set-aside", "/own", "/receipt"):
        assert accused.asks_in_vain(case + path), path
    accused.open("/incidents/")
    assert accused.page.locator("main").inner_text() == open_before, "not even the count moves"
    accused.open(f"/incidents/?q={number}")
    assert number not in accused.page.locator("main a").all_inner_texts()
    assert number not in accused.open("/").locator("body").inner_text()

    officer = as_person("commune_officer", DESKTOP)
    officer.open("/incidents/")
    officer.press(officer.page.locator("main a", has_text=number))
    assert LINE in officer.text(), "an acting focal point takes the case above: the named officer reads it"
    department = as_person("department_officer", DESKTOP)
    coded = department.open(case)
    assert number in coded.locator("main").inner_text()
    for told in (LINE, PUPIL):
        assert told not in coded.content()


def test_the_person_in_charge_takes_a_report_up_and_the_reporter_sees_the_state_change(
    as_person: Come, portal: Portal
) -> None:
    teacher = as_person("teacher", PHONE)
    page = teacher.open("/incidents/new")
    teacher.choose("safety", "safe")
    teacher.choose("group", "fight")
    page.fill("#occurred_on", page.locator("#occurred_on").get_attribute("max") or "")
    page.locator("input[name=day_part]").nth(1).check(force=True)
    page.select_option("#place", index=1)
    page.fill("#facts", "Em A và em B xô xát trong giờ ra chơi, thầy trực tách hai em ra.")
    for _ in range(3):
        teacher.press_primary()
    teacher.choose("concerns_lead", "no")
    teacher.press_primary()
    found = NUMBER.search(teacher.text())
    assert found
    case = page.url.removeprefix(portal.address).removesuffix("/receipt")

    lead = as_person("focal_point", PHONE)
    lead.open("/incidents/")
    lead.press(lead.page.locator("main a", has_text=found[0]))
    lead.press_primary()
    expect(lead.page).to_have_url(re.compile(f"{case}/triage"))
    lead.page.locator("[name=main_type]").first.check(force=True)
    lead.press_primary()
    expect(lead.page).to_have_url(re.compile(f"{case}$"))
    assert not lead.page.locator("form[action$='/take-up']").count(), "it is taken up"

    told = teacher.open(f"{case}/own").locator("main")
    expect(told.locator(".states .is-now")).to_have_count(1)
    assert "xô xát" in told.inner_text()
    teacher.press("main a[href$='/own/facts']")
    teacher.page.fill("#facts", "Sáng nay hai em đã làm hòa, em A ăn trưa cùng bạn.")
    teacher.press_primary()
    assert "làm hòa" in lead.open(case).locator("main").inner_text()
