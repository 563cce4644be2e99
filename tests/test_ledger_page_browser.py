"""The ledger's page in a browser: accessible in its states, verified before one's eyes, usable on a phone."""

from functools import partial
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import Login
from tests import ledger
from tests.browser import OpenPage, violations
from tests.test_ledger_page import worker
from tokens.actions.verifying import work_on_verification

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 760}
PAGE = "/administrator/ledger"


@pytest.fixture
def console(enter_as: OpenPage, ada: Login) -> OpenPage:
    """Opens the ledger's page as Ada."""
    return partial(enter_as, ada, PAGE)


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
    expect(page.get_by_text("within seconds")).to_have_count(0)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
