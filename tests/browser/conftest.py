"""Fixtures of browser tests: one running portal, one browser, people who visit."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, StorageState

from tests.browser.portal import Account, Portal
from tests.browser.visitor import DESKTOP, Visitor


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal with a small demo, web server and worker running."""
    if shutil.which("chromium") is None:
        pytest.skip("Chromium is not installed: no browser here")
    portal = Portal(tmp_path_factory.mktemp("portal"))
    try:
        portal.start()
        yield portal
    finally:
        portal.stop()


@pytest.fixture
def come(browser: Browser, portal: Portal) -> Iterator[Callable[..., Visitor]]:
    """A new person at a browser of her own: `come(360)`, without scripts: `come(360, scripts=False)`."""
    visitors: list[Visitor] = []

    def visit(width: int = DESKTOP, *, scripts: bool = True, cookies: StorageState | None = None) -> Visitor:
        visitors.append(Visitor(browser, portal, width, scripts=scripts, cookies=cookies))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.close()


@pytest.fixture(scope="session")
def cookies_of(browser: Browser, portal: Portal) -> Callable[[Account], StorageState]:
    """The cookies of a person who has signed in before; so not every test waits for the sign-in page."""
    kept: dict[str, StorageState] = {}

    def of(account: Account) -> StorageState:
        if account.email not in kept:
            visitor = Visitor(browser, portal)
            visitor.sign_in(account)
            kept[account.email] = visitor.context.storage_state()
            visitor.close()
        return kept[account.email]

    return of


@pytest.fixture
def as_person(
    come: Callable[..., Visitor], cookies_of: Callable[[Account], StorageState], portal: Portal
) -> Callable[..., Visitor]:
    """Somebody who is signed in already: `as_person("head", 360)`, of the other school: `number=1`."""

    def visit(role: str, width: int = DESKTOP, *, number: int = 0, scripts: bool = True) -> Visitor:
        return come(width, scripts=scripts, cookies=cookies_of(portal.account(role, number)))

    return visit
