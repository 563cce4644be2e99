"""Signed out and gone: from the server, from the browser's stores and from its Back button."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from accounts.models import Login
from tests.browser import OpenPage
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def test_the_old_cookie_opens_nothing(olivia: Login) -> None:
    client, thief = Client(), Client()
    client.post("/sign-in", {"login": olivia.user_name, "password": PASSWORD})
    thief.cookies["session"] = client.cookies["session"].value
    assert thief.get("/personal").status_code == 200
    client.post("/sign-out")
    thief.cookies["session"] = thief.cookies["session"].value
    for address in ("/personal", "/tokens", "/"):
        assert thief.get(address)["Location"].startswith("/sign-in")
    assert thief.post("/personal/edit", {"language": "de"})["Location"].startswith("/sign-in")


def test_the_browser_is_told_to_forget(client: Client, olivia: Login) -> None:
    client.force_login(olivia)
    assert "Clear-Site-Data" not in client.get("/sign-out")
    assert client.post("/sign-out")["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.django_db(transaction=True)
def test_back_after_log_out_shows_nobodys_page(enter_as: OpenPage, ada: Login, olivia: Login) -> None:
    page = enter_as(ada, "/contacts")
    page.locator("[data-pick]").first.check()
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('selection ')).length") == 1
    page.evaluate("localStorage.setItem('appearance', 'dark')")
    page.goto("/sign-out")
    page.get_by_role("button", name="Log Out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 0]
    for _step in range(2):
        page.go_back()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert "Novak" not in page.content()
