"""Take the pictures of the guides and of README: `.venv/bin/python -m scripts.take_pictures`.

A demo is made for it, so everything in them is invented. Needs what the browser tests need.
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.portal import ROOT, Portal
from tests.plugins.chromium import SWITCHES

IMAGES = ROOT / "docs" / "images"
PHONE, DESKTOP = (390, 780), (1280, 860)
MOST_BYTES = 120_000
CASE_LINK = re.compile(r"VV-\d{4}-\d{6}")
FACTS = (
    "Em A kể bị hai bạn lớp trên chặn ở cầu thang, giật cặp sách. Cô trực thấy em A khóc, không bị thương."
)


def main() -> None:
    """Start a portal, visit it as each role, stop it."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        portal = Portal(Path(folder))
        try:
            portal.start()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=[*SWITCHES, "--lang=vi"]
                )
                _teacher(browser, portal)
                _head(browser, portal)
                _officer(browser, portal)
        finally:
            portal.stop()


def _visit(browser: Browser, portal: Portal, role: str, size: tuple[int, int]) -> Page:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="vi-VN")
    page = context.new_page()
    account = portal.account(role)
    page.goto(f"{portal.address}/sign-in")
    if role == "teacher":
        _keep("teacher-sign-in", page)
    page.fill("#email", account.email)
    page.fill("#password", account.password)
    _press(page, "main button.btn-primary")
    return page


def _press(page: Page, selector: str) -> None:
    with page.expect_navigation():
        page.locator(selector).first.click()


def _teacher(browser: Browser, portal: Portal) -> None:
    page = _visit(browser, portal, "teacher", PHONE)
    _press(page, "main a[href$='/incidents/start']")
    start = _keep("teacher-start", page)
    _press(page, "main a.btn-primary")
    page.locator("label[for=safety-0]").click()
    page.locator("label[for=group-1]").click()
    page.evaluate("scrollTo(0, 0)")
    form = _keep("teacher-form", page)
    page.locator("[data-day]").first.click()
    page.locator("label[for=day_part-2]").click()
    page.select_option("#place", "corridor")
    page.fill("#facts", FACTS)
    _press(page, "main button.btn-primary")
    page.locator("label[for=people-0-parts-0]").click()
    page.fill("#people-0-class_name", "8A2")
    page.fill("#people-0-name", "Nguyễn Thị Ánh")
    _press(page, "main button.btn-primary")
    page.locator("label[for=family_danger-0]").click()
    _press(page, "main button.btn-primary")
    page.locator("label[for=concerns_lead-0]").click()
    page.locator("#readers").scroll_into_view_if_needed()
    _keep("teacher-names", page)
    _press(page, "main button.btn-primary")
    receipt = _keep("teacher-receipt", page)
    page.goto(portal.address)
    _keep("teacher-home", page)
    _save("readme-report", _row([start, form, receipt]))


def _head(browser: Browser, portal: Portal) -> None:
    page = _visit(browser, portal, "head", DESKTOP)
    _keep("head-home", page)
    page.goto(f"{portal.address}/accounts/invite")
    page.fill("#name", "Hà Thị Mai")
    page.fill("#phone", "0912 555 018")
    page.locator("label[for=role-0]").click()
    _keep("head-invite", page)
    _press(page, "main button.btn-primary")
    page.emulate_media(media="print")
    _save("head-slip", _shot(page, full=True, size=(560, 794)))
    page.emulate_media(media="screen")
    page.goto(f"{portal.address}/incidents/")
    _keep("head-cases", page)
    page.locator("main tbody a", has_text=CASE_LINK).first.click()
    page.wait_for_load_state()
    _keep("head-case", page)
    _triage(browser, portal)


def _triage(browser: Browser, portal: Portal) -> None:
    """The report that the teacher has just sent waits for the person in charge."""
    page = _visit(browser, portal, "focal_point", DESKTOP)
    page.goto(f"{portal.address}/incidents/?state=submitted")
    page.locator("main tbody a", has_text=CASE_LINK).first.click()
    page.wait_for_load_state()
    _press(page, "main button.btn-primary")
    _save("head-triage", _shot(page, size=(DESKTOP[0], 1200)))


def _officer(browser: Browser, portal: Portal) -> None:
    page = _visit(browser, portal, "department_officer", DESKTOP)
    page.goto(f"{portal.address}/reports/")
    _press(page, "main button.btn-primary")
    page.locator("main .report-row a[href$='/file']").first.wait_for(timeout=120_000)
    _keep("officer-reports", page)
    page.goto(portal.address)
    home = _keep("officer-home", page)
    _save("readme-department", home)
    page.goto(f"{portal.address}/statistics/reporting")
    _keep("officer-reporting", page)
    page.goto(f"{portal.address}/organisations/?q=doi+co")
    _keep("officer-units", page)


def _shot(page: Page, *, full: bool = False, size: tuple[int, int] | None = None) -> Image.Image:
    if size:
        page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate("document.fonts.ready")
    image = Image.open(io.BytesIO(page.screenshot(full_page=full))).convert("RGB")
    if size:
        page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    return image


def _keep(name: str, page: Page) -> Image.Image:
    image = _shot(page)
    _save(name, image)
    return image


def _row(images: list[Image.Image]) -> Image.Image:
    gap, height = 24, max(image.height for image in images)
    row = Image.new("RGB", (sum(image.width + gap for image in images) - gap, height), "#ffffff")
    left = 0
    for image in images:
        row.paste(image, (left, 0))
        left += image.width + gap
    return row


def _save(name: str, image: Image.Image) -> None:
    """As a PNG of few colours; a picture over the limit is an error, never a slow page."""
    path = IMAGES / f"{name}.png"
    image.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{path} is larger than {MOST_BYTES} bytes")


if __name__ == "__main__":
    main()
