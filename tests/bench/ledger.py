"""Part ``ledger``: what sealing adds to an admitted call, how soon entries are sealed, how fast they are verified.

``python -m tests.bench.ledger [--quick]``. Sealing is held against the honest control: the same console without the
trigger that queues entries, and with its sealer stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from statistics import median
from typing import Any

import psycopg

from tests.bench.calls import CONSOLE, SETTINGS, Child, all_cpu, figure
from tests.bench.figures import ROOT, Measured, Part, write
from tests.bench.ground import Ground, ground
from tests.bench.load import requests_of
from tests.bench.paced import flood, paced
from tests.bench.tiny import Variant, variants_in

QUEUED = "audit_entry_queued"
DELAYS = """
SELECT percentile_cont(ARRAY[0.5, 0.99, 1.0]) WITHIN GROUP (ORDER BY extract(epoch FROM c.at - e.at)), count(*)
FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry_id
JOIN LATERAL (SELECT at FROM audit_checkpoint WHERE size > l.sequence ORDER BY size LIMIT 1) c ON TRUE
WHERE l.sequence >= %s
"""


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int
    warming: int
    calls: int
    under_load: float
    """Seconds of calls at ``PACE``."""
    on_postgresql: int
    on_sqlite: int
    flooded: float


FULL = Plan(25, 500, 1_000, 15, 200_000, 60_000, 5)
QUICK = Plan(2, 50, 100, 3, 5_000, 5_000, 2)
PACE, STEP = 500, 0.1
FLOOD, VALID = 1_000, 100


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few of everything: whether it runs, not what it costs")
    quick = parser.parse_args(arguments).quick
    plan = QUICK if quick else FULL
    with ground("postgresql") as of:
        build(of, quick=quick)
        with psycopg.connect(of.environment["DATABASE_URL"], autocommit=True) as database:
            rounds = sealing_rounds(of, database, plan)
            delays = sealing_delays(of, database, plan)
        flooded = flooded_rounds(of, plan)
        sealed = json.loads(of.run("-m", "tests.bench.ledger_inside", "seal", str(plan.on_postgresql)))
        verified = {"postgresql": json.loads(of.run("-m", "tests.bench.ledger_inside", "verify", "3"))}
    with ground("sqlite") as of:
        of.run("manage.py", "migrate", "--verbosity", "0")
        of.run("-m", "tests.bench.ledger_inside", "seal", str(plan.on_sqlite))
        verified["sqlite"] = json.loads(of.run("-m", "tests.bench.ledger_inside", "verify", "3"))
    found = figures(rounds, delays, verified, flooded)
    for one in found:
        print(f"{one.name}: {one.value:.3g} ({one.note})")
    print(f"catching up: {sealed['rate']:,.0f} entries/s sealed, {sealed['cpu'] * 1e6:.0f} µs of the sealer's CPU each")
    if not quick:
        write(Part.LEDGER, found, rounds=rounds, delays=delays, sealed=sealed, verified=verified, flooded=flooded)


def build(of: Ground, *, quick: bool) -> None:
    """A console with its logins and tokens, the tiny address among its own."""
    of.run("manage.py", "migrate", "--verbosity", "0")
    small = {"BENCH_QUICK": "1"} if quick else {}
    of.run("-m", "tests.bench.console_ground", DJANGO_SETTINGS_MODULE=SETTINGS[CONSOLE], **small)


# --- what sealing adds --------------------------------------------------------------------------------------------


def sealing_rounds(of: Ground, database: psycopg.Connection, plan: Plan) -> list[dict[str, dict[str, float]]]:
    """In each round a block of calls with sealing and one without, which take turns at being first."""
    rounds = []
    caller = Child(of, CONSOLE)
    with program(of, "-m", "tests.bench.sealer", PGAPPNAME="sealer") as sealer:
        wait_until_sealed(database)
        for number in range(plan.rounds):
            found = {}
            for is_sealed in (True, False) if number % 2 else (False, True):
                switch(database, sealer, on=is_sealed)
                found["sealed" if is_sealed else "control"] = sealing_block(caller, database, sealer, plan, is_sealed)
            rounds.append(found)
        switch(database, sealer, on=True)
    caller.close()
    return rounds


def sealing_block(
    caller: Child, database: psycopg.Connection, sealer: subprocess.Popen[bytes], plan: Plan, is_sealed: bool
) -> dict[str, float]:
    """Seconds of a call; ``sealing`` is what the sealer and its backend spent for each entry of the block.

    The calls before the measured ones give the sealer something to do from the first of these on.
    """
    spent, size = sealer_cpu(database, sealer), ledger_size(database)
    caller.ask(CONSOLE, plan.warming)
    block: dict[str, float] = caller.ask(CONSOLE, plan.calls)
    if is_sealed:
        wait_until_sealed(database)
    sealed = ledger_size(database) - size
    return {**block, "sealing": (sealer_cpu(database, sealer) - spent) / sealed if sealed else 0.0}


def switch(database: psycopg.Connection, sealer: subprocess.Popen[bytes], *, on: bool) -> None:
    """Entries are queued and sealed, or neither. The sealer is stopped between two passes, when it holds nothing."""
    database.execute(f"ALTER TABLE audit_entry {'ENABLE' if on else 'DISABLE'} TRIGGER {QUEUED}")
    sealer.send_signal(signal.SIGCONT)
    wait_until_sealed(database)
    while not on and in_a_pass(database):
        time.sleep(0.02)
    if not on:
        sealer.send_signal(signal.SIGSTOP)


def in_a_pass(database: psycopg.Connection) -> bool:
    asked = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'sealer' AND state <> 'idle'"
    return database.execute(asked).fetchone() is not None


def wait_until_sealed(database: psycopg.Connection) -> None:
    while database.execute("SELECT 1 FROM audit_pendingseal LIMIT 1").fetchone():
        time.sleep(0.05)


def ledger_size(database: psycopg.Connection) -> int:
    row = database.execute("SELECT size FROM audit_head").fetchone()
    return int(row[0]) if row else 0


def sealer_cpu(database: psycopg.Connection, sealer: subprocess.Popen[bytes]) -> float:
    backends = database.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'sealer'").fetchall()
    return sum(cpu_of(pid) for pid in (sealer.pid, *(pid for (pid,) in backends)))


def cpu_of(pid: int) -> float:
    """Seconds of a process of one thread."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


