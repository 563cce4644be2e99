"""An administrator at work in a browser: a token for a service login, several revoked at once, a phone disconnected."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Login
from audit.models import Entry
from audit.verbs import Verb
from tests.browser import OpenPage, sign_in
from tests.factories import MobileSessionFactory
from tests.token_story import created, generated, used
from tokens.models import AccessToken
from tokens.statuses import Status

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(open_page: OpenPage, live_server: LiveServer, ada: Login) -> Page:
    page = open_page(base_url=live_server.url)
    sign_in(page, ada, live_server.url)
    return page


def test_a_token_for_a_service_login(page: Page, robot: Login, peter: Login) -> None:
    page.goto("/administrator/tokens")
    page.get_by_role("link", name="Create API Token").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Select User").fill("peter")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Users that match “peter”")
    expect(dialog.get_by_role("radio")).to_be_disabled()
    expect(dialog).to_contain_text("Peter John lacks the Personal role for API tokens.")
    dialog.get_by_label("Select User").fill("robot")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Users that match “robot”")
    expect(dialog.get_by_role("radio", name=re.compile("Robot"))).to_be_checked()
    dialog.get_by_role("button", name="Continue").click()
    dialog.get_by_label("Token Name").fill("Nightly import")
    expect(dialog).to_contain_text(re.compile(r"Generated today, it would end on \d+ \w+ \d{4}"))
    dialog.get_by_text("Date", exact=True).first.click()
    dialog.get_by_label("Date", exact=True).last.fill("2199-01-31")
    expect(dialog).to_contain_text("It would end with 31 January 2199: more than 12 months ahead.")
    dialog.get_by_text("1 Year", exact=True).click()
    dialog.get_by_role("button", name="Save and generate").click()
    dialog.get_by_role("button", name="Generate Token").click()
    jwt = dialog.locator("#jwt").inner_text()
    expect(dialog.locator("#code-curl")).to_contain_text(f"Bearer {jwt}")
    dialog.get_by_label(re.compile("With the JWT filled in")).uncheck()
    expect(dialog.locator("#code-curl")).to_contain_text("Bearer $TOKEN")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The JWT of Nightly import works from now on.")).to_be_visible()
    expect(page).to_have_url(re.compile("/administrator/tokens$"))
    token = AccessToken.objects.get()
    assert (token.owner, token.created_by_label, token.status) == (robot, "Ada Byron", Status.INACTIVE)
    assert jwt not in page.content()


def test_several_revoked_and_a_phone_disconnected(page: Page, olivia: Login, robot: Login) -> None:
    for name in ("Old export", "In use", "Kept"):
        generated(created(olivia, name))
    used(AccessToken.objects.get(name="In use"))
    MobileSessionFactory(login=olivia, device="Olivia's phone")
    page.goto("/administrator/tokens")
    for name in ("Old export", "In use"):
        page.get_by_role("row", name=re.compile(name)).get_by_role("checkbox").check()
    expect(page.get_by_text("2 tokens selected")).to_be_visible()
    expect(page.get_by_text("1 of them was used in the last 30 days")).to_be_visible()
    page.get_by_role("button", name="Revoke…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("In use within the last 30 days: In use. Whatever uses it stops working.")
    dialog.get_by_label(re.compile("To confirm")).fill("2")
    dialog.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("2 tokens are revoked.")).to_be_visible()
    assert list(AccessToken.objects.filter(revoked_at=None).values_list("name", flat=True)) == ["Kept"]
    page.get_by_role("link", name=re.compile("Mobile Users Logged In")).click()
    page.get_by_role("link", name="Olivia Novak", exact=True).click()
    expect(dialog).to_contain_text("Olivia's phone")
    dialog.get_by_role("button", name="Disconnect user").click()
    expect(page.get_by_text("Olivia Novak is disconnected: Olivia's phone is refused from now on.")).to_be_visible()
    expect(page.get_by_text("Nobody is signed in on a mobile device")).to_be_visible()
    assert Entry.objects.filter(verb=Verb.SESSION_END, actor_label="Ada Byron").count() == 1


@pytest.mark.long
def test_without_script(enter_as: OpenPage, ada: Login, robot: Login) -> None:
    page = enter_as(ada, "/configuration/access-tokens", java_script_enabled=False)
    page.get_by_role("link", name="Generate New Token").first.click()
    page.get_by_role("link", name="Choose another user").click()
    page.get_by_label("Select User").fill("robot@demo.example")
    page.keyboard.press("Enter")  # a user name in full needs no choice
    page.get_by_label("Token Name").fill("Gateway")
    page.get_by_role("button", name="Save and generate").click()
    page.get_by_role("button", name="Done – I have saved the token").click()
    expect(page).to_have_url(re.compile("/configuration/access-tokens$"))
    expect(page.get_by_text("The JWT of Gateway works from now on.")).to_be_visible()
    page.goto("/how-to-use")
    expect(page.get_by_role("heading", name="Power BI", exact=True)).to_be_visible()
