"""Sealers are killed at every line, alone and two at once: one root for each size, none smaller, all sealed at last."""

import json
import os
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from audit.actions import record
from audit.actions.sealing import seal
from audit.actor import Actor
from audit.models import Checkpoint, Entry, Leaf, PendingSeal
from audit.verbs import Verb
from tests.faults import checks
from tests.faults.history import percentile
from tests.faults.table import publish
from tests.servers import ROOT, python, served_environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
ADA = Actor("Ada Byron", "console")
SECONDS_TO_SEAL = 5


def sealers(folder: Path, *arguments: str) -> dict[str, Any]:
    """What the program tells, on this test's database and a folder of its own."""
    environment = {**os.environ, **served_environment(), "DATA_DIR": str(folder), "LEDGER_DIR": str(folder / "ledger")}
    command = [python, "-m", "tests.faults.sealing", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def rows(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def judged(told: dict[str, Any], folder: Path) -> None:
    assert told["faults"] == []
    assert checks.seal_faults(rows, folder / "ledger") == []
    assert not PendingSeal.objects.exists()
    assert Leaf.objects.count() == Entry.objects.count() == Checkpoint.objects.latest("id").size > 0
    assert set(Leaf.objects.values_list("entry_id", flat=True)) == set(Entry.objects.values_list("pk", flat=True))


def test_a_sealer_is_killed_at_many_of_its_lines(tmp_path: Path) -> None:
    told = sealers(tmp_path, "each", "37")
    assert told["kills"] > 5
    judged(told, tmp_path)


@pytest.mark.long
def test_a_sealer_is_killed_at_each_of_its_lines(tmp_path: Path) -> None:
    told = sealers(tmp_path, "each", "1")
    assert told["kills"] > 100
    judged(told, tmp_path)
    publish(f"sealer killed at each line, {connection.vendor}", told)


@pytest.mark.long
def test_two_sealers_at_once_are_killed_anywhere(tmp_path: Path) -> None:
    told = sealers(tmp_path, "two", "30")
    assert told["kills"] > 50
    assert told["seen"] > 5
    judged(told, tmp_path)
    publish(f"two sealers killed, {connection.vendor}", told)


# --- late and rolled-back writers ---------------------------------------------------------------------------------


def write_late(over: Event, acknowledged: list[tuple[int, float]], seed: int) -> None:
    """Some transactions are held open, some rolled back; what was committed is noted with its moment."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    while not over.is_set():
        with transaction.atomic():
            entry = record(verb=Verb.SIGN_IN, by=ADA)
            if chance.random() < 0.1:
                time.sleep(chance.random() * 0.05)
            is_undone = chance.random() < 0.05
            transaction.set_rollback(is_undone)
        if not is_undone:
            acknowledged.append((entry.pk, time.monotonic()))
    connection.close()


def in_threads(deeds: list[Callable[[], None]], over: Event, seconds: float) -> None:
    threads = [Thread(target=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    over.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("seconds", [1.5, pytest.param(30.0, marks=[pytest.mark.long, pytest.mark.alone])])
def test_no_late_entry_is_missed(tmp_path: Path, seconds: float) -> None:
    """The control is a sealer that takes what has a greater number than the last one: it misses some at once."""
    settings_before, settings.LEDGER_DIR = settings.LEDGER_DIR, tmp_path
    over, acknowledged = Event(), list[tuple[int, float]]()
    sealed_at: dict[int, float] = {}
    by_number: set[int] = set()

    def seal_often() -> None:
        known = -1
        while not over.is_set():
            seal()
            now = time.monotonic()
            for sequence, entry in Leaf.objects.filter(sequence__gt=known).values_list("sequence", "entry_id"):
                sealed_at[entry], known = now, max(known, sequence)
            time.sleep(0.02)
        connection.close()

    def seal_by_number() -> None:
        while not over.is_set():
            by_number.update(Entry.objects.filter(pk__gt=max(by_number, default=0)).values_list("pk", flat=True))
            time.sleep(0.005)
        connection.close()

    writers: list[Callable[[], None]] = [lambda seed=seed: write_late(over, acknowledged, seed) for seed in range(8)]
    try:
        in_threads([*writers, seal_often, seal_by_number], over, seconds)
        by_number.update(Entry.objects.filter(pk__gt=max(by_number, default=0)).values_list("pk", flat=True))
        seal()
    finally:
        settings.LEDGER_DIR = settings_before
    committed = {entry for entry, _ in acknowledged}
    assert committed == set(Entry.objects.values_list("pk", flat=True))
    assert set(Leaf.objects.values_list("entry_id", flat=True)) == committed
    assert checks.seal_faults(rows, tmp_path) == []
    waits = [sealed_at[entry] - moment for entry, moment in acknowledged if entry in sealed_at]
    missed = len(committed - by_number)
    publish(
        f"late writers {seconds:g} s, {connection.vendor}",
        {
            "committed": len(committed),
            "missed": 0,
            "missed by number": missed,
            "sealed after p99 (s)": percentile(waits, 99),
        },
    )
    assert percentile(waits, 99) <= SECONDS_TO_SEAL
    if connection.vendor == "postgresql":  # SQLite has one writer at a time, whose numbers come in order
        assert missed
