"""The reports' database, whichever it is: what can be asked of it, for how long, and how many may ask at once."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, NamedTuple, Protocol

from tokens.reports.base import Found
from tokens.reports.exceptions import ReportsUnavailable, ReportTooSlow
from tokens.reports.sql.query import Engine

FIRST_ROWS = 100  # small, so that the first byte leaves early
ROWS = 1_000
BEGINNING_AT_ONCE = 4  # half of a process's threads: a slow database must not stop what does not need it
TURN_SECONDS = 3.0

Row = Any  # a tuple, or the bytes of a line of CSV
Values = Sequence[Any]


class Column(NamedTuple):
    """Of a query: its name, and its type where the database says which."""

    name: str
    type: str = ""


class WrongQuery(Exception):
    """The database refuses the query itself; ``line`` is of the query's text, 0 when it does not say."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message, self.line = message, line


class Cursor(Protocol):
    """A query that has begun."""

    @property
    def columns(self) -> list[Column]: ...

    def tell(self, found: Found) -> None:
        """What its rows are, which is known by now."""

    def fetch(self, count: int) -> list[Row]:
        """So many rows more, fewer at the end."""


class Clock:
    """The time that the database works for one report. What the client takes to read does not count."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds
        self.until = time.monotonic() + seconds

    @contextmanager
    def running(self) -> Iterator[None]:
        """Raises ``ReportTooSlow`` when nothing is left; the database itself must keep to ``until``."""
        if self.left <= 0:
            raise ReportTooSlow
        begun = time.monotonic()
        self.until = begun + self.left
        try:
            yield
        finally:
            self.left -= time.monotonic() - begun


class Source(ABC):
    """One database, opened for reading alone."""

    engine: Engine

    def __init__(self) -> None:
        self.turns = threading.BoundedSemaphore(BEGINNING_AT_ONCE)

    @abstractmethod
    def opened(self, text: str, values: Values, clock: Clock) -> AbstractContextManager[Cursor]:
        """The query, begun; ended with the block, whatever happens."""

    @abstractmethod
    def faults(self, text: str) -> AbstractContextManager[None]:
        """The driver's errors as ``WrongQuery``, ``ReportsUnavailable`` or ``ReportTooSlow``."""

    def columns(self, text: str, values: Values, seconds: float) -> list[Column]:
        """The query's columns, found without reading a row."""
        clock = Clock(seconds)
        with self.faults(text), self._turn(), clock.running(), self.opened(text, values, clock) as cursor:
            return cursor.columns

    def rows(self, text: str, values: Values, seconds: float, found: Found | None = None) -> Generator[Row]:
        """The query's rows, in constant memory; ``seconds`` are those that the database may work for them."""
        clock = Clock(seconds)
        return self._read(text, clock, found, self.opened(text, values, clock))

    def cells(self, columns: Sequence[Column]) -> list[str] | None:
        """The columns as SQL says them for ``lines``; None where it cannot say one of them."""
        return None

    def lines(self, text: str, seconds: float, found: Found) -> Generator[Row]:
        """The same as ``rows``, but as lines of CSV that the database writes of a query without parameters."""
        raise NotImplementedError

    def _read(
        self, text: str, clock: Clock, found: Found | None, opening: AbstractContextManager[Cursor]
    ) -> Generator[Row]:
        with self.faults(text), ExitStack() as stack:
            with self._turn(), clock.running():
                cursor = stack.enter_context(opening)
                rows = cursor.fetch(FIRST_ROWS)
            if found is not None:
                cursor.tell(found)
            while rows:
                yield from rows
                with clock.running():
                    rows = cursor.fetch(ROWS)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.turns.acquire(timeout=TURN_SECONDS):
            raise ReportsUnavailable
        try:
            yield
        finally:
            self.turns.release()
