"""A report as a stream: JSON, NDJSON or CSV, in chunks, with the same memory however many rows there are."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from itertools import islice
from typing import Any

import orjson
from django.db.models import QuerySet

from audit.grids.export import FORMULA_STARTS
from audit.long_reading import long_reading
from tokens.reports.base import Report, Values
from tokens.reports.reader import Reader

FIRST_CHUNK = 100  # small, so that the first byte leaves early
CHUNK = 2_000
ROW_NUMBER = "Rowid"
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
BROKEN_LINE = '"The report broke off here: this file is not complete.'  # a quote never closed, and too few fields

Row = list[Any]


class Format:
    """How rows become bytes. ``broken`` is what a stream ends with when it cannot go on, so that no reader takes it
    for a whole: not every server breaks the connection when its application fails."""

    name: str
    content_type: str
    broken = b""

    def head(self, captions: Sequence[str]) -> bytes:
        return b""

    def rows(self, captions: Sequence[str], rows: list[Row], *, first: bool) -> bytes:
        raise NotImplementedError

    def foot(self) -> bytes:
        return b""


class JsonFormat(Format):
    """One array. It is closed only at the end, so a broken one is no JSON."""

    name = "json"
    content_type = "application/json"

    def head(self, captions: Sequence[str]) -> bytes:
        return b"["

    def rows(self, captions: Sequence[str], rows: list[Row], *, first: bool) -> bytes:
        found = [dict(zip(captions, row, strict=True)) for row in rows]
        body = orjson.dumps(found, json_value, OPTIONS)[1:-1]
        return body if first else b"," + body

    def foot(self) -> bytes:
        return b"]"


class LinesFormat(Format):
    """One object a line."""

    name = "ndjson"
    content_type = "application/x-ndjson"
    broken = b'{"broken off": '

    def rows(self, captions: Sequence[str], rows: list[Row], *, first: bool) -> bytes:
        options = OPTIONS | orjson.OPT_APPEND_NEWLINE
        return b"".join([orjson.dumps(dict(zip(captions, row, strict=True)), json_value, options) for row in rows])


class CsvFormat(Format):
    """RFC 4180, without a byte order mark: programs read it. No cell starts a formula."""

    name = "csv"
    content_type = "text/csv; charset=utf-8"
    broken = BROKEN_LINE.encode()

    def head(self, captions: Sequence[str]) -> bytes:
        return csv_bytes([captions])

    def rows(self, captions: Sequence[str], rows: list[Row], *, first: bool) -> bytes:
        return csv_bytes([[csv_cell(value) for value in row] for row in rows])


FORMATS: dict[str, Format] = {kind.name: kind for kind in (JsonFormat(), CsvFormat(), LinesFormat())}


def json_value(value: Any) -> orjson.Fragment:
    """A decimal number with all its digits, as the database has it."""
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)


def csv_bytes(lines: Sequence[Sequence[Any]]) -> bytes:
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


def stream(
    report: Report,
    reader: Reader,
    rows: Values,
    form: Format,
    *,
    ended: Callable[[int, bool], None],
) -> Generator[bytes]:
    """The report as bytes. The first item is empty: whoever takes it has run the query and met its errors.

    ``ended`` is told how many rows went out and whether that is all, before the last byte goes: without a record no
    answer is whole. It is told as well when the client leaves (the generator is closed) or an error breaks the report.
    """
    count, begun = 0, False
    try:
        captions = [ROW_NUMBER, *report.captions]
        with long_reading() if isinstance(rows, QuerySet) else closing(rows):
            found = chunks(report, reader, rows)
            chunk = next(found, [])
            yield b""
            begun = True
            yield form.head(captions)
            while chunk:
                body = form.rows(captions, chunk, first=count == 0)
                count += len(chunk)
                yield body
                chunk = next(found, [])
        ended(count, True)
    except GeneratorExit:
        ended(count, False)
        raise
    except Exception:
        ended(count, False)
        if begun:
            yield form.broken
        raise
    yield form.foot()


def chunks(report: Report, reader: Reader, rows: Values) -> Iterator[list[Row]]:
    """The rows, numbered from 1 and converted, some at a time."""
    conversions = [(place, column.convert) for place, column in enumerate(report.columns, 1) if column.convert]
    source = rows.iterator(chunk_size=CHUNK) if isinstance(rows, QuerySet) else rows
    number, size = 0, FIRST_CHUNK
    while found := list(islice(source, size)):
        numbered = [[number + place, *row] for place, row in enumerate(found, 1)]
        for place, convert in conversions:
            for row in numbered:
                row[place] = convert(row[place], reader)
        yield numbered
        number, size = number + len(found), CHUNK
