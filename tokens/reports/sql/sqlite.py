"""A SQLite file as the reports' database: opened anew for each report, read-only, with a clock that stops it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from operator import methodcaller
from pathlib import Path
from typing import Any

import structlog

from tokens.reports.base import Found
from tokens.reports.exceptions import ReportsUnavailable, ReportTooSlow
from tokens.reports.sql.query import Engine
from tokens.reports.sql.source import Clock, Column, Row, Source, Values, WrongQuery

BUSY_SECONDS = 3.0
STEPS = 10_000  # of SQLite's machine between two looks at the clock: about a millisecond
# What is wrong with the query or the file of the report, not with the database.
FAULTS_OF_QUERY = {
    "SQLITE_ERROR", "SQLITE_MISMATCH", "SQLITE_MISUSE", "SQLITE_RANGE", "SQLITE_READONLY", "SQLITE_AUTH",
    "SQLITE_TOOBIG", "SQLITE_CONSTRAINT", "SQLITE_SCHEMA",  # the last also of names that nothing has
}  # fmt: skip

log = structlog.get_logger(__name__)


class SqliteCursor:
    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.cursor = cursor

    @property
    def columns(self) -> list[Column]:
        return [Column(column[0]) for column in self.cursor.description]

    def tell(self, found: Found) -> None:
        """SQLite has neither decimal numbers nor days."""

    def fetch(self, count: int) -> list[Row]:
        found: list[Row] = self.cursor.fetchmany(count)
        # JSON has no bytes. Looking at the types of a whole row costs next to nothing.
        return [tuple(map(_plain, row)) if bytes in map(type, row) else row for row in found]


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


class SqliteSource(Source):
    """``mode=ro`` and ``query_only`` make SQLite itself refuse every write."""

    engine = Engine.SQLITE

    def __init__(self, database: dict[str, Any]) -> None:
        super().__init__()
        self.address = f"{Path(database['NAME']).absolute().as_uri()}?mode=ro"

    @contextmanager
    def opened(self, text: str, values: Values, clock: Clock) -> Iterator[SqliteCursor]:
        connection = sqlite3.connect(
            self.address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        with closing(connection):
            connection.text_factory = methodcaller("decode", "utf-8", "replace")
            connection.execute("PRAGMA query_only = ON")
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            connection.set_progress_handler(lambda: time.monotonic() > clock.until, STEPS)
            yield SqliteCursor(connection.execute(text, values))

    @contextmanager
    def faults(self, text: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            if name == "SQLITE_INTERRUPT":
                raise ReportTooSlow from None
            if not name or any(name.startswith(fault) for fault in FAULTS_OF_QUERY):
                raise WrongQuery(str(error)) from None
            log.warning("reports database out of reach", error=name)
            raise ReportsUnavailable from None
