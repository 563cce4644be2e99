"""docs/permissions.md says what the code does. ``WRITE_PERMISSIONS=1`` writes its second half anew."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from accounts.models import Login
from accounts.permission_words import ORDER, SENTENCES
from accounts.permissions import BUILT_IN_NAMES, BUILT_IN_PERMISSIONS, Permission
from tests.addresses import Address, api_addresses, console_addresses, things_of
from tests.servers import ROOT
from tokens.scopes import NAMES, Scope

pytestmark = pytest.mark.django_db

FILE = ROOT / "docs" / "permissions.md"
START, END = "<!-- from the code -->\n", "<!-- /from the code -->"
GUARDS = {
    "signed_in": "Anybody who is signed in",
    "personal_role": "The Personal role",
    "own_creation": "The Personal role with `token:create`",
    "admin_role": "The Admin role",
}
COLUMN = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
FIELD = re.compile(r'<(?:input|select|textarea)\b[^>]*\sname="(\w+)"[^>]*>')
UNSEEN = {"csrfmiddlewaretoken", "version", "back", "next", "filter", "selected", "every", "grid", "dialog"}
TAGS = re.compile(r"<[^>]+>")


def permissions() -> Iterator[str]:
    yield "## Permissions\n"
    yield "| Permission | What it lets a person do | User types that always have it |\n| --- | --- | --- |"
    for permission in ORDER:
        held = [name for slug, name in BUILT_IN_NAMES.items() if permission.value in BUILT_IN_PERMISSIONS[slug]]
        yield f"| `{permission.value}` | {SENTENCES[permission]} | {', '.join(held)} |"


def shown_on(page: str) -> tuple[list[str], list[str]]:
    """The heads of the columns of a list, and the fields of the page's own form."""
    rows = page.partition('id="grid-rows"')
    heads = COLUMN.findall(rows[0][rows[0].rfind("<table") :]) if rows[1] else []
    columns = [" ".join(TAGS.sub(" ", head).split()) for head in heads]
    forms = re.findall(r'<form\b[^>]*method="post"[^>]*>(.*?)</form>', page, re.DOTALL)
    fields = {name for form in forms for name in FIELD.findall(form)} - UNSEEN
    return [column for column in columns if column and len(column) < 60], sorted(fields)


def pages(clients: dict[str, Client], ids: dict[str, str]) -> Iterator[str]:
    by_guard: dict[str, list[Address]] = defaultdict(list)
    for address in console_addresses():
        by_guard[address.guard].append(address)
    for guard in [*GUARDS, *(permission.value for permission in Permission if permission.value in by_guard)]:
        yield f"\n## {GUARDS.get(guard, f'`{guard}`')}\n"
        yield "| Address | Shows, in a list | May be changed or chosen |\n| --- | --- | --- |"
        for address in by_guard[guard]:
            columns, fields = of_page(address, clients, ids)
            yield f"| `{address}` | {', '.join(columns)} | {', '.join(fields)} |"


def of_page(address: Address, clients: dict[str, Client], ids: dict[str, str]) -> tuple[list[str], list[str]]:
    for client in clients.values():
        answer = client.get(address.path(ids))
        if (
            isinstance(answer, HttpResponse)
            and answer.status_code == 200
            and answer["Content-Type"].startswith("text/html")
        ):
            return shown_on(answer.content.decode())
    return [], []


def calls() -> Iterator[str]:
    yield "\n## Calls with a token\n"
    yield "| Address | Scope |\n| --- | --- |"
    for address in api_addresses():
        scope = int(address.guard.removeprefix("scope:"))
        wanted = f"`{NAMES[Scope(scope)]}`" if scope else "any valid token"
        yield f"| `{' '.join(address.methods)} {address}` | {wanted} |"


@pytest.fixture
def from_code(ada: Login, olivia: Login) -> str:
    clients = {}
    for login in (ada, olivia):
        clients[login.user_name] = Client()
        clients[login.user_name].force_login(login)
    with translation.override("en"):
        return "\n".join([*permissions(), *pages(clients, things_of(olivia)), *calls()]) + "\n"


def test_it_says_what_the_code_does(from_code: str) -> None:
    before, start, rest = FILE.read_text().partition(START)
    written, end, after = rest.partition(END)
    if os.environ.get("WRITE_PERMISSIONS"):
        FILE.write_text(before + start + from_code + end + after)
        return
    assert written == from_code
    assert all(f"`{permission.value}`" in written for permission in Permission)
