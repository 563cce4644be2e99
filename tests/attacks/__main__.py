"""``python -m tests.attacks [sql] [pages]``: the planted holes are found, and then nothing is on the console.

``SECONDS`` is the most that sqlmap takes for one parameter, ``ALL_SECONDS`` for all of them, ``PAGES_SECONDS`` that
wapiti crawls; ``ONLY`` keeps the parameters whose path has this text. Everything is written to ``var/attacks``, or
where ``ATTACKS`` says.
"""

import os
import shutil
import sys
import time
from pathlib import Path

from tests.attacks import pages, planted, sql
from tests.attacks.console import ATTACKERS, AttackedConsole
from tests.servers import ROOT

FOLDER = Path(os.environ.get("ATTACKS", ROOT / "var" / "attacks"))
SECONDS, PAGES_SECONDS = int(os.environ.get("SECONDS", sql.SECONDS)), int(os.environ.get("PAGES_SECONDS", "300"))
ALL_SECONDS = int(os.environ.get("ALL_SECONDS", "7200"))
HOLES = {"Reflected Cross Site Scripting", "Open Redirect", "Content Security Policy Configuration"}
FEWEST_PAGES, FEWEST = 40, 500
"""Pages and answers of the console, without which it was not attacked at all."""


def say(line: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


def folder(name: str) -> Path:
    made = FOLDER / name
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    return made


def by_sql(console: AttackedConsole) -> list[str]:
    """What is wrong after sqlmap: that it misses the planted hole, or finds one of ours."""
    with planted.served() as url:
        control = sql.attack(url, ("/people", "name", "a"), {}, folder("planted-sql"), 120)
    wrong = [] if control.is_found else ["sqlmap did not find the planted hole"]
    say(f"sqlmap on the planted hole: {'found' if control.is_found else control.said[-600:]}")
    chosen = [one for one in console.targets if os.environ.get("ONLY", "") in one[0]]
    place, began = folder("sql"), time.monotonic()
    tried = sql.attack_all(console.url, chosen, console.headers, place, SECONDS, began + ALL_SECONDS)
    for one in tried:
        (place / "said.txt").open("a").write(f"--- {one.path} {one.parameter}\n{one.said}\n")
    cut_off = [f"{one.path} {one.parameter}" for one in tried if not one.is_complete]
    console.unfinished = len(chosen) - len(tried) + len(cut_off)
    spent = time.monotonic() - began
    say(f"sqlmap: {len(tried)} of {len(chosen)} parameters in {spent:.0f} s, of which {len(cut_off)} were cut off")
    for line in cut_off:
        say(f"  cut off after {SECONDS} s: {line}")
    return wrong + [f"sqlmap: {one.path} {one.parameter}" for one in tried if one.is_found]


def by_pages(console: AttackedConsole) -> list[str]:
    """What is wrong after wapiti: that it misses a planted hole, or finds one of ours."""
    with planted.served() as url:
        control = pages.attack(url, folder("planted-pages"), seconds=30)
    kinds = {line.partition(":")[0] for line in control}
    say(f"wapiti on the planted holes: {sorted(kinds)}")
    wrong = [f"wapiti did not find the planted hole: {kind}" for kind in sorted(HOLES - kinds)]
    starts = tuple(sorted({path for path, _name, _value in console.targets if not path.startswith("/api/")}))
    found = pages.attack(
        console.url, folder("pages"),
        seconds=PAGES_SECONDS, cookie=console.cookie, starts=(*starts, "/sign-in"), own=console.own,
    )  # fmt: skip
    say(f"wapiti on the console: {len(found)} findings on {len(console.opened)} pages")
    if len(console.opened) < FEWEST_PAGES:
        wrong.append("wapiti hardly opened a page")
    if not console.lets_in():
        wrong.append("wapiti took away its own rights: what it tried afterwards was refused")
    return wrong + [f"wapiti: {line}" for line in found]


PARTS = {"pages": by_pages, "sql": by_sql}


def main(wanted: list[str]) -> int:
    if not (ATTACKERS / "sqlmap").exists():
        say(f"There is no sqlmap in {ATTACKERS}: run `make attacks`.")
        return 2
    console = AttackedConsole(folder("console"))
    console.prepare()
    console.start()
    wrong = []
    try:
        for name in wanted or PARTS:
            wrong += PARTS[name](console)
    finally:
        console.stop()
    say(f"The console answered {sum(console.statuses.values())} times: {dict(sorted(console.statuses.items()))}")
    wrong += [f"the console failed: {line}" for line in console.faults]
    if sum(console.statuses.values()) < FEWEST:
        wrong.append("the console was hardly asked at all")
    for line in wrong:
        say(line)
    if console.unfinished:
        say(f"{console.unfinished} parameters were not tried to the end: give SECONDS or ALL_SECONDS more.")
    say("Something was found." if wrong else "Nothing was found.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
