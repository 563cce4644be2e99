"""Forty hostile names in every field that takes one, by form and by file: inert in pages, mails, files and logs."""

import csv
import html
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import Page

from accounts.actions.import_work import work_on_imports
from accounts.models import Contact, Department, Login, Organisation, OutboxMail, UserType
from audit.actor import Actor
from audit.grids.export import FORMULA_STARTS
from audit.models import Entry
from config import logs
from tests.addresses import console_addresses, things_of
from tests.factories import MobileSessionFactory
from tests.hostile_names import NAMES
from tests.imports import actor, applied, checked
from tests.people import new_user
from tests.test_surroundings import Lines
from tests.token_story import generated, signed_in
from tokens.actions import revoke
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db

MARKUP = tuple(name for name in NAMES if html.escape(name) != name and not name.isspace())
BREAKS = ("\r", "\n", "\x1b", "\x07", "\x00", "\u2028", "\u202e", "\u200b")


def unspoiled(page: str) -> list[str]:
    """The names that stand in a page as they were typed, where they must stand escaped."""
    return [name for name in MARKUP if name in page and not is_inert(name)]


def is_inert(name: str) -> bool:
    """A name without a sign that means anything in HTML, or one that is nothing but an entity already."""
    return not any(sign in name for sign in "<>\"'")


def post(client: Client, path: str, **fields: Any) -> int:
    answer = client.post(path, {name: value for name, value in fields.items() if value is not None})
    assert answer.status_code in {200, 303, 409, 422}, (path, answer.status_code)
    assert unspoiled(answer.content.decode()) == [], path
    return answer.status_code


@pytest.fixture
def named(ada: Login, olivia: Login) -> dict[str, int]:
    """Everything that has a name, named so by forms; how many of each were taken."""
    client, own = signed_in(ada), signed_in(olivia)
    taken = dict.fromkeys(("contact", "user", "department", "user type", "token", "organisation"), 0)
    for number, name in enumerate(NAMES):
        cut = name[:60]
        taken["contact"] += (
            post(client, "/contacts/new", first_name=cut, last_name=cut, notes=name, phone=name[:40]) == 303
        )
        user = new_user(first_name=cut, last_name="x", email=f"h{number}@demo.example", notes=name)
        taken["user"] += post(client, "/contacts/new-user", **user) == 303
        taken["department"] += post(client, "/departments/create", name=cut, parent="") == 303
        kinds = {"name": cut, "permissions": ["report:read"], "description": name}
        taken["user type"] += post(client, "/user-types/create", **kinds) == 303
        fields = {"name": cut, "description": name, "expires_on": "30", "scopes": ["1"]}
        taken["token"] += post(own, "/tokens/new", **fields) == 303
    return taken


def test_most_are_taken_and_the_rest_refused(named: dict[str, int]) -> None:
    """Refused are those that nobody sees, or that would end a line; whatever is kept is kept as it was typed."""
    assert {"contact", "user", "user type", "token"} <= {kind for kind, number in named.items() if number >= 30}
    assert named["department"] >= 15  # neither › nor >
    kept = [*Contact.objects.values_list("first_name", flat=True), *AccessToken.objects.values_list("name", flat=True)]
    assert {"{{7*7}}", "%s %d %(name)s %n", "'; DROP TABLE accounts_login; --"} <= set(kept)
    assert [text for text in kept for sign in BREAKS if sign in text] == []


@pytest.mark.long
def test_pages_show_them_as_text(named: dict[str, int], ada: Login, olivia: Login) -> None:
    seen, evaluated = 0, []
    ids = things_of(olivia)
    for login in (ada, olivia):
        client = signed_in(Login.objects.get(pk=login.pk))
        for address in console_addresses():
            for asked in ({}, {"size": "100"}):
                answer = client.get(address.path(ids), asked)
                if not isinstance(answer, HttpResponse) or not answer["Content-Type"].startswith("text/html"):
                    continue
                page = answer.content.decode()
                assert unspoiled(page) == [], address
                seen += html.escape(NAMES[0][:60]) in page
                evaluated += [str(address)] if "{{7*7}}" not in page and ">49<" in page else []
    assert seen > 10
    assert evaluated == []


