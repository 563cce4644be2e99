"""Puts what the parts found last into the documents: plots in docs/img, tables between their marks.

A mark in a document is ``<!-- bench:NAME -->``; what stands from there to ``<!-- /bench -->`` is replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.figures import FIGURES, FOLDER, ROOT, Measured, Part, kept, number, table
from tests.bench.plots import Bar, Line, bars, lines

IMAGES = ROOT / "docs" / "img"
DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "performance.md")
MARKED = re.compile(r"(<!-- bench:(?P<name>\w+) -->\n).*?(<!-- /bench -->)", re.DOTALL)
Found = Mapping[str, Any]


def publish(folder: Path = FOLDER) -> list[Path]:
    """Write every plot, and every table between its marks; which files changed."""
    changed = write_plots(folder)
    texts = tables(folder)
    for document in DOCUMENTS:
        before = document.read_text()
        after = filled(before, texts)
        if after != before:
            document.write_text(after)
            changed.append(document)
    return changed


def write_plots(folder: Path = FOLDER, images: Path = IMAGES) -> list[Path]:
    """Those whose part has run; which files changed."""
    changed = []
    for part, named in PLOTS.items():
        if (found := found_by(part, folder)) is None:
            continue
        for name, draw in named.items():
            file, text = images / f"bench-{name}.svg", draw(found)
            if not file.exists() or file.read_text() != text:
                file.write_text(text)
                changed.append(file)
    return changed


def filled(document: str, texts: Mapping[str, str]) -> str:
    """The document with the texts between their marks. What was not measured stays as it is."""

    def replaced(match: re.Match[str]) -> str:
        text = texts.get(match["name"])
        return match[0] if text is None else f"{match[1]}\n{text.strip()}\n\n{match[3]}"

    return MARKED.sub(replaced, document)


def found_by(part: Part, folder: Path = FOLDER) -> Found | None:
    file = folder / f"{part}.json"
    return json.loads(file.read_text()) if file.exists() else None


# --- plots --------------------------------------------------------------------------------------------------------


def by_library(title: str, unit: str, *columns: str) -> Callable[[Found], str]:
    """The peers beside the console, in the order in which their part tells them."""

    def draw(found: Found) -> str:
        named = {row["variant"]: sum(row[column] for column in columns) for row in found["postgresql"]}
        return bars(title, unit, [Bar(short(name), value, is_ours(name)) for name, value in named.items()])

    return draw


def is_ours(variant: str) -> bool:
    return variant.startswith("this console")


def short(variant: str) -> str:
    """A name that has room beside a bar."""
    if not is_ours(variant):
        return variant
    return "this console, sealing" if "seals" in variant else "this console"


def by_entries(found: Found) -> str:
    rows = found["entries"]
    return lines(
        "Calls as the ledger grows", "admitted calls a second, PostgreSQL", "entries in the ledger",
        [
            Line("end to end, 8 clients", [(row["entries"], row["rate"]) for row in rows]),
            Line("one process, one after the other", [(row["entries"], 1e6 / row["wall"]) for row in rows]),
        ],
        log_x=True,
    )  # fmt: skip


def by_workers(found: Found) -> str:
    rows = [Bar(f"{row['workers']} web worker{'s' * (row['workers'] > 1)}", row["rate"]) for row in found["workers"]]
    return bars("Calls by number of web workers", "admitted calls a second, 8 clients, PostgreSQL", rows)


def by_mixture(found: Found) -> str:
    rows = found["mixed"]
    return bars(
        "Calls beside pages, a large report and sealing", "milliseconds, 8 clients, PostgreSQL",
        [
            Bar(f"{name}, {kind}", median(row[key][percentile] for row in rows), key == "mixed")
            for percentile, name in (("p50", "median"), ("p99", "99 of 100"))
            for key, kind in (("alone", "alone"), ("mixed", "beside all of it"))
        ],
    )  # fmt: skip


PLOTS: Mapping[Part, Mapping[str, Callable[[Found], str]]] = {
    Part.CALLS: {
        "calls": by_library("One call in a process", "microseconds of CPU, client and PostgreSQL", "cpu", "server"),
    },
    Part.SERVED: {
        "served": by_library("Requests end to end", "answers a second, 8 clients, PostgreSQL", "rate"),
    },
    Part.GROWTH: {"entries": by_entries, "workers": by_workers, "mixed": by_mixture},
}


# --- tables -------------------------------------------------------------------------------------------------------


def tables(folder: Path = FOLDER) -> dict[str, str]:
    """By mark: ``figures`` is the whole table, ``PART`` the figures of one part, ``plot_NAME`` a picture."""
    known = kept()
    found = {"figures": table(known, whole=False)} if known else {}
    for part in Part:
        rows = [known[name] for name, figure in FIGURES.items() if figure.part is part and name in known]
        if rows:
            found[part.value] = measured_lines(rows)
    for part, named in PLOTS.items():
        if (drawn := found_by(part, folder)) is not None:
            found |= {
                f"plot_{name}": f"![{title_of(draw(drawn))}](img/bench-{name}.svg)" for name, draw in named.items()
            }
    if (growth := found_by(Part.GROWTH, folder)) is not None:
        found["entries"] = columns(growth["entries"], ("Entries", "Calls/s end to end", "µs of a call", "µs of CPU"))
        found["workers"] = columns(growth["workers"], ("Web workers", "Calls/s end to end", "p99, ms"))
    return found


def title_of(drawn: str) -> str:
    found = re.search(r'<title id="title">(.*?)</title>', drawn)
    return found[1] if found else ""


def measured_lines(rows: Sequence[Measured]) -> str:
    head = "| | Measured | |\n| --- | ---: | --- |"
    told = (f"| {FIGURES[row.name].what} | {number(row.value)} {FIGURES[row.name].unit} | {row.note} |" for row in rows)
    return "\n".join([head, *told])


def columns(rows: Sequence[Mapping[str, float]], heads: Sequence[str]) -> str:
    text = [f"| {' | '.join(heads)} |", "| " + " | ".join(["---:"] * len(heads)) + " |"]
    return "\n".join([*text, *(f"| {' | '.join(number(value) for value in row.values())} |" for row in rows)])
