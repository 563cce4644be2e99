"""The whole story without JavaScript: every page, menu, dialog, filter and file by plain links and forms."""

import re
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Login
from audit.models import Entry
from tests.browser import OpenPage
from tests.factories import PASSWORD, ContactFactory
from tests.token_story import created
from tokens.models import AccessToken
from tokens.statuses import Status

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def enter(open_page: OpenPage, live_server: LiveServer, login: Login) -> Page:
    page = open_page(base_url=live_server.url, java_script_enabled=False)
    page.goto("/")
    page.get_by_label("User Name").fill(login.user_name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    return page


def choose(page: Page, name: str, entry: str) -> None:
    """An entry of a row's menu, which is a page here."""
    page.get_by_role("link", name=f"Actions for {name}", exact=True).click()
    expect(page.get_by_role("heading", level=1, name=f"Actions for {name}")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name=entry).click()


def call(url: str, jwt: str) -> int:
    request = urllib.request.Request(f"{url}/api/meta", headers={"Authorization": f"Bearer {jwt}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def generate(page: Page) -> str:
    page.goto("/tokens")
    choose(page, "LabTest", "Generate Token")
    page.get_by_role("button", name="Generate Token").click()
    expect(page.get_by_text("Copy it now")).to_be_visible()
    return page.get_by_label("JWT (token)").inner_text().strip()


def test_the_story(open_page: OpenPage, live_server: LiveServer, ada: Login, peter: Login) -> None:
    administrator = enter(open_page, live_server, ada)
    administrator.get_by_role("navigation", name="Main").get_by_role("link", name="Contacts & Logins").click()
    choose(administrator, "Peter John", "Add Personal Role for API Tokens")
    administrator.get_by_role("button", name="Add Personal Role").click()
    expect(administrator.get_by_text("Peter John has the Personal role")).to_be_visible()

    page = enter(open_page, live_server, peter)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="My API Access Tokens").click()
    page.get_by_role("link", name="Create New").first.click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("This field is required.")).to_be_visible()
    page.get_by_label("Token Name").fill("LabTest")
    page.get_by_label("30 days").check(force=True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#grid-rows")).to_contain_text("Not Generated")

    cancelled = generate(page)
    page.locator(".dialog-foot").get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Nothing was changed")).to_be_visible()
    assert call(live_server.url, cancelled) == 401

    jwt = generate(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("works from now on")).to_be_visible()
    assert call(live_server.url, jwt) == 200
    page.reload()
    expect(page.locator("#grid-rows")).to_contain_text("Generated - Active")

    choose(page, "LabTest", "Edit Token")
    page.get_by_label("Token Name").fill("LabTest 2")
    page.get_by_role("button", name="Save", exact=True).click()
    choose(page, "LabTest 2", "Token Logs")
    for word in ("CREATE", "GENERATE", "AUTHENTICATE", "UPDATE", "OK", "Fail"):
        expect(page.locator("#grid-rows")).to_contain_text(word)
    page.get_by_role("link", name="Only Fail").click()
    expect(page.locator("#grid-rows tr")).to_have_count(1)

    page.goto("/tokens")
    choose(page, "LabTest 2", "Revoke Token…")
    page.get_by_label("To confirm, type LabTest 2").fill("LabTest 2")
    page.get_by_role("button", name="Revoke Token").click()
    expect(page.get_by_text("LabTest 2 is revoked")).to_be_visible()
    assert AccessToken.objects.get().status is Status.REVOKED
    assert call(live_server.url, jwt) == 401

    page.locator(".bar-person > summary").click()
    page.get_by_role("button", name="Log Out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/tokens")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert Entry.objects.filter(verb="login.sign_out").count() == 1


@pytest.mark.long
def test_a_grid(open_page: OpenPage, live_server: LiveServer, ada: Login, vera: Login) -> None:
    for number in range(30):
        ContactFactory(organisation=ada.organisation, first_name="Contact", last_name=f"{number:02}")
    page = enter(open_page, live_server, ada)
    names = page.locator("#grid-rows th")
    page.goto("/contacts")
    page.get_by_label("Name", exact=True).fill("vera")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(names).to_have_text(["Vera Klein"])
    page.get_by_role("link", name="Clear").first.click()
    page.get_by_role("combobox", name="Enabled").select_option(label="Yes")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(names).to_have_text(["Ada Byron", "Vera Klein"])
    page.get_by_role("columnheader", name="Name", exact=True).get_by_role("link").click()
    expect(names).to_have_text(["Vera Klein", "Ada Byron"])
    page.get_by_role("link", name="Clear").first.click()

    page.goto("/contacts")
    expect(names).to_have_count(25)
    first = names.all_inner_texts()
    page.get_by_role("link", name="Next page").click()
    expect(names).to_have_count(7)
    page.get_by_role("link", name="Previous page").click()
    expect(names).to_have_text(first)
    page.get_by_role("combobox", name="Rows per page").select_option("50")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(names).to_have_count(32)

    page.goto("/contacts?name=vera")
    page.get_by_label("Export").click()
    for kind in ("CSV", "XLSX", "JSON"):
        with page.expect_download() as download:
            page.locator("#grid-export").get_by_role("link", name=re.compile(kind)).click()
        assert download.value.suggested_filename.endswith(f".{kind.lower()}")
    assert Entry.objects.filter(verb__contains="export").count() == 3


def test_every_panel_opens_on_a_phone(open_page: OpenPage, live_server: LiveServer, olivia: Login) -> None:
    created(olivia, "Board pack")
    page = enter(open_page, live_server, olivia)
    page.set_viewport_size({"width": 360, "height": 760})
    page.goto("/tokens")
    page.get_by_role("link", name="Menu").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    page.get_by_role("link", name="Close").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    page.get_by_role("textbox", name="Token Name").fill("nothing")
    page.get_by_role("textbox", name="Token Name").press("Enter")
    expect(page.locator("#grid-rows")).to_contain_text("Nothing matches these filters.")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
