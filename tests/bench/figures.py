"""What is measured, what it must be, and how a run tells it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "var" / "bench"


class Part(StrEnum):
    CALLS = "calls"
    SERVED = "served"
    REPORTS = "reports"
    GRIDS = "grids"
    GROWTH = "growth"
    LEDGER = "ledger"
    START = "start"


class Verdict(StrEnum):
    GOAL = "reaches the goal"
    PASS = "passes"
    SHORT = "SHORT"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``must`` and ``goal`` bound the value from above, or from below for ``at_least``."""

    part: Part
    what: str
    unit: str
    must: float | None = None
    goal: float | None = None
    at_least: bool = False

    def verdict(self, value: float) -> Verdict:
        if self.must is None:
            return Verdict.NONE
        if self._holds(value, self.must if self.goal is None else self.goal):
            return Verdict.PASS if self.goal is None else Verdict.GOAL
        return Verdict.PASS if self._holds(value, self.must) else Verdict.SHORT

    def _holds(self, value: float, bound: float) -> bool:
        return value >= bound if self.at_least else value <= bound


# Every figure that a part may tell, by its name. tests/test_bench.py compares this with what the parts measure.
FIGURES: Mapping[str, Figure] = {
    "call_cpu_of_token": Figure(
        Part.CALLS, "Admitted call, PostgreSQL, CPU of client and server ÷ DRF TokenAuthentication", "×", 0.50, 0.40
    ),
    "call_wall_of_none": Figure(
        Part.CALLS, "the same, wall ÷ DRF without authentication (a lean JSON view)", "×", 2.5, 1.9
    ),
    "call_sqlite_wall_of_token": Figure(
        Part.CALLS, "Admitted call, SQLite, wall ÷ DRF TokenAuthentication", "×", 0.75, 0.50
    ),
    "call_statements": Figure(Part.CALLS, "SQL statements of an admitted call", "", 1, None),
    "served_of_token": Figure(
        Part.SERVED, "Requests/s end to end, PostgreSQL ÷ DRF TokenAuthentication", "×", 1.4, 2.2, at_least=True
    ),
    "served_of_simplejwt": Figure(Part.SERVED, "the same ÷ simplejwt", "×", 1.4, 2.2, at_least=True),
    "served_of_knox": Figure(Part.SERVED, "the same ÷ knox", "×", 2.0, 3.3, at_least=True),
    "report_json_of_list": Figure(
        Part.REPORTS,
        "Report of 1,000,000 rows, PostgreSQL, JSON rows/s ÷ DRF serializer list",
        "×",
        6,
        9,
        at_least=True,
    ),
    "report_csv_of_list": Figure(Part.REPORTS, "the same as CSV", "×", 10, 14, at_least=True),
    "report_first_byte": Figure(Part.REPORTS, "its first byte", "ms", 100, 20),
    "report_memory": Figure(Part.REPORTS, "its growth of memory", "MB", 32, 10),
    "report_beside_calls": Figure(
        Part.REPORTS, "p99 of 8 clients' calls while it streams ÷ p99 without", "×", 2.0, None
    ),
    "grid_sql": Figure(Part.GRIDS, "A page of a log grid, 5,000,000 entries, worst usual filter: SQL", "ms", 5, 1),
    "grid_page": Figure(Part.GRIDS, "the same: whole page", "ms", 150, 60),
    "grid_combination_sql": Figure(Part.GRIDS, "the worst combination of filters: SQL", "ms", 60, None),
    "growth_rate": Figure(
        Part.GROWTH, "Requests/s end to end with millions of entries ÷ with 1,000 entries", "×", at_least=True
    ),
    "growth_cpu": Figure(Part.GROWTH, "Admitted call in a process, CPU of client and server, the same", "×"),
    "workers_2_of_1": Figure(Part.GROWTH, "Requests/s with 2 web workers ÷ with 1", "×", at_least=True),
    "workers_4_of_1": Figure(Part.GROWTH, "the same with 4", "×", at_least=True),
    "mixed_p50": Figure(Part.GROWTH, "Median of 8 clients' calls beside pages, a report and sealing ÷ alone", "×"),
    "mixed_p99": Figure(Part.GROWTH, "their p99", "×"),
    "export_p50": Figure(Part.GROWTH, "Median of 8 clients' calls beside the export of a log of millions ÷ alone", "×"),
    "export_p99": Figure(Part.GROWTH, "their p99", "×"),
    "sealing_cost": Figure(Part.LEDGER, "Admitted call with sealing ÷ without", "×", 1.10, None),
    "sealing_cpu": Figure(Part.LEDGER, "the same, CPU of client, server and sealer", "×"),
    "sealing_delay": Figure(Part.LEDGER, "Time to seal under load, p99", "s", 5, 2),
    "verify_rate": Figure(Part.LEDGER, "Entries verified, PostgreSQL", "/s", 30_000, None, at_least=True),
    "verify_rate_sqlite": Figure(Part.LEDGER, "the same, SQLite", "/s", 30_000, None, at_least=True),
    "flood_of_strings": Figure(
        Part.LEDGER, "Valid calls beside 1,000 invalid strings a second, median time ÷ without", "×", 1.20, None
    ),
    "make_run": Figure(Part.START, "`make run` from a clean checkout to a page that answers", "s", 60, 30),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with what a reader wants to know of it, such as its spread and the number of rounds."""

    name: str
    value: float
    note: str = ""


def write(part: Part, measured: Iterable[Measured], **rest: object) -> None:
    """Keep what a part found in var/bench/PART.json. ``rest`` is whatever else a reader may want to see, as JSON."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = {"figures": [asdict(one) for one in measured], **rest}
    (FOLDER / f"{part}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def kept() -> dict[str, Measured]:
    """What the parts that ran so far found."""
    files = (FOLDER / f"{part}.json" for part in Part)
    figures = (one for file in files if file.exists() for one in json.loads(file.read_text())["figures"])
    return {one["name"]: Measured(**one) for one in figures}


def table(measured: Mapping[str, Measured], *, whole: bool = True) -> str:
    """Markdown: every figure with its bound, goal and verdict; if ``whole``, also those that were not measured."""
    lines = ["| What | Measured | Must | Goal | |", "| --- | ---: | ---: | ---: | --- |"]
    for name, figure in FIGURES.items():
        bound = "≥ " if figure.at_least else "≤ "
        must, goal = (f"{bound}{number(value)}" if value is not None else "" for value in (figure.must, figure.goal))
        if name in measured:
            value, verdict = (
                f"{number(measured[name].value)} {figure.unit}".strip(),
                figure.verdict(measured[name].value),
            )
        elif whole:
            value, verdict = "not measured", Verdict.NONE
        else:
            continue
        lines.append(f"| {figure.what} | {value} | {must} | {goal} | {verdict} |")
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
