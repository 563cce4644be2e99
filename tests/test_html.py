"""Every page is valid HTML: parsed as the standard says in every run, judged by the W3C's checker in the long one."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client

from accounts.models import Login
from tests.addresses import console_addresses, things_of
from tests.servers import ROOT

pytestmark = pytest.mark.django_db

PUBLIC = (
    "/sign-in",
    "/password/reset",
    "/password/reset/sent",
    "/password/reset/key/lgn_nobody/x-y",
    "/api/docs",
    "/no-such-page",
)
FAULTS = (400, 405, 413, 429, 500, 503)
PARTS_OF_PAGES = ("/progress", "/ledger/verification")
AROUND_A_PART = "<!doctype html><html lang=en><title>A part</title>"
CHECKER = "vnu-jar", "26.9.27"
FOLDER = ROOT / "var" / "html-checker"
# Complaints that are meant so: htmx's attributes, and that a browser must not restore what was checked.
MEANT = re.compile(
    r"Trailing slash on void elements|sectioning roots|The “type” attribute is unnecessary"
    r"|Attribute “hx-[a-z-]+” not allowed|Attribute “autocomplete” is only allowed when the input type is"
)


def pages(ada: Login, olivia: Login) -> Iterator[tuple[str, str]]:
    """Each page that answers in HTML, by its address; of the two people, the one who may open it."""
    ids = things_of(olivia)
    for path in PUBLIC:
        yield path, Client().get(path).content.decode()
    for status in FAULTS:
        yield f"error {status}", render_to_string(f"errors/{status}.html", {"request_id": "abcdefghijklmnop"})
    for login in (ada, olivia):
        client = Client()
        client.force_login(login)
        for address in console_addresses():
            path = address.path(ids)
            answer = client.get(path)
            if isinstance(answer, HttpResponse) and is_page(answer):
                around = AROUND_A_PART if path.endswith(PARTS_OF_PAGES) and answer.status_code == 200 else ""
                yield f"{path} as {login}", around + answer.content.decode()


def is_page(answer: HttpResponse) -> bool:
    return answer.status_code in {200, 403} and answer["Content-Type"].startswith("text/html")


def complaints(name: str, html: str) -> list[str]:
    parser = html5lib.HTMLParser()
    parser.parse(html)
    every = re.findall(r'\sid="([^"]*)"', html)
    twice = {one for one in every if every.count(one) > 1}
    lines = html.splitlines()
    return [
        *(f"{name}: {code} {said}: {lines[place[0] - 1].strip()[:120]}" for place, code, said in parser.errors),
        *(f"{name}: the id {one} stands twice" for one in twice),
    ]


def test_every_page_parses_without_a_complaint(ada: Login, olivia: Login) -> None:
    seen, found = 0, []
    for name, html in pages(ada, olivia):
        seen += 1
        found += complaints(name, html)
    assert seen > 60
    assert found == []


def test_the_parser_sees_what_is_wrong() -> None:
    found = complaints("planted", '<!doctype html><title>x</title><p id="a"><div id="a"></p></div>')
    assert any("stands twice" in line for line in found)
    assert len(found) > 1


def checker() -> Path:
    """The W3C's checker; a loud skip where it, or Java, cannot be had."""
    npm, jar = shutil.which("npm"), FOLDER / "node_modules" / CHECKER[0] / "build" / "dist" / "vnu.jar"
    if shutil.which("java") is None or npm is None:
        pytest.skip("SKIPPED HTML CHECKER: java or npm is missing, so the W3C's checker was not asked")
    if not jar.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-save", "--no-package-lock", "--silent", "--ignore-scripts", "--prefix", FOLDER]
        done = subprocess.run([*command, "@".join(CHECKER)], capture_output=True, text=True, timeout=300, check=False)
        if done.returncode or not jar.exists():
            pytest.skip(f"SKIPPED HTML CHECKER: npm could not install it: {done.stderr[-300:]}")
    return jar


def asked(folder: Path) -> list[str]:
    """What the checker finds wrong in the pages of a folder."""
    command = ["java", "-jar", str(checker()), "--format", "json", "--exit-zero-always", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    messages = json.loads(done.stderr)["messages"]
    return [
        f"{Path(one['url']).name}:{one.get('lastLine')}: {one['message']} {one.get('extract', '')[:120]!r}"
        for one in messages
        if one["type"] == "error" and not MEANT.search(one["message"])
    ]


@pytest.mark.long
def test_the_checker_of_the_w3c_finds_nothing(ada: Login, olivia: Login, tmp_path: Path) -> None:
    checker()
    for number, (name, html) in enumerate(pages(ada, olivia)):
        (tmp_path / f"{number:03d}{re.sub(r'[^a-zA-Z]+', '-', name)[:60]}.html").write_text(html)
    assert asked(tmp_path) == []
    (tmp_path / "planted.html").write_text("<!doctype html><html lang=en><title>x</title><ul><div>y</div></ul>")
    assert asked(tmp_path) != []
