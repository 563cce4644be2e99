"""What an admitted call costs inside a process, beside what the same tiny answer costs behind other libraries."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from tests.bench.figures import ROOT, Measured, Part, write
from tests.bench.ground import Ground, ground

CONSOLE, NONE, TOKEN = "console", "none", "token"
SETTINGS = {"console": "tests.bench.console_settings", "peers": "tests.bench.peers_settings"}
PROGRAMS = {
    CONSOLE: "console",
    **dict.fromkeys((NONE, TOKEN, "knox", "simplejwt", "oauth", "key"), "peers"),
}
"""Which program answers each variant."""
NAMES = {
    CONSOLE: "this console: checked, admitted and recorded",
    NONE: "DRF without authentication",
    TOKEN: "DRF TokenAuthentication",
    "knox": "django-rest-knox",
    "simplejwt": "simplejwt",
    "oauth": "django-oauth-toolkit",
    "key": "djangorestframework-api-key",
}


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int
    requests: int
    warming: int


FULL, QUICK = Plan(rounds=25, requests=100, warming=400), Plan(rounds=3, requests=20, warming=200)


class Child:
    """A process that calls one program; idle while it is not asked."""

    def __init__(self, of: Ground, program: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.caller", str(of.folder / "data" / f"{program}.json")],
            cwd=ROOT, env={**of.environment, "DJANGO_SETTINGS_MODULE": SETTINGS[program]},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, variant: str, requests: int, **more: Any) -> Any:
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("no pipes")
        self.process.stdin.write(json.dumps({"variant": variant, "requests": requests, **more}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def build(of: Ground, *, quick: bool) -> None:
    """The console's database and the peers', with the same numbers of logins and tokens."""
    small = {"BENCH_QUICK": "1"} if quick else {}
    of.run("manage.py", "migrate", "--verbosity", "0")
    for program, settings in SETTINGS.items():
        of.run("-m", f"tests.bench.{program}_ground", DJANGO_SETTINGS_MODULE=settings, **small)


@contextmanager
def children(of: Ground) -> Iterator[Mapping[str, Child]]:
    with ExitStack() as stack:
        found = {}
        for program in SETTINGS:
            found[program] = Child(of, program)
            stack.callback(found[program].close)
        yield found


Blocks = Mapping[str, Sequence[Mapping[str, float]]]
"""By variant, what its block of each round cost; seconds of a call."""


def measured_rounds(of: Mapping[str, Child], plan: Plan) -> Blocks:
    """Variants take turns in every round, and turns at being first."""
    variants = list(PROGRAMS)
    for variant in variants:
        of[PROGRAMS[variant]].ask(variant, plan.warming)
    blocks: dict[str, list[Mapping[str, float]]] = {variant: [] for variant in variants}
    for number in range(plan.rounds):
        first = number % len(variants)
        for variant in variants[first:] + variants[:first]:
            blocks[variant].append(of[PROGRAMS[variant]].ask(variant, plan.requests))
    return blocks


def wall(block: Mapping[str, float]) -> float:
    return block["wall"]


def all_cpu(block: Mapping[str, float]) -> float:
    """Of client and server together."""
    return block["cpu"] + block["server"]


def ratios(blocks: Blocks, of: str, to: str, cost: Any) -> list[float]:
    """Round by round, so that what disturbs a round disturbs both."""
    return [cost(one) / cost(other) for one, other in zip(blocks[of], blocks[to], strict=True)]


def figure(name: str, values: Sequence[float]) -> Measured:
    low, *_rest, high = quantiles(values, n=10) if len(values) > 2 else (min(values), max(values))
    return Measured(name, median(values), f"p10 {low:.2f}, p90 {high:.2f}, {len(values)} paired rounds")


def summary(blocks: Blocks, statements: Mapping[str, list[int]]) -> list[dict[str, Any]]:
    """A line for each variant: microseconds, and ratios to the two that the others are known by."""
    found = []
    for variant, of_variant in blocks.items():
        walls = sorted(wall(block) * 1e6 for block in of_variant)
        found.append(
            {
                "variant": NAMES[variant],
                "statements": median(statements[variant]),
                "wall": round(median(walls)),
                "wall_p10": round(walls[len(walls) // 10]),
                "wall_range": [round(walls[0]), round(walls[-1])],
                "cpu": round(median(block["cpu"] for block in of_variant) * 1e6),
                "server": round(median(block["server"] for block in of_variant) * 1e6),
                "wall_of_none": round(median(ratios(blocks, variant, NONE, wall)), 2),
                "wall_of_token": round(median(ratios(blocks, variant, TOKEN, wall)), 2),
                "cpu_of_none": round(median(ratios(blocks, variant, NONE, all_cpu)), 2),
                "cpu_of_token": round(median(ratios(blocks, variant, TOKEN, all_cpu)), 2),
            }
        )
    return found


def measure(vendor: str, *, quick: bool) -> tuple[Blocks, Mapping[str, list[int]]]:
    plan = QUICK if quick else FULL
    with ground(vendor) as of:
        build(of, quick=quick)
        with children(of) as programs:
            blocks = measured_rounds(programs, plan)
            # The console marks a token's use once a minute: the turn before leaves nothing to mark.
            programs["console"].ask(CONSOLE, 200)
            statements = {variant: programs[of].ask(variant, 100, wire=True) for variant, of in PROGRAMS.items()}
    return blocks, statements


def figures(found: Mapping[str, tuple[Blocks, Mapping[str, list[int]]]]) -> list[Measured]:
    on_postgresql, statements = found["postgresql"]
    on_sqlite, _statements = found["sqlite"]
    sent = statements[CONSOLE]
    return [
        figure("call_cpu_of_token", ratios(on_postgresql, CONSOLE, TOKEN, all_cpu)),
        figure("call_wall_of_none", ratios(on_postgresql, CONSOLE, NONE, wall)),
        figure("call_sqlite_wall_of_token", ratios(on_sqlite, CONSOLE, TOKEN, wall)),
        Measured("call_statements", max(sent), f"each of {len(sent)} calls, read on the wire"),
    ]


def told(vendor: str, lines: list[dict[str, Any]]) -> str:
    heads = ["variant", "statements", "wall", "wall_p10", "cpu", "server", "wall_of_none", "wall_of_token",
             "cpu_of_none", "cpu_of_token"]  # fmt: skip
    rows = [f"| {vendor}: " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    rows += ["| " + " | ".join(f"{line[head]}" for head in heads) + " |" for line in lines]
    return "\n".join(rows)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few of everything: whether it runs, not what it costs")
    options = parser.parse_args(arguments)
    found = {vendor: measure(vendor, quick=options.quick) for vendor in ("postgresql", "sqlite")}
    tables = {vendor: summary(*of) for vendor, of in found.items()}
    for vendor, lines in tables.items():
        print(told(vendor, lines), flush=True)
    for one in figures(found):
        print(f"{one.name}: {one.value:.3g} ({one.note})")
    if not options.quick:
        write(Part.CALLS, figures(found), **tables)


if __name__ == "__main__":
    main(sys.argv[1:])
