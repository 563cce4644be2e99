"""The database stops under the served console: every program is told so within a second, and nothing is restarted."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from accounts.models import Login
from audit.models import Entry
from tests import postgres
from tests.addresses import api_addresses
from tests.api_calls import valid_token
from tests.servers import ServedConsole
from tests.test_admission_faults import database, owner, server  # noqa: F401
from tests.visitor import Answer, Line, lines_to_both_workers, visitor_of
from tokens.scopes import ALL

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
NAMES = {"reports": "ContactsAndLogins", "data": "ContactsAndLogins", "apiops": "projects"}
# What an address answers while all is well, and how it tells of an outage: content type and the member ``status``.
MANAGEMENT = (404, "application/json;charset=UTF-8", "FAILURE")
EPILOT = (200, "application/json", 503)
OTHERS = (200, "application/problem+json", 503)


@pytest.fixture
def own_console(console_process: ServedConsole, database: postgres.Server, tmp_path: Path) -> Iterator[ServedConsole]:
    """The console with two workers on a database that this test may stop."""
    console_process.stop()
    served = ServedConsole(tmp_path / "server.log", DATABASE_URL=database.url)
    served.start()
    yield served
    served.stop()


def timed(line: Line, path: str, text: str) -> tuple[Answer, float]:
    began = time.monotonic()
    answer = line.call(text, path)
    return answer, time.monotonic() - began


def expected(path: str) -> tuple[int, str, int | str]:
    return {"apiops": MANAGEMENT, "v1": EPILOT}.get(path.split("/")[1], OTHERS)


def test_every_address_tells_of_the_outage_and_serves_after_it(
    own_console: ServedConsole, database: postgres.Server, owner: Login
) -> None:
    _token, text = valid_token(owner, scopes=int(ALL))
    addresses = [address.path(NAMES) for address in api_addresses() if "GET" in address.methods]
    as_usual = {path: expected(path)[0] for path in addresses}
    lines = lines_to_both_workers(own_console)
    workers = {line.worker for line in lines}
    for line in lines:
        assert {path: line.call(text, path).status for path in addresses} == as_usual
    person = visitor_of(own_console, owner)
    admitted = Entry.objects.filter(result="ok").count()

    database.stop()
    for line in lines:
        for path in [*addresses, *addresses]:  # on the connection at hand, then without any
            answer, seconds = timed(line, path, text)
            assert answer.status != 500, own_console.log.read_text()[-6000:]
            assert (answer.status, answer.headers["Content-Type"]) == (503, expected(path)[1]), path
            assert int(answer.headers["Retry-After"]) > 0
            assert "WWW-Authenticate" not in answer.headers
            assert json.loads(answer.text)["status"] == expected(path)[2]
            assert seconds < 1, path
        assert line.ask("/readyz").status == 503
        assert line.ask("/healthz").status == 200
        assert line.ask("/.well-known/jwks.json").status == 200
    page = person.get("/tokens")
    assert (page.status, int(page.headers["Retry-After"]) > 0) == (503, True)
    assert "<h1" in page.text

    database.start()
    for line in lines:
        assert {path: line.call(text, path).status for path in addresses} == as_usual
    assert person.get("/tokens").status == 200
    assert {line.worker for line in lines} == workers
    assert Entry.objects.filter(result="ok").count() > admitted


def test_calls_under_way_when_it_stops_are_answered_or_told(
    own_console: ServedConsole, database: postgres.Server, owner: Login
) -> None:
    """Eight callers, stop by order and by kill: no other status, no empty body, no answered call without its entry."""
    _token, text = valid_token(owner)
    over = Event()

    def call_on(_number: int) -> list[tuple[int, str]]:
        line, made = Line(own_console), []
        while not over.is_set():
            answer = line.call(text)
            made.append((answer.status, json.loads(answer.text).get("title", "")))
        return made

    before = Entry.objects.filter(result="ok").count()
    with ThreadPoolExecutor(8) as pool:
        callers = [pool.submit(call_on, number) for number in range(8)]
        try:
            for end in (database.stop, database.kill):
                time.sleep(0.7)
                end()
                time.sleep(0.5)
                database.start()
            time.sleep(0.7)
        finally:
            over.set()
    made = [call.result() for call in callers]
    assert {outcome for one in made for outcome in one} == {(200, ""), (503, "Service Unavailable")}
    assert all(one[-1][0] == 200 for one in made)
    answered = sum(status == 200 for one in made for status, _ in one)
    assert Entry.objects.filter(result="ok").count() - before >= answered
