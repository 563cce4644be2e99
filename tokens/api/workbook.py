"""A report as a workbook of Excel: made in a temporary file, in constant memory, before its first byte goes out."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter

from audit.grids.export import ROWS_OF_A_SHEET, headed_sheet, shortened
from tokens.api.formats import Chunk, Format, Parts, Tally
from tokens.reports.exceptions import TooManyRows

PIECE = 64 * 1024
EARLIEST_YEAR = 1900  # Excel has no day before it
DIGITS = 15  # of a number in a cell; one with more becomes a text, which keeps them all
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


class WorkbookFormat(Format):
    """One sheet. Who reads it with a program would not look for a second one, so more rows than fit are refused."""

    name = "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def parts(self, captions: Sequence[str], chunks: Iterable[Chunk], tally: Tally) -> Parts:
        with tempfile.TemporaryFile() as target:
            count = write(target, captions, chunks)
            yield b""
            tally.rows = count  # whoever has some of the file may have any of the rows
            length, _start = target.tell(), target.seek(0)
            while target.tell() + PIECE < length:
                yield target.read(PIECE)
            return target.read()


def write(target: BinaryIO, captions: Sequence[str], chunks: Iterable[Chunk]) -> int:
    """The number of rows. Raises ``TooManyRows``."""
    count = 0
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        page = Page(book, captions)
        for chunk in chunks:
            if count + len(chunk.rows) > ROWS_OF_A_SHEET:
                raise TooManyRows(ROWS_OF_A_SHEET)
            for row in chunk.rows:
                count += 1
                for place in chunk.digits:
                    row[place] = number(row[place])
                for place in chunk.days:
                    row[place] = day(row[place])
                page.add(count, row)
    target.seek(0, 2)
    return count


class Page:
    """The sheet, and how its cells look."""

    def __init__(self, book: Any, captions: Sequence[str]) -> None:
        self.sheet = headed_sheet(book, list(captions))
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def add(self, number: int, row: Sequence[Any]) -> None:
        """Moments are those of UTC, as in the other forms."""
        for place, value in enumerate(row):
            if isinstance(value, str):
                self.sheet.write_string(number, place, shortened(value))
            elif isinstance(value, dt.date) and value.year < EARLIEST_YEAR:
                self.sheet.write_string(number, place, value.isoformat())
            elif isinstance(value, dt.datetime):
                plain = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
                self.sheet.write_datetime(number, place, plain.replace(microsecond=0), self.moment)
            elif isinstance(value, dt.date):
                self.sheet.write_datetime(number, place, value, self.day)
            elif isinstance(value, bool):
                self.sheet.write_boolean(number, place, value)
            elif isinstance(value, int | float | Decimal):
                self.add_number(number, place, value)
            elif value is not None:
                self.sheet.write_string(number, place, shortened(str(value)))

    def add_number(self, row: int, place: int, value: float | Decimal) -> None:
        if isinstance(value, float) or len(str(value).strip("-0.").replace(".", "")) <= DIGITS:
            self.sheet.write_number(row, place, value)
        else:
            self.sheet.write_string(row, place, str(value))


def number(digits: str | None) -> Decimal | None:
    found = Decimal(digits) if digits is not None else None
    return found if found is None or found.is_finite() else None


def day(text: str | None) -> dt.date | str | None:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:  # before Christ, after 9999, or none
        return text
