"""What the console writes to outside of its database fails under load: the mail server, the folder of checkpoints."""

import errno
import os
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests import postgres
from tests.faults import checks, storms
from tests.faults.history import percentile
from tests.faults.installation import Installation, until
from tests.faults.load import Load
from tests.faults.table import publish
from tests.servers import MailServer

pytestmark = [
    pytest.mark.faults,
    pytest.mark.long,
    pytest.mark.alone,
    pytest.mark.skipif(
        os.environ.get("TEST_DATABASE") != "postgresql", reason="runs once, with the suite on PostgreSQL"
    ),
]
PHASE_SECONDS = 5
AT_ONCE = 2.0
"""Seconds. Whoever waits for a silent mail server waits for ten."""
DELIVERED_WITHIN = 60
CHANGES = {"mint", "save", "revoke", "switch"}


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """Not started: nothing listens there."""
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def installation(tmp_path: Path, mail_server: MailServer) -> Iterator[Installation]:
    """Its checkpoints are kept on a disk of their own, which is small."""
    try:
        made = Installation(
            tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{mail_server.port}", LEDGER_DIR=str(tmp_path / "checkpoints")
        )
    except postgres.Unavailable as missing:
        pytest.skip(f"no PostgreSQL: {missing}")
    try:
        with small_disk(made.ledger):
            made.prepare()
            made.serve()
            yield made
            made.end()
    finally:
        made.end()


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here that could be full")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1024))
    with pytest.raises(OSError, match="No space left") as full:
        (folder / "one more").write_bytes(b"x")
    assert full.value.errno == errno.ENOSPC
    return filler


def warnings(installation: Installation) -> str:
    with urlopen(f"{installation.url}/readyz", timeout=5) as answer:
        return str(answer.read().decode())


def count(installation: Installation, statement: str) -> int:
    with installation.query() as connection:
        row = connection.execute(statement).fetchone()  # type: ignore[call-overload]
    return int(row[0])


def test_checkpoints_that_cannot_be_kept_stop_no_request(installation: Installation) -> None:
    """Entries go on into the tree; the newest checkpoint waits, is missed aloud, and is caught up with alone."""
    checks.until_sealed(installation)
    filler = fill(installation.ledger)
    signed = count(installation, "SELECT MAX(size) FROM audit_checkpoint")
    with Load(installation) as load:
        time.sleep(PHASE_SECONDS)
        until(lambda: "no checkpoint is signed" in warnings(installation), 30)
    until(lambda: not count(installation, "SELECT COUNT(*) FROM audit_pendingseal"), 30)
    leaves = count(installation, "SELECT COUNT(*) FROM audit_leaf")
    assert count(installation, "SELECT MAX(size) FROM audit_checkpoint") == signed < leaves
    assert not load.history.unexpected()
    assert not checks.lost(installation, load.history)
    assert load.history.availability() == 1.0
    filler.unlink()
    caught_up = checks.until_sealed(installation)
    until(lambda: "no checkpoint is signed" not in warnings(installation), 60)
    with installation.query() as connection:
        assert checks.seal_faults(lambda text: connection.execute(text).fetchall(), installation.ledger) == []  # type: ignore[call-overload]
    publish("full disk of checkpoints", {"sealed, not signed meanwhile": leaves - signed, "caught up (s)": caught_up})


def test_no_change_waits_for_the_mail_server(installation: Installation, mail_server: MailServer) -> None:
    """Nothing listens, somebody listens and says nothing, the server refuses; and whoever sends is killed each time."""
    changes: dict[str, list[float]] = {}
    with Load(installation) as load:
        for phase in ("down", "silent", "refusing", "well"):
            began = time.monotonic()
            with mail_server_that_is(phase, mail_server):
                time.sleep(PHASE_SECONDS)
                if phase != "well":
                    storms.kill_background_worker(installation)
                    time.sleep(PHASE_SECONDS)
            made = [r for r in load.history.between(began, time.monotonic()) if r.kind in CHANGES and r.is_acknowledged]
            changes[phase] = [request.end - request.start for request in made]
    mail_server.start()
    with installation.query() as connection:  # who was refused waits for minutes; that is not what is tested here
        connection.execute(
            "UPDATE accounts_outboxmail SET next_attempt_at = now(), lease_until = NULL WHERE sent_at IS NULL"
        )
    waiting = "SELECT COUNT(*) FROM accounts_outboxmail WHERE sent_at IS NULL"
    delivered = until(lambda: not count(installation, waiting), DELIVERED_WITHIN)
    received = Counter(str(mail["Message-ID"]) for mail in mail_server.mails)
    queued = count(installation, "SELECT COUNT(*) FROM accounts_outboxmail")
    figures = {f"change while {phase}, p99 (s)": percentile(seconds, 99) for phase, seconds in changes.items()}
    duplicates = sum(received.values()) - len(received)
    publish("mail server", {**figures, "mails": queued, "duplicates": duplicates, "delivered (s)": delivered})
    assert all(len(seconds) > 3 for seconds in changes.values())
    assert max(percentile(seconds, 99) for seconds in changes.values()) < AT_ONCE
    assert len(received) == queued
    assert duplicates <= 3
    assert checks.half_done(installation) == {}
    assert not checks.lost(installation, load.history)


@contextmanager
def mail_server_that_is(phase: str, server: MailServer) -> Iterator[None]:
    if phase == "silent":
        with socket.create_server(("127.0.0.1", server.port), backlog=50):
            yield
        return
    if phase != "down":
        server.refuse("451 4.7.1 Come again later" if phase == "refusing" else "")
        server.start()
    yield
    server.stop()
