"""A transaction that others cannot keep waiting for ever, on SQLite, which has one writer at a time."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import OperationalError, connection, transaction

LOOK_SECONDS = 0.001
PATIENCE_SECONDS = 30.0


@contextmanager
def eagerly() -> Iterator[None]:
    """``transaction.atomic``, begun as soon as the writer before has ended.

    SQLite keeps no queue: whoever waits looks again after a pause, of a tenth of a second in the end, and where many
    write it is taken each time. Looking every millisecond finds the moment between two of them. Raises
    ``OperationalError`` when nobody lets it in for so long.
    """
    with ExitStack() as stack:
        if connection.vendor != "sqlite" or connection.in_atomic_block:
            stack.enter_context(transaction.atomic())
        else:
            _enter(stack)
        yield


def _enter(stack: ExitStack) -> None:
    until, patience = time.monotonic() + PATIENCE_SECONDS, _pragma("busy_timeout")
    _pragma("busy_timeout = 0")
    try:
        while True:
            try:
                stack.enter_context(transaction.atomic())
            except OperationalError:
                if time.monotonic() >= until:
                    raise
                time.sleep(LOOK_SECONDS)
            else:
                return
    finally:
        _pragma(f"busy_timeout = {patience}")


def _pragma(text: str) -> int:
    """How many milliseconds SQLite itself waits, and setting it."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {text}")
        ((value,),) = cursor.fetchall()
    return int(value)


__all__ = ["eagerly"]
