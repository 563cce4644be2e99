"""The whole story by keyboard alone: every step is reached, shows where the focus is, and gives it back."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Login
from tests.browser import OpenPage
from tests.factories import PASSWORD
from tokens.models import AccessToken
from tokens.statuses import Status

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The outline or the edge of what has the focus; a square choice shows it on its label.
HAS_RING = """() => {
    const holder = document.activeElement;
    return [holder, holder.closest("label")].filter(Boolean).some((element) => {
        const style = getComputedStyle(element);
        const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        return outlined || style.boxShadow !== "none";
    });
}"""
IS_ON_SCREEN = """() => {
    const box = document.activeElement.getBoundingClientRect();
    const top = document.activeElement.closest("dialog, .bar, .skip") ? 0 : 47;
    return box.top >= top - 1 && box.bottom <= innerHeight + 1 && box.width > 0;
}"""


def see_focus(page: Page, target: Locator) -> None:
    expect(target).to_be_focused()
    described = page.evaluate("document.activeElement.outerHTML.slice(0, 160)")
    assert page.evaluate(HAS_RING), f"no ring: {described}"
    assert page.evaluate(IS_ON_SCREEN), f"out of sight: {described}"


def go_to(page: Page, target: Locator, key: str = "Tab", limit: int = 60) -> None:
    """Press a key until the target has the focus; each stop on the way shows that it has it."""
    expect(target).to_be_visible()
    for _step in range(limit):
        page.keyboard.press(key)
        described = page.evaluate("document.activeElement.outerHTML.slice(0, 160)")
        assert page.evaluate("document.activeElement === document.body") or page.evaluate(HAS_RING), described
        if target.evaluate("element => element === document.activeElement"):
            return see_focus(page, target)
    raise AssertionError(f"not reached with {key}: {target}; last was {described}")


def enter(open_page: OpenPage, live_server: LiveServer, login: Login) -> Page:
    page = open_page(base_url=live_server.url)
    page.goto("/sign-in")
    see_focus(page, page.get_by_label("User Name"))
    page.keyboard.type(login.user_name)
    go_to(page, page.get_by_label("Password", exact=True))
    page.keyboard.type(PASSWORD)
    go_to(page, page.get_by_role("button", name="Sign in", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    return page


def in_side(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Main").get_by_role("link", name=name)


@pytest.mark.long
def test_an_administrator_gives_a_role(
    open_page: OpenPage, live_server: LiveServer, ada: Login, peter: Login, vera: Login
) -> None:
    page = enter(open_page, live_server, ada)
    menu, dialog = page.get_by_role("menu"), page.get_by_role("dialog")
    go_to(page, in_side(page, "Contacts & Logins"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Contacts & Logins")

    # By Shift+F10 on the row; Escape closes the menu, then the dialog, and the focus is back on the row's dots.
    dots = page.get_by_role("button", name="Actions for Peter John")
    go_to(page, page.get_by_role("link", name="Peter John", exact=True))
    page.keyboard.press("Shift+F10")
    see_focus(page, menu.get_by_role("menuitem").first)
    page.keyboard.press("Escape")
    see_focus(page, dots)
    page.keyboard.press("Enter")
    go_to(page, menu.get_by_role("menuitem", name="Add Personal Role for API Tokens"), "ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    see_focus(page, dots)

    page.keyboard.press("Enter")
    go_to(page, menu.get_by_role("menuitem", name="Add Personal Role for API Tokens"), "ArrowDown")
    page.keyboard.press("Enter")
    see_focus(page, dialog.get_by_role("button", name="Add Personal Role"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Peter John has the Personal role")).to_be_visible()
    assert page.locator("[data-notes]").evaluate("notes => notes === document.activeElement")
    peter.refresh_from_db()
    assert peter.has_personal_role


def test_a_person_makes_uses_and_ends_a_token(open_page: OpenPage, live_server: LiveServer, olivia: Login) -> None:
    page = enter(open_page, live_server, olivia)
    dialog = page.get_by_role("dialog")
    go_to(page, in_side(page, "My API Access Tokens"))
    page.keyboard.press("Enter")
    go_to(page, page.get_by_role("link", name="Create New").first)
    page.keyboard.press("Enter")
    see_focus(page, dialog.get_by_label("Token Name"))

    # A refused form leads back to the field that is wrong.
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("This field is required.")).to_be_visible()
    see_focus(page, dialog.get_by_label("Token Name"))
    page.keyboard.type("LabTest")
    go_to(page, dialog.get_by_label("90 days"))
    go_to(page, dialog.get_by_label("30 days"), "ArrowLeft")
    expect(dialog.get_by_label("30 days")).to_be_checked()
    go_to(page, dialog.get_by_label(re.compile("Token Record")))
    go_to(page, dialog.locator("summary", has_text="Description"))
    page.keyboard.press("Enter")
    go_to(page, dialog.get_by_label("Description"))
    page.keyboard.type("For the laboratory")
    go_to(page, dialog.get_by_role("button", name="Save and generate"))
    page.keyboard.press("Enter")
    see_focus(page, dialog.get_by_role("button", name="Generate Token"))
    page.keyboard.press("Enter")

    # The JWT: copied, the snippets by arrow keys, saved.
    see_focus(page, dialog.get_by_role("button", name="Copy", exact=True))
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Copied").first).to_be_visible()
    go_to(page, dialog.get_by_role("tab", name="curl"))
    go_to(page, dialog.get_by_role("tab", name="Power BI"), "ArrowRight")
    expect(dialog.locator("#code-power-bi")).to_be_visible()
    go_to(page, dialog.get_by_role("button", name="Save", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_text("works from now on")).to_be_visible()
    token = AccessToken.objects.get()
    assert (token.status, token.description, token.expiry_choice) == (Status.INACTIVE, "For the laboratory", "30")

    # Escape in the JWT's dialog is Cancel: nothing changes and the page says so.
    digest = bytes(token.digest or b"")
    open_menu_of(page, "LabTest", "Generate Token")
    see_focus(page, dialog.get_by_role("button", name="Generate Token"))
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Copy it now")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nothing was changed")).to_be_visible()
    token.refresh_from_db()
    assert bytes(token.digest or b"") == digest

    open_menu_of(page, "LabTest", "Revoke Token…")
    go_to(page, dialog.get_by_role("button", name="Revoke Token"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("LabTest is revoked")).to_be_visible()
    token.refresh_from_db()
    assert token.status is Status.REVOKED


def open_menu_of(page: Page, name: str, entry: str) -> None:
    go_to(page, page.get_by_role("button", name=f"Actions for {name}"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("menu")).to_be_visible()
    target = page.get_by_role("menu").get_by_role("menuitem", name=entry)
    see_focus(page, page.get_by_role("menu").get_by_role("menuitem").first)
    if not target.evaluate("element => element === document.activeElement"):
        go_to(page, target, "ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_every_stop_of_a_page_shows_the_focus(open_page: OpenPage, live_server: LiveServer, ada: Login) -> None:
    """Through a whole grid page and round: header, side menu, filters, rows, foot; nothing traps the focus."""
    page = enter(open_page, live_server, ada)
    page.goto("/contacts")
    go_to(page, page.get_by_role("link", name="Skip to the content"))
    for name in ("Appearance", "Export"):
        go_to(page, page.get_by_label(name, exact=True))
        page.keyboard.press("Enter")
        go_to(page, page.locator("details[open] .menu-entry").last)
        page.keyboard.press("Escape")
        see_focus(page, page.get_by_label(name, exact=True))
    go_to(page, page.get_by_role("combobox", name="Rows per page"))
    go_to(page, page.get_by_label("Export", exact=True), "Shift+Tab")
