"""Runs the web server and the background worker as child processes, starts again what dies, and ends all together."""

import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from types import FrameType

from config.children import STOP_SECONDS, Child

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
THREADS = 256
"""Of a web worker. Most of them wait for clients; how many work at a time is said in config/workplaces.py."""
CONNECTIONS = 512
"""That a web worker has at a time; more wait for one of them to go."""
LOOK_EVERY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Certificate:
    """Paths of a certificate chain and its PKCS#8 key, for a start without a proxy in front."""

    chain: str
    key: str


def web_command(host: str, port: int, workers: int, certificate: Certificate | None = None) -> list[str]:
    command = [sys.executable, "-m", "config.web", "--interface", "wsgi", "--no-ws"]
    command += ["--host", host, "--port", str(port), "--workers", str(workers)]
    command += ["--blocking-threads", str(THREADS), "--backpressure", str(CONNECTIONS)]
    command += ["--respawn-failed-workers", "--workers-kill-timeout", "12", "--log-level", "error"]
    if certificate:
        command += ["--ssl-certificate", certificate.chain, "--ssl-keyfile", certificate.key]
        command += ["--ssl-protocol-min", "tls1.2"]  # Excel and Power BI on Windows 10 know no newer one
    return [*command, "config.wsgi:application"]


def worker_command() -> list[str]:
    return [sys.executable, str(MANAGE), "worker"]


@dataclass(slots=True)
class Supervisor:
    """Keeps the children running until a signal says stop, and runs them anew when SIGHUP asks for it."""

    children: list[Child]
    tell: Callable[[str], object]
    attempt: Callable[[], bool] | None = None  # asked again and again until it succeeds
    stopping: Event = field(default_factory=Event)
    renewing: Event = field(default_factory=Event)

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._renew)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # keys and tokens in memory go to no file
        try:
            while not self.stopping.is_set():
                for child in self.children:
                    child.watch(self.tell)
                if self.attempt is not None and self.attempt():
                    self.attempt = None
                if self.renewing.is_set():
                    self.renew()
                self.stopping.wait(LOOK_EVERY_SECONDS)
        finally:
            for child in self.children:
                child.end()
            deadline = time.monotonic() + STOP_SECONDS
            for child in self.children:
                child.wait(deadline)

    def renew(self) -> None:
        self.renewing.clear()
        for child in self.children:
            child.renew(self.tell)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def _renew(self, number: int, frame: FrameType | None) -> None:
        self.renewing.set()
