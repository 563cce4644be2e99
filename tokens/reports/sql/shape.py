"""What a report's query gives, and whether its header agrees with that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tokens.reports.sql.findings import Finding, one_of
from tokens.reports.sql.header import Header
from tokens.reports.sql.source import Column

ROW_NUMBER = "Rowid"  # the stream's own column


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns that are shown, as the query has them, and their captions."""

    columns: Sequence[Column]
    captions: list[str]


def shape_of(header: Header, columns: Sequence[Column]) -> Shape:
    """The columns that the header names, in its order; all of the query's when it names none."""
    if not header.columns:
        return Shape(columns, [column.name for column in columns])
    found = {column.name: column for column in columns}
    return Shape([found[named.name] for named in header.columns], [named.more for named in header.columns])


def disagreements(header: Header, columns: Sequence[Column]) -> list[Finding]:
    """What the header asks of columns that the query does not have, and names that are there twice."""
    names = [column.name for column in columns]
    named = [*([header.department] if header.department else []), *header.order, *header.columns]
    return [
        *[
            Finding(0, f"Two columns of the query are called {name}: give each its own with AS.")
            for name in twice(names)
        ],
        *[
            Finding(column.line, f"The query has no column {column.name}. {one_of(names, column.name)}")
            for column in named
            if column.name not in names
        ],
    ] or [
        Finding(0, f"Two columns are shown as {caption}; {ROW_NUMBER} is the number of the row.")
        for caption in twice([ROW_NUMBER, *shape_of(header, columns).captions])
    ]


def twice(texts: Iterable[str]) -> list[str]:
    return [text for text, count in Counter(texts).items() if count > 1]
