"""The database goes away under a running worker and comes back: it delivers again without being started anew."""

import time
from pathlib import Path

import pytest

from accounts.models import OutboxMail
from tests import postgres
from tests.servers import MailServer
from tests.test_admission_faults import database, server  # noqa: F401
from tests.test_outbox import queued
from tests.test_outbox_worker import Workers, until_delivered

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.long]


def until_noticed(workers: Workers) -> None:
    deadline = time.monotonic() + 15
    while "cannot be reached" not in workers.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_worker_outlives_its_database(database: postgres.Server, smtp: MailServer, tmp_path: Path) -> None:
    workers = Workers(smtp, tmp_path / "worker.log", DATABASE_URL=database.url)
    process = workers.start()
    try:
        queued()
        until_delivered()
        database.stop()
        until_noticed(workers)
        assert process.poll() is None
        database.start()
        queued()
        until_delivered()
        assert process.poll() is None
        assert len(smtp.mails) == OutboxMail.objects.count() == 2
    finally:
        workers.end()


def test_a_worker_that_starts_before_its_database_waits_for_it(
    database: postgres.Server, smtp: MailServer, tmp_path: Path
) -> None:
    queued()
    database.stop()
    workers = Workers(smtp, tmp_path / "worker.log", DATABASE_URL=database.url)
    process = workers.start()
    try:
        until_noticed(workers)
        assert process.poll() is None
        database.start()
        until_delivered()
        assert process.poll() is None
        assert len(smtp.mails) == 1
    finally:
        workers.end()
