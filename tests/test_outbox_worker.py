"""The background worker: delivers, outlives its database's absence, and stops within a second."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError

from accounts.models import OutboxMail
from config.management.commands.worker import JOBS, Job, Worker
from tests.servers import ROOT, MailServer, python, served_environment
from tests.test_outbox import queued

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


def test_a_defect_in_a_job_ends_the_worker_loudly() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Worker((Job("test", 0.01, fail),)).run()


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


@pytest.fixture
def worker_process(tmp_path: Path, smtp: MailServer) -> Iterator[subprocess.Popen[bytes]]:
    mail = {"EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}", "LOG_LEVEL": "INFO"}
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [python, "manage.py", "worker"],
            cwd=ROOT, env={**os.environ, **served_environment(), **mail}, stdout=log, stderr=log,
        )  # fmt: skip
        yield process
        process.kill()
        process.wait()


def until_delivered(seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while OutboxMail.objects.waiting().exists():
        assert time.monotonic() < deadline, list(OutboxMail.objects.values("last_error", "attempts"))
        time.sleep(0.1)


def test_the_worker_delivers_and_stops_within_a_second(
    worker_process: subprocess.Popen[bytes], smtp: MailServer
) -> None:
    queued(count=2)
    until_delivered()
    assert len(smtp.mails) == 2
    worker_process.send_signal(signal.SIGTERM)
    assert worker_process.wait(timeout=1) == 0


def test_a_worker_that_waits_for_a_silent_mail_server_stops_within_a_second(
    worker_process: subprocess.Popen[bytes], smtp: MailServer
) -> None:
    queued()
    until_delivered()  # it has started
    smtp.stop()
    with socket.create_server(("127.0.0.1", smtp.port)) as silent:
        queued()
        caller, _address = silent.accept()  # the worker has come and waits for a greeting
        with caller:
            worker_process.send_signal(signal.SIGTERM)
            assert worker_process.wait(timeout=1) == 0
    assert OutboxMail.objects.waiting().count() == 1
