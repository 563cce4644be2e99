"""Confirm it is you, in a browser: asked for before a dialog, after one that took too long, and for many rows."""

from functools import partial
from importlib import import_module

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.models import Login
from tests.browser import OpenPage, violations
from tests.factories import PASSWORD, console_session

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def enter(enter_as: OpenPage, ada: Login) -> OpenPage:
    return partial(enter_as, ada)


def grow_old(page: Page, minutes: int) -> None:
    """The sign-in of this browser is so long ago."""
    (key,) = (cookie["value"] for cookie in page.context.cookies() if cookie["name"] == settings.SESSION_COOKIE_NAME)
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    session["confirmed"] = session["began"] - minutes * 60
    session.save()


def confirm(page: Page) -> None:
    expect(page.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def open_from_menu(page: Page, person: str, deed: str) -> None:
    page.get_by_role("row").filter(has_text=person).locator("[data-menu]").first.click()
    page.get_by_role("menuitem", name=deed).click()


def test_before_a_dialog(enter: OpenPage, olivia: Login) -> None:
    page = enter("/contacts")
    grow_old(page, 31)
    open_from_menu(page, "Olivia", "Disable Login")
    expect(page.get_by_label("Current password")).to_be_focused()
    assert violations(page) == []
    confirm(page)
    page.get_by_role("button", name="Disable Login").click()
    expect(page.get_by_text("olivia@demo.example is disabled")).to_be_visible()


def test_a_dialog_that_took_too_long_does_nothing(enter: OpenPage, olivia: Login) -> None:
    page = enter("/contacts")
    open_from_menu(page, "Olivia", "Disable Login")
    grow_old(page, 61)
    page.get_by_role("dialog").get_by_role("button", name="Disable Login").click()
    expect(page.get_by_text("Nothing was done")).to_be_visible()
    olivia.refresh_from_db()
    assert olivia.enabled
    confirm(page)
    expect(page.get_by_role("heading", name="Contacts & Logins")).to_be_visible()


def test_the_choice_of_many_rows_outlasts_it(enter: OpenPage, olivia: Login, peter: Login) -> None:
    page = enter("/contacts")
    for box in page.locator("[data-pick]").all()[:2]:
        box.check()
    grow_old(page, 61)
    page.locator("[data-bar-deed]").first.click()
    confirm(page)
    expect(page.locator("[data-bar]")).to_contain_text("2")


def test_the_sessions_of_a_login(enter: OpenPage, olivia: Login) -> None:
    console_session(olivia), console_session(olivia)
    page = enter("/contacts")
    open_from_menu(page, "Olivia", "Sessions")
    expect(page.get_by_role("heading", name="Sessions of olivia@demo.example")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Sign out: Firefox").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("is signed out of Firefox")).to_be_visible()
    page.get_by_role("link", name="Sign out everywhere…").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("1 session of olivia@demo.example has ended.")).to_be_visible()
    expect(page.get_by_text("It is signed in nowhere now.")).to_be_visible()


def test_everybody_is_signed_out(enter: OpenPage, olivia: Login) -> None:
    console_session(olivia)
    page = enter("/configuration/organisation")
    page.get_by_role("link", name="Sign everybody out").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 other session of the console")).to_be_visible()
    assert violations(page) == []
    dialog.get_by_role("textbox").fill("Demo Organisation")
    dialog.get_by_role("button", name="Sign everybody out").click()
    expect(page.get_by_text("1 session has ended.")).to_be_visible()
