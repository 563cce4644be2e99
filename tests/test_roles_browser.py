"""A role is granted in a real browser: by right click, by keyboard alone, and without JavaScript."""

import re
from functools import partial

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Login
from tests.browser import OpenPage

HAS_ROLE = "Peter John has the Personal role for API tokens."


@pytest.fixture
def enter(enter_as: OpenPage, ada: Login, peter: Login) -> OpenPage:
    """Opens an address of the console as Ada."""
    return partial(enter_as, ada)


def test_by_right_click_and_dialog(enter, peter: Login) -> None:
    page = enter("/contacts")
    page.get_by_role("row", name=re.compile("Peter John")).click(button="right")
    page.get_by_role("menuitem", name="Add Personal Role for API Tokens").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Peter John may create and hold own tokens.")
    dialog.get_by_role("button", name="Add Personal Role").click()
    expect(page.get_by_text(HAS_ROLE)).to_be_visible()
    expect(page).to_have_url(re.compile("/contacts$"))
    peter.refresh_from_db()
    assert peter.has_personal_role


def test_by_keyboard_alone(enter, peter: Login) -> None:
    page = enter(reverse("accounts:logins", args=[peter.contact.public_id]))
    page.get_by_label("Actions for peter.john@demo.example").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="API Access Tokens", exact=True)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Edit Login")).to_be_focused()
    page.keyboard.type("ad")
    expect(page.get_by_role("menuitem", name="Add Personal Role for API Tokens")).to_be_focused()
    page.keyboard.press("Enter")
    button = page.get_by_role("dialog").get_by_role("button", name="Add Personal Role")
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(HAS_ROLE)).to_be_visible()


@pytest.mark.long
def test_escape_leaves_everything_as_it_is(enter, peter: Login) -> None:
    page = enter(reverse("accounts:logins", args=[peter.contact.public_id]))
    page.get_by_label("Actions for peter.john@demo.example").click()
    page.get_by_role("menuitem", name="Disable Login").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    peter.refresh_from_db()
    assert peter.enabled


@pytest.mark.long
def test_without_javascript(enter, peter: Login) -> None:
    page = enter("/contacts", java_script_enabled=False)
    page.get_by_label("Actions for Peter John").click()
    page.get_by_role("link", name="Add Personal Role for API Tokens").click()
    page.get_by_role("button", name="Add Personal Role").click()
    expect(page.get_by_text(HAS_ROLE)).to_be_visible()
    peter.refresh_from_db()
    assert peter.has_personal_role
