"""The department officer asks for the term report, watches it, downloads it; the auditor sees what happened."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.portal import Portal
from tests.browser.visitor import DESKTOP, PHONE, Come


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_term_report_is_asked_for_watched_and_downloaded(
    as_person: Come, portal: Portal, tmp_path: Path, width: int
) -> None:
    officer = as_person("department_officer", width)
    page = officer.open("/reports/")
    assert page.locator("#kind option").first.get_attribute("value") == "term-report"
    officer.press_primary()
    expect(page.locator("main .report-row").first).to_be_visible()
    # The list renews itself; nobody presses anything.
    download = page.locator("main .report-row").first.locator("a[href$='/file']")
    expect(download).to_be_visible(timeout=90_000)
    officer.look()
    with page.expect_download() as caught:
        download.click()
    path = tmp_path / "report.pdf"
    caught.value.save_as(path)
    assert re.search(r"\.pdf$", caught.value.suggested_filename)

    links = [
        link.get_attribute("href") or "" for link in page.locator("main .report-row").first.locator("a").all()
    ]
    word = next(link for link in links if link.endswith("/word"))
    assert [link.endswith("/file") for link in links].index(True) < links.index(word), "the PDF stands first"
    copy = officer.context.request.get(portal.address + word)
    assert copy.ok
    assert copy.body()[:2] == b"PK"

    text = "\n".join(part.extract_text() for part in PdfReader(path).pages)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "DỰ THẢO" in text
    officer.open("/")
    total = page.locator(".figures-table tbody td").first.inner_text()
    assert re.search(rf"\b{re.escape(total)}\b", text), "the report counts what the home page counts"

    officer.open("/reports/")
    officer.press("main .report-row a[href*='/reports/']:not([href$='/file']):not([href$='/word'])")
    expect(page.locator("h1")).to_be_visible()

    other = as_person("head", width)
    report = page.url.removeprefix(portal.address)
    assert other.asks_in_vain(report)
    assert other.asks_in_vain(report + "/file")


def test_the_auditor_sees_who_did_what_and_no_name(as_person: Come, portal: Portal) -> None:
    lead = as_person("focal_point")
    lead.open("/incidents/")
    lead.press("main tbody a")
    case = lead.page.url.rsplit("/", 1)[1]
    auditor = as_person("auditor")
    page = auditor.open("/audit/")
    newest = page.locator("main tbody tr").first
    expect(page.locator("main tbody")).to_contain_text(case)
    assert "@" not in newest.inner_text()
    auditor.press("main [rel=next]")
    expect(page.locator("main tbody tr").first).to_be_visible()
