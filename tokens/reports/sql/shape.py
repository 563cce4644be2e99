"""What a report's query gives, and whether its header agrees with that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tokens.reports.sql.findings import Finding, one_of
from tokens.reports.sql.header import Header

ROW_NUMBER = "Rowid"  # the stream's own column


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns that are shown, by the query's names and by their captions."""

    names: Sequence[str]
    captions: list[str]


def shape_of(header: Header, names: list[str]) -> Shape:
    """The columns that the header names, in its order; all of the query's when it names none."""
    if header.columns:
        return Shape([column.name for column in header.columns], [column.more for column in header.columns])
    return Shape(names, names)


def disagreements(header: Header, names: list[str]) -> list[Finding]:
    """What the header asks of columns that the query does not have, and names that are there twice."""
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
        for caption in twice([ROW_NUMBER, *shape_of(header, names).captions])
    ]


def twice(texts: Iterable[str]) -> list[str]:
    return [text for text, count in Counter(texts).items() if count > 1]
