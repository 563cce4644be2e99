"""Every page in a browser: nothing for axe to find, nothing on the console, nothing beside the screen of a phone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.actions.sign_in import activation_link
from accounts.models import Login
from config.addresses import is_for_programs
from tests.addresses import Address, all_addresses, console_addresses, things_of
from tests.browser import OpenPage
from tests.factories import MobileSessionFactory
from tests.token_story import created, edited, generated, used
from tokens.models import AccessToken


@dataclass(frozen=True)
class Look:
    width: int
    scheme: str

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


WIDE_LIGHT, WIDE_DARK = Look(1360, "light"), Look(1360, "dark")
PHONE_LIGHT, PHONE_DARK = Look(360, "light"), Look(360, "dark")
LOOKS = (WIDE_LIGHT, WIDE_DARK, PHONE_LIGHT, PHONE_DARK)


def one_look_of(*daily: Look) -> Any:
    """These looks in every run, all others in the long one."""
    params = [pytest.param(look, marks=() if look in daily else pytest.mark.long) for look in LOOKS]
    return pytest.mark.parametrize("look", params, ids=str)


# All of them are for `make check-all`: they take minutes. The story and each deed are walked in every run.
pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]


AXE, EVERYTHING = Axe(), {"resultTypes": ["violations"]}
OF_COLOURS = EVERYTHING | {"runOnly": ["color-contrast", "link-in-text-block"]}


class Walker:
    """A person's browser, and what was found wrong on the way."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.found: list[str] = []

    def take(self, look: Look) -> None:
        self.page.set_viewport_size({"width": look.width, "height": 800})
        self.page.emulate_media(color_scheme=look.scheme)  # type: ignore[arg-type]

    def judge(self, name: str, *, colours_alone: bool = False) -> None:
        """Axe, the title, the one heading, the place in the menu and the width of what is shown now.

        ``colours_alone`` where the page was judged in other colours at this width already.
        """
        page = self.page
        look = f"{name} at {page.viewport_size and page.viewport_size['width']}"
        for rule in AXE.run(page, options=OF_COLOURS if colours_alone else EVERYTHING).response["violations"]:
            self.found += [f"{look}: {rule['id']}: {node['html'][:160]}" for node in rule["nodes"]]
        if not page.title().partition(" · ")[0].strip():
            self.found.append(f"{look}: no title")
        if (headings := page.locator("h1:not(dialog h1)").count()) != 1:
            self.found.append(f"{look}: {headings} main headings")
        if page.locator("nav.side [aria-current]").count() > 1:
            self.found.append(f"{look}: several entries of the side menu are current")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.found.append(f"{look}: scrolls sideways")

    def visit(self, path: str, statuses: tuple[int, ...] = (200,), looks: tuple[Look, ...] = LOOKS) -> None:
        self.take(looks[0])
        answer = self.page.goto(self.url + path)
        assert answer is not None
        if answer.status not in statuses:
            self.found.append(f"{path}: answered {answer.status}")
        for look in looks:
            self.take(look)
            self.judge(path, colours_alone=look.scheme == "dark" and Look(look.width, "light") in looks)


@pytest.fixture
def walk_as(open_page: OpenPage, live_server: LiveServer) -> Any:
    """A walker for a person, or for nobody."""

    def walker(login: Login | None = None) -> Walker:
        page = open_page()
        if login is not None:
            client = Client()
            client.force_login(login)
            cookies = [{"name": key, "value": one.value, "url": live_server.url} for key, one in client.cookies.items()]
            page.context.add_cookies(cookies)  # type: ignore[arg-type]
        return Walker(page, live_server.url)

    return walker


@pytest.fixture
def token(olivia: Login, ada: Login) -> AccessToken:
    """Olivia's token in use, among others in every status, each with a log."""
    named = created(olivia, "Not generated")
    edited(named, description="A very long description " * 8)
    generated(created(olivia, "Generated, never used " + "and of a very long name " * 3))
    generated(old := created(olivia, "Expired", expiry_choice="7"))
    AccessToken.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(days=2))
    generated(near := created(olivia, "Ends soon"))
    used(near)
    AccessToken.objects.filter(pk=near.pk).update(expires_at=timezone.now() + timedelta(days=2))
    MobileSessionFactory(login=olivia, device="A phone of a very long name " * 3)
    token = created(olivia, "In use")
    generated(token, by=ada)
    used(token)
    return token


FILES = ("template.csv", "template.xlsx", "checkpoint.txt", "verify_export.py", "receipt.json")
PARTS = ("imports/<str:public_id>/progress", "ledger/verification")  # of pages, for script
SHARES = 5  # of an administrator's pages, which are too many for one test


