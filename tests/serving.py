"""The console served as an operator serves it, on SQLite, with a big report; slow clients of three kinds; callers."""

import contextlib
import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.servers import ROOT, python, wait_for
from tests.settings import free_port

REMOVED = ("SERVED_BY_TEST", "DATABASE_URL", "TEST_DATABASE_URL", "DATABASE_OWNER_URL", "DEMO", "EMAIL_URL")
ORDINARY = ("/healthz", "/api/whoami")
BIG = """\
-- id: 900
-- title: Big
-- organisation: 1
WITH RECURSIVE n(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM n WHERE number < 1000000)
SELECT number, 'a row that is long enough to fill a socket soon, as rows of real reports are' AS words FROM n;
"""


class Served:
    """``manage.py serve``, or another program, on a folder of its own."""

    def __init__(self, folder: Path, *program: str, workers: int = 2, **environment: str) -> None:
        self.folder, self.port, self.log = folder, free_port(), folder / "serve.log"
        self.url, self.program = f"http://localhost:{self.port}", program or ("manage.py", "serve")
        kept = {name: value for name, value in os.environ.items() if name not in REMOVED}
        self.environment = {
            **kept, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT), "PORT": str(self.port),
            "DATA_DIR": str(folder / "data"), "PUBLIC_URL": self.url, "WORKERS": str(workers), "LOG_LEVEL": "WARNING",
            **environment,
        }  # fmt: skip
        self.jwt = ""
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """People, a token, and a report of a million rows."""
        made = subprocess.run(
            [python, "-m", "tests.serving_seed"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr[-3000:]
        self.jwt = made.stdout.split()[-1]
        reports = self.folder / "data" / "reports"
        reports.mkdir(parents=True, exist_ok=True)
        (reports / "Big.sql").write_text(BIG)
        sqlite3.connect(self.folder / "data" / "reports.sqlite3").execute("PRAGMA journal_mode=WAL").close()

    def start(self, *, wait: bool = True) -> None:
        with self.log.open("ab") as log:
            command = [python, *self.program]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        if wait:
            wait_for(f"{self.url}/healthz", self.process, self.log)

    def signal(self, number: int) -> None:
        assert self.process
        self.process.send_signal(number)

    def stop(self) -> int:
        """The status that it ended with."""
        assert self.process
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    def ask(self, path: str, seconds: float = 1.0) -> int:
        """The status of one call on a connection of its own; 0 when there was no answer in time."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            peer = http.client.HTTPConnection("localhost", self.port, timeout=seconds)
            began = time.monotonic()
            peer.request("GET", path, headers={"Authorization": f"Bearer {self.jwt}"} if self.jwt else {})
            answer = peer.getresponse()
            answer.read()
            peer.close()
            return answer.status if time.monotonic() - began < seconds else 0
        return 0

    def answered_of_20(self) -> int:
        """How many of 20 ordinary calls are answered within a second each."""
        return sum(self.ask(ORDINARY[number % len(ORDINARY)]) in {200, 401} for number in range(20))

    # --- slow clients ---------------------------------------------------------------------------------------------

    def slow_headers(self, count: int) -> list[socket.socket]:
        return [self._slow(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ") for _ in range(count)]

    def slow_bodies(self, count: int) -> list[socket.socket]:
        head = b"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        head += b"Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant_type="
        return [self._slow(head) for _ in range(count)]

    def slow_readers(self, count: int) -> list[socket.socket]:
        head = f"GET /api/data/Big HTTP/1.1\r\nHost: localhost:{self.port}\r\nAuthorization: Bearer {self.jwt}\r\n\r\n"
        return [self._slow(head.encode()) for _ in range(count)]

    def _slow(self, head: bytes) -> socket.socket:
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.settimeout(10)
        peer.connect(("127.0.0.1", self.port))
        peer.sendall(head)
        return peer


class Callers:
    """Eight programs that call without a pause, each on a connection that it keeps until it is told to close it."""

    def __init__(self, served: Served, count: int = 8) -> None:
        self.served, self.statuses, self.failures = served, [0] * 600, list[str]()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(count)]

    @property
    def answered(self) -> int:
        return self.statuses[200]

    def _call(self) -> None:
        peer = http.client.HTTPConnection("localhost", self.served.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.served.jwt}"}
        while not self._stop.is_set():
            try:
                peer.request("GET", "/api/whoami", headers=headers)
                answer = peer.getresponse()
                answer.read()
                self.statuses[answer.status] += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                peer.close()
                time.sleep(0.05)

    def __enter__(self) -> "Callers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@contextlib.contextmanager
def closing_all(peers: list[socket.socket]) -> Iterator[list[socket.socket]]:
    try:
        yield peers
    finally:
        for peer in peers:
            peer.close()
