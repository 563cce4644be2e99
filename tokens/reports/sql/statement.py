"""The statement that reads a report: the publisher's query inside ours, which limits, orders and chooses columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from tokens.reports.parameters import Chosen
from tokens.reports.sql.header import Header
from tokens.reports.sql.query import Engine, Query

Put = Callable[[int], str]
"""What stands in the statement for the value of a number: a placeholder, or the value as a driver writes it."""


class Statement:
    """All that a caller can influence is among the values, never in the text of ours."""

    def __init__(self, header: Header, query: Query, engine: Engine) -> None:
        self.header, self.query, self.engine = header, query, engine
        self._casts = {declared.name: declared.cast for declared in header.parameters}
        self._numbers = {name: number for number, name in enumerate(query.parameters, 1)}

    @property
    def count(self) -> int:
        """Of the values of the query itself."""
        return len(self._numbers)

    def values(self, chosen: Chosen, departments: list[str] | None) -> list[Any]:
        values: list[Any] = [chosen[name] for name in self._numbers]
        if departments is not None:
            values.append(departments if self.engine is Engine.POSTGRESQL else orjson.dumps(departments).decode())
        return values

    def everything(self) -> str:
        """All columns, and no row."""
        return f"SELECT * FROM (\n{self._text(self.placeholder)}\n) AS report LIMIT 0"  # noqa: S608  # publisher's own

    def select(self, columns: Sequence[str], *, limited: bool, put: Put | None = None) -> str:
        """The columns of the rows that the values allow; ``limited`` to departments, which are the last value."""
        put = put or self.placeholder
        text = f"SELECT {', '.join(columns)} FROM (\n{self._text(put)}\n) AS report"  # noqa: S608  # names are quoted
        if limited and self.header.department:
            text += f" WHERE {self._among(self.header.department.name, put(self.count + 1))}"
        if self.header.order:
            text += " ORDER BY " + ", ".join([f"{column(by.name)} {by.more}" for by in self.header.order])
        return text

    def placeholder(self, number: int) -> str:
        return f"${number}" if self.engine is Engine.POSTGRESQL else f"?{number}"

    def _text(self, put: Put) -> str:
        if self.engine is Engine.POSTGRESQL:
            return self.query.text(lambda name: f"CAST({put(self._numbers[name])} AS {self._casts[name]})")
        return self.query.text(lambda name: put(self._numbers[name]))

    def _among(self, department: str, departments: str) -> str:
        cell = f"CAST({column(department)} AS text)"
        if self.engine is Engine.POSTGRESQL:
            return f"{cell} = ANY(CAST({departments} AS text[]))"
        return f"{cell} COLLATE BINARY IN (SELECT value FROM json_each({departments}))"  # noqa: S608  # a placeholder


def column(name: str) -> str:
    """Quoted, and of the query by name: SQLite takes a quoted name that nothing has for a text."""
    quoted = name.replace('"', '""')
    return f'report."{quoted}"'
