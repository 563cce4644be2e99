"""Stopping the tokens of a login, and revoking one from a mail, in a real browser."""

import os

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Login
from tests.api_calls import valid_token
from tests.browser import OpenPage, violations
from tokens.models import TokenPlace
from tokens.revoke_links import revoke_url

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = [
    pytest.param(360, "dark", marks=pytest.mark.long),
    pytest.param(1360, "light", marks=pytest.mark.long),
    pytest.param(360, "light", marks=pytest.mark.long),
    pytest.param(1360, "dark", marks=pytest.mark.long),
]


def link_of(token: object) -> str:
    """The path: the test's server has a port of its own."""
    found = revoke_url(token)
    return found[found.index("/not-mine") :]


def test_an_administrator_stops_and_starts_them(enter_as: OpenPage, ada: Login, olivia: Login) -> None:
    valid_token(olivia, name="Excel")
    page = enter_as(ada, reverse("accounts:logins", args=[olivia.contact.public_id]))
    page.get_by_label("Actions for olivia@demo.example").click()
    page.get_by_role("menuitem", name="Stop All Tokens").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 token stops on its next call: Excel")
    dialog.get_by_role("button", name="Stop All Tokens").click()
    expect(page.get_by_text("All tokens of olivia@demo.example are stopped.")).to_be_visible()
    page.get_by_role("link", name="Start again").click()
    page.get_by_role("dialog").get_by_role("button", name="Start Tokens Again").click()
    expect(page.get_by_text("The tokens of olivia@demo.example work again.")).to_be_visible()
    olivia.refresh_from_db()
    assert olivia.tokens_stopped_at is None


def test_a_person_stops_their_own_by_keyboard(enter_as: OpenPage, olivia: Login) -> None:
    valid_token(olivia, name="Excel")
    page = enter_as(olivia, "/personal")
    page.get_by_role("link", name="Stop all my tokens").focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("dialog").get_by_role("button", name="Stop all my tokens")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("All your tokens are stopped.")).to_be_visible()
    olivia.refresh_from_db()
    assert olivia.tokens_stopped_at is not None


def test_without_script_from_a_token_to_the_stop(enter_as: OpenPage, olivia: Login) -> None:
    token, _jwt = valid_token(olivia)
    page = enter_as(olivia, f"/tokens/{token.public_id}/revoke", java_script_enabled=False)
    page.get_by_role("link", name="Stop all tokens").click()
    page.get_by_role("button", name="Stop all my tokens").click()
    expect(page.get_by_text("All your tokens are stopped.")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing(enter_as: OpenPage, ada: Login, olivia: Login, width: int, scheme: str) -> None:
    token, _jwt = valid_token(olivia, name="Finance Power BI with a name that is rather long")
    for number in range(7):
        TokenPlace.objects.create(token=token, network=f"198.51.{number}.0/24", tool="curl", first_at=timezone.now())
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 860}}
    page = enter_as(olivia, "/personal", **look)
    for path in (
        "/personal",
        "/personal/stop-tokens",
        f"/tokens/{token.public_id}",
        f"/tokens/{token.public_id}/revoke",
    ):
        looked_at(page, path)
    Login.objects.filter(pk=olivia.pk).update(tokens_stopped_at=timezone.now())
    for path in ("/personal", "/personal/start-tokens", "/personal/stop-tokens", "/tokens"):
        looked_at(page, path, " stopped")
    page.context.clear_cookies()
    for path in (link_of(token), "/not-mine/key/x"):
        looked_at(page, path)
    page = enter_as(ada, "/contacts", **look)
    login = f"/logins/{olivia.public_id}"
    for path in (f"{login}/start-tokens", f"/contacts/{olivia.contact.public_id}/logins", "/administrator/ledger"):
        looked_at(page, path)


def looked_at(page: Page, path: str, note: str = "") -> None:
    page.goto(path)
    if "PICTURES" in os.environ:
        name = path.strip("/").replace("/", "-")[:40]
        page.screenshot(path=f"{os.environ['PICTURES']}/{name}{note}-{page.viewport_size['width']}.png", full_page=True)
    assert violations(page) == [], path
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
