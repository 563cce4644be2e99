"""How the rows of a report become bytes: JSON, NDJSON and CSV, a chunk at a time."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from audit.grids.export import FORMULA_STARTS

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
BROKEN_LINE = '"The report broke off here: this file is not complete.'  # a quote never closed, and too few fields
END_OF_LINE = b"\r\n"  # RFC 4180


class Chunk(NamedTuple):
    """Some rows, numbered; or as many whole lines of CSV, which the database has written (``Report.lines``).

    ``digits`` are the places of columns that hold decimal numbers as their digits, ``days`` of those that hold days as
    their texts.
    """

    rows: list[Any]
    digits: Collection[int] = ()
    days: Collection[int] = ()


@dataclass(slots=True)
class Tally:
    """The rows that were handed on."""

    rows: int = 0


Parts = Generator[bytes, None, bytes]
"""The first part is empty and tells that the first rows are at hand; what is returned must go out last, and only when
the end is on record: without it no reader takes the others for the whole."""


class Format:
    """How rows become bytes. ``broken`` is what a stream ends with when it cannot go on, so that no reader takes it
    for a whole: not every server breaks the connection when its application fails."""

    name: str
    content_type: str
    broken = b""
    takes_lines = False

    def parts(self, captions: Sequence[str], chunks: Iterable[Chunk], tally: Tally) -> Parts:
        remaining = iter(chunks)
        chunk = next(remaining, None)
        yield b""
        yield self.head(captions)
        while chunk is not None:
            body = self.rows(captions, chunk, first=tally.rows == 0)
            tally.rows += len(chunk.rows)
            yield body
            chunk = next(remaining, None)
        return self.foot()

    def head(self, captions: Sequence[str]) -> bytes:
        return b""

    def rows(self, captions: Sequence[str], chunk: Chunk, *, first: bool) -> bytes:
        raise NotImplementedError

    def foot(self) -> bytes:
        return b""


class JsonFormat(Format):
    """One array. It is closed only at the end, so a broken one is no JSON."""

    name = "json"
    content_type = "application/json"

    def head(self, captions: Sequence[str]) -> bytes:
        return b"["

    def rows(self, captions: Sequence[str], chunk: Chunk, *, first: bool) -> bytes:
        body = orjson.dumps(objects(captions, chunk), json_value, OPTIONS)[1:-1]
        return body if first else b"," + body

    def foot(self) -> bytes:
        return b"]"


class LinesFormat(Format):
    """One object a line."""

    name = "ndjson"
    content_type = "application/x-ndjson"
    broken = b'{"broken off": '

    def rows(self, captions: Sequence[str], chunk: Chunk, *, first: bool) -> bytes:
        options = OPTIONS | orjson.OPT_APPEND_NEWLINE
        return b"".join([orjson.dumps(found, json_value, options) for found in objects(captions, chunk)])


class CsvFormat(Format):
    """RFC 4180, without a byte order mark: programs read it. No cell starts a formula."""

    name = "csv"
    content_type = "text/csv; charset=utf-8"
    broken = BROKEN_LINE.encode()
    takes_lines = True

    def head(self, captions: Sequence[str]) -> bytes:
        return csv_bytes([captions])

    def rows(self, captions: Sequence[str], chunk: Chunk, *, first: bool) -> bytes:
        if isinstance(chunk.rows[0], bytes):
            return b"".join(chunk.rows)
        columns = [
            map(finite, column) if place in chunk.digits else map(csv_cell, column)
            for place, column in enumerate(zip(*chunk.rows, strict=True))
        ]
        return csv_bytes(zip(*columns, strict=True))


def objects(captions: Sequence[str], chunk: Chunk) -> list[dict[str, Any]]:
    """Each row keyed by the captions; digits become numbers with all of them."""
    for place in chunk.digits:
        for row in chunk.rows:
            if (digits := row[place]) is not None:
                row[place] = orjson.Fragment(digits) if digits[-1] <= "9" else None
    return keyed_by(tuple(captions))(chunk.rows)


@lru_cache(maxsize=256)
def keyed_by(captions: tuple[str, ...]) -> Callable[[list[Any]], list[dict[str, Any]]]:
    """A function that makes dictionaries of rows, written out for these captions: ``{"Rowid": c0, "Day": c1}``.

    It is the dearest part of a row. ``dict(zip(captions, row))`` takes more than twice as long.
    """
    names = [f"c{number}" for number in range(len(captions))]
    cells = ", ".join([f"{caption!r}: {name}" for caption, name in zip(captions, names, strict=True)])
    text = f"lambda rows: [{{{cells}}} for {', '.join(names)}, in rows]"
    # Of all this only the captions come from elsewhere, and they stand there as literals.
    found: Callable[[list[Any]], list[dict[str, Any]]] = eval(text, {"__builtins__": {}})  # noqa: S307
    return found


def finite(digits: str | None) -> str | None:
    """Of NaN and what is infinite nothing."""
    return digits if digits is None or digits[-1] <= "9" else None


def json_value(value: Any) -> orjson.Fragment:
    """A decimal number with all its digits, as the database has it."""
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)


def csv_bytes(lines: Iterable[Iterable[Any]]) -> bytes:
    target = io.StringIO()
    csv.writer(target).writerows(lines)
    return target.getvalue().encode()


def csv_cell(value: Any) -> Any:
    """As in JSON: moments in UTC, true and false in small letters."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:  # a moment of no zone says so
            return value.replace(microsecond=0).isoformat()
        return value.astimezone(dt.UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    return value
