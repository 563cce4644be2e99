"""The story of the seed documents, as two people live it in two browsers, with a tool that calls the API."""

import json
import urllib.error
import urllib.request
from email.message import Message
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import Login
from audit.models import Entry
from tests.browser import OpenPage
from tests.factories import PASSWORD
from tests.servers import ServedConsole

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page, url: str, login: Login) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("User Name").fill(login.user_name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")


def choose(page: Page, name: str, entry: str) -> Locator:
    """Choose an entry of a row's Actions menu; the dialog that it opens."""
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menu").get_by_role("menuitem", name=entry).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def call(url: str, jwt: str) -> tuple[int, Any, Message]:
    """What a tool does: one GET with the JWT; status, body and headers."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {jwt}", "User-Agent": "curl/8.5.0"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response), response.headers
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), error.headers


def shown_jwt(dialog: Locator) -> str:
    expect(dialog.get_by_text("Copy it now")).to_be_visible()
    return dialog.get_by_label("JWT (token)").inner_text().strip()


def statuses(page: Page, name: str) -> Locator:
    return page.locator("#grid-rows tr", has_text=name)


def activities() -> list[tuple[str, str, str]]:
    entries = Entry.objects.token_log().order_by("id")
    return [(entry.activity, entry.result, entry.reason) for entry in entries]


def test_the_main_job_end_to_end(serve_console: ServedConsole, open_page: OpenPage, ada: Login, peter: Login) -> None:
    url = serve_console.url
    administrator, person = open_page(), open_page()
    sign_in(administrator, url, ada)
    sign_in(person, url, peter)
    expect(person.get_by_role("navigation").get_by_role("link", name="My API Access Tokens")).to_have_count(0)
    person.goto(f"{url}/tokens")
    expect(person.get_by_text("Ada Byron")).to_be_visible()  # who can grant the role

    # Ada grants Peter the Personal role; he reloads, and it is there.
    administrator.goto(f"{url}/contacts")
    administrator.get_by_label("Name", exact=True).fill("Peter")
    administrator.get_by_role("link", name="Peter John").click()
    dialog = choose(administrator, peter.user_name, "Add Personal Role for API Tokens")
    dialog.locator("[data-deed]").click()
    expect(administrator.get_by_role("status").filter(has_text="Personal role").first).to_be_visible()
    person.goto(f"{url}/")
    person.get_by_role("navigation").get_by_role("link", name="My API Access Tokens").first.click()

    # He creates "LabTest": 30 days, both scopes, nothing secret yet.
    person.get_by_role("link", name="Create New").first.click()
    dialog = person.get_by_role("dialog")
    dialog.get_by_label("Token Name").fill("LabTest")
    dialog.get_by_text("30 days", exact=True).click()
    expect(dialog.get_by_label("Meta Record")).to_be_checked()
    expect(dialog.get_by_label("Report Record")).to_be_checked()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(statuses(person, "LabTest")).to_contain_text("Not Generated")

    # He generates, copies and saves; before Save the JWT is refused.
    first = generate(person, url, save=True)
    expect(statuses(person, "LabTest")).to_contain_text("Generated - Inactive")
    status, body, _ = call(f"{url}/api/meta", first)
    assert status == 200
    assert body["associates"][0]["name"] == "Demo Organisation"
    person.reload()
    expect(statuses(person, "LabTest")).to_contain_text("Generated - Active")

    # Cancel changes nothing.
    cancelled = generate(person, url, save=False)
    assert call(f"{url}/api/meta", cancelled)[0] == 401
    assert call(f"{url}/api/meta", first)[0] == 200

    # A new JWT, saved, stops the first one.
    second = generate(person, url, save=True)
    status, body, headers = call(f"{url}/api/meta", first)
    assert status == 401
    assert body["reason"] == "replaced"
    assert 'error="invalid_token"' in headers["WWW-Authenticate"]
    assert call(f"{url}/api/meta", second)[0] == 200

    # The log tells all of it.
    person.goto(f"{url}/tokens")
    person.get_by_role("button", name="Actions for LabTest").click()
    person.get_by_role("menu").get_by_role("menuitem", name="Token Logs").click()
    rows = person.locator("#grid-rows")
    for word in ("CREATE", "GENERATE", "AUTHENTICATE", "Reports API", "OK", "Fail", "curl"):
        expect(rows).to_contain_text(word)

    # Revoked: refused at once, gone from the list.
    person.goto(f"{url}/tokens")
    dialog = choose(person, "LabTest", "Revoke Token")
    if dialog.get_by_label("To confirm").count():
        dialog.get_by_label("To confirm").fill("LabTest")
    dialog.locator("[data-deed]").click()
    expect(person.get_by_role("status").filter(has_text="LabTest").first).to_be_visible()
    expect(person.locator("#grid-rows")).to_have_count(0)  # it was the only one
    status, body, _ = call(f"{url}/api/meta", second)
    assert (status, body["reason"]) == (401, "revoked")

    assert activities() == [
        ("CREATE", "ok", ""),
        ("GENERATE", "ok", ""),
        ("AUTHENTICATE", "ok", ""),
        ("AUTHENTICATE", "fail", "not_saved"),
        ("AUTHENTICATE", "fail", "replaced"),
        ("AUTHENTICATE", "ok", ""),
        ("GENERATE", "ok", ""),
        ("AUTHENTICATE", "fail", "replaced"),
        ("AUTHENTICATE", "ok", ""),
        ("REVOKE", "ok", ""),
        ("AUTHENTICATE", "fail", "revoked"),
    ]


def generate(page: Page, url: str, *, save: bool) -> str:
    page.goto(f"{url}/tokens")
    dialog = choose(page, "LabTest", "Generate Token")
    dialog.locator("[data-deed]").click()
    jwt = shown_jwt(dialog)
    if save:
        dialog.get_by_role("button", name="Save", exact=True).click()
    else:
        assert call(f"{url}/api/meta", jwt)[0] == 401
        dialog.get_by_role("button", name="Cancel", exact=True).last.click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    return jwt