def test_exports_hold_no_formula_and_no_broken_row(named: dict[str, int], ada: Login, olivia: Login) -> None:
    for client, path in (
        (signed_in(ada), "/contacts"), (signed_in(ada), "/administrator/tokens"), (signed_in(ada), "/user-types"),
        (signed_in(ada), "/departments"), (signed_in(ada), "/administrator/activity"), (signed_in(olivia), "/tokens"),
    ):  # fmt: skip
        text = whole(client.get(path, {"export": "csv"})).decode("utf-8-sig")
        if "<!doctype" in text.lower():
            continue  # no grid with an export
        heads, *rows = csv.reader(io.StringIO(text))
        assert {len(row) for row in rows} == {len(heads)}
        assert [cell for row in rows for cell in row if cell.startswith(FORMULA_STARTS)] == [], path
        records = json.loads(whole(client.get(path, {"export": "json"})))
        assert len(records) in {len(rows), len(rows) + 1}  # the first export is an entry of the log


def whole(answer: Any) -> bytes:
    content: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content


def test_a_file_of_them_is_imported_or_refused_row_by_row(ada: Login, organisation: Organisation) -> None:
    Department.objects.create(organisation=organisation, name="Finance")
    written = io.StringIO()
    rows = csv.writer(written, delimiter=";")
    rows.writerow(["First Name", "Last Name", "E Mail", "User Name", "Department", "User Type", "Notes"])
    for number, name in enumerate(name for name in NAMES if "a\x1b" not in name and "\x00" not in name):  # no table
        rows.writerow([name[:60], "x", f"i{number}@demo.example", "", "Finance", "View Only", name])
        rows.writerow(["Plain", f"{number}", f"j{number}@demo.example", "", name[:60], name[:60], ""])
    found = checked(ada, content=written.getvalue().encode())
    page = signed_in(ada).get(f"/contacts/imports/{found.public_id}").content.decode()
    assert found.state == "checked", found.trouble
    assert unspoiled(page) == []
    if not found.counts.get("refused"):
        applied(found, ada)
    work_on_imports()
    assert unspoiled(signed_in(ada).get("/contacts?size=100").content.decode()) == []


def test_mails_say_them_as_they_are(ada: Login, olivia: Login) -> None:
    """In one line of subject each, with no header and no link of the name's own."""
    for number, name in enumerate(name for name in NAMES if "\r" not in name):  # no door takes that
        token = AccessToken.objects.create(
            owner=olivia, name=name.replace("\x00", "")[:60], name_key=str(number), expiry_choice="30", scopes=3,
            created_by_label="x",
        )  # fmt: skip
        generated(token)
        revoke(token=AccessToken.objects.get(pk=token.pk), by=actor(ada))
    mails = OutboxMail.objects.all()
    assert len(mails) >= len(NAMES) - 1
    for mail in mails:
        assert not any(sign in mail.subject for sign in "\r\n\x00\x1b\u2028"), mail.subject
        assert not any(line.startswith(("Bcc:", "Set-Cookie:")) for line in mail.body.splitlines())
    assert any("{{7*7}}" in mail.body for mail in mails)
    assert not any("49" in mail.subject for mail in mails)


@pytest.fixture
def lines() -> Iterator[Lines]:
    kept = Lines()
    logging.getLogger().addHandler(kept)
    yield kept
    logging.getLogger().removeHandler(kept)


