"""Tokens in a real browser: as pages without JavaScript, and as dialogs with it."""

import re
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Login
from tests.browser import OpenPage
from tests.token_story import created, generated, used
from tokens.jwt import digest
from tokens.models import AccessToken
from tokens.statuses import Status


@pytest.fixture
def enter(enter_as: OpenPage, olivia: Login) -> OpenPage:
    """Opens an address of the console as Olivia."""
    return partial(enter_as, olivia)


def jwt_of(page: Page) -> str:
    return page.get_by_label("JWT (token)").inner_text().strip()


def current(name: str) -> bytes | None:
    token = AccessToken.objects.get(name=name)
    return bytes(token.digest) if token.digest is not None else None


@pytest.mark.long
def test_without_javascript_from_create_to_revoke(enter) -> None:
    page = enter("/tokens", java_script_enabled=False)
    page.get_by_role("link", name="Create New").first.click()
    page.get_by_label("Token Name").fill("LabTest")
    page.get_by_role("button", name="Save and generate").click()
    page.get_by_role("button", name="Generate Token").click()
    cancelled = jwt_of(page)
    page.locator(".dialog-foot").get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Nothing was changed")).to_be_visible()
    assert current("LabTest") is None
    page.get_by_role("link", name="Actions for LabTest").click()
    page.get_by_role("link", name="Generate Token").click()
    page.get_by_role("button", name="Generate Token").click()
    jwt = jwt_of(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("works from now on")).to_be_visible()
    assert current("LabTest") == digest(jwt) != digest(cancelled)
    page.get_by_role("link", name="Actions for LabTest").click()
    page.get_by_role("link", name="Revoke Token…").click()
    page.get_by_role("button", name="Revoke Token").click()
    expect(page.get_by_text("LabTest is revoked")).to_be_visible()
    assert AccessToken.objects.get().status is Status.REVOKED


def test_as_dialogs(enter) -> None:
    page = enter("/tokens")
    page.get_by_role("link", name="Create New").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_text("This field is required.")).to_be_visible()
    dialog.get_by_label("Token Name").fill("LabTest")
    dialog.get_by_text("7 days", exact=True).click()
    expect(dialog.get_by_text(re.compile("Generated today, it would end on"))).to_be_visible()
    dialog.get_by_text("Date", exact=True).first.click()
    expect(dialog.get_by_label("Date", exact=True).last).to_be_visible()
    dialog.get_by_text("30 days", exact=True).click()
    dialog.get_by_role("button", name="Save and generate").click()
    dialog.get_by_role("button", name="Generate Token").click()
    expect(dialog.get_by_role("button", name="Copy", exact=True)).to_be_focused()
    dialog.get_by_role("tab", name="Python").click()
    dialog.get_by_label("Report:").select_option("TokenActivity")
    expect(dialog.locator("#code-python")).to_contain_text("/api/data/TokenActivity")
    jwt = jwt_of(page)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("works from now on")).to_be_visible()
    assert current("LabTest") == digest(jwt)
    assert jwt not in page.content()


def test_escape_is_cancel(enter, olivia: Login) -> None:
    token = created(olivia, "LabTest")
    first = generated(token)
    page = enter(f"/tokens/{token.public_id}/actions")
    page.get_by_role("link", name="Generate Token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Generate Token").click()
    expect(dialog.get_by_text("Copy it now")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nothing was changed")).to_be_visible()
    token.refresh_from_db()
    assert (bytes(token.digest), token.pending_digest) == (digest(first), None)


def test_a_token_in_use_is_revoked_by_its_name(enter, olivia: Login) -> None:
    token = created(olivia, "Board pack")
    generated(token)
    used(token)
    page = enter("/tokens")
    page.get_by_role("row", name=re.compile("Board pack")).click(button="right")
    page.get_by_role("menuitem", name="Revoke Token…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Revoke Token").click()
    expect(dialog.get_by_text("This field is required.")).to_be_visible()
    dialog.get_by_label("To confirm, type Board pack").fill("Board pack")
    dialog.get_by_role("button", name="Revoke Token").click()
    expect(page.get_by_text("Board pack is revoked")).to_be_visible()


def test_back_shows_no_jwt(enter) -> None:
    """Neither the page that was left, as the browser may have kept it, nor the one that Back brings."""
    page = enter("/tokens")
    page.get_by_role("link", name="Create New").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Token Name").fill("LabTest")
    dialog.get_by_role("button", name="Save and generate").click()
    dialog.get_by_role("button", name="Generate Token").click()
    jwt = jwt_of(page)
    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state])"
    assert jwt not in page.evaluate(stored)
    page.evaluate(
        "() => addEventListener('pagehide', () => sessionStorage.setItem('left', document.documentElement.outerHTML))"
    )
    page.goto(page.url.replace("/tokens", "/personal"))
    left = page.evaluate("() => sessionStorage.getItem('left')")
    assert "JWT (token)" in left
    assert jwt not in left
    page.go_back()
    expect(page.get_by_role("heading", name="My API Access Tokens").first).to_be_visible()
    assert jwt not in page.content()
    assert current("LabTest") is None
