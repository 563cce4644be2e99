"""Part ``grids``: what pages of the logs cost on 5,000,000 entries, filter by filter and in pairs.

``python -m tests.bench.grids [--quick]``; with ``--quick`` the ledger is small and proves nothing.
"""

import argparse
import json
import sys
import time
from statistics import median

from tests.bench.figures import FOLDER, Measured, Part, write
from tests.bench.ground import ground

SIZES = {
    "whole": {"contacts": 10_000, "tokens": 50_000, "entries": 5_000_000, "rounds": 7, "again": 60},
    "quick": {"contacts": 200, "tokens": 500, "entries": 20_000, "rounds": 1, "again": 4},
}
LISTED = 15
Told = dict[str, object]


def main(arguments: argparse.Namespace) -> None:
    size = SIZES["quick" if arguments.quick else "whole"]
    began = time.monotonic()
    with ground("postgresql") as here:
        here.run("manage.py", "migrate", "--verbosity", "0")
        here.run("-m", "tests.bench.grids_inside", "build", json.dumps(size))
        built = time.monotonic() - began
        found = json.loads(here.run("-m", "tests.bench.grids_inside", "measure", json.dumps(size)))
    pages: list[Told] = found["pages"]
    usual = [page for page in pages if page["kind"] != "pair"]
    pairs = [page for page in pages if page["kind"] == "pair"]
    measured = [
        worst("grid_sql", usual, "sql_ms"), worst("grid_page", usual, "page_ms"),
        worst("grid_combination_sql", pairs, "sql_ms"),
    ]  # fmt: skip
    if not arguments.quick:
        write(Part.GRIDS, measured, entries=size["entries"], built_seconds=round(built), **found)
    print(report(measured, pages, found["inserting"]))


def worst(name: str, pages: list[Told], column: str) -> Measured:
    """The slowest page of its kind; the note tells the median and which page it is."""
    values = [float(str(page[column])) for page in pages]
    slowest = max(pages, key=lambda page: float(str(page[column])))
    note = f"the middle of {len(values):,} pages: {median(values):.2g} ms; slowest: {slowest['page']}"
    return Measured(name, max(values), note)


def report(measured: list[Measured], pages: list[Told], inserting: dict[str, float]) -> str:
    lines = [f"{one.name}: {one.value:.1f} ms ({one.note})" for one in measured]
    for kind in ("page", "filter", "time", "pair"):
        of_kind = sorted((page for page in pages if page["kind"] == kind), key=lambda page: -float(str(page["sql_ms"])))
        lines += ["", f"Slowest of {len(of_kind)} ({kind}): SQL ms, page ms"]
        lines += [f"  {page['sql_ms']:>8}  {page['page_ms']:>8}  {page['page']}" for page in of_kind[:LISTED]]
    lines += ["", 'Writing an entry with an index away, µs ("" is none away):']
    lines += [f"  {name:<24} {spent:>8.1f}" for name, spent in inserting.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    main(parser.parse_args(sys.argv[1:]))
    print(f"Kept in {FOLDER}.")
