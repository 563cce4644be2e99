"""Counts the statements that go over the wire: Django's capture of queries does not see those of admission."""

import tempfile
from pathlib import Path
from typing import Any

from django.db import connection


class counted:  # noqa: N801  # reads as what it is: with counted() as statements
    """The statements of this thread's connection, however they are sent."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __enter__(self) -> list[str]:
        connection.ensure_connection()
        raw = connection.connection
        if connection.vendor == "sqlite":
            raw.set_trace_callback(self._note)
        else:
            self.file = tempfile.NamedTemporaryFile("r", suffix=".trace")  # closed where it is left
            raw.pgconn.trace(self.file.fileno())
        return self.statements

    def _note(self, sql: str) -> None:
        # SQLite names an INSERT again for each step of its triggers; how many rows it wrote is counted elsewhere.
        if not (sql.lstrip().startswith("WITH d AS MATERIALIZED") and self.statements[-1:] == [sql]):
            self.statements.append(sql)

    def __exit__(self, *error: Any) -> None:
        raw = connection.connection
        if connection.vendor == "sqlite":
            raw.set_trace_callback(None)
            return
        raw.pgconn.untrace()
        sent = [line.split("\t") for line in Path(self.file.name).read_text().splitlines()]
        self.file.close()
        # A round trip ends with one Sync (extended protocol) or is one Query (simple protocol).
        self.statements += [
            parts[3] for parts in sent if len(parts) > 3 and parts[1] == "F" and parts[3] in {"Sync", "Query"}
        ]