def paths_of(addresses: list[Address], token: AccessToken) -> Iterator[str]:
    ids = {**things_of(token.owner), "tokens": token.public_id}
    for address in addresses:
        if not address.takes_forms_alone and not address.route.endswith((*FILES, *PARTS)):
            yield address.path(ids)


def is_personal(address: Address) -> bool:
    return address.route.startswith(("tokens", "personal"))


@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_of_an_administrator(walk_as: Any, ada: Login, token: AccessToken, share: int) -> None:
    walker = walk_as(ada)
    pages = [address for address in console_addresses() if not is_personal(address) or not address.blanks]
    assert len(pages) > 80
    for path in paths_of(pages[share::SHARES], token):
        walker.visit(path)
    assert walker.found == []


def test_pages_of_an_administrator_that_show_nothing(walk_as: Any, ada: Login, token: AccessToken) -> None:
    walker = walk_as(ada)
    for path in ("/contacts?name=nobody", "/contacts?enabled=perhaps", "/administrator/token-logs?result=fail"):
        walker.visit(path)
    assert walker.found == []


def test_every_page_of_a_person(walk_as: Any, olivia: Login, token: AccessToken) -> None:
    walker = walk_as(olivia)
    pages = [address for address in console_addresses() if is_personal(address)]
    assert len(pages) > 8
    for path in paths_of(pages, token):
        walker.visit(path)
    walker.visit("/")
    walker.visit("/sign-out")
    walker.visit("/tokens?name=nothing")
    assert walker.found == []


def test_every_page_without_signing_in(walk_as: Any, peter: Login) -> None:
    peter.set_unusable_password()
    peter.save()
    paths = {
        "sign-in": "/sign-in",
        "sign-out": "/sign-out",
        "password/reset": "/password/reset",
        "password/reset/sent": "/password/reset/sent",
        "password/reset/key/<str:login_id>/<str:token>": "/password/reset/key/lgn_nobody/x-y",
        "activate/<str:login_id>/<str:token>": urlsplit(activation_link(peter)).path,
        "not-mine/key/<str:link>": "/not-mine/key/x",
        # Whoever has nothing to prove there is led to sign in.
        "sign-in/second-step": "/sign-in/second-step",
        "sign-in/sso": "/sign-in/sso",
        "sign-in/sso/callback": "/sign-in/sso/callback",
    }
    public = {address for address in all_addresses() if address.guard == "public" and not address.takes_forms_alone}
    assert set(paths) == {address.route for address in public if not is_for_programs("/" + address.route)}
    paths["api/docs"] = "/api/docs"  # the one page under the addresses of programs
    walker = walk_as()
    for path in paths.values():
        walker.visit(path, (200, 404, 422))
    walker.visit("/no-such-page", (404,))
    assert walker.found == []


def answered(status: int, body: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(content_type="text/html", status=status, body=body)


IN_CLEAR = {"reason": "clear", "console": "https://console.example"}


def test_every_page_of_a_fault(walk_as: Any, peter: Login) -> None:
    walker = walk_as(peter)
    for path in ("/contacts", "/tokens", "/administrator/token-logs"):
        walker.visit(path, (403,))
    walker.visit("/no-such-page", (404,))
    for status in (400, 405, 413, 429, 500, 503):
        about = {"request_id": "abcdefghijklmnop", "words": "Too many.", "wait": "Wait."} | IN_CLEAR
        body = render_to_string(f"errors/{status}.html", about)
        walker.page.route(f"**/broken-{status}", answered(status, body))
        walker.visit(f"/broken-{status}", (status,))
    assert walker.found == []


def open_menu(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Actions for {name}", exact=True).click()
    expect(page.get_by_role("menu").get_by_role("menuitem").first).to_be_focused()


def dialogs_of(walker: Walker, login: Login, count: int | None) -> None:
    """The menu of a login and what its entries open, of which some are enough where each is seen as a page."""
    page = walker.page
    page.goto(f"{walker.url}/contacts/{login.contact.public_id}/logins")
    open_menu(page, login.user_name)
    walker.judge(f"menu of {login}")
    entries = page.get_by_role("menu").locator("a[data-dialog]").all_inner_texts()
    page.keyboard.press("Escape")
    assert len(entries) > 3
    for place in range(len(entries))[:count]:
        open_menu(page, login.user_name)
        page.get_by_role("menu").locator("a[data-dialog]").nth(place).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        walker.judge(f"dialog {entries[place]}")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_menu_and_two_dialogs_of_an_administrator(walk_as: Any, ada: Login, peter: Login) -> None:
    walker = walk_as(ada)
    walker.take(WIDE_DARK)
    dialogs_of(walker, peter, 2)
    assert walker.found == []


@one_look_of()
def test_menus_and_dialogs_of_an_administrator(
    walk_as: Any, ada: Login, peter: Login, token: AccessToken, look: Look
) -> None:
    walker = walk_as(ada)
    walker.take(look)
    for login in (peter, token.owner):
        dialogs_of(walker, login, None)
    assert walker.found == []


@one_look_of(PHONE_LIGHT)
def test_menus_and_dialogs_of_a_person(walk_as: Any, olivia: Login, token: AccessToken, look: Look) -> None:
    walker = walk_as(olivia)
    page: Page = walker.page
    dialog = page.get_by_role("dialog")
    walker.take(look)
    page.goto(f"{walker.url}/tokens")
    open_menu(page, "In use")
    walker.judge("menu of a token")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Create New").first.click()
    dialog.get_by_text("Date", exact=True).first.click()
    walker.judge("Create New")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_text("This field is required.").first).to_be_visible()
    walker.judge("Create New with errors")
    page.keyboard.press("Escape")
    for entry in ("Edit Token", "Revoke Token", "Generate Token"):
        open_menu(page, "In use")
        page.get_by_role("menuitem", name=entry).click()
        expect(dialog.locator("#dialog-title")).to_contain_text(entry)
        walker.judge(entry)
        if entry != "Generate Token":
            page.keyboard.press("Escape")
            expect(dialog).to_be_hidden()
    dialog.get_by_role("button", name="Generate Token").click()
    expect(dialog.get_by_text("Copy it now")).to_be_visible()
    for tab in ("curl", "Excel", "Power BI", "Postman", "Python"):
        dialog.get_by_role("tab", name=tab).click()
    walker.judge("the JWT")
    dialog.locator("[data-copy-from=jwt]").click()  # its words depend on the width
    walker.judge("the JWT, copied")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("works from now on")).to_be_visible()
    walker.judge("the message")
    assert walker.found == []


