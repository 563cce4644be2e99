"""The pages of signing in, in a browser: nothing for axe to find, all of it by keyboard, the lock shared by workers."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from playwright.sync_api import Page

from accounts import limits
from accounts.actions.sign_in import activation_link
from accounts.blocks import WINDOW
from accounts.models import Login
from audit.models import Entry
from tests.browser import OpenPage, violations
from tests.factories import PASSWORD
from tests.servers import ServedConsole


def complaints(page: Page) -> list[str]:
    return [f"{page.url} {violation}" for violation in violations(page)]


@pytest.fixture
def addresses(serve_console: ServedConsole, peter: Login) -> list[str]:
    peter.set_unusable_password()
    peter.save()
    paths = ["/sign-in", "/password/reset", "/password/reset/sent", "/activate/lgn_nobody/x-y"]
    return [*(serve_console.url + path for path in paths), activation_link(peter)]


@pytest.mark.parametrize("scheme", ["dark", pytest.param("light", marks=pytest.mark.long)])
@pytest.mark.parametrize("width", [360, pytest.param(1360, marks=pytest.mark.long)])
def test_axe_finds_nothing(addresses: list[str], olivia: Login, open_page: OpenPage, scheme: str, width: int) -> None:
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 860})
    found = []
    for address in addresses:
        page.goto(address)
        found += complaints(page)
        if page.locator("form").count():
            page.locator("form button.button-primary").click()
            page.wait_for_selector(".error, .note-error")
            found += complaints(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    assert found == []


def test_signing_in_and_out_by_keyboard(serve_console: ServedConsole, olivia: Login, browser_page: Page) -> None:
    page = browser_page
    page.goto(f"{serve_console.url}/password")
    assert page.url.endswith("/sign-in?next=/password")
    page.keyboard.type("olivia@demo.example")
    page.locator("#id_password").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{serve_console.url}/password")
    assert complaints(page) == []
    page.goto(f"{serve_console.url}/sign-out")
    assert complaints(page) == []
    page.locator("form button.button-primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{serve_console.url}/sign-in")
    assert list(Entry.objects.order_by("id").values_list("verb", flat=True)) == ["login.sign_in", "login.sign_out"]


def test_signing_in_without_script(serve_console: ServedConsole, olivia: Login, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{serve_console.url}/sign-in?next=/password")
    page.fill("#id_login", "olivia@demo.example")
    page.fill("#id_password", PASSWORD)
    page.locator("form button.button-primary").click()
    page.wait_for_url(f"{serve_console.url}/password")


def guess(url: str, password: str) -> tuple[int, bool]:
    """Try it as a new browser would; status, and whether the answer is the lock's."""
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    with opener.open(f"{url}/sign-in", timeout=30) as response:
        token = re.search(rb'csrfmiddlewaretoken" value="([^"]+)"', response.read())
    assert token
    form = {"login": "olivia@demo.example", "password": password, "csrfmiddlewaretoken": token[1].decode()}
    try:
        with opener.open(f"{url}/sign-in", urlencode(form).encode(), timeout=30) as response:
            return response.status, False
    except HTTPError as refusal:
        return refusal.code, b"Too many attempts" in refusal.read()


@pytest.fixture
def guesses(serve_console: ServedConsole) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as pool:
        yield pool


def test_two_workers_share_one_count(serve_console: ServedConsole, olivia: Login, guesses: ThreadPoolExecutor) -> None:
    if (left := limits.seconds_left(WINDOW)) < 30:  # then they would be counted in two windows
        time.sleep(left)
    answers = list(guesses.map(lambda number: guess(serve_console.url, f"guess number {number}"), range(40)))
    assert sorted(answers) == [(422, False)] * 10 + [(422, True)] * 30
    assert guess(serve_console.url, PASSWORD) == (422, True)
    reasons = Entry.objects.filter(verb="login.sign_in_fail").values_list("reason", flat=True)
    assert sorted(reasons) == ["bad_password"] * 10 + ["locked"]
