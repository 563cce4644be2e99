"""Contacts & Logins in a real browser: a user is created, assigned and deleted, with script and without it."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Login, OutboxMail
from tests.browser import OpenPage
from tests.cast import Places
from tests.people import address, fresh


@pytest.fixture
def enter(enter_as: OpenPage, ada: Login, places: Places) -> OpenPage:
    """Opens an address of the console as somebody, Ada unless told otherwise."""

    def opened(where: str, login: Login | None = None, **options: object) -> Page:
        return enter_as(login or ada, where, **options)

    return opened


def test_a_user_is_created_in_the_dialog(enter) -> None:
    page = enter("/contacts")
    page.get_by_role("link", name="Create New User").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("First Name").fill("Nora")
    dialog.get_by_label("E Mail").fill("nora.lund@demo.example")
    dialog.get_by_role("button", name="Add another").click()
    expect(dialog.get_by_label("First Name")).to_have_value("Nora")
    dialog.get_by_label("Department, row 2").select_option("Energy › South")
    dialog.get_by_label("User Type, row 2").select_option("View Only")
    dialog.get_by_label("First Name").press("Enter")  # saves, and adds no row
    expect(page.get_by_text("The activation mail is on its way to nora.lund@demo.example.")).to_be_visible()
    expect(page.get_by_role("heading", name="Logins of Nora")).to_be_visible()
    expect(page.get_by_text("Invited")).to_be_visible()
    login = Login.objects.get(user_name="nora.lund@demo.example")
    assert len(login.assignments_now) == 2
    assert OutboxMail.objects.count() == 1


@pytest.mark.long
def test_a_contact_is_deleted_without_javascript(enter, peter: Login) -> None:
    page = enter("/contacts", java_script_enabled=False)
    page.get_by_label("Actions for Peter John").click()
    page.get_by_role("link", name="Delete Contact…").click()
    expect(page.get_by_text("peter.john@demo.example").first).to_be_visible()
    page.get_by_role("button", name="Delete Contact").click()
    expect(page.get_by_text("This field is required.")).to_be_visible()
    page.get_by_label("To confirm, type peter.john@demo.example").fill("peter.john@demo.example")
    page.get_by_role("button", name="Delete Contact").click()
    expect(page.get_by_text("Peter John is deleted.")).to_be_visible()
    assert not Login.objects.filter(pk=peter.pk).exists()


def test_many_are_disabled_at_once(enter, peter: Login, vera: Login) -> None:
    page = enter("/contacts")
    for name in ("Peter John", "Vera Klein", "Ada Byron"):
        page.get_by_label(f"Select {name}").check()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Disable Login").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Not changed: Ada Byron. Why: Nobody disables their own login.")
    dialog.get_by_role("button", name="Disable Login").click()
    expect(page.get_by_text("2 logins are disabled.")).to_be_visible()
    assert not fresh(vera).enabled


@pytest.mark.long
def test_the_wrong_person_and_a_stranger_get_nowhere(enter, peter: Login, olga: Login) -> None:
    page = enter("/contacts", login=peter)
    expect(page.get_by_role("heading", name="You may not open this page")).to_be_visible()
    page = enter(address("edit_login", peter), login=olga)
    expect(page.get_by_text(re.compile("no such page|not found", re.IGNORECASE)).first).to_be_visible()
