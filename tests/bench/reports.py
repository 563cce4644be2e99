"""A report of 1,000,000 rows through the socket of the served console, beside a DRF list view of the same table.

``python -m tests.bench.reports [--quick]``
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from statistics import median

import psycopg

from config.supervisor import web_command
from tests.bench.figures import ROOT, Measured, Part, write
from tests.bench.ground import Ground, ground
from tests.bench.load import load, requests_of
from tests.bench.reading import Read, processes_below, read
from tests.bench.tiny import Variant
from tests.servers import wait_for
from tests.settings import free_port

SERIES = {
    "postgresql": "SELECT generate_series(1, {rows}) AS g",
    "sqlite": "WITH RECURSIVE n(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM n WHERE g < {rows}) SELECT g FROM n",
}
CELLS = {
    "postgresql": "date '2026-01-01' + g % 365, round(g % 100000 * 0.37, 2), 'Note ' || md5(g::text)",
    "sqlite": "date('2026-01-01', '+' || (g % 365) || ' days'), g % 100000 * 0.37, 'Note ' || hex(zeroblob(16))",
}
TABLE = """
CREATE TABLE readings (number integer PRIMARY KEY, meter text NOT NULL, day date NOT NULL,
    amount numeric(12, 2) NOT NULL, note text NOT NULL);
INSERT INTO readings SELECT g, 'Meter ' || g % 1000, {cells} FROM ({series}) AS numbers
"""
FILE = """\
-- id: 2001
-- title: Readings
-- organisation: {organisation}
-- order: number
-- parameter: Most; integer
SELECT number, meter, day, amount, note FROM readings WHERE (:Most IS NULL OR number <= :Most);
"""
LIST, JSON, CSV, WORKBOOK = "DRF Serializer(many=True)", "JSON", "CSV", "XLSX"
REPORT = "/api/data/Readings"
PATHS = {
    JSON: f"{REPORT}?format=json", "NDJSON": f"{REPORT}?format=ndjson", CSV: f"{REPORT}?format=csv",
    "JSON, gzip": f"{REPORT}?format=json", WORKBOOK: f"{REPORT}?format=xlsx", LIST: "/readings",
}  # fmt: skip
ONCE = {WORKBOOK}  # it takes long, is held against nothing, and is the same whatever the database
CALLERS = 8


@dataclass(frozen=True, slots=True)
class Plan:
    rows: int
    rounds: Mapping[str, int]
    pairs: Mapping[str, int]
    seconds: float


FULL = Plan(1_000_000, {"postgresql": 3, "sqlite": 1}, pairs={"postgresql": 7, "sqlite": 3}, seconds=3)
QUICK = Plan(20_000, {"postgresql": 1, "sqlite": 1}, pairs={"postgresql": 1, "sqlite": 1}, seconds=0.5)


@dataclass(frozen=True, slots=True)
class Served:
    """The console and the peer, at their ports; whoever they are is warm."""

    console: int
    peer: int
    jwt: str
    processes: Sequence[int]

    def read(self, what: str, *, most: int | None = None) -> Read:
        headers = {"Authorization": f"Bearer {self.jwt}"}
        if "gzip" in what:
            headers["Accept-Encoding"] = "gzip"
        if what == LIST:
            return read(self.peer, PATHS[what], {})
        path = PATHS[what] + (f"&Most={most}" if most else "")
        return read(self.console, path, headers, watched=self.processes)


def publish(of: Ground, rows: int) -> str:
    """Make the table in a database of its own; the address of that."""
    text = TABLE.format(cells=CELLS[of.vendor], series=SERIES[of.vendor].format(rows=rows))
    if of.server is None:
        path = of.folder / "published.sqlite3"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(text)
        return f"sqlite:///{path}"
    with psycopg.connect(of.server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE published")
    url = of.server.url.replace("/postgres?", "/published?")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(text)
        connection.execute("VACUUM ANALYZE")
    return url


@contextmanager
def served(of: Ground, rows: int) -> Iterator[Served]:
    of.environment["REPORTS_DATABASE_URL"] = publish(of, rows)
    of.run("manage.py", "migrate", "--verbosity", "0")
    made = json.loads(of.run("-m", "tests.bench.reports_ground"))
    folder = of.folder / "data" / "reports"
    folder.mkdir(exist_ok=True)
    (folder / "Readings.sql").write_text(FILE.format(organisation=made["organisation"]))
    with peer(of) as port, of.served(REPORTS_DIR=str(folder)) as console:
        time.sleep(2)  # a file that has just changed waits; the console's worker begins
        found = Served(of.port, port, made["jwt"], processes_below(console.pid))
        for what in PATHS:
            for _worker in range(4 if what != LIST else 0):
                found.read(what, most=min(5_000, rows))
        yield found


@contextmanager
def peer(of: Ground) -> Iterator[int]:
    """The list view behind the console's own web server, by the command line that ``manage.py serve`` gives it."""
    port, log = free_port(), of.folder / "peer.log"
    command = [*web_command("127.0.0.1", port, workers=2)[:-1], "tests.bench.reports_peer_wsgi:application"]
    environment = {**of.environment, "DJANGO_SETTINGS_MODULE": "tests.bench.reports_peer_settings"}
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        wait_for(f"http://localhost:{port}/healthz", process, log)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def rounds(of: Served, plan: Plan, vendor: str) -> Mapping[str, list[Read]]:
    found: dict[str, list[Read]] = {what: [] for what in PATHS}
    names = list(PATHS)
    for number in range(plan.rounds[vendor]):
        for what in [*names[number:], *names[:number]]:
            if what not in ONCE or (vendor == "postgresql" and not found[what]):
                found[what].append(of.read(what))
                time.sleep(0.5)
    return {what: reads for what, reads in found.items() if reads}


