"""What is measured stands on: a database as it comes, folders of its own, the console with its default settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres
from tests.bench.figures import ROOT
from tests.servers import wait_for
from tests.settings import free_port

KEPT = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "TMPDIR")


class Ground:
    """A console's database and folder on the disk, where they would be, and the environment that leads there.

    Nothing of the caller's environment reaches the console but where programs are found: its settings are the defaults.
    """

    def __init__(self, vendor: str, **environment: str) -> None:
        self.vendor, self.port = vendor, free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="console-bench-"))
        self.server: postgres.Server | None = None
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.environment = {
            **kept, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT), "PORT": str(self.port),
            "DATA_DIR": str(self.folder / "data"), **environment,
        }  # fmt: skip
        if vendor == "postgresql":
            self.server = postgres.Server(settings={})
            self.server.start()
            self.environment["DATABASE_URL"] = self.server.url

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def run(self, *arguments: str, **environment: str) -> str:
        """What a Python program on this ground prints; ``manage.py`` and ``-m MODULE`` are among them."""
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env={**self.environment, **environment}, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    @contextmanager
    def served(self, *program: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """The console as ``manage.py serve`` runs it, or another program that answers at ``/healthz`` of ``url``."""
        command = [sys.executable, *(program or ("manage.py", "serve"))]
        log = self.folder / "serve.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env={**self.environment, **environment}, stdout=output, stderr=output
            )
        try:
            wait_for(f"{self.url}/healthz", process, log)
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)

    def remove(self) -> None:
        if self.server:
            self.server.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def ground(vendor: str, **environment: str) -> Iterator[Ground]:
    made = Ground(vendor, **environment)
    try:
        yield made
    finally:
        made.remove()
