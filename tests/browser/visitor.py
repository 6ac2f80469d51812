"""A person at a browser; each page she sees is checked for what must hold on all pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Response, StorageState, expect

from tests.browser.portal import Account, Portal

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESKTOP = 360, 1280
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SIGN_IN = re.compile(r"/sign-in")
NUMBER = re.compile(r"VV-\d{4}-\d{6}")
Language = Literal["vi", "en"]

_checked: set[tuple[str, int, str]] = set()


class Visitor:
    """One browser context of its own, with its own cookies."""

    def __init__(
        self,
        browser: Browser,
        portal: Portal,
        width: int = DESKTOP,
        *,
        scripts: bool = True,
        cookies: StorageState | None = None,
    ) -> None:
        self.portal, self.width, self.scripts = portal, width, scripts
        self.context = browser.new_context(
            viewport={"width": width, "height": 800},
            java_script_enabled=scripts,
            storage_state=cookies,
            accept_downloads=True,
            has_touch=width < 900,
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.troubles: list[str] = []
        self.may_answer: set[int] = {200}
        self._status: int | None = None
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("response", self._answered)

    def _heard(self, message: Any) -> None:
        if message.type not in ("error", "warning"):
            return
        # The browser itself says when a form is answered by 422; that is what the test asked for.
        said = re.search(r"status of (\d{3})", message.text)
        if said and int(said[1]) in self.may_answer:
            return
        self.troubles.append(f"console: {message.text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.portal.address, "blob:")):
            self.troubles.append(f"another place was asked: {url}")

    def _answered(self, answer: Response) -> None:
        is_page = answer.request.is_navigation_request() and answer.frame == self.page.main_frame
        if is_page and not 300 <= answer.status < 400:
            self._status = answer.status

    # --- going -------------------------------------------------------------------------------------------------

    def open(self, path: str, *, status: int = 200, language: Language | None = None) -> Page:
        """Type an address."""
        self.may_answer = {200, status}
        self.page.goto(self.portal.address + path)
        return self.look(status=status, language=language)

    def press(self, target: Locator | str, *, status: int = 200, language: Language | None = None) -> Page:
        """Press a link or button that leads to a page."""
        self.may_answer = {200, status}
        found = self.page.locator(target).first if isinstance(target, str) else target
        with self.page.expect_navigation():
            found.click()
        return self.look(status=status, language=language)

    def press_primary(self, *, status: int = 200) -> Page:
        """Press the page's one main button."""
        return self.press("main button.btn-primary", status=status)

    def look(self, *, status: int = 200, language: Language | None = None) -> Page:
        """What must hold on every page."""
        page = self.page
        page.wait_for_load_state()
        where = f"{page.url} at {self.width} px"
        assert self._status in (status, None), f"{where} answered {self._status}\n{self.portal.log()}"
        assert self.troubles == [], f"{where}: {self.troubles}"
        expect(page.locator("html")).to_have_attribute("lang", language or re.compile("^(vi|en)$"))
        expect(page.locator("h1")).to_have_count(1)
        if self.scripts:
            wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, f"{where} is {wider} px wider than the screen"
            twice = page.evaluate(
                "() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);"
                " return ids.filter((id, n) => ids.indexOf(id) !== n); }"
            )
            assert twice == [], f"{where}: ids that stand twice"
            self._ask_axe(where)
        return page

    def _ask_axe(self, where: str) -> None:
        """axe once for each kind of page, width, language and person; it takes a second."""
        kind = UUID.sub("<id>", self.page.url.removeprefix(self.portal.address).partition("?")[0])
        says = self.page.evaluate(
            "() => [document.documentElement.lang, document.querySelectorAll('#error-summary').length,"
            " document.querySelector('.header-person')?.textContent.split('·').pop() ?? ''].join()"
        )
        key = (kind, self.width, says)
        if key in _checked:
            return
        _checked.add(key)
        found = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": RULES}}).response
        faults = [
            f"{rule['id']}: {[node['html'][:160] for node in rule['nodes']]}" for rule in found["violations"]
        ]
        assert faults == [], where

    # --- what people do ----------------------------------------------------------------------------------------

    def sign_in(self, account: Account, *, remember: bool = False) -> Page:
        """By the page, as everybody does."""
        self.open("/sign-in")
        self.page.fill("#email", account.email)
        self.page.fill("#password", account.password)
        if remember:
            self.page.locator("label[for=remember_device]").click()
        return self.press_primary()

    def tool(self, selector: str) -> Locator:
        """A thing of the header; on a phone the menu is opened first."""
        if self.width < 900:
            self.page.locator("[data-menu] summary").click()
        return self.page.locator(f"header {selector}:visible").first

    def asks_in_vain(self, path: str) -> bool:
        """Whether an address answers her as if nothing were there, and gives nothing away."""
        answer = self.context.request.get(self.portal.address + path)
        return answer.status == 404 and not NUMBER.search(answer.text())

    def switch(self, language: Language) -> Page:
        """Press the other language in the header."""
        return self.press(self.tool(f"[lang={language}]"), language=language)

    def sign_out(self) -> Page:
        """Press the button."""
        return self.press(self.tool("form[action$='/sign-out'] button"))

    def choose(self, name: str, value: str) -> None:
        """Choose a radio or tick a box as people do: by pressing its words."""
        chosen = self.page.locator(f"input[name={name}][value={value}]").first
        self.page.locator(f"label[for={chosen.get_attribute('id')}]").first.click()

    def text(self) -> str:
        """The words of the page's main part."""
        return self.page.locator("main").inner_text()

    def close(self) -> None:
        """Close the browser window; nothing may have gone wrong until then."""
        self.context.close()
        assert self.troubles == []


Come = Callable[..., Visitor]
