"""`manage.py serve` and what it is made of: children are restarted and end together; a real server answers."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from config import listening, supervisor
from config.children import Child
from tests.servers import ROOT, ServedConsole, wait_for
from tests.settings import free_port

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
FAIL = [sys.executable, "-c", "raise SystemExit(3)"]


def wait_until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_child_that_dies_is_started_again():
    child, told = Child("sleeper", SLEEP), []
    child.watch(told.append)
    assert child.process
    first = child.process.pid
    child.process.kill()
    wait_until(lambda: child.watch(told.append) or (child.process and child.process.pid != first))
    child.end()
    child.wait(time.monotonic() + 5)
    assert "status -9" in told[0]


def test_a_child_that_cannot_start_is_tried_less_and_less_often():
    child, told = Child("failure", FAIL), []
    wait_until(lambda: child.watch(told.append) or len(told) == 3)
    assert [line.rpartition(" in ")[2] for line in told] == ["1 s.", "2 s.", "4 s."]


def test_a_stop_ends_every_child_also_one_that_does_not_listen(monkeypatch):
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.5)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
    )
    children = [Child("sleeper", SLEEP), Child("deaf", [sys.executable, "-c", deaf])]
    watch = supervisor.Supervisor(children, print)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    threading.Timer(1.0, watch.stopping.set).start()
    watch.run()
    assert [child.process.poll() is not None for child in children if child.process] == [True, True]


def test_a_taken_port_is_said_in_one_line():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert "Another program listens" in listening.why_not_listen("127.0.0.1", other.getsockname()[1])
    assert listening.why_not_listen("127.0.0.1", free_port()) == ""
    assert listening.why_not_listen("192.0.2.1", free_port()).startswith("Cannot listen on 192.0.2.1")


def test_half_a_certificate_is_refused():
    with pytest.raises(CommandError, match="belong together"):
        call_command("serve", "--certificate", "chain.pem")


def test_tls_starts_at_1_2():
    command = supervisor.web_command("127.0.0.1", 1, 1, supervisor.Certificate("chain.pem", "key.pem"))
    assert command[command.index("--ssl-protocol-min") + 1] == "tls1.2"


@pytest.mark.long
def test_two_workers_answer_and_one_that_is_killed_is_replaced(serve_console: ServedConsole):
    assert serve_console.process
    workers = children_of(serve_console.process.pid)
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    wait_until(lambda: len(set(children_of(serve_console.process.pid)) - {workers[0]}) == 2)
    for _ in range(20):
        with urllib.request.urlopen(f"{serve_console.url}/healthz", timeout=5) as answer:
            assert answer.status == 200


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_from_an_empty_folder_to_a_page_and_to_nothing_left(tmp_path):
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "SERVED_BY_TEST"}},
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path),
        "PORT": str(port),
        "PUBLIC_URL": f"http://localhost:{port}",
        "DEMO": "0",
    }
    command = [sys.executable, "manage.py", "serve", "--migrate"]
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        wait_for(f"http://localhost:{port}/readyz", process, log, seconds=60)
        with urllib.request.urlopen(f"http://localhost:{port}/static/css/base.css", timeout=5) as answer:
            assert answer.headers["Content-Type"].startswith("text/css")
        family = children_of(process.pid)
        assert len(family) == 2
        for pid in family:  # what is in memory goes to no file when a process crashes
            assert re.search(r"Max core file size +0 +0 ", Path(f"/proc/{pid}/limits").read_text())
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    wait_until(lambda: not any(is_alive(pid) for pid in family))
    assert f"The console is at http://localhost:{port}/" in log.read_text()
