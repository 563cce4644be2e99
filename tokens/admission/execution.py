"""Runs admission's statements: prepared on the server, on one kept cursor per connection, outside transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.networks import allows
from audit.refusals import as_not_recorded
from tokens.admission.statement import WITHIN

Parameters = Mapping[str, Any]
_kept = threading.local()  # Django's connections are per thread too; another thread's cursor must never be used


class InOpenTransaction(RuntimeError):
    """A call was about to be admitted inside a transaction, where its entry could still be rolled back."""


def run(text: str, parameters: Parameters, of: BaseDatabaseWrapper | None = None) -> tuple[Any, ...] | None:
    """Run one autocommitted statement and return its row, if any; ``of`` is where, if the caller has it at hand.

    Raises ``django.db.OperationalError`` or ``InterfaceError`` when the database does not answer, and ``NotRecorded``
    when it answers but takes no entry. A statement without an answer may have taken effect or not, and is never
    repeated.
    """
    of = of or connections[DEFAULT_DB_ALIAS]
    if of.in_atomic_block or not of.get_autocommit():
        raise InOpenTransaction("The entry of a call must be durable before its answer")
    try:
        return read(text, parameters, of)
    except DatabaseError as error:
        raise as_not_recorded(error) from error.__cause__


def read(text: str, parameters: Parameters, of: BaseDatabaseWrapper | None = None) -> tuple[Any, ...] | None:
    """The same for a statement that only looks, which may stand in a transaction and see what it has locked."""
    of = of or connections[DEFAULT_DB_ALIAS]
    of.ensure_connection()
    with of.wrap_database_errors:
        if of.vendor == "sqlite":
            # Fetched to the end at once: until then SQLite neither commits nor lets others write.
            rows = _with_networks(of.connection).execute(text, parameters).fetchall()
            return rows[0] if rows else None
        cursor = _cursor(of)
        cursor.execute(text, parameters, prepare=True)
        result = cursor.pgresult
        return cursor.fetchone() if result is not None and result.nfields else None


def _with_networks(raw: sqlite3.Connection) -> sqlite3.Connection:
    """The connection, which knows the function of networks from its first statement on."""
    if getattr(_kept, "connection", None) is not raw:
        raw.create_function(WITHIN, 2, lambda peer, networks: allows(networks, peer), deterministic=True)
        _kept.connection = raw
    return raw


def _cursor(of: BaseDatabaseWrapper) -> psycopg.Cursor[tuple[Any, ...]]:
    """A plain cursor of psycopg: Django's own binds on the client's side and therefore never prepares anything."""
    raw: psycopg.Connection[tuple[Any, ...]] = of.connection
    if getattr(_kept, "connection", None) is not raw:
        _kept.connection, _kept.cursor = raw, psycopg.Cursor(raw)
    cursor: psycopg.Cursor[tuple[Any, ...]] = _kept.cursor
    return cursor
