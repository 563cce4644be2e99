"""Runs the web server and the background worker as child processes, starts again what dies, and ends all together."""

import errno
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from types import FrameType

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
THREADS = 8
LIVED_SECONDS = 30.0
"""A child that lived so long did not fail at its start; its next restart waits the shortest time again."""
PAUSE_LONGEST = 30.0
STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """Paths of a certificate chain and its PKCS#8 key, for a start without a proxy in front."""

    chain: str
    key: str


def web_command(host: str, port: int, workers: int, certificate: Certificate | None = None) -> list[str]:
    """Threads are kept as long as the server allows, because each keeps its database connection."""
    command = [sys.executable, "-m", "config.web", "--interface", "wsgi", "--no-ws"]
    command += ["--host", host, "--port", str(port), "--workers", str(workers)]
    command += ["--blocking-threads", str(THREADS), "--blocking-threads-idle-timeout", "600"]
    command += ["--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "error"]
    if certificate:
        command += ["--ssl-certificate", certificate.chain, "--ssl-keyfile", certificate.key]
        command += ["--ssl-protocol-min", "tls1.2"]  # Excel and Power BI on Windows 10 know no newer one
    return [*command, "config.wsgi:application"]


def worker_command() -> list[str]:
    return [sys.executable, str(MANAGE), "worker"]


def why_not_listen(host: str, port: int) -> str:
    """Why the server could not listen there, in one line; empty when it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"Another program listens on port {port}; choose another, such as PORT={port % 65535 + 1}."
            return f"Cannot listen on {host}, port {port}: {error.strerror}."
    return ""


@dataclass(slots=True)
class Child:
    """One program that is to run always."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 0.5
    next_start_at: float = 0.0

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches the supervisor alone, which then ends its children in order.
        self.process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603  # commands made above
        self.started_at = time.monotonic()

    def watch(self, tell: Callable[[str], object]) -> None:
        """Start it if it does not run and its pause is over."""
        now = time.monotonic()
        if self.process is not None:
            if self.process.poll() is None:
                return
            self.pause = 0.5 if now - self.started_at > LIVED_SECONDS else min(self.pause * 2, PAUSE_LONGEST)
            tell(f"The {self.name} ended with status {self.process.returncode}; starting it again in {self.pause:g} s.")
            self.process, self.next_start_at = None, now + self.pause
        elif now >= self.next_start_at:
            self.start()

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass(slots=True)
class Supervisor:
    """Keeps the children running until a signal says stop."""

    children: list[Child]
    tell: Callable[[str], object]
    stopping: Event = field(default_factory=Event)

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        try:
            while not self.stopping.is_set():
                for child in self.children:
                    child.watch(self.tell)
                self.stopping.wait(0.2)
        finally:
            for child in self.children:
                child.end()
            deadline = time.monotonic() + STOP_SECONDS
            for child in self.children:
                child.wait(deadline)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()