@pytest.mark.parametrize("readable", [False, True], ids=["JSON", "terminal"])
def test_one_event_is_one_line_of_the_log(readable: bool, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """H09 (ASVS 16.4.1): whatever stands in a path, a host, a user agent, a name or an error's text."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: readable, raising=False)
    lines.setFormatter(logs.Formatter())
    log = structlog.get_logger("config")
    for name in NAMES:
        log.warning("unknown host refused", host=name, path=f"/{name}", agent={"name": name}, names=[name])
        logging.getLogger("django.security").warning("Forbidden (%s): %s", name, name)
        log.error(name, error=ValueError(name))
    assert len(lines.lines) == 3 * len(NAMES)
    for line in lines.lines:
        assert len(line.splitlines()) == 1, line
        assert not any(sign in line for sign in ("\x1b", "\x00", "\x07", "\u2028", "\u202e", "\u200b")), line
        if not readable:
            assert isinstance(json.loads(line), dict)


def test_requests_of_hostile_parts_leave_whole_lines(lines: Lines, ada: Login) -> None:
    client = Client(raise_request_exception=False)
    for name in NAMES:
        given = name.encode().decode("latin-1")
        client.get("/none/" + name.replace("\x00", ""), HTTP_HOST="elsewhere.example", HTTP_USER_AGENT=given)
        client.post("/sign-in", {"login": name, "password": name}, HTTP_USER_AGENT=given, HTTP_REFERER=given)
    for line in lines.lines:
        assert json.loads(line)
        assert len(line.splitlines()) == 1
    assert Entry.objects.filter(details__icontains="planted()").count() <= len(NAMES)


class TestInABrowser:
    """G09: names that were never refused, as older or other programs may have left them, in every page of people."""

    PAGES = ("/", "/contacts?size=100", "/administrator/tokens?size=100", "/departments", "/user-types", "/tokens",
             "/administrator/activity", "/administrator/token-logs", "/search?q=planted", "/configuration/organisation",
             "/contacts?q=%3Cscript%3Eplanted()%3C/script%3E", "/administrator/tokens/mobile-users")  # fmt: skip

    @pytest.fixture
    def everything_so_named(self, ada: Login, olivia: Login) -> None:
        who = Actor(ada.label, "console", id=ada.public_id, organisation_id=ada.organisation_id)
        for number, name in enumerate(NAMES):
            text = name.replace("\x00", "")
            Contact.objects.create(organisation=ada.organisation, first_name=text[:90], last_name=text[:90], notes=text)
            Department.objects.create(organisation=ada.organisation, name=text[:90])
            UserType.objects.create(organisation=ada.organisation, slug=f"h{number}", name=text[:90], permissions=[])
            token = AccessToken.objects.create(
                owner=ada, name=text[:90], name_key=str(number), description=text, expiry_choice="30", scopes=3,
                created_by_label=text[:90],
            )  # fmt: skip
            Entry.objects.create(
                verb="token.create", organisation_id=ada.organisation_id, actor_label=text[:90],
                subject_label=text[:90], token_id=token.public_id, token_name=text[:90], user_agent=text[:200],
                request_id="x", channel=who.channel, details={"after": {"name": text}, "before": {"name": text}},
            )  # fmt: skip
            MobileSessionFactory(login=olivia, device=text[:90])
        Organisation.objects.filter(pk=ada.organisation_id).update(name=NAMES[1])

    def has_run(self, page: Page) -> bool:
        return bool(page.evaluate("() => window.ran === true || !!document.querySelector('planted, #planted')"))

    def open_all(self, page: Page) -> Iterator[tuple[str, bool]]:
        page.add_init_script("window.planted = () => { window.ran = true }")
        for path in self.PAGES:
            page.goto(path)
            yield path, self.has_run(page)
            menus = page.locator("[aria-label^='Actions for']")
            for place in range(0, min(menus.count(), 40), 7):
                menus.nth(place).click()
                page.wait_for_timeout(60)
                yield f"{path} menu {place}", self.has_run(page)
                page.keyboard.press("Escape")

    def test_nothing_runs(self, everything_so_named: None, enter_as: Any, ada: Login) -> None:
        page = enter_as(ada, "/")
        seen = list(self.open_all(page))
        assert [path for path, ran in seen if ran] == []
        assert len(seen) > 25
        assert page.locator("h1").first.is_visible()

    def test_what_runs_is_seen(self, everything_so_named: None, chromium: Any, live_server: Any, ada: Login) -> None:
        """The control: the same names in a page that escapes nothing and has no policy."""
        page = chromium.new_context().new_page()
        page.add_init_script("window.planted = () => { window.ran = true }")
        page.set_content("<ul>" + "".join(f"<li>{name}" for name in NAMES[:3]))
        page.wait_for_timeout(200)
        assert self.has_run(page) or page.evaluate("() => !!document.querySelector('img[onerror]')")
        page.context.close()
