"""What only a browser shows: a second Save, a dialog that was left, the clipboard, frames, odd names for scripts."""

import re
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Error, Page, expect

from accounts.models import Login
from audit.verbs import Verb
from tests.browser import OpenPage
from tests.test_browser_ground import taken
from tests.token_story import created, generated, verbs
from tokens.jwt import digest
from tokens.models import AccessToken

POLLUTED = "({}).planted ?? [].planted ?? null"
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}


@pytest.fixture
def enter(enter_as: OpenPage, olivia: Login) -> OpenPage:
    return partial(enter_as, olivia)


@pytest.fixture
def token(olivia: Login) -> AccessToken:
    return created(olivia, "LabTest")


def shown(page: Page, token: AccessToken) -> str:
    """Generate Token, up to the JWT."""
    page.goto(f"/tokens/{token.public_id}/generate")
    page.get_by_role("button", name="Generate Token").click()
    return page.get_by_label("JWT (token)").inner_text().strip()


def kept(token: AccessToken) -> bytes | None:
    token.refresh_from_db()
    return bytes(token.digest) if token.digest else None


class TestADialogThatWasUsed:
    def test_save_from_a_copy_of_its_page_is_told_so(self, enter, token: AccessToken) -> None:
        """As by Back, or by a tab that was duplicated: the same form is sent twice."""
        page = enter("/tokens", java_script_enabled=False)
        jwt = shown(page, token)
        form = page.locator("form:has(#jwt)").first
        fields = {one.get_attribute("name"): one.input_value() for one in form.locator("input[type=hidden]").all()}
        address = page.get_by_role("button", name="Save").get_attribute("formaction")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("works from now on")).to_be_visible()
        again = page.request.post(str(address), form=fields, headers={"Referer": page.url})
        assert (again.status, jwt in again.text()) == (409, False)
        assert kept(token) == digest(jwt)
        assert verbs(token).count(Verb.TOKEN_GENERATE) == 1

    def test_back_after_save_offers_no_second_one(self, enter, token: AccessToken) -> None:
        page = enter("/tokens", java_script_enabled=False)
        jwt = shown(page, token)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("works from now on")).to_be_visible()
        with pytest.raises(Error, match="ERR_CACHE_MISS"):  # the browser asks whether to generate once more
            page.go_back()
        expect(page.get_by_label("JWT (token)")).to_have_count(0)
        expect(page.locator("html")).not_to_contain_text(jwt)
        assert kept(token) == digest(jwt)

    def test_two_clicks_save_once(self, enter, token: AccessToken) -> None:
        page = enter("/tokens")
        jwt = shown(page, token)
        page.get_by_role("button", name="Save").dblclick()
        expect(page.get_by_text("works from now on")).to_be_visible()
        assert kept(token) == digest(jwt)
        assert verbs(token).count(Verb.TOKEN_GENERATE) == 1


@pytest.mark.parametrize("leave", ["close", "back", "elsewhere"])
def test_a_dialog_that_is_left_changes_nothing(enter, token: AccessToken, leave: str) -> None:
    first = generated(token)
    page = enter("/tokens")
    second = shown(page, token)
    if leave == "close":
        page.close()
    elif leave == "back":
        page.go_back()
        assert second not in page.content()
    else:
        page.goto("/personal")
    assert kept(token) == digest(first) != digest(second)
    assert verbs(token).count(Verb.TOKEN_GENERATE) == 1


def test_the_jwt_is_copied_by_a_click_and_by_nothing_else(enter, token: AccessToken) -> None:
    page = enter("/tokens", **CLIPBOARD)
    page.evaluate("navigator.clipboard.writeText('as it was')")
    jwt = shown(page, token)
    page.get_by_label("JWT (token)").click()
    page.keyboard.press("Tab")
    assert page.evaluate("navigator.clipboard.readText()") == "as it was"
    page.get_by_role("button", name=re.compile("^Copy")).first.click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == jwt


class Framing(BaseHTTPRequestHandler):
    """Another site: a page with one frame of the console and one of its own."""

    console = ""

    def do_GET(self) -> None:
        page = (
            f'<iframe src="{self.console}/sign-in"></iframe><iframe src="/own"></iframe>' if self.path == "/" else "own"
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_what: object) -> None:
        """Nothing."""


@pytest.fixture
def other_site(live_server) -> Iterator[str]:
    handler = type("FramingTheConsole", (Framing,), {"console": live_server.url})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_another_site_cannot_frame_the_console(browser_page: Page, other_site: str) -> None:
    browser_page.goto(other_site)
    _top, console, own = browser_page.frames
    expect(own.get_by_text("own")).to_be_visible()
    assert console.url.startswith("chrome-error:")
    assert any("frame" in line for line in taken(browser_page))


class TestOddNamesForScripts:
    ODD = '{"__proto__": {"planted": 1}, "constructor": {"prototype": {"planted": 1}}, "ids": {"a": 1}, "every": 1}'

    @pytest.mark.parametrize(
        "query", ["__proto__[planted]=1&constructor.prototype.planted=1", "a[__proto__][planted]=1"]
    )
    def test_in_the_address(self, enter, token: AccessToken, query: str) -> None:
        page = enter(f"/tokens?{query}")
        page.get_by_label("Token Name").first.fill("Lab")
        expect(page.get_by_role("row", name=re.compile("LabTest"))).to_be_visible()
        assert page.evaluate(POLLUTED) is None

    @pytest.mark.parametrize(
        "stored",
        [
            ODD,
            *(pytest.param(text, marks=pytest.mark.long) for text in ("null", "[]", "7", '"a"', "{", '{"ids": null}')),
        ],
    )
    def test_in_the_stored_selection(self, enter_as, ada: Login, token: AccessToken, stored: str) -> None:
        page = enter_as(ada, "/administrator/tokens")
        row = page.get_by_role("row", name=re.compile("LabTest"))
        row.get_by_role("checkbox").check()
        key = page.evaluate("Object.keys(sessionStorage).find((key) => key.startsWith('selection '))")
        page.evaluate("([key, stored]) => sessionStorage.setItem(key, stored)", [key, stored])
        page.reload()
        expect(row.get_by_role("checkbox")).not_to_be_checked()
        row.get_by_role("checkbox").check()
        expect(page.get_by_text("1 token selected")).to_be_visible()
        assert page.evaluate(POLLUTED) is None
