"""Consoles served for races: with as many workers as wanted, whole, or with a protection taken out for a control."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import ServedConsole
from tests.visitor import Line


@contextmanager
def served_instead(usual: ServedConsole, log: Path, *, workers: int, broken: str = "") -> Iterator[ServedConsole]:
    """A console of its own in the place of the tests' usual one; ``broken`` is a name of tests/races/broken.py."""
    usual.stop()
    more = {"DJANGO_SETTINGS_MODULE": "tests.races.settings", "RACES_BROKEN": broken} if broken else {}
    served = ServedConsole(log, workers=workers, **more)
    served.start()
    try:
        yield served
    finally:
        served.stop()


def lines_to_all_workers(served: ServedConsole) -> list[Line]:
    """An open connection to each of the workers."""
    found: dict[int, Line] = {}
    deadline = time.monotonic() + 60
    while len(found) < served.workers:
        assert time.monotonic() < deadline, f"only {list(found)} of {served.workers} workers answered"
        line = Line(served)
        assert line.ask("/healthz").status == 200
        worker = line.worker
        if not worker or found.setdefault(worker, line) is not line:
            line.close()
    return list(found.values())
