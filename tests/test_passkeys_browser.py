"""Passkeys and second factors in a browser, under the content security policy, with an authenticator of its own."""

import time
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from accounts import confirming
from accounts.models import Login
from tests.browser import OpenPage, sign_in, violations
from tests.factories import PASSWORD
from tests.second_factors import code_of, give_app, give_codes, give_passkey

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SET_UP = "/personal/second-factor"
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def console(live_server, settings) -> str:
    """The address of the console, which passkeys are bound to."""
    settings.PUBLIC_URL = live_server.url
    return str(live_server.url)


def with_authenticator(page: Page) -> Page:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def leave(page: Page, console: str) -> None:
    page.goto("/sign-out")
    page.get_by_role("button", name="Log Out").click()
    page.wait_for_url(f"{console}/sign-in")


def confirmed_long_ago() -> None:
    for row in Session.objects.all():
        kept = row.get_decoded()
        kept[confirming.CONFIRMED] = int(time.time()) - 31 * 60
        row.session_data = Session.get_session_store_class()().encode(kept)
        row.save()


def test_a_passkey_from_setting_up_to_removing(
    console: str, olivia: Login, open_page: OpenPage, tmp_path: Path
) -> None:
    page = with_authenticator(open_page(base_url=console))
    sign_in(page, olivia, console)
    page.goto("/personal")
    page.get_by_role("link", name="Set up a second factor").click()
    page.get_by_role("link", name="Set up a passkey").click()
    page.get_by_role("textbox", name="Name").fill("Laptop")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Recovery codes")).to_be_visible()
    shown = page.locator(".codes code").all_inner_texts()
    assert len(shown) == 10
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "codes.txt")
    assert (tmp_path / "codes.txt").read_text().split() == shown
    assert violations(page) == []
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("link", name="Rename: Laptop")).to_be_visible()

    leave(page, console)  # in again, without a user name
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{console}/")

    leave(page, console)  # in again, after the password
    page.get_by_label("User Name").fill(olivia.user_name)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{console}/sign-in/second-step")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(f"{console}/")

    confirmed_long_ago()
    page.goto(f"{SET_UP}/app")
    expect(page.get_by_role("heading", level=1, name="Confirm it is you")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(f"{console}{SET_UP}/app")

    page.goto("/personal")
    page.get_by_role("link", name="Remove: Laptop").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("your password alone lets you in")
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("None: your password alone lets you in.")).to_be_visible()


def test_no_passkey_there_is_said(console: str, olivia: Login, open_page: OpenPage) -> None:
    page = with_authenticator(open_page(base_url=console))
    give_passkey(olivia)  # in another authenticator than this browser's
    page.goto("/sign-in")
    page.get_by_label("User Name").fill(olivia.user_name)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console}/sign-in/second-step")
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("alert").filter(has_text="No passkey was used")).to_be_visible()
    assert violations(page) == []


def test_an_app_without_script(console: str, olivia: Login, open_page: OpenPage) -> None:
    page = open_page(base_url=console, java_script_enabled=False)
    sign_in(page, olivia, console)
    page.goto(f"{SET_UP}/app")
    secret = page.locator("#secret").inner_text().replace(" ", "")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    page.get_by_role("textbox", name="Code").fill(code_of(secret, -1))
    page.get_by_role("button", name="Set up").click()
    expect(page.locator(".codes code")).to_have_count(10)
    page.context.clear_cookies()
    page.goto("/sign-in")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    page.get_by_label("User Name").fill(olivia.user_name)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("textbox", name="Code").fill(code_of(secret))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{console}/")


LOOKS = [
    pytest.param(360, "dark", marks=pytest.mark.long),
    pytest.param(1360, "light", marks=pytest.mark.long),
    pytest.param(360, "light", marks=pytest.mark.long),
    pytest.param(1360, "dark", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing(console: str, olivia: Login, open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(base_url=console, color_scheme=scheme, viewport={"width": width, "height": 860})
    sign_in(page, olivia, console)
    found = []
    for path in (SET_UP, f"{SET_UP}/app", f"{SET_UP}/passkey", "/personal"):
        found += looked_at(page, path)
    give_app(olivia)
    give_codes(olivia)
    passkey = give_passkey(olivia, name="A name that is rather long for a key ring of two")
    own = f"/personal/factors/{passkey.public_id}"
    for path in (
        "/personal",
        f"{SET_UP}/app",
        f"{SET_UP}/recovery-codes",
        f"{own}/remove",
        f"{own}/rename",
        "/confirm",
    ):
        found += looked_at(page, path)
    page.goto(f"{SET_UP}/recovery-codes")
    page.get_by_role("button", name="Make new codes").click()
    page.locator(".codes").wait_for()
    found += complaints(page)
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.get_by_label("User Name").fill(olivia.user_name)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console}/sign-in/second-step")
    found += complaints(page)
    page.get_by_role("textbox", name="Code").fill("wrong")
    page.keyboard.press("Enter")
    page.locator(".note-error").locator("visible=true").wait_for()
    found += complaints(page)
    assert found == []


def looked_at(page: Page, path: str) -> list[str]:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    return complaints(page)


def complaints(page: Page) -> list[str]:
    found = [f"{page.url} {violation}" for violation in violations(page)]
    fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return found if fits else [*found, f"{page.url} is wider than the window"]
