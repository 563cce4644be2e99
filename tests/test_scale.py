"""A large organisation: no page takes longer than people wait, and none asks more often than of a small one."""

import time
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Login
from audit.models import Entry
from audit.verbs import Result, Verb
from tests import scale
from tests.addresses import console_addresses
from tests.audit_entries import entry
from tests.test_sweep_addresses import ids  # noqa: F401  # a fixture
from tokens.models import AccessToken

SMALL = {"contacts": 20, "tokens": 60, "entries": 300}
LARGE = {"contacts": 10_000, "tokens": 50_000, "entries": 1_000_000}
SECONDS = 0.3
ROUNDS = 5
LOGS = ("/administrator/token-logs", "/administrator/activity", "/login-activity", "/tokens/logs")
NOWHERE = "203.0.113.9"  # nobody called from there: nothing is found early

pytestmark = [
    pytest.mark.long,
    pytest.mark.alone,
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="a large organisation is PostgreSQL's business"),
]


@dataclass
class Visit:
    """What a page usually costs: the medians of its rounds. Now and then a visit itself is noted, by one more query."""

    seconds: float
    queries: int


def visit(client: Client, path: str) -> Visit:
    spent, asked = [], []
    client.get(path)  # what the process keeps from the first visit on
    for _round in range(ROUNDS):
        with CaptureQueriesContext(connection) as captured:
            began = time.perf_counter()
            response = client.get(path)
            spent.append(time.perf_counter() - began)
        asked.append(len(captured))
        assert response.status_code in {200, 302, 403, 404, 405}, path
    return Visit(median(spent), round(median(asked)))


def pages(things: dict[str, str]) -> list[str]:
    """Every address of the console but the mere streams, which have no end to wait for."""
    return [address.path(things) for address in console_addresses() if "export" not in address.route]


def questions(owner: Login) -> list[str]:
    """Each log by each of its filters, with a value that is often there, one that is not, and a time long ago."""
    often = Entry.objects.filter(owner_id=owner.public_id).exclude(request_id="").latest("pk")
    asked = [
        {"address": NOWHERE}, {"address": often.address}, {"result": "fail"}, {"result": "ok"}, {"reason": "expired"},
        {"reason": "locked"}, {"request_id": often.request_id}, {"at_from": "2020-01-01", "at_to": "2020-02-01"},
        {"actor": owner.user_name}, {"actor": "Nobody"}, {"owner": owner.user_name}, {"person": owner.user_name},
        {"subject": owner.user_name}, {"subject": "Nothing"}, {"subject": "TokenActivity"}, {"token": "Nothing"},
        {"activity": "changes"}, {"activity": "CREATE"}, {"activity": "login.delete"}, {"channel": "command"},
        {"channel": "console"}, {"sent_as": "basic"}, {"way": "program"}, {"q": "Nothing"}, {"before": "1000"},
        {"address": often.address, "at_to": "2020-01-01"}, {"owner": owner.user_name, "result": "fail"},
    ]  # fmt: skip
    found = ["/search?q=token", "/search?q=nothing", f"/search?q={often.request_id}", "/contacts?q=nobody"]
    return [f"{log}?{urlencode(parameters)}" for log in LOGS for parameters in asked] + found


def test_no_page_is_slow_or_asks_more_often(ada: Login, olivia: Login, ids: dict[str, str]) -> None:
    people = {login.user_name: Client() for login in (ada, olivia)}
    for login in (ada, olivia):
        people[login.user_name].force_login(login)
    scale.build(ada.organisation, **SMALL)
    # Of what a large organisation has on every day, a small one has one as well: pages ask about it in both.
    token = AccessToken.objects.get(public_id=ids["tokens"])
    entry(olivia, Verb.TOKEN_AUTHENTICATE, token=token, result=Result.FAIL, reason="expired")
    for login in (ada, olivia):
        entry(login, Verb.SIGN_IN_FAIL, result=Result.FAIL, reason="bad_password")
    few = {(name, path): visit(client, path).queries for name, client in people.items() for path in pages(ids)}
    scale.build(ada.organisation, **LARGE)
    found = []
    for (name, path), queries in few.items():
        now = visit(people[name], path)
        if now.seconds > SECONDS or now.queries > queries:
            found.append(f"{name} {path}: {now.seconds * 1000:.0f} ms, {now.queries} queries of {queries}")
    for path in questions(olivia):
        now = visit(people["ada@demo.example"], path)
        if now.seconds > SECONDS:
            found.append(f"{path}: {now.seconds * 1000:.0f} ms, {now.queries} queries")
    assert found == [], "\n".join(found)