@one_look_of(WIDE_LIGHT, PHONE_DARK)
def test_panels_of_the_header_and_of_a_grid(walk_as: Any, ada: Login, token: AccessToken, look: Look) -> None:
    walker = walk_as(ada)
    page: Page = walker.page
    walker.take(look)
    page.goto(f"{walker.url}/administrator/token-logs?owner=olivia")
    for panel in page.locator(".bar summary:visible, .grid-tools summary:visible").all():
        panel.click()
        walker.judge(f"panel {panel.get_attribute('aria-label') or panel.inner_text()}")
        page.keyboard.press("Escape")
    if look.width == PHONE_DARK.width:
        page.get_by_role("button", name="Filter", exact=True).click()
        walker.judge("filters")
        page.get_by_role("link", name="Menu").click()
        walker.judge("side menu")
    else:
        page.locator(".filter-days > summary").first.click()
        walker.judge("days")
    assert walker.found == []


SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, select, summary, label:has(input), input")]
    .filter(element => element.checkVisibility() && !element.closest("p, .skip, label:not(:scope)"))
    .map(element => [element.getBoundingClientRect(), element.outerHTML.slice(0, 120)])
    .filter(([box]) => box.width > 1 && Math.min(box.width, box.height) < 43.5)
    .map(([box, html]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${html}`)"""


def test_every_target_of_a_phone_can_be_hit(walk_as: Any, ada: Login, olivia: Login, token: AccessToken) -> None:
    small, own = [], f"/tokens/{token.public_id}"
    for login, paths in (
        (None, ("/sign-in", "/password/reset", "/api/docs")),
        (ada, ("/", "/contacts?name=olivia", "/administrator/token-logs?result=ok", "/password")),
        (olivia, ("/personal", "/tokens", "/tokens/new", f"{own}/actions", f"{own}/revoke")),
    ):
        walker = walk_as(login)
        walker.take(PHONE_LIGHT)
        for path in paths:
            walker.page.goto(walker.url + path)
            small += [f"{path}: {target}" for target in walker.page.evaluate(SMALL_TARGETS)]
    assert small == []


def test_the_walk_would_find_what_it_looks_for(walk_as: Any, peter: Login) -> None:
    """The control: planted faults, one of each kind, are found."""
    walker = walk_as()
    walker.visit("/sign-in")
    assert walker.found == []
    walker.page.evaluate(
        """() => {
            document.title = '';
            document.body.append(document.createElement('h1'), Object.assign(new Image(), {width: 2000, alt: 'wide'}));
            document.body.append(document.createElement('input'));
            document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.planted = 1'}));
        }"""
    )
    walker.judge("planted")
    for kind in ("no title", "2 main headings", "scrolls sideways", "label"):
        assert any(kind in line for line in walker.found), kind
    complaints: list[str] = walker.page.watch.complaints  # type: ignore[attr-defined]
    assert any("Content Security Policy" in line for line in complaints)
    assert walker.page.evaluate("window.planted") is None
    complaints.clear()
