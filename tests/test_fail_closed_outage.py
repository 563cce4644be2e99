"""The database stops and hangs under many callers at once: every one of them is told in time, and none after it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles
from typing import NamedTuple

import pytest

from accounts.models import Login
from tests import postgres
from tests.api_calls import valid_token
from tests.servers import ServedConsole
from tests.test_admission_faults import database, owner, server  # noqa: F401
from tests.test_served_outage import own_console  # noqa: F401
from tests.visitor import Line

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.long, pytest.mark.alone]

CALLERS = 32  # twice as many as the two workers have threads


class Made(NamedTuple):
    status: int
    seconds: float


def calls(lines: list[Line], text: str, each: int) -> list[Made]:
    """Each caller calls so often, all at the same time."""

    def of(line: Line) -> list[Made]:
        made = []
        for _number in range(each):
            began = time.monotonic()
            status = line.call(text).status
            made.append(Made(status, time.monotonic() - began))
        return made

    with ThreadPoolExecutor(len(lines)) as pool:
        return [one for found in pool.map(of, lines) for one in found]


@pytest.fixture
def lines(own_console: ServedConsole) -> Iterator[list[Line]]:
    found = [Line(own_console) for _number in range(CALLERS)]
    assert {line.ask("/healthz").status for line in found} == {200}
    assert len({line.worker for line in found}) == 2
    yield found
    for line in found:
        line.close()


def told(what: str, made: list[Made]) -> float:
    """The 99th percentile; both figures go to the log of the run."""
    seconds = [one.seconds for one in made]
    p99 = quantiles(seconds, n=100)[98]
    print(f"{what}: {len(made)} calls, p99 {p99:.3f} s, longest {max(seconds):.3f} s")
    return p99


def test_every_call_is_told_in_time_and_none_fails_after(
    lines: list[Line], database: postgres.Server, owner: Login
) -> None:
    _token, text = valid_token(owner)
    assert {one.status for one in calls(lines, text, 20)} == {200}

    database.stop()
    stopped = calls(lines, text, 60)
    database.start()
    assert {one.status for one in calls(lines, text, 20)} == {200}

    database.pause()
    paused = calls(lines, text, 4)
    database.resume()
    after = calls(lines, text, 20)

    assert told("stopped", stopped) < 1
    assert told("paused", paused) < 5
    assert {one.status for one in stopped + paused} == {503}
    assert {one.status for one in after} == {200}
