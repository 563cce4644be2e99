"""A whole installation for one test: PostgreSQL, ``manage.py serve``, folders; each part can be found and killed."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from tests import postgres
from tests.servers import ROOT, python, wait_for
from tests.settings import free_port

WEB_WORKERS = 4
PG_SETTINGS = "fsync = on\nfull_page_writes = on\n"
REMOVED = (
    "SERVED_BY_TEST",
    "TEST_DATABASE_URL",
    "DATABASE_OWNER_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "DEMO",
    "EMAIL_URL",
)


class Installation:
    """Runs as an operator would run it, with the product's own settings; nothing is shared with other tests."""

    def __init__(
        self, folder: Path, *, postgresql: str = "", program: tuple[str, ...] = (), **environment: str
    ) -> None:
        self.folder, self.log, self.port = folder, folder / "serve.log", free_port()
        self.url = f"http://localhost:{self.port}"
        self.program = program or (python, "manage.py", "serve")
        self.database = postgres.Server()
        with (self.database.data / "postgresql.conf").open("a") as file:
            file.write(PG_SETTINGS + postgresql)
        kept = {name: value for name, value in os.environ.items() if name not in REMOVED}
        self.environment = {
            **kept, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT), "HOST": "127.0.0.1",
            "DATA_DIR": str(folder / "data"), "DATABASE_URL": self.database.url, "PORT": str(self.port),
            "PUBLIC_URL": self.url, "WORKERS": str(WEB_WORKERS), "LOG_LEVEL": "WARNING", **environment,
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.people: dict[str, Any] = {}

    def prepare(self) -> None:
        self.database.start()
        self.people = json.loads(self.run("-m", "tests.faults.seed"))

    def run(self, *arguments: str) -> str:
        """What a program of this installation prints. Its failure is the test's."""
        command = [python, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def serve(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.program, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        wait_for(f"{self.url}/healthz", self.process, self.log)
        self.wait_for_workers()

    def end(self) -> None:
        """All at once, the supervisor first, so that it starts nothing again."""
        if self.process:
            parts = [*self.web_workers, self.web_server, self.background_worker]
            self.process.kill()
            self.process.wait()
            for pid in filter(None, parts):
                kill(pid)
        self.database.kill()
        self.database.remove()

    @property
    def ledger(self) -> Path:
        return Path(self.environment.get("LEDGER_DIR", self.folder / "data" / "ledger"))

    # --- its parts ------------------------------------------------------------------------------------------------

    @property
    def web_server(self) -> int:
        return self._child("--interface")

    @property
    def background_worker(self) -> int:
        return self._child("worker")

    @property
    def web_workers(self) -> list[int]:
        return children_of(server) if (server := self.web_server) else []

    def wait_for_workers(self, seconds: float = 30) -> None:
        until(lambda: len(self.web_workers) == WEB_WORKERS and self.background_worker, seconds)

    def _child(self, argument: str) -> int:
        """The process of the supervisor that was started with the argument; 0 while there is none."""
        assert self.process
        for pid in children_of(self.process.pid):
            if argument.encode() in arguments_of(pid):
                return pid
        return 0

    def kill_web_worker(self, chance: random.Random) -> int:
        """Kill one by chance; 0 when none was there to kill."""
        workers = self.web_workers
        if not workers:
            return 0
        victim = chance.choice(workers)
        kill(victim)
        return victim

    @contextmanager
    def query(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.database.url, autocommit=True) as connection:
            yield connection


def children_of(pid: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def arguments_of(pid: int) -> list[bytes]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\x00")
    return []


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def until(condition: Any, seconds: float = 30) -> float:
    """Wait for it; the seconds that it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "waited in vain"
        time.sleep(0.02)
    return time.monotonic() - began
