"""The ledger's page in a browser: accessible in its states, verified before one's eyes, usable on a phone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import Login
from tests import ledger
from tests.browser import OpenPage
from tests.test_ledger_page import worker
from tokens.actions.verifying import work_on_verification

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 760}
PAGE = "/administrator/ledger"


@pytest.fixture
def console(live_server: Any, open_page: OpenPage, ada: Login) -> Any:
    """Opens the ledger's page as Ada."""

    def go(**options: Any) -> Page:
        client = Client()
        client.force_login(ada)
        page = open_page(**options)
        page.context.add_cookies(
            [{"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in client.cookies.items()]
        )
        page.goto(f"{live_server.url}{PAGE}")
        return page

    return go


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


def test_it_is_verified_before_ones_eyes(console: Any):
    worker()
    ledger.sealed(120, 60)
    page = console(color_scheme="dark")
    assert violations(page) == []
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Sealed to 120")).to_be_visible()
    page.get_by_role("link", name="Verify", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("120 entries against their seals")
    assert violations(page) == []
    dialog.get_by_role("button", name="Verify", exact=True).click()
    expect(page.get_by_text("Waiting for the background worker")).to_be_visible()
    work_on_verification()
    expect(page.get_by_text("Proved: 120 entries")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_a_halted_ledger_on_a_phone(console: Any, scheme: str):
    ledger.sealed(5)
    worker("no checkpoint is signed: /srv/ledger/newest cannot be written: No space left on device")
    page = console(viewport=PHONE, color_scheme=scheme)
    expect(page.get_by_text("Sealing is halted.")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
