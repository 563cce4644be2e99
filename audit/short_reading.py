"""Reading for a page: what cannot be answered soon is given up by the database itself, before anybody waits for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection

SECONDS = 2.5  # of one statement; well below what the console waits for a database that is silent
SQLITE_STEPS = 20_000  # between two looks at the clock
QUERY_CANCELED = "57014"


class TakesTooLong(Exception):
    """The database is there, and would have to read too much for an answer."""


@contextmanager
def short_reading(seconds: float | None = None) -> Iterator[None]:
    """Raises ``TakesTooLong`` for a statement within that takes longer than ``seconds``, or else ``SECONDS``."""
    limited = _limited_on_sqlite if connection.vendor == "sqlite" else _limited_on_postgresql
    try:
        with limited(SECONDS if seconds is None else seconds):
            yield
    except OperationalError as error:
        if not _was_given_up(error):
            raise
        raise TakesTooLong from error


def _was_given_up(error: OperationalError) -> bool:
    cause = error.__cause__
    if connection.vendor == "sqlite":
        return getattr(cause, "sqlite_errorname", "") == "SQLITE_INTERRUPT"
    return getattr(cause, "sqlstate", "") == QUERY_CANCELED


@contextmanager
def _limited_on_postgresql(seconds: float) -> Iterator[None]:
    """The server's own time-out: it ends the statement at once, and the connection lives."""
    _tell_server(f"SET statement_timeout = {int(seconds * 1_000)}")
    try:
        yield
    finally:
        # A connection that is lost is replaced by one without; what a failed transaction set, its end undoes.
        if connection.is_usable() and not connection.needs_rollback:
            _tell_server("RESET statement_timeout")


def _tell_server(words: str) -> None:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        connection.connection.execute(words)


@contextmanager
def _limited_on_sqlite(seconds: float) -> Iterator[None]:
    connection.ensure_connection()
    reader, until = connection.connection, time.monotonic() + seconds
    reader.set_progress_handler(lambda: time.monotonic() > until, SQLITE_STEPS)
    try:
        yield
    finally:
        reader.set_progress_handler(None, SQLITE_STEPS)
