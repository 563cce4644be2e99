"""The browser of the tests sees what it is there to see: a breach of the policy, a fault, a request elsewhere."""

import pytest
from playwright.sync_api import Page

from tests.servers import ServedConsole

PLANTED = "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.planted = 1'}))"


@pytest.fixture
def sign_in_page(serve_console: ServedConsole, browser_page: Page) -> Page:
    browser_page.goto(f"{serve_console.url}/sign-in")
    return browser_page


def taken(page: Page) -> list[str]:
    """The complaints so far; taken out, so that they do not fail the test at its end."""
    page.wait_for_timeout(200)
    complaints = list(page.watch.complaints)  # type: ignore[attr-defined]
    page.watch.complaints.clear()  # type: ignore[attr-defined]
    return complaints


def test_the_sign_in_page_is_silent_and_a_planted_script_is_not(sign_in_page: Page):
    assert taken(sign_in_page) == []
    sign_in_page.evaluate(PLANTED)
    assert any("Content Security Policy" in line for line in taken(sign_in_page))
    assert sign_in_page.evaluate("window.planted") is None


def test_a_request_to_another_host_is_noticed(sign_in_page: Page):
    sign_in_page.evaluate("fetch('http://elsewhere.example/').catch(() => 0)")
    assert taken(sign_in_page) != []


def test_a_fault_of_a_script_is_noticed(sign_in_page: Page):
    sign_in_page.evaluate("setTimeout(() => { throw new Error('planted') })")
    assert taken(sign_in_page) == ["error: planted"]
