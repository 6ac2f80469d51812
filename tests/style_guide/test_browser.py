"""Every component in a browser: narrow and wide, by keyboard, in two languages, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = pytest.mark.browser
REFUSED = "status of 422"


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []
    told: list[str] = []

    def open_it(width: int, scripts: bool = True) -> Page:
        size = {"width": width, "height": 800}
        context = browser.new_context(viewport=size, java_script_enabled=scripts)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on(
            "request",
            lambda request: None if request.url.startswith(address[:21]) else told.append(request.url),
        )
        page.goto(address)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert [text for text in told if REFUSED not in text] == []


def send(page: Page) -> None:
    page.locator("#sample button.btn-primary").click()
    page.wait_for_load_state()


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found]


def sideways(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_scrolls_sideways_and_axe_finds_nothing(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(width)
    assert sideways(page) == 0
    assert violations(page) == []

    send(page)
    expect(page.locator("#error-summary")).to_be_focused()
    assert page.title().startswith(("Lỗi:", "Error:"))
    assert sideways(page) == 0
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 360])
def test_buttons_and_fields_are_as_large_as_a_thumb(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(width)
    small = page.evaluate(
        """() => [...document.querySelectorAll(".btn, .control, .choice, .quick-hide, .danger-call, .menu summary")]
          .filter((element) => element.getClientRects().length)
          .filter((element) => element.getBoundingClientRect().height < 43.9)
          .map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert small == []


def test_an_error_leads_to_its_field(open_page: Callable[..., Page]) -> None:
    page = open_page(360)
    page.fill("#title", "Đoàn Thị Lan")
    send(page)
    page.locator("#error-summary a").first.click()
    expect(page.locator("#safety-0")).to_be_focused()
    assert page.input_value("#title") == "Đoàn Thị Lan"


@pytest.mark.parametrize(("width", "scripts"), [(360, True), (1280, True), (1280, False)])
def test_the_language_switch_keeps_what_was_typed(
    open_page: Callable[..., Page], width: int, scripts: bool
) -> None:
    page = open_page(width, scripts)
    page.fill("#facts", "Em kể là")
    page.locator("label[for=safety-1]").click()
    if width < 900:
        page.locator("[data-menu] summary").click()
    page.locator("button[name=lang][value=en]:visible").first.click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#facts")).to_have_value("Em kể là")
    expect(page.locator("#safety-1")).to_be_checked()
    expect(page.locator("#error-summary")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False])
def test_people_are_added_and_removed_with_and_without_scripts(
    open_page: Callable[..., Page], scripts: bool
) -> None:
    page = open_page(360, scripts)
    cards = page.locator("[data-repeat-card]")
    expect(cards).to_have_count(1)
    page.fill("#people-0-full_name", "An")
    page.locator("[data-repeat-add]").click()
    expect(cards).to_have_count(2)
    page.fill("#people-1-full_name", "Bình")
    cards.first.locator("[data-repeat-remove]").click()
    expect(cards).to_have_count(1)
    expect(cards.locator("input[type=text]")).to_have_value("Bình")
    assert sorted(page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")) == sorted(
        set(page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)"))
    )


def test_a_password_can_be_seen_and_is_hidden_again_before_it_is_sent(open_page: Callable[..., Page]) -> None:
    page = open_page(360)
    page.fill("#passphrase", "ba con mèo")
    page.locator("[data-show-password]").click()
    expect(page.locator("#passphrase")).to_have_attribute("type", "text")
    page.evaluate("document.getElementById('sample').addEventListener('submit', (e) => e.preventDefault())")
    page.locator("#sample button.btn-primary").click()
    expect(page.locator("#passphrase")).to_have_attribute("type", "password")


def test_without_scripts_no_button_is_shown_that_does_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page(360, scripts=False)
    expect(page.locator("[data-show-password]")).to_be_hidden()
    expect(page.locator("[data-copy]")).to_be_hidden()
    expect(page.locator("#facts-count")).not_to_be_empty()


def test_the_counter_counts_letters_as_the_server_does(open_page: Callable[..., Page]) -> None:
    page = open_page(360)
    page.fill("#facts", "Nguyễn 👋")
    expect(page.locator("#facts-count")).to_contain_text("8")


def test_escape_twice_puts_a_neutral_page_in_place_of_this_one(open_page: Callable[..., Page]) -> None:
    page = open_page(360)
    page.keyboard.press("Escape")
    page.wait_for_timeout(1200)
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    assert page.url.endswith("/style-guide"), "one press, or two far apart, change nothing"
    page.keyboard.press("Escape")
    page.wait_for_url("**/neutral.html")

    text = page.content().lower()
    assert not any(word in text for word in ("cổng", "an toàn", "bạo lực", "vụ việc"))
    assert violations(page) == []


def test_the_first_visit_is_light_and_the_next_is_under_100_kb(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    loaded: list[int] = []
    page.on("response", lambda answer: loaded.append(len(answer.body()) if answer.ok else 0))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    first = sum(loaded)
    loaded.clear()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    context.close()

    assert first < 250_000, "uncompressed, fonts included"
    assert loaded[0] < 100_000
