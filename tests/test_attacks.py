"""The ground of `make attacks`: before closed doors its attackers would find nothing, whatever there is."""

import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.attacks import planted
from tests.attacks.console import AttackedConsole

LISTS, REPORT_PARAMETERS = 12, 8
"""Fewer than there are, so that a new one changes nothing here."""


def answer_of(console: AttackedConsole, path: str, **asked: str) -> tuple[int, str]:
    address = f"{console.url}{path}?{urllib.parse.urlencode(asked)}"
    request = urllib.request.Request(address, headers=console.headers(path))
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


@pytest.mark.long
def test_attackers_come_in_and_every_answer_is_noted(tmp_path: Path) -> None:
    console = AttackedConsole(tmp_path)
    console.prepare()
    console.start()
    try:
        paths = {path for path, _name, _value in console.targets}
        lists = {path for path in paths if not path.startswith("/api/")}
        assert len(lists) > LISTS
        assert len([target for target in console.targets if target[0] not in lists]) > REPORT_PARAMETERS
        for path, name, value in console.targets:
            status, text = answer_of(console, path, **{name: value})
            assert status in ({200, 400} if path not in lists else {200}), (path, name, text[:300])
        before = sum(console.statuses.values())
        for _ in range(100):  # no pace that a person has to keep refuses an attacker
            assert answer_of(console, "/contacts", export="csv")[0] == 200
        assert answer_of(console, "/contacts")[1].count("<tr") < answer_of(console, "/contacts", size="25")[1].count(
            "<tr"
        )
        assert sum(console.statuses.values()) == before + 102
        assert console.faults == []
    finally:
        console.stop()


def test_what_is_planted_is_a_hole() -> None:
    with planted.served() as url, urllib.request.urlopen(f"{url}/people?name=%27+OR+1%3D1+--", timeout=20) as answer:
        all_of_them = answer.read()
    with planted.served() as url, urllib.request.urlopen(f"{url}/people?name=nobody", timeout=20) as answer:
        nobody = answer.read()
    assert len(all_of_them) > len(nobody)
