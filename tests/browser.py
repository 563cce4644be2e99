"""The system's Chromium for tests: pages that note every console message and every request to another host."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREEN = {"width": 1360, "height": 860}


def find_chromium() -> str:
    """Path of the browser, empty when there is none."""
    given = os.environ.get("CHROMIUM", "")
    return given or next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), "")


class Watch:
    """What a page must not do: write to the console, fail, or ask another host."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self._request(request.url))

    def _console(self, kind: str, text: str) -> None:
        # The browser itself writes a line for each 4xx answer that a test provokes.
        if kind in {"error", "warning"} and not text.startswith("Failed to load resource"):
            self.complaints.append(f"{kind}: {text}")

    def _request(self, url: str) -> None:
        if urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname not in {"localhost", "127.0.0.1"}:
            self.complaints.append(f"asked another host: {url}")


OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; a test that needs it is skipped, loudly, where there is none."""
    path = find_chromium()
    if not path:
        pytest.skip("no Chromium on this machine: the browser tests did not run")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright keeps an event loop in this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Opens a page as a new person would: no cookies of anybody else. Any complaint of any page fails the test."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def open_one(**options: object) -> Page:
        context = chromium.new_context(**{"viewport": SCREEN, "locale": "en-GB", **options})  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        watches.append(Watch(page))
        page.watch = watches[-1]  # type: ignore[attr-defined]
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert [line for watch in watches for line in watch.complaints] == []


@pytest.fixture
def browser_page(open_page: OpenPage) -> Page:
    return open_page()


def sign_in(page: Page, login: Any, origin: str) -> None:
    """Gives the browser a session of ``login``, as if the password had been typed."""
    client = Client()
    client.force_login(login)
    cookies = [{"name": name, "value": morsel.value, "url": origin} for name, morsel in client.cookies.items()]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]


@pytest.fixture
def enter_as(open_page: OpenPage, live_server: Any) -> OpenPage:
    """Opens an address of the console as somebody who is signed in."""

    def opened(login: Any, address: str, **options: object) -> Page:
        page = open_page(base_url=live_server.url, **options)
        sign_in(page, login, live_server.url)
        page.goto(address)
        return page

    return opened


def violations(page: Page) -> list[str]:
    """What axe finds wrong with a page: the rule, and the element that breaks it."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


__all__ = ["browser_page", "chromium", "enter_as", "open_page"]