def keep_reading(of: Served) -> None:
    while True:
        of.read(JSON)


def beside_calls(of: Served, plan: Plan, vendor: str) -> list[tuple[float, float]]:
    """The p99 of the callers without and with a report on its way, in milliseconds, pair by pair."""
    requests = requests_of(Variant("meta", "/api/meta", [f"Bearer {of.jwt}"]), of.console)
    load(of.console, requests, clients=CALLERS, seconds=plan.seconds)
    found = []
    for number in range(plan.pairs[vendor]):
        pair: dict[bool, float] = {}
        for with_report in (number % 2 == 0, number % 2 == 1):
            reader = multiprocessing.get_context("fork").Process(target=keep_reading, args=(of,), daemon=True)
            if with_report:
                reader.start()
                time.sleep(0.3)
            got = load(of.console, requests, clients=CALLERS, seconds=plan.seconds)
            if with_report:
                reader.terminate()
                reader.join()
            if got.refused:
                raise AssertionError(f"{got.refused} calls were not answered with 200")
            pair[with_report] = got.p99
            time.sleep(0.5)
        found.append((pair[False], pair[True]))
    return found


def measure(vendor: str, plan: Plan) -> tuple[Mapping[str, list[Read]], list[tuple[float, float]]]:
    with ground(vendor) as of, served(of, plan.rows) as standing:
        return rounds(standing, plan, vendor), beside_calls(standing, plan, vendor)


def ratio(name: str, found: Mapping[str, list[Read]], what: str) -> Measured:
    values = [other.seconds / one.seconds for one, other in zip(found[what], found[LIST], strict=True)]
    return Measured(name, median(values), f"from {min(values):.1f} to {max(values):.1f} in {len(values)} rounds")


def figures(found: Mapping[str, list[Read]], pairs: Sequence[tuple[float, float]]) -> list[Measured]:
    flowing = {what: reads for what, reads in found.items() if what not in {LIST, WORKBOOK}}
    first = {what: median(one.first_byte for one in reads) * 1e3 for what, reads in flowing.items()}
    grown = {what: max(one.grown for one in reads) / 1e6 for what, reads in found.items() if what != LIST}
    beside = [with_report / without for without, with_report in pairs]
    return [
        ratio("report_json_of_list", found, JSON),
        ratio("report_csv_of_list", found, CSV),
        Measured("report_first_byte", max(first.values()), told(first, "ms")),
        Measured("report_memory", max(grown.values()), told(grown, "MB")),
        Measured(
            "report_beside_calls", median(beside),
            f"from {min(beside):.2f} to {max(beside):.2f} in {len(beside)} pairs; "
            f"{median(pair[0] for pair in pairs):.1f} ms without, {median(pair[1] for pair in pairs):.1f} ms with",
        ),
    ]  # fmt: skip


def told(values: Mapping[str, float], unit: str) -> str:
    return ", ".join(f"{what} {value:.1f} {unit}" for what, value in values.items())


def summary(found: Mapping[str, list[Read]], rows: int) -> list[dict[str, object]]:
    slow = median(one.seconds for one in found[LIST])
    return [
        {
            "form": what,
            "rows_per_second": round(rows / median(one.seconds for one in reads)),
            "of_list": round(slow / median(one.seconds for one in reads), 1),
            "first_byte_ms": round(median(one.first_byte for one in reads) * 1e3, 1),
            "memory_mb": round(max(one.grown for one in reads) / 1e6, 1) if what != LIST else None,
            "bytes": reads[0].length,
        }
        for what, reads in found.items()
    ]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few of everything: whether it runs, not what it gives")
    parser.add_argument("--only", choices=list(FULL.rounds), help="one database alone; nothing is kept")
    options = parser.parse_args(arguments)
    plan = QUICK if options.quick else FULL
    found = {vendor: measure(vendor, plan) for vendor in plan.rounds if options.only in {None, vendor}}
    for vendor, (reads, pairs) in found.items():
        print(f"| {vendor} | rows/s | ÷ list | first byte ms | memory MB | bytes |\n| --- |" + " ---: |" * 5)
        for line in summary(reads, plan.rows):
            print("| " + " | ".join(str(value) for value in line.values()) + " |")
        for one in figures(reads, pairs):
            name = one.name if vendor == "postgresql" else f"{vendor}, {one.name}"
            print(f"{name}: {one.value:.3g} ({one.note})")
    if not options.quick and not options.only:
        tables = {vendor: summary(reads, plan.rows) for vendor, (reads, _pairs) in found.items()}
        beside = {vendor: pairs for vendor, (_reads, pairs) in found.items()}
        write(Part.REPORTS, figures(*found["postgresql"]), beside=beside, cores=os.cpu_count(), **tables)


if __name__ == "__main__":
    main(sys.argv[1:])
