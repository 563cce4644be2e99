"""The served product keeps passwords as Argon2id at its cost; the hash of all other tests is a fast one."""

import re
import sqlite3
import subprocess
from pathlib import Path

import pytest
import requests
from argon2 import extract_parameters

from tests.servers import ROOT, python
from tests.serving import Served

CHOSEN = "seven violet otters sing"
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture
def console(tmp_path: Path):
    served = Served(tmp_path, "manage.py", "serve", "--migrate", workers=1)
    served.start()
    yield served
    served.stop()


def typed(browser: requests.Session, address: str, **fields: str) -> requests.Response:
    token = FORM_TOKEN.search(browser.get(address, timeout=30).text)
    assert token
    fields["csrfmiddlewaretoken"] = token[1]
    return browser.post(address, fields, timeout=30, allow_redirects=False)


@pytest.mark.long
def test_a_password_that_is_chosen_there(console: Served) -> None:
    command = [python, "manage.py", "create_organisation", "Acme Energy", "--admin", "grace@acme.example"]
    made = subprocess.run(command, cwd=ROOT, env=console.environment, capture_output=True, text=True, check=True)
    link = made.stdout.split()[-1]
    browser = requests.Session()
    browser.trust_env = False
    assert typed(browser, link, password=CHOSEN, again=CHOSEN).status_code == 303
    with sqlite3.connect(console.folder / "data" / "console.sqlite3") as database:
        [(kept,)] = database.execute("SELECT password FROM accounts_login")
    found = extract_parameters(kept.removeprefix("argon2"))
    assert (found.type.name, found.memory_cost, found.time_cost, found.parallelism) == ("ID", 102_400, 2, 8)
    assert len(kept.split("$")[-1]) >= 43, "256 bits"
    assert CHOSEN.encode() not in (console.folder / "data" / "console.sqlite3").read_bytes()
    answer = typed(browser, f"{console.url}/sign-in", login="grace@acme.example", password=CHOSEN)
    assert answer.status_code == 302
