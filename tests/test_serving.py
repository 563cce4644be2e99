"""What the web server promises whoever calls: no slow client holds up others, nobody is lost at a stop or a renewal.

Those that break something real are long; each has a control, the same web server without the one protection.
"""

import json
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import ending, listening, supervisor
from config.children import Server
from tests.faults.installation import arguments_of, children_of, until
from tests.servers import ServedConsole
from tests.serving import Callers, Served, closing_all

SLOW = 200


def of(console: ServedConsole, folder: Path) -> Served:
    served = Served(folder)
    served.port = console.port
    return served


@pytest.mark.django_db(transaction=True)
def test_slow_bodies_and_headers_stop_nobody(serve_console: ServedConsole, tmp_path: Path) -> None:
    served = of(serve_console, tmp_path)
    with closing_all(served.slow_bodies(40) + served.slow_headers(40)):
        assert [served.ask("/healthz", 5), served.ask("/api/whoami", 5)] == [200, 401]


def uncured(served: Served, name: str) -> None:
    """Run the web server alone, without one protection."""
    command = supervisor.web_command("127.0.0.1", served.port, 2)
    served.program = tuple(part.replace("config.web", "tests.uncured_server") for part in command[1:])
    served.environment["UNCURED"] = name


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    made.prepare()
    yield made
    if made.process and made.process.poll() is None:
        made.stop()


MODES = {
    "slow_headers": "few_connections",
    "slow_bodies": "bodies_read_at_work",
    "slow_readers": "streams_unbounded",
}


@pytest.mark.long
@pytest.mark.alone
@pytest.mark.faults
@pytest.mark.parametrize("mode", MODES)
def test_200_slow_connections_stop_nobody(served: Served, mode: str) -> None:
    served.start()
    assert served.ask("/api/whoami", 10) == 200
    with closing_all(getattr(served, mode)(SLOW)) as peers:
        if mode == "slow_readers":
            begun = [peer.recv(12) for peer in peers]
            assert set(begun) <= {b"HTTP/1.1 200", b"HTTP/1.1 503"}
        assert served.answered_of_20() == 20


@pytest.mark.long
@pytest.mark.alone
@pytest.mark.faults
@pytest.mark.parametrize(("mode", "removed"), MODES.items())
def test_without_the_protection_they_stop_everybody(served: Served, mode: str, removed: str) -> None:
    uncured(served, removed)
    served.start()
    assert served.ask("/api/whoami", 10) == 200
    with closing_all(getattr(served, mode)(SLOW)):
        time.sleep(5)
        assert served.answered_of_20() < 20


@pytest.mark.long
@pytest.mark.faults
def test_a_renewal_fails_no_call(served: Served) -> None:
    served.start()
    assert served.process
    before = children_of(served.process.pid)
    with Callers(served) as callers:
        for turn in range(2):
            served.signal(signal.SIGHUP)
            until(lambda turn=turn: served.log.read_text().count("has taken over") > turn, 60)
        until(lambda: not any(arguments_of(pid) for pid in before), 20)
        answered = callers.answered
        until(lambda: callers.answered > answered + 20, 20)
    assert callers.failures == []
    assert callers.answered == sum(callers.statuses)


@pytest.mark.long
@pytest.mark.faults
def test_a_restart_and_workers_that_end_at_once_fail_some(served: Served) -> None:
    """The control of both: the socket does not outlive a restart, and nobody says goodbye."""
    uncured(served, "no_goodbye")
    served.start()
    with Callers(served) as callers:
        until(lambda: callers.answered > 100, 30)
        served.stop()
        served.start()
        answered = callers.answered
        until(lambda: callers.answered > answered + 100, 30)
    assert callers.failures != []


RENEWED = """
import os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
if (folder / "wrong").exists():
    raise SystemExit(3)
if ready := os.environ.get("CONSOLE_READY"):
    os.write(int(ready), b"1")
(folder / "up").touch()
time.sleep(60)
"""


def test_a_new_server_takes_over_and_one_that_cannot_start_does_not(tmp_path: Path) -> None:
    server, told = Server("server", [sys.executable, "-c", RENEWED, str(tmp_path)]), list[str]()
    server.watch(told.append)
    first = server.process
    until((tmp_path / "up").exists, 20)
    (tmp_path / "wrong").touch()
    server.renew(told.append)
    until(lambda: server.watch(told.append) or told, 20)
    assert (told, server.process, first and first.poll()) == (
        ["The new server ended with status 3; the old one goes on."], first, None,
    )  # fmt: skip
    (tmp_path / "wrong").unlink()
    server.renew(told.append)
    until(lambda: server.watch(told.append) or len(told) > 1, 20)
    assert told[1:] == ["A new server has taken over."]
    assert server.process is not first
    assert first
    assert first.wait(10) == -ending.RETIRE
    server.end()
    server.wait(time.monotonic() + 10)


@pytest.mark.long
@pytest.mark.faults
def test_a_stop_lets_calls_finish_and_breaks_a_report_off(served: Served) -> None:
    served.start()
    with closing_all(served.slow_readers(1)) as peers:
        got = peers[0].recv(1000)
        with Callers(served) as callers:
            until(lambda: callers.answered > 50, 30)
            ended = threading.Thread(target=served.stop)
            ended.start()
            until(lambda: callers.failures, 20)
        ended.join(40)
        assert all("refused" in failure for failure in callers.failures)  # never a reset in the middle of a call
        while part := _rest(peers[0]):
            got += part
    assert not got.rstrip().endswith(b"0")  # the last chunk of a whole answer
    with sqlite3.connect(served.folder / "data" / "console.sqlite3") as ledger:
        details = ledger.execute("SELECT details FROM audit_entry WHERE verb = 'report.read'").fetchall()
    assert [json.loads(text)["complete"] for (text,) in details] == [False]


def _rest(peer: Any) -> bytes:
    try:
        return bytes(peer.recv(1 << 20))
    except OSError:
        return b""


@pytest.mark.long
@pytest.mark.faults
def test_children_end_soon_after_a_supervisor_that_was_killed(served: Served) -> None:
    served.start()
    assert served.process
    family = children_of(served.process.pid)
    family += [pid for child in family for pid in children_of(child)]
    served.process.kill()
    served.process.wait()
    until(lambda: not any(arguments_of(pid) for pid in family), 12)
    assert listening.why_not_listen("127.0.0.1", served.port) == ""


@pytest.mark.long
@pytest.mark.faults
def test_a_console_that_starts_before_its_database_answers_503_until_it_is_there(served: Served) -> None:
    database = served.folder / "data" / "console.sqlite3"
    away = database.with_suffix(".away")
    for path in list(database.parent.glob("console.sqlite3*")):
        path.rename(str(path).replace("console.sqlite3", "away"))
    database.mkdir()  # cannot be opened
    served.start()
    assert served.ask("/api/whoami", 10) == served.ask("/", 10) == served.ask("/readyz", 10) == 503
    assert served.ask("/healthz", 10) == 200
    database.rmdir()
    for path in list(database.parent.glob("away*")):
        path.rename(str(path).replace(f"{away.parent}/away", f"{away.parent}/console.sqlite3"))
    until(lambda: served.ask("/api/whoami", 10) == 200, 60)
