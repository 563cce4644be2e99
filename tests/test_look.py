"""The console's look in a real browser: accessible, usable by keyboard, on a phone and without script."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Login
from tests.browser import OpenPage, violations

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 760}
each_scheme = pytest.mark.parametrize("scheme", ["dark", pytest.param("light", marks=pytest.mark.long)])


@pytest.fixture
def console(enter_as: OpenPage, ada: Login, peter: Login, vera: Login) -> OpenPage:
    """Opens an address as Ada, who is signed in."""

    def go(address: str = "/contacts", **options: object) -> Page:
        return enter_as(ada, address, **options)

    return go


def menu_of(page: Page, name: str) -> Any:
    page.get_by_role("button", name=f"Actions for {name}").click()
    return page.get_by_role("menu", name=f"Actions for {name}")


@each_scheme
def test_axe_finds_nothing_on_a_grid_its_menu_and_its_dialogs(console: Any, peter: Login, scheme: str):
    page = console(f"/contacts/{peter.contact.public_id}/logins", color_scheme=scheme)
    assert violations(page) == []
    menu = menu_of(page, peter.user_name)
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    assert violations(page) == []
    menu.get_by_role("menuitem", name="Add Personal Role for API Tokens").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    page.goto(page.url.partition("/contacts")[0] + "/contacts?name=nobody&enabled=perhaps")
    assert violations(page) == []


@each_scheme
def test_axe_finds_nothing_on_a_phone(console: Any, scheme: str):
    page = console(viewport=PHONE, color_scheme=scheme)
    page.get_by_role("button", name="Filter", exact=True).click()
    assert violations(page) == []


def test_a_menu_opens_by_right_click_and_by_key_and_gives_the_focus_back(console: Any, peter: Login):
    page = console()
    row = page.locator("#grid-rows tr", has_text=peter.user_name)
    menu = page.get_by_role("menu", name=f"Actions for {peter.label}")
    dots = page.get_by_role("button", name=f"Actions for {peter.label}")

    row.locator("td").nth(2).click(button="right")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("End")
    expect(menu.get_by_role("menuitem").last).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(dots).to_be_focused()
    for key in ("Shift+F10", "ContextMenu", "ArrowDown", "Enter"):
        page.keyboard.press(key)
        expect(menu).to_be_visible()
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()


def test_a_dialog_takes_the_focus_and_gives_it_back(console: Any, peter: Login):
    page = console(f"/contacts/{peter.contact.public_id}/logins")
    menu_of(page, peter.user_name).get_by_role("menuitem", name="Disable Login").click()
    dialog = page.get_by_role("dialog", name="Disable Login")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name=f"Actions for {peter.user_name}")).to_be_focused()


def test_the_deed_of_a_dialog_shows_its_message_without_leaving(console: Any, peter: Login):
    page = console(f"/contacts/{peter.contact.public_id}/logins")
    menu_of(page, peter.user_name).get_by_role("menuitem", name="Disable Login").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable Login").click()
    expect(page.get_by_role("status").filter(has_text=peter.user_name).first).to_be_visible()
    expect(page.locator("#grid-rows")).to_contain_text("Disabled")
    peter.refresh_from_db()
    assert not peter.enabled


def test_filters_apply_as_they_are_typed_and_stay_in_the_address(console: Any, vera: Login, peter: Login):
    page = console()
    page.get_by_label("Name", exact=True).press_sequentially("vera")
    expect(page.locator("#grid-rows")).not_to_contain_text(peter.user_name)
    expect(page.locator("#grid-rows")).to_contain_text(vera.user_name)
    expect(page).to_have_url(page.url.partition("?")[0] + "?name=vera")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("#grid-rows")).to_contain_text(peter.user_name)


@pytest.mark.long
def test_the_page_never_scrolls_sideways_on_a_phone(console: Any, peter: Login):
    for address in ("/contacts", f"/contacts/{peter.contact.public_id}/logins", "/contacts?name=nobody"):
        page = console(address, viewport=PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_side_menu_opens_on_a_phone(console: Any):
    page = console(viewport=PHONE)
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    page.get_by_role("link", name="Menu").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()


def test_the_chosen_appearance_is_there_before_the_first_paint(console: Any):
    page = console(color_scheme="light")
    page.get_by_label("Appearance").click()
    with page.expect_response("**/personal/appearance"):
        page.get_by_role("button", name="Dark").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(22, 22, 22)"


@pytest.mark.long
def test_everything_is_reachable_without_script(console: Any, peter: Login):
    page = console(java_script_enabled=False)
    page.get_by_label("Name", exact=True).fill("peter")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.locator("#grid-rows tr")).to_have_count(1)
    page.get_by_role("link", name=peter.label, exact=True).click()
    page.get_by_role("link", name=f"Actions for {peter.user_name}").click()
    page.get_by_role("link", name="Disable Login").click()
    page.get_by_role("button", name="Disable Login").click()
    expect(page.locator(".notes")).to_contain_text(peter.user_name)
    peter.refresh_from_db()
    assert not peter.enabled


def test_the_skip_link_leads_to_the_content(console: Any):
    page = console()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.evaluate("window.isTheSamePage = true")
    page.keyboard.press("Enter")
    page.wait_for_url("**#main")
    assert page.evaluate("window.isTheSamePage")


def test_a_filter_typed_after_signing_out_leads_to_the_sign_in_page(console: Any):
    page = console()
    page.context.clear_cookies()
    page.get_by_label("Name", exact=True).press_sequentially("vera")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_going_back_after_a_deed_shows_the_page_before(console: Any, peter: Login):
    page = console()
    page.get_by_role("link", name=peter.label, exact=True).click()
    menu_of(page, peter.user_name).get_by_role("menuitem", name="Disable Login").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable Login").click()
    expect(page.locator("#grid-rows")).to_contain_text("Disabled")
    page.go_back()
    expect(page.get_by_role("heading", name="Contacts & Logins")).to_be_visible()
