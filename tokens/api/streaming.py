"""A report as a stream, in chunks, with the same memory however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from audit.long_reading import long_reading
from audit.pace import Pace
from tokens.api.formats import END_OF_LINE, Chunk, CsvFormat, Format, JsonFormat, LinesFormat, Tally
from tokens.api.turns import turn
from tokens.api.workbook import WorkbookFormat
from tokens.reports.base import Found, Report, Values
from tokens.reports.reader import Reader

FIRST_CHUNK = 100  # small, so that the first byte leaves early
CHUNK = 1_000  # about a millisecond of work, after which another call of this process may have its turn
ROW_NUMBER = "Rowid"

FORMATS: dict[str, Format] = {kind.name: kind for kind in (JsonFormat(), CsvFormat(), LinesFormat(), WorkbookFormat())}


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
    tally, begun = Tally(), False
    try:
        with ExitStack() as stack:
            found = stack.enter_context(closing(chunks(report, reader, rows)))
            parts = form.parts([ROW_NUMBER, *report.captions], in_turn(found, stack), tally)
            yield next(parts)
            begun = True
            last = yield from parts
            ended(tally.rows, True)
    except GeneratorExit:
        ended(tally.rows, False)
        raise
    except Exception:
        ended(tally.rows, False)
        if begun:
            yield form.broken
        raise
    yield last


def in_turn(found: Iterator[Chunk], stack: ExitStack) -> Iterator[Chunk]:
    """The chunks, at a pace that others bear; for more than one a turn is taken, and kept with ``stack``.

    Raises ``TooManyReports``.
    """
    pace = Pace()
    for number, chunk in enumerate(found):
        if number == 0 and len(chunk.rows) >= FIRST_CHUNK:
            stack.enter_context(turn())
        yield chunk
        pace.give_way()


def chunks(report: Report, reader: Reader, rows: Values) -> Generator[Chunk]:
    """The rows, numbered from 1 and converted, some at a time."""
    conversions = [(place, column.convert) for place, column in enumerate(report.columns, 1) if column.convert]
    told = rows if isinstance(rows, Found) else None
    with reading(rows) as source:
        number, size = 0, FIRST_CHUNK
        while found := list(islice(source, size)):
            if told and told.written:
                yield Chunk([b"%d,%b%b" % (place, line, END_OF_LINE) for place, line in enumerate(found, number + 1)])
            else:
                numbered = [[place, *row] for place, row in enumerate(found, number + 1)]
                for place, convert in conversions:
                    for row in numbered:
                        row[place] = convert(row[place], reader)
                yield Chunk(numbered, *places(told))
            number, size = number + len(found), CHUNK


def places(told: Found | None) -> tuple[list[int], list[int]]:
    """Of digits and of days, counted from the number of the row."""
    return ([place + 1 for place in told.digits], [place + 1 for place in told.days]) if told else ([], [])


@contextmanager
def reading(rows: Values) -> Iterator[Iterator[Any]]:
    """The rows one by one, in what reading them needs, to whose end it comes in any case."""
    if isinstance(rows, QuerySet):
        with long_reading():
            yield rows.iterator(chunk_size=CHUNK)
    else:
        with closing(rows):
            yield iter(rows)
