"""A PostgreSQL server as the reports' database: own connections, read-only transactions, deadlines on both sides."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from typing import Any, cast

import psycopg
import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import ConnectionHandler
from psycopg.pq import TransactionStatus

from tokens.reports.base import Found
from tokens.reports.exceptions import ReportsUnavailable, ReportTooSlow
from tokens.reports.sql.copying import Copying, cell_of
from tokens.reports.sql.query import Engine
from tokens.reports.sql.source import Clock, Column, Row, Source, Values, WrongQuery
from tokens.reports.sql.values import flatten, type_named

KEPT = 8  # connections, of which a process needs one for each of its threads at most
IDLE_MINUTES = 10  # so long a client may take for one part of the rows
SLACK_SECONDS = 1.0  # the server's own time-out comes first, and leaves a connection that can be used again
CANCELLED, READ_ONLY = "57014", "25006"
DECLARE = 'DECLARE "report" CURSOR FOR '  # what psycopg puts before the query, where the server counts from

BEGIN = f"""
BEGIN TRANSACTION READ ONLY;
SET LOCAL idle_in_transaction_session_timeout = '{IDLE_MINUTES}min';
SET LOCAL standard_conforming_strings = on;
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, YMD';
SET LOCAL statement_timeout = {{milliseconds}}
"""

log = structlog.get_logger(__name__)


class PostgresqlCursor:
    """A cursor on the server: psycopg's own placeholders would find their % in texts, the raw one's are $1."""

    def __init__(self, connection: Any, text: str, values: Values, clock: Clock) -> None:
        self.connection, self.clock = connection, clock
        self.cursor: psycopg.RawServerCursor[Row] = psycopg.RawServerCursor(connection, "report")
        with self._patience():
            self.cursor.execute(text.encode(), values)

    @property
    def columns(self) -> list[Column]:
        # What SQL says of a cell has characters that a server of another encoding may not know.
        is_told = self.connection.info.parameter_status("server_encoding") == "UTF8"
        names = [column.name for column in self.cursor.description or ()]
        return [Column(name, kind if is_told else "") for name, kind in zip(names, self._types(), strict=True)]

    def tell(self, found: Found) -> None:
        types = self._types()
        found.digits = [place for place, kind in enumerate(types) if kind == "numeric"]
        found.days = [place for place, kind in enumerate(types) if kind == "date"]

    def _types(self) -> list[str]:
        return [type_named(column.type_code) for column in self.cursor.description or ()]

    def fetch(self, count: int) -> list[Row]:
        with self._patience():
            return self.cursor.fetchmany(count)

    def _patience(self) -> AbstractContextManager[None]:
        return cast("AbstractContextManager[None]", self.connection.patience(self.clock.left + SLACK_SECONDS))


class PostgresqlSource(Source):
    """The connections are of the engine in ``config.postgresql``: none waits for ever, a dead one is found."""

    engine = Engine.POSTGRESQL

    def __init__(self, database: dict[str, Any]) -> None:
        super().__init__()
        self.password = str(database.get("PASSWORD") or "")
        self.handler = ConnectionHandler({"default": deepcopy(database)})  # which writes its defaults into it
        self.idle: deque[Any] = deque()

    @contextmanager
    def opened(self, text: str, values: Values, clock: Clock) -> Iterator[PostgresqlCursor]:
        with self._begun(max(1, int(clock.left * 1000))) as connection:
            yield PostgresqlCursor(connection, text, values, clock)

    def cells(self, columns: Sequence[Column]) -> list[str] | None:
        found = [cell for column in columns if (cell := cell_of(column))]
        return found if len(found) == len(columns) else None

    def lines(self, text: str, seconds: float, found: Found) -> Generator[Row]:
        clock = Clock(seconds)
        return self._read(text, clock, found, self._copying(text, clock))

    @contextmanager
    def _copying(self, text: str, clock: Clock) -> Iterator[Copying]:
        # Here one statement lasts as long as the client reads, so the clock alone knows how long the server works.
        with self._begun(milliseconds=0) as connection:
            yield Copying(connection, text, clock)

    @contextmanager
    def _begun(self, milliseconds: int) -> Iterator[Any]:
        """A connection in a transaction that only reads, with the server's own time-out for each statement."""
        connection = self._taken()
        try:
            connection.execute(BEGIN.format(milliseconds=milliseconds))
            yield connection
        finally:
            self._give_back(connection)

    def _taken(self) -> Any:
        while self.idle:
            try:
                connection = self.idle.pop()
            except IndexError:  # another thread was first
                break
            if not connection.is_dead():
                return connection
            connection.close()
        wrapper: Any = self.handler.create_connection("default")
        connection = wrapper.get_new_connection({**wrapper.get_connection_params(), "autocommit": True})
        flatten(connection)
        return connection

    def _give_back(self, connection: Any) -> None:
        """Whatever happened in between: one that cannot go on is closed, which ends what the server does for it."""
        try:
            if not connection.closed:
                connection.rollback()
        except psycopg.Error:
            connection.close()
        usable = not connection.closed and connection.info.transaction_status == TransactionStatus.IDLE
        if usable and len(self.idle) < KEPT:
            self.idle.append(connection)
        else:
            connection.close()

    @contextmanager
    def faults(self, text: str) -> Iterator[None]:
        try:
            yield
        except ImproperlyConfigured:
            log.error("reports database out of reach", error="REPORTS_DATABASE_URL names no database")  # noqa: TRY400
            raise ReportsUnavailable from None
        except psycopg.Error as error:
            if error.sqlstate == CANCELLED:
                raise ReportTooSlow from None
            if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and error.sqlstate != READ_ONLY:
                log.warning("reports database out of reach", error=type(error).__name__, detail=self._first_line(error))
                raise ReportsUnavailable from None
            raise WrongQuery(self._first_line(error), _line(error, text)) from None

    def _first_line(self, error: psycopg.Error) -> str:
        text = error.diag.message_primary or next(iter(str(error).splitlines()), type(error).__name__)
        return text.replace(self.password, "***") if self.password else text


def _line(error: psycopg.Error, text: str) -> int:
    """The line of the query that the server points at; 0 when it points at none."""
    position = error.diag.statement_position
    return text.count("\n", 0, max(0, int(position) - 1 - len(DECLARE))) + 1 if position else 0
