"""Part ``growth``: calls as the ledger and the number of workers grow, and calls beside everything else at once.

``python -m tests.bench.growth [--quick | --whole]``: up to 3,000,000 entries, or with ``--whole`` to 10,000,000, which
takes minutes more. PostgreSQL; databases of all sizes stand in one server, so that they can take turns.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import asdict, dataclass
from statistics import median
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.bench.beside import Deed, beside, reader, visitor
from tests.bench.calls import CONSOLE, SETTINGS, Child, all_cpu, figure, wall
from tests.bench.figures import Measured, Part, write
from tests.bench.ground import Ground, ground
from tests.bench.ledger import build
from tests.bench.load import Load, load, requests_of
from tests.bench.tiny import variants_in
from tests.settings import free_port

WORKERS = (1, 2, 4)
CALLERS, PEOPLE = 8, 2
PAGES = (
    "/administrator/token-logs", "/administrator/activity", "/login-activity", "/administrator/token-logs?result=fail",
    "/administrator/activity?activity=changes", "/administrator/tokens",
)  # fmt: skip
REPORT = "/api/data/TokenActivity"
EXPORT = "/administrator/token-logs?export=csv"
Pairs = list[dict[str, dict[str, float]]]
"""What eight callers met alone, and beside deeds; and how much of each was done."""
CALM = 0.5
"""Seconds between one load and the next, for what the last one left behind."""


@dataclass(frozen=True, slots=True)
class Plan:
    sizes: tuple[int, ...]
    rounds: int
    calls: int
    loads: int
    seconds: float


FULL = Plan((1_000, 100_000, 3_000_000), rounds=25, calls=200, loads=3, seconds=3)
WHOLE = Plan((1_000, 100_000, 10_000_000), rounds=25, calls=200, loads=3, seconds=3)
QUICK = Plan((1_000, 3_000, 10_000), rounds=3, calls=20, loads=1, seconds=1)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few of everything: whether it runs, not what it costs")
    parser.add_argument("--whole", action="store_true", help="up to 10,000,000 entries")
    options = parser.parse_args(arguments)
    plan = QUICK if options.quick else WHOLE if options.whole else FULL
    began = time.monotonic()
    with ground("postgresql") as of:
        build(of, quick=options.quick)
        stands = {size: stand(of, size) for size in plan.sizes}
        filled = time.monotonic() - began
        calls = rounds_of_calls(stands, plan)
        served = loads(of, stands, plan)
        middle = stands[plan.sizes[1]]
        workers = loads(of, {count: another_port(middle) for count in WORKERS}, plan, by_workers=True)
        mixed, exporting = mixed_loads(of, stands[plan.sizes[-1]], plan)
    found = figures(plan, calls, served, workers, mixed, exporting)
    for one in found:
        print(f"{one.name}: {one.value:.3g} ({one.note})")
    by_entries = [
        {
            "entries": size,
            "rate": round(median(one.rate for one in served[size])),
            "wall": round(median(map(wall, calls[size])) * 1e6),
            "cpu": round(median(map(all_cpu, calls[size])) * 1e6),
        }
        for size in plan.sizes
    ]
    by_workers = [
        {
            "workers": count,
            "rate": round(median(one.rate for one in of)),
            "p99": round(median(one.p99 for one in of), 1),
        }
        for count, of in workers.items()
    ]
    kept = {
        "entries": by_entries, "workers": by_workers, "mixed": mixed, "exporting": exporting,
        "filled_seconds": round(filled),
    }  # fmt: skip
    print(json.dumps(kept, indent=1))
    if not options.quick:
        write(Part.GROWTH, found, **kept)


# --- what is measured ---------------------------------------------------------------------------------------------


def stand(of: Ground, size: int) -> Ground:
    """A console with so many entries: a copy of the one that was built, with a folder and a database of its own."""
    name, url = f"entries_{size}", urlsplit(of.environment["DATABASE_URL"])
    with psycopg.connect(urlunsplit(url._replace(path="/template1")), autocommit=True) as database:
        database.execute(f"CREATE DATABASE {name} TEMPLATE postgres")
    made = another_port(of)
    made.folder = of.folder / name
    shutil.copytree(of.folder / "data", made.folder / "data")
    made.environment |= {
        "DATA_DIR": str(made.folder / "data"),
        "DATABASE_URL": urlunsplit(url._replace(path=f"/{name}")),
    }
    made.run("-m", "tests.bench.growth_inside", "fill", str(size))
    return made


def another_port(of: Ground) -> Ground:
    """The same console at another port; its JWTs are those of the first one's address."""
    made = copy(of)
    made.port = free_port()
    made.environment = {"PUBLIC_URL": of.url, **of.environment, "PORT": str(made.port)}
    return made


@contextmanager
def open_to_callers(of: Ground, **environment: str) -> Iterator[Ground]:
    with of.served(DJANGO_SETTINGS_MODULE=SETTINGS[CONSOLE], **environment):
        yield of


def sent_to(of: Ground) -> list[bytes]:
    """Requests to the tiny address, under the name that the console was built with."""
    [variant] = variants_in(of.folder / "data" / f"{CONSOLE}.json").values()
    return requests_of(variant, of.port)


