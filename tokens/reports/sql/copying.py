"""Lines of CSV that PostgreSQL writes itself (COPY), byte for byte those that we would write of its rows."""

from __future__ import annotations

import time
from select import POLLIN, poll
from typing import Any

import psycopg
from psycopg import generators, sql
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.waiting import Wait

from audit.grids.export import FORMULA_STARTS
from tokens.reports.base import Found
from tokens.reports.exceptions import ReportTooSlow
from tokens.reports.sql.source import Clock, Column

COPY = "COPY (                        "  # as long as DECLARE: the server counts the places of errors from the beginning
MOMENT = """'YYYY-MM-DD"T"HH24:MI:SS'"""
# What each of PostgreSQL's types is in a cell; with any other we write the lines ourselves. TimeZone is UTC here.
CELLS = {
    "int2": "{0}",
    "int4": "{0}",
    "int8": "{0}",
    "uuid": "{0}",
    "bool": "CAST({0} AS text)",
    "numeric": "CASE WHEN {0} - {0} = 0 THEN {0} END",  # of NaN and the infinite nothing
    "date": "CASE {0} WHEN '-infinity' THEN '''-infinity' ELSE CAST({0} AS text) END",
    "timestamp": "CASE WHEN {0} >= '0001-01-01' AND {0} < '10000-01-01' THEN to_char({0}, " + MOMENT + ") "
    "WHEN {0} = '-infinity' THEN '''-infinity' ELSE CAST({0} AS text) END",
    "timestamptz": "CASE WHEN {0} >= '0001-01-01 00:00:00+00' AND {0} < '10000-01-01 00:00:00+00' "
    "THEN to_char({0}, " + MOMENT + ") || 'Z' WHEN {0} = '-infinity' THEN '''-infinity' ELSE CAST({0} AS text) END",
}
TEXTS = {"text", "varchar", "json", "jsonb"}
# No text starts a formula. An empty one is an empty cell like NULL, which COPY would tell apart by quotation marks.
TEXT = (
    'CASE WHEN left(CAST({0} AS text) COLLATE "C", 1) IN ('
    + ", ".join([f"U&'\\{ord(start):04x}'" for start in FORMULA_STARTS])
    + ") THEN '''' || CAST({0} AS text) ELSE nullif(CAST({0} AS text) COLLATE \"C\", '') END"
)


def cell_of(column: Column) -> str | None:
    """The column as a cell of CSV, said in SQL; None when we cannot say so of its type.

    The cast costs nothing, and holds the column to the type that it had when we looked.
    """
    template = TEXT if column.type in TEXTS else CELLS.get(column.type)
    return template.format(f"CAST({column.name} AS {column.type})") if template else None


def literal(value: Any) -> str:
    """A value as the driver writes it into a statement: COPY takes no parameters."""
    return sql.Literal(value).as_string()


class Copying:
    """A COPY that has begun. One that is not read to its end goes with its connection."""

    columns: list[Column] = []  # nobody asks: they are those of its text

    def __init__(self, connection: Any, text: str, clock: Clock) -> None:
        self.connection, self.clock, self.ended = connection, clock, False
        self.waiting = poll()
        self.waiting.register(connection.pgconn.socket, POLLIN)
        # Sent as statements with parameters are, though it has none: then there can be no second one behind it.
        connection.pgconn.send_query_params(f"{COPY}{text}\n) TO STDOUT (FORMAT csv)".encode(), None)
        self._expect(ExecStatus.COPY_OUT, generators.execute(connection.pgconn))

    def tell(self, found: Found) -> None:
        found.written = True

    def fetch(self, count: int) -> list[bytes]:
        """So many lines more, without their ends; fewer at the end."""
        lines: list[bytes] = []
        take = self.connection.pgconn.get_copy_data
        while len(lines) < count and not self.ended:
            size, line = take(1)
            if size > 0:
                lines.append(line[:-1])
            elif size == 0:
                self._take_in()
            else:
                self._expect(ExecStatus.COMMAND_OK, generators.fetch_many(self.connection.pgconn))
                self.ended = True
        return lines

    def _take_in(self) -> None:
        """What the server has sent, once there is something."""
        if not self.waiting.poll(0):
            self._wait(readable())
        self.connection.pgconn.consume_input()

    def _expect(self, status: ExecStatus, answer: PQGen[Any]) -> None:
        [result] = self._wait(answer)
        if result.status != status:
            raise error_from_result(result, encoding="utf-8")

    def _wait(self, answer: PQGen[Any]) -> Any:
        with self.connection.patience(max(0.01, self.clock.until - time.monotonic())):
            try:
                return self.connection.wait(answer)
            except psycopg.OperationalError:
                if time.monotonic() >= self.clock.until:  # by now it hung up, and the server ends what it was doing
                    raise ReportTooSlow from None
                raise


def readable() -> PQGen[None]:
    """Ends when the server has sent something."""
    while not (yield Wait.R):
        continue
