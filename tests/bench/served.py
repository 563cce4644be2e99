"""What clients get end to end from the console as it is started, beside the peers behind the same web server."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from config.supervisor import web_command
from tests.bench.calls import CONSOLE, NAMES, NONE, SETTINGS, TOKEN, build
from tests.bench.figures import ROOT, Measured, Part, write
from tests.bench.ground import Ground, ground
from tests.bench.load import Load, load, requests_of
from tests.bench.tiny import Variant, variants_in
from tests.servers import wait_for
from tests.settings import free_port

WORKERS = 2  # as many as the console starts by default; tests/test_bench.py compares
SEALING = "sealing"
CALMS_SECONDS = 0.5
"""Between one load and the next: what the last one left behind is done meanwhile."""


@dataclass(frozen=True, slots=True)
class Plan:
    repetitions: int
    seconds: float
    clients: int = 8


FULL, QUICK = Plan(repetitions=3, seconds=3), Plan(repetitions=1, seconds=0.5)


@dataclass(frozen=True, slots=True)
class Served:
    """A program that answers at a port, and its variants."""

    port: int
    variants: Mapping[str, Variant]


@contextmanager
def web(of: Ground, program: str) -> Iterator[Served]:
    """The program behind the console's web server, by the command line that ``manage.py serve`` gives it."""
    port = free_port()
    command = web_command("127.0.0.1", port, workers=WORKERS)
    if program != CONSOLE:
        command[-1] = f"tests.bench.{program}_wsgi:application"
    environment = {**of.environment, "DJANGO_SETTINGS_MODULE": SETTINGS[program]}
    log = of.folder / f"{program}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", process, log)
        yield Served(port, variants_in(of.folder / "data" / f"{program}.json"))
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def worker(of: Ground) -> Iterator[None]:
    """The console's background worker, which seals what is recorded, on the same cores."""
    environment = {**of.environment, "DJANGO_SETTINGS_MODULE": SETTINGS[CONSOLE]}
    process = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def turns(programs: Sequence[Served], plan: Plan, names: Sequence[str]) -> Mapping[str, list[Load]]:
    """The variants' loads, in turn; each variant is warmed up at its first."""
    at = {name: (of.port, requests_of(variant, of.port)) for of in programs for name, variant in of.variants.items()}
    found: dict[str, list[Load]] = {name: [] for name in names}
    for number in range(-1, plan.repetitions):
        first = number % len(names)
        for name in [*names[first:], *names[:first]]:
            port, requests = at[name]
            seconds = min(plan.seconds, 0.5) if number < 0 else plan.seconds
            got = load(port, requests, clients=plan.clients, seconds=seconds)
            if got.refused:
                raise AssertionError(f"{name}: {got.refused} answers were not 200")
            if number >= 0:
                found[name].append(got)
            time.sleep(CALMS_SECONDS)
    return found


def measure(vendor: str, *, quick: bool) -> Mapping[str, list[Load]]:
    plan = QUICK if quick else FULL
    with ground(vendor) as of:
        build(of, quick=quick)
        with ExitStack() as stack:
            programs = [stack.enter_context(web(of, program)) for program in SETTINGS]
            found = dict(turns(programs, plan, list(NAMES)))
            with worker(of):
                time.sleep(2)  # until it is there, and has sealed most of what was recorded so far
                found[SEALING] = turns(programs, plan, [CONSOLE])[CONSOLE]
    return found


def ratio(loads: Mapping[str, list[Load]], of: str, to: str) -> list[float]:
    return [one.rate / other.rate for one, other in zip(loads[of], loads[to], strict=True)]


def figure(loads: Mapping[str, list[Load]], name: str, to: str) -> Measured:
    values = ratio(loads, CONSOLE, to)
    spread = f"from {min(values):.2f} to {max(values):.2f} in {len(values)} repetitions"
    return Measured(name, median(values), f"{spread}; 8 clients, {WORKERS} workers, {os.cpu_count()} cores for all")


def figures(found: Mapping[str, Mapping[str, list[Load]]]) -> list[Measured]:
    loads = found["postgresql"]
    return [figure(loads, f"served_of_{to}", to) for to in (TOKEN, "simplejwt", "knox")]


def summary(loads: Mapping[str, list[Load]]) -> list[dict[str, Any]]:
    names = {**NAMES, SEALING: f"{NAMES[CONSOLE]}, while the worker seals"}
    return [
        {
            "variant": names[name],
            "rate": round(median(one.rate for one in of)),
            "p50": round(median(one.p50 for one in of), 2),
            "p99": round(median(one.p99 for one in of), 2),
            "rate_of_token": round(median(ratio(loads, name, TOKEN)), 2),
            "rate_of_none": round(median(ratio(loads, name, NONE)), 2),
        }
        for name, of in loads.items()
    ]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few of everything: whether it runs, not what it gives")
    options = parser.parse_args(arguments)
    found = {vendor: measure(vendor, quick=options.quick) for vendor in ("postgresql", "sqlite")}
    tables = {vendor: summary(loads) for vendor, loads in found.items()}
    for vendor, lines in tables.items():
        print(f"| {vendor} | requests/s | p50 ms | p99 ms | ÷ token | ÷ none |\n| --- |" + " ---: |" * 5)
        for line in lines:
            print("| " + " | ".join(str(value) for value in line.values()) + " |")
    for one in figures(found):
        print(f"{one.name}: {one.value:.3g} ({one.note})")
    if not options.quick:
        write(Part.SERVED, figures(found), **tables)


if __name__ == "__main__":
    main(sys.argv[1:])
