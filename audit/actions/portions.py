"""Moves a portion of entries: out of the queue, and into the tree's tables, a statement each."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from audit.models import Entry, Leaf, Node, PendingSeal
from audit.seals.canonical import COLUMNS

LEAF = {"sequence": "int8", "entry_id": "int8", "data": "bytea", "personal": "bytea", "hash": "bytea"}
NODE = {"height": "int2", "position": "int8", "hash": "bytea"}


def waiting(portion: int) -> list[dict[str, Any]]:
    """The oldest entries of the queue, by column; moments and JSON as text, as ``audit.seals.canonical`` takes them.

    The portion is taken before the join: a long queue would else be merged with the ledger from its first entry on.
    """
    entries = f"{Entry._meta.db_table} e ON e.id = p.entry_id"
    if connection.vendor == "postgresql":  # by the key: the planner, who expects a whole portion, would read them all
        entries = f"LATERAL (SELECT * FROM {Entry._meta.db_table} WHERE id = p.entry_id OFFSET 0) e ON TRUE"  # noqa: S608
    statement = f"""SELECT {", ".join(_column(name) for name in COLUMNS)}
        FROM (SELECT entry_id FROM {PendingSeal._meta.db_table} ORDER BY entry_id LIMIT {portion}) p
        JOIN {entries} ORDER BY p.entry_id"""  # noqa: S608 - names of our own
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def take_off(entries: Sequence[int]) -> int:
    """Remove the entries from the queue, and say how many were in it."""
    if connection.vendor != "postgresql":
        return PendingSeal.objects.filter(entry_id__in=entries).delete()[0]
    with connection.cursor() as cursor:
        table = PendingSeal._meta.db_table
        cursor.execute(f"DELETE FROM {table} WHERE entry_id = ANY(%s::bigint[])", [list(entries)])  # noqa: S608
        return int(cursor.rowcount)


def add(leaves: Sequence[tuple[Any, ...]], nodes: Sequence[tuple[Any, ...]]) -> None:
    """Write leaves and nodes, whose values stand in the order of ``LEAF`` and ``NODE``."""
    _write(Leaf._meta.db_table, LEAF, leaves)
    _write(Node._meta.db_table, NODE, nodes)


def _write(table: str, columns: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
    """On PostgreSQL by COPY, which asks the same guards and takes a third of the time (docs/decisions/0035)."""
    if connection.vendor != "postgresql":
        marks = ", ".join(["%s"] * len(columns))
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608
        return
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)


def _column(name: str) -> str:
    """Making objects of moments, only to write them out again, would take as long as everything else of an entry."""
    if name == "at" and connection.vendor == "postgresql":
        return "to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    return f"CAST(e.{name} AS TEXT)" if name in {"at", "details"} else f"e.{name}"