# --- how soon, how fast, and under a flood ------------------------------------------------------------------------


def sealing_delays(of: Ground, database: psycopg.Connection, plan: Plan) -> dict[str, float]:
    """Seconds from an entry to the checkpoint that covers it, with the whole worker beside a pace of calls."""
    caller = Child(of, CONSOLE)
    caller.ask(CONSOLE, 200)
    with program(of, "manage.py", "worker"):
        wait_until_sealed(database)
        before, starts = ledger_size(database), time.monotonic()
        for turn in range(int(plan.under_load / STEP)):
            time.sleep(max(0.0, starts + turn * STEP - time.monotonic()))
            caller.ask(CONSOLE, int(PACE * STEP))
        spent = time.monotonic() - starts
        wait_until_sealed(database)
        time.sleep(0.5)  # the checkpoint follows
    caller.close()
    (p50, p99, longest), count = database.execute(DELAYS, [before]).fetchone() or ((), 0)
    return {"p50": p50, "p99": p99, "longest": longest, "entries": count, "pace": count / spent}


def flooded_rounds(of: Ground, plan: Plan, rounds: int = 3) -> list[dict[str, float]]:
    """Valid calls at a pace that leaves the machine room, alone and beside strings that are no tokens of ours."""
    [variant] = variants_in(of.folder / "data" / f"{CONSOLE}.json").values()
    valid = requests_of(variant, of.port)
    strings = [forged(variant.authorizations[0]) if number % 2 else token_urlsafe(40) for number in range(4_000)]
    invalid = requests_of(Variant("invalid", variant.path, [f"Bearer {text}" for text in strings]), of.port)
    found = []
    with of.served(DJANGO_SETTINGS_MODULE=SETTINGS[CONSOLE]):
        paced(of.port, valid, rate=VALID, seconds=2)
        for _round in range(rounds):
            alone = paced(of.port, valid, rate=VALID, seconds=plan.flooded)
            with flood(of.port, invalid, rate=FLOOD, seconds=plan.flooded) as sent:
                beside = paced(of.port, valid, rate=VALID, seconds=plan.flooded)
            if alone.refused or beside.refused:
                raise AssertionError("a valid call was refused")
            found.append({"p50": alone.p50, "p99": alone.p99, "flooded_p50": beside.p50, "flooded_p99": beside.p99,
                          "strings": sent[0] / plan.flooded})  # fmt: skip
    return found


def forged(authorization: str) -> str:
    """A JWT of this console with another signature: nothing is dearer to refuse."""
    return authorization.removeprefix("Bearer ").rpartition(".")[0] + "." + token_urlsafe(64)


@contextmanager
def program(of: Ground, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with (of.folder / "programs.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env={**of.environment, **environment}, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        os.kill(process.pid, signal.SIGCONT)
        process.terminate()
        process.wait(timeout=30)


def figures(
    rounds: Sequence[dict[str, dict[str, float]]],
    delays: dict[str, float],
    verified: dict[str, list[dict[str, float]]],
    flooded: Sequence[dict[str, float]],
) -> list[Measured]:
    wall = [one["sealed"]["wall"] / one["control"]["wall"] for one in rounds]
    cpu = [(all_cpu(one["sealed"]) + one["sealed"]["sealing"]) / all_cpu(one["control"]) for one in rounds]
    seconds = f"median {delays['p50']:.2g} s, longest {delays['longest']:.2g} s"
    told = f"{delays['entries']:,.0f} entries at {delays['pace']:.0f}/s; {seconds}"
    slower = [one["flooded_p50"] / one["p50"] for one in flooded]
    return [
        figure("sealing_cost", wall),
        figure("sealing_cpu", cpu),
        Measured("sealing_delay", delays["p99"], told),
        verifying("verify_rate", verified["postgresql"]),
        verifying("verify_rate_sqlite", verified["sqlite"]),
        Measured("flood_of_strings", median(slower), flooding(flooded)),
    ]


def verifying(name: str, found: Sequence[dict[str, float]]) -> Measured:
    rates = [one["rate"] for one in found]
    return Measured(name, median(rates), f"{found[0]['entries']:,.0f} entries; {min(rates):,.0f} to {max(rates):,.0f}")


def flooding(found: Sequence[dict[str, Any]]) -> str:
    middle = {name: median(one[name] for one in found) for name in found[0]}
    return (
        f"p50 {middle['p50']:.2g} ms and {middle['flooded_p50']:.2g} ms, p99 {middle['p99']:.2g} ms and "
        f"{middle['flooded_p99']:.2g} ms, {middle['strings']:.0f} strings a second"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
