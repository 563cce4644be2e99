"""Real servers for tests, on loopback alone: the console with several workers, a mail server that keeps the mail."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from django.conf import settings
from django.db import connection

from config import supervisor
from tests.settings import free_port

ROOT = Path(__file__).resolve().parent.parent


class ServedConsole:
    """The console as ``manage.py serve`` runs it, on the test database."""

    def __init__(self, log: Path, *, workers: int = 2, **environment: str) -> None:
        self.log, self.port, self.workers = log, settings.ENVIRONMENT.port, workers
        self.url = settings.PUBLIC_URL
        self.environment = {**os.environ, **served_environment(), **environment}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = supervisor.web_command("127.0.0.1", self.port, workers=self.workers)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=log, stderr=log)
        wait_for(f"{self.url}/healthz", self.process, self.log)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process and self.is_running:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=20)


def served_environment() -> dict[str, str]:
    """What makes another process use this test's database and folder."""
    database = connection.settings_dict
    name = str(database["NAME"])
    if connection.vendor == "sqlite":
        url = f"sqlite:///{name}"
    else:
        person = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}@".replace(":@", "@")
        host = database["OPTIONS"].get("host", "")
        port = f":{database['PORT']}" if database["PORT"] else ""
        query = f"?host={host}" if host else ""
        url = f"postgresql://{person}{database['HOST']}{port}/{name}{query}"
    return {
        "SERVED_BY_TEST": "1",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": url,
    }


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def console_process(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedConsole]:
    """One server for all tests: it keeps nothing between requests that the database does not hold."""
    served = ServedConsole(tmp_path_factory.mktemp("console") / "server.log")
    yield served
    served.stop()


@pytest.fixture
def serve_console(console_process: ServedConsole, transactional_db: None) -> ServedConsole:
    """The console served by two worker processes at ``serve_console.url``; a test may stop it."""
    if not console_process.is_running:
        console_process.start()
    return console_process


class Sink(MessageHandler):
    """Keeps every mail it is given, or refuses it when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []
        self.refusal = ""

    def handle_message(self, message: Message) -> None:
        self.mails.append(message)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802  # the name is aiosmtpd's
        if self.refusal:
            return self.refusal
        envelope.mail_from = address
        return "250 OK"


class MailServer:
    """A mail server that can be stopped and started; ``refuse`` makes it answer with an error of SMTP."""

    def __init__(self) -> None:
        self.sink, self.port = Sink(), free_port()
        self.controller: Controller | None = None

    @property
    def mails(self) -> list[Message]:
        return self.sink.mails

    def refuse(self, reply: str) -> None:
        self.sink.refusal = reply

    def start(self) -> None:
        self.controller = Controller(self.sink, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self) -> None:
        if self.controller:
            self.controller.stop()
            self.controller = None


@pytest.fixture
def smtp(settings: Any) -> Iterator[MailServer]:
    """A mail server that Django's mail goes to for the length of one test."""
    server = MailServer()
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield server
    server.stop()


python = sys.executable

__all__ = ["MailServer", "ServedConsole", "console_process", "serve_console", "smtp"]