def rounds_of_calls(stands: Mapping[int, Ground], plan: Plan) -> dict[int, list[dict[str, float]]]:
    """Inside a process for each size; the sizes take turns, and turns at being first."""
    with ExitStack() as stack:
        callers = {size: Child(of, CONSOLE) for size, of in stands.items()}
        for caller in callers.values():
            stack.callback(caller.close)
            caller.ask(CONSOLE, 2 * plan.calls)
        found: dict[int, list[dict[str, float]]] = {size: [] for size in stands}
        for number in range(plan.rounds):
            for size in turned(list(stands), number):
                found[size].append(callers[size].ask(CONSOLE, plan.calls))
    return found


def loads(of: Ground, stands: Mapping[int, Ground], plan: Plan, *, by_workers: bool = False) -> dict[int, list[Load]]:
    """End to end, all consoles up at once and only one of them called at a time."""
    requests, found = sent_to(of), {key: list[Load]() for key in stands}
    with ExitStack() as stack:
        for key, one in stands.items():
            stack.enter_context(open_to_callers(one, **({"WORKERS": str(key)} if by_workers else {})))
            load(one.port, requests, clients=CALLERS, seconds=1)
        for number in range(plan.loads):
            for key in turned(list(stands), number):
                time.sleep(CALM)
                found[key].append(whole(load(stands[key].port, requests, clients=CALLERS, seconds=plan.seconds)))
    return found


def mixed_loads(of: Ground, stood: Ground, plan: Plan) -> tuple[Pairs, Pairs]:
    """Eight callers alone, and beside two people in the logs and one large report; and beside the export of a log that
    holds everything. The worker seals in all of them.
    """
    requests, host = sent_to(of), {"Host": f"localhost:{of.port}"}
    there = json.loads(stood.run("-m", "tests.bench.growth_inside", "people", str(PEOPLE)))
    with open_to_callers(stood):
        deeds = {
            f"pages {number}": visitor(stood.port, PAGES, {**host, "Cookie": cookies})
            for number, cookies in enumerate(there["cookies"], 1)
        }
        deeds["report"] = reader(stood.port, REPORT, {**host, "Authorization": there["authorization"]})
        export = {"export": reader(stood.port, EXPORT, {**host, "Cookie": there["cookies"][0]})}
        load(stood.port, requests, clients=CALLERS, seconds=1)
        return in_turn(stood.port, requests, deeds, plan), in_turn(stood.port, requests, export, plan)


def in_turn(port: int, requests: list[bytes], deeds: Mapping[str, Deed], plan: Plan) -> Pairs:
    found: Pairs = []
    for _number in range(plan.loads + 2):
        time.sleep(CALM)
        alone = whole(load(port, requests, clients=CALLERS, seconds=plan.seconds))
        time.sleep(CALM)
        with beside(deeds) as done:
            time.sleep(CALM)
            mixed = whole(load(port, requests, clients=CALLERS, seconds=plan.seconds))
        found.append({"alone": asdict(alone), "mixed": asdict(mixed), "beside": dict(done)})
    return found


def turned(names: Sequence[int], number: int) -> list[int]:
    first = number % len(names)
    return [*names[first:], *names[:first]]


def whole(found: Load) -> Load:
    if found.refused:
        raise AssertionError(f"{found.refused} calls were refused")
    return found


def figures(
    plan: Plan,
    calls: Mapping[int, Sequence[dict[str, float]]],
    served: Mapping[int, Sequence[Load]],
    workers: Mapping[int, Sequence[Load]],
    mixed: Pairs,
    exporting: Pairs,
) -> list[Measured]:
    small, large = plan.sizes[0], plan.sizes[-1]
    sizes = f"{large:,} entries and {small:,}"
    cpu = [all_cpu(one) / all_cpu(other) for one, other in zip(calls[large], calls[small], strict=True)]
    return [
        told(figure("growth_cpu", cpu), sizes),
        told(rates("growth_rate", served[large], served[small]), sizes),
        rates("workers_2_of_1", workers[2], workers[1]),
        rates("workers_4_of_1", workers[4], workers[1]),
        beside_alone("mixed_p50", mixed),
        beside_alone("mixed_p99", mixed),
        beside_alone("export_p50", exporting),
        beside_alone("export_p99", exporting),
    ]


def rates(name: str, of: Sequence[Load], to: Sequence[Load]) -> Measured:
    found = [one.rate / other.rate for one, other in zip(of, to, strict=True)]
    note = f"{median(one.rate for one in of):,.0f}/s and {median(one.rate for one in to):,.0f}/s; {len(found)} rounds"
    return Measured(name, median(found), note)


def beside_alone(name: str, pairs: Pairs) -> Measured:
    _of, percentile = name.split("_")
    found = [pair["mixed"][percentile] / pair["alone"][percentile] for pair in pairs]
    return Measured(name, median(found), f"{min(found):.2f} to {max(found):.2f}, {len(found)} rounds in turn")


def told(measured: Measured, more: str) -> Measured:
    return Measured(measured.name, measured.value, f"{more}: {measured.note}")


if __name__ == "__main__":
    main(sys.argv[1:])
