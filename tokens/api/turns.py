"""How many long reports a process sends at once: each keeps one of its threads for as long as the client reads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tokens.reports.exceptions import TooManyReports

AT_ONCE = 4  # half of a process's threads: clients that read slowly must not keep others from being answered
WAIT_SECONDS = 0.5  # many a report ends sooner than that

WAITING = 3  # more would stand where others are to be answered

turns, waiting = threading.BoundedSemaphore(AT_ONCE), threading.BoundedSemaphore(WAITING)


@contextmanager
def turn() -> Iterator[None]:
    """Raises ``TooManyReports``."""
    if not turns.acquire(blocking=False) and not wait_for_a_turn():
        raise TooManyReports
    try:
        yield
    finally:
        turns.release()


def wait_for_a_turn() -> bool:
    if not waiting.acquire(blocking=False):
        return False
    try:
        return turns.acquire(timeout=WAIT_SECONDS)
    finally:
        waiting.release()
