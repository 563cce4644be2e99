"""What one thread learns of a server that does not answer, for all others: then nobody else waits as long again.

A server that is stopped refuses at once; one that hangs lets every thread of the process wait out its deadline, and
those who come after wait for a thread as well. So while the server is silent, statements get a short deadline, and one
thread, which serves nobody, asks for a connection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cache

import psycopg

SHORT = 0.5
MOMENT = 0.2
"""Seconds that a thread waits for what another hears. Many wait for their turn at this behind it, in one place."""
LASTS = 2.0
"""Seconds from a missed deadline in which the server counts as silent, unless it answers anybody."""


class NoAnswer(psycopg.OperationalError):
    """The server did not answer within the deadline. Whether it did what was asked is not known."""


class Silence:
    """Of one server, as far as this process knows."""

    def __init__(self) -> None:
        self.until = 0.0
        self.asking, self.heard = threading.Lock(), threading.Event()

    @property
    def is_felt(self) -> bool:
        """Also while somebody still asks: what is found then, is the answer."""
        return self.until != 0.0 and (time.monotonic() < self.until or self.asking.locked())

    def noticed(self) -> None:
        self.until = time.monotonic() + LASTS

    def broken(self) -> None:
        self.until = 0.0
        self.heard.set()

    def wait_for_answer(self, ask: Callable[[], object]) -> None:
        """Before connecting to a silent server: have one thread ask it, and wait a little; raises ``NoAnswer``."""
        if not self.is_felt:
            return
        if self.asking.acquire(blocking=False):
            self.heard.clear()
            threading.Thread(target=self._ask, args=(ask,), daemon=True).start()
        if not self.heard.wait(MOMENT):
            raise NoAnswer("no answer from the database, which others wait for already")

    def _ask(self, ask: Callable[[], object]) -> None:
        try:
            ask()
            self.broken()
        except psycopg.errors.ConnectionTimeout:
            self.noticed()
        except psycopg.Error:  # refused, which is an answer: whoever connects is told so at once
            self.broken()
        finally:
            self.asking.release()


@cache
def silence_of(*server: str) -> Silence:
    """The one that all connections to a server share; ``server`` is what tells it from others."""
    return Silence()
