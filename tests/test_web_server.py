"""The web server: workers are forked loaded, replaced however often they die, and end with their server."""

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ending, parent, supervisor, web
from tests.faults.installation import arguments_of, children_of, kill, until
from tests.servers import ROOT, wait_for
from tests.settings import free_port

WORKERS = 2
REPLACED_WITHIN = 2.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The server's process and address. Nothing here asks the database."""
    port, log = free_port(), tmp_path / "log"
    url = f"http://localhost:{port}"
    named = {"DJANGO_SETTINGS_MODULE": "config.settings", "DATA_DIR": str(tmp_path / "data"), "PUBLIC_URL": url}
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "SERVED_BY_TEST", "DEMO"}}
    command = supervisor.web_command("127.0.0.1", port, WORKERS)
    with log.open("wb") as file:
        process = subprocess.Popen(command, env={**kept, **named}, cwd=ROOT, stdout=file, stderr=file)
    wait_for(f"{url}/healthz", process, log)
    until(lambda: len(children_of(process.pid)) == WORKERS)
    yield process, url
    workers = children_of(process.pid)
    process.kill()
    process.wait()
    for pid in workers:
        kill(pid)


def answers(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
        return bool(answer.status == 200)


def test_a_worker_that_is_killed_again_and_again_is_replaced(server: tuple[subprocess.Popen[bytes], str]) -> None:
    process, url = server
    for _ in range(4):
        victim = children_of(process.pid)[0]
        kill(victim)

        def is_replaced(gone: int = victim) -> bool:
            workers = children_of(process.pid)
            return gone not in workers and len(workers) == WORKERS

        assert until(is_replaced) < REPLACED_WITHIN
    time.sleep(0.2)
    assert answers(url)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


def test_its_workers_answer_a_while_without_it_and_end(server: tuple[subprocess.Popen[bytes], str]) -> None:
    process, url = server
    workers = children_of(process.pid)
    process.kill()
    process.wait()
    time.sleep(parent.LOOK_EVERY_SECONDS)
    assert answers(url)
    ended = until(lambda: not any(arguments_of(pid) for pid in workers))
    assert ended < web.LINGER_SECONDS + ending.STOP_SECONDS
