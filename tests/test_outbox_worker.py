"""The background worker: delivers, outlives its database's absence, and stops within a second."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError

from accounts.actions.outbox import LEASE
from accounts.models import Heartbeat, Login, OutboxMail
from audit.models import Leaf, PendingSeal
from audit.verbs import Verb
from config.worker.jobs import JOBS, Job
from config.worker.running import Worker
from tests.audit_entries import entry
from tests.servers import ROOT, MailServer, python, served_environment
from tests.test_outbox import hours_pass, queued

# A second on a machine that has nothing else to do; the mail server's time-out, which it must not wait for, is 10.
STOPPED_SECONDS = 4

pytestmark = pytest.mark.django_db(transaction=True)


def test_once_runs_every_job_and_ends(smtp: MailServer) -> None:
    queued(count=2)
    with pytest.raises(SystemExit) as ended:
        call_command("worker", "--once")
    assert ended.value.code == 0
    assert len(smtp.mails) == 2


def test_a_database_that_is_away_is_waited_for() -> None:
    answers: Iterator[Exception | None] = iter([OperationalError("gone"), OperationalError("gone"), None])
    runs: list[str] = []

    def run() -> None:
        runs.append("run")
        if error := next(answers):
            raise error
        worker.stopping.set()

    worker = Worker((Job("test", 0.01, run),))
    worker.run()
    assert len(runs) == 3


def test_once_tells_by_its_status_that_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("config.management.commands.worker.JOBS", (Job("test", 1, fail),))
    with pytest.raises(SystemExit) as ended:
        call_command("worker", "--once")
    assert ended.value.code == 1


def test_jobs_take_turns() -> None:
    turns: list[str] = []

    def often() -> None:
        turns.append("often")
        if len(turns) > 20:
            worker.stopping.set()

    worker = Worker((Job("often", 0.01, often), Job("seldom", 60, lambda: turns.append("seldom"))))
    worker.run()
    assert turns.count("seldom") == 1
    assert turns.count("often") > 10


def test_the_outbox_is_looked_at_often_enough_for_mail_within_a_minute() -> None:
    assert {job.name: job.every for job in JOBS}["outbox"] <= 5


class Workers:
    """Real worker processes on the test's database and mail server."""

    def __init__(self, smtp: MailServer, log: Path, **environment: str) -> None:
        self.log = log
        self.environment = {
            **os.environ, **served_environment(), "EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}", "LOG_LEVEL": "INFO",
            **environment,
        }  # fmt: skip
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            command = [python, "manage.py", "worker"]
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()


@pytest.fixture
def workers(tmp_path: Path, smtp: MailServer) -> Iterator[Workers]:
    workers = Workers(smtp, tmp_path / "worker.log")
    yield workers
    workers.end()


@pytest.fixture
def worker_process(workers: Workers) -> subprocess.Popen[bytes]:
    return workers.start()


def until_delivered(seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while OutboxMail.objects.waiting().exists():
        assert time.monotonic() < deadline, list(OutboxMail.objects.values("last_error", "attempts"))
        time.sleep(0.1)


def test_the_worker_delivers_tells_that_it_lives_and_stops_when_told(
    worker_process: subprocess.Popen[bytes], smtp: MailServer
) -> None:
    queued(count=2)
    until_delivered()
    assert len(smtp.mails) == 2
    deadline = time.monotonic() + 8
    while set(Heartbeat.objects.values_list("lane", flat=True)) != {job.lane for job in JOBS}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    worker_process.send_signal(signal.SIGTERM)
    assert worker_process.wait(timeout=STOPPED_SECONDS) == 0


def test_a_silent_mail_server_holds_up_neither_a_seal_nor_the_end(
    worker_process: subprocess.Popen[bytes], smtp: MailServer, olivia: Login
) -> None:
    smtp.stop()
    with socket.create_server(("127.0.0.1", smtp.port)) as silent:
        queued()
        caller, _address = silent.accept()  # the worker has come and waits for a greeting
        with caller:
            entries = {entry(olivia, Verb.TOKEN_CREATE).pk for _each in range(3)}
            deadline = time.monotonic() + 8  # the mail server's time-out is 10
            while PendingSeal.objects.exists():
                assert time.monotonic() < deadline
                time.sleep(0.05)
            worker_process.send_signal(signal.SIGTERM)
            assert worker_process.wait(timeout=STOPPED_SECONDS) == 0
    assert entries <= set(Leaf.objects.values_list("entry_id", flat=True))
    assert OutboxMail.objects.waiting().count() == 1


@pytest.mark.long
def test_a_worker_killed_after_the_mail_server_said_yes_leaves_one_duplicate_of_the_same_id(
    workers: Workers, smtp: MailServer
) -> None:
    [mail] = queued()
    first = workers.start()
    keep = smtp.sink.handle_message

    def keep_and_kill(message: Message) -> None:
        keep(message)
        first.kill()
        first.wait()

    smtp.sink.handle_message = keep_and_kill  # type: ignore[method-assign]
    first.wait(timeout=20)
    assert OutboxMail.objects.waiting().count() == 1
    smtp.sink.handle_message = keep  # type: ignore[method-assign]
    hours_pass(LEASE.total_seconds() / 3600 + 0.01)
    workers.start()
    until_delivered()
    assert [received["Message-ID"] for received in smtp.mails] == [mail.message_id] * 2


@pytest.mark.long
def test_two_workers_deliver_each_mail_once(workers: Workers, smtp: MailServer) -> None:
    workers.start()
    workers.start()
    for _ in range(5):
        queued(count=10)
        time.sleep(0.3)
    until_delivered()
    assert len({received["Message-ID"] for received in smtp.mails}) == len(smtp.mails) == 50
