"""Reads sealed entries in portions, each in one statement, so that nothing changes between a seal and its entry."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import Min

from audit.models import Entry, Leaf
from audit.seals.canonical import COLUMNS

PORTION = 2048
LEAF_COLUMNS = ("sequence", "entry_id", "data", "personal", "hash")
FIRST = len(LEAF_COLUMNS)
"""Where the entry's columns begin."""
SEQUENCE, DATA, HASH = (LEAF_COLUMNS.index(name) for name in ("sequence", "data", "hash"))
AT, CHANNEL = (FIRST + COLUMNS.index(name) for name in ("at", "channel"))

Row = tuple[Any, ...]
"""The columns of the leaf, then those of the entry by ``COLUMNS``: all None when there is no such entry."""


def sealed_rows(start: int, size: int) -> Iterator[list[Row]]:
    """The seals from ``start`` to before ``size`` in their order, each with its entry; a portion at a time."""
    statement = _statement()
    while start < size:
        end = min(start + PORTION, size)
        with connection.cursor() as cursor:
            cursor.execute(statement, [start, end])
            rows = cursor.fetchall()
        if rows:
            yield rows
        else:  # however far the next one is
            end = Leaf.objects.filter(sequence__gte=end).aggregate(next=Min("sequence"))["next"] or size
        start = end


def _statement() -> str:
    leaves = ", ".join(f"l.{name}" for name in LEAF_COLUMNS)
    columns = ", ".join(_column(name) for name in COLUMNS)
    entries = f"{Entry._meta.db_table} e ON e.id = l.entry_id"
    if connection.vendor == "postgresql":  # by the key one after another, whatever the planner believes
        entries = f"LATERAL (SELECT * FROM {Entry._meta.db_table} WHERE id = l.entry_id OFFSET 0) e ON TRUE"  # noqa: S608
    return f"""SELECT {leaves}, {columns} FROM (
            SELECT * FROM {Leaf._meta.db_table} WHERE sequence >= %s AND sequence < %s
        ) l LEFT JOIN {entries} ORDER BY l.sequence"""  # noqa: S608 - own names


def _column(name: str) -> str:
    """Moments and JSON as text on both databases: making objects of them takes longer than everything else."""
    if name == "at" and connection.vendor == "postgresql":
        return "to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    return f"CAST(e.{name} AS TEXT)" if name in {"at", "details"} else f"e.{name}"
