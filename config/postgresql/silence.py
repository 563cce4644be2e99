"""What one thread learns of a server that does not answer, for all others: then nobody else waits as long again.

A server that is stopped refuses at once; one that hangs lets every thread of the process wait out its deadline, and
those who come after wait for a thread as well. So while the server is silent, statements get a short deadline, and one
thread at a time asks for a connection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg

SHORT = 0.5
LASTS = 2.0
"""Seconds from a missed deadline in which the server counts as silent, unless it answers anybody."""


class NoAnswer(psycopg.OperationalError):
    """The server did not answer within the deadline. Whether it did what was asked is not known."""


class Silence:
    """Of one server, as far as this process knows."""

    def __init__(self) -> None:
        self.until = 0.0
        self.asking = threading.Lock()

    @property
    def is_felt(self) -> bool:
        return self.until != 0.0 and time.monotonic() < self.until

    def noticed(self) -> None:
        self.until = time.monotonic() + LASTS

    def broken(self) -> None:
        self.until = 0.0

    @contextmanager
    def one_asks(self) -> Iterator[None]:
        """Connect in here. Of a silent server one at a time asks; ``NoAnswer`` to whoever has waited for that."""
        held = self.is_felt and self._take_turn()
        try:
            yield
            self.broken()
        except psycopg.errors.ConnectionTimeout:
            self.noticed()
            raise
        finally:
            if held:
                self.asking.release()

    def _take_turn(self) -> bool:
        """Whether it is ours; not needed any more when the one before us got an answer."""
        if not self.asking.acquire(timeout=SHORT):
            raise NoAnswer("no answer from the database, which others wait for already")
        if self.is_felt:
            return True
        self.asking.release()
        return False


@cache
def silence_of(*server: str) -> Silence:
    """The one that all connections to a server share; ``server`` is what tells it from others."""
    return Silence()
