"""Every row of a filtered grid as a file: CSV and JSON as a stream, XLSX in constant memory."""

import csv
import datetime as dt
import json
import tempfile
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import xlsxwriter
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django_tables2.rows import BoundRow

from audit.grids.tables import GridTable
from audit.long_reading import long_reading
from audit.pace import Pace

FORMATS = ("csv", "xlsx", "json")
CHUNK = 2_000  # rows that the database gives at a time
PORTION = 100  # rows: some milliseconds of work, after which another request of this process may have its turn
ROWS_OF_A_SHEET = 1_048_575
BYTE_ORDER_MARK = "\ufeff"
LONGEST_CELL = 32_767  # of a worksheet: a longer text would be left out altogether
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export_response(table: GridTable, rows: QuerySet[Any], *, wanted: str, name: str) -> HttpResponseBase:
    """The file, named after the grid and the day. ``wanted`` is one of ``FORMATS``."""
    filename = f"{name}-{timezone.localdate().isoformat()}.{wanted}"
    if wanted == "xlsx":
        return FileResponse(xlsx_file(table, rows), as_attachment=True, filename=filename)
    kind, stream = ("text/csv", csv_lines) if wanted == "csv" else ("application/json", json_lines)
    response = StreamingHttpResponse(stream(table, rows), content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def exported_columns(table: GridTable) -> list[Any]:
    return [column for column in table.columns if not column.column.exclude_from_export]


def portions(table: GridTable, rows: QuerySet[Any]) -> Iterator[list[list[Any]]]:
    """The raw values of some rows at a time, numbers, moments and texts, at a pace that others bear."""
    names, pace = [column.name for column in exported_columns(table)], Pace()
    with long_reading():
        records = rows.iterator(chunk_size=CHUNK)
        while portion := [BoundRow(record, table=table) for record in islice(records, PORTION)]:
            yield [[row.get_cell_value(name) for name in names] for row in portion]
            pace.give_way()


def plain(value: Any) -> Any:
    """A value as JSON has it: moments in ISO 8601 with their offset, translated texts as text."""
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if value is None or isinstance(value, bool | int | float):
        return value
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def safe_cell(value: Any) -> Any:
    """A value that no spreadsheet takes for a formula: an apostrophe goes before what could start one.

    Also before a text that has such apostrophes itself, so that whoever takes one away has the text again.
    """
    text = plain(value)
    return f"'{text}" if isinstance(text, str) and text.lstrip("'").startswith(FORMULA_STARTS) else text


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(table: GridTable, rows: QuerySet[Any]) -> Iterator[str]:
    """Lines of CSV (RFC 4180), after a byte order mark: without it Excel misreads every letter beyond ASCII."""
    writer = csv.writer(Echo())
    yield BYTE_ORDER_MARK + writer.writerow([safe_cell(column.header) for column in exported_columns(table)])
    for portion in portions(table, rows):
        yield "".join(writer.writerow([safe_cell(value) for value in row]) for row in portion)


def json_lines(table: GridTable, rows: QuerySet[Any]) -> Iterator[str]:
    """An array of flat objects, one a line, keyed by the columns' names, which do not change with the language."""
    names = [column.name for column in exported_columns(table)]
    separator = "[\n"
    for portion in portions(table, rows):
        objects = (dict(zip(names, map(plain, row), strict=True)) for row in portion)
        yield separator + ",\n".join(json.dumps(each, ensure_ascii=False) for each in objects)
        separator = ",\n"
    yield "\n]\n" if separator != "[\n" else "[]\n"


def xlsx_file(table: GridTable, rows: QuerySet[Any]) -> Any:
    """A workbook in a temporary file; a further sheet begins where one is full."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(target, options) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        captions = [str(column.header) for column in exported_columns(table)]
        sheet = headed_sheet(book, captions)
        for number, row in enumerate(chain.from_iterable(portions(table, rows))):
            if number and number % ROWS_OF_A_SHEET == 0:
                sheet = headed_sheet(book, captions)
            for column, value in enumerate(row):
                write_cell(sheet, 1 + number % ROWS_OF_A_SHEET, column, value, day=day, moment=moment)
    target.seek(0)
    return target


def headed_sheet(book: Any, captions: list[str]) -> Any:
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, captions)
    sheet.freeze_panes(1, 0)
    return sheet


def write_cell(sheet: Any, row: int, column: int, value: Any, *, day: Any, moment: Any) -> None:
    """Moments and days as such, in the active time zone; everything else as number or text."""
    if isinstance(value, dt.datetime):
        sheet.write_datetime(row, column, timezone.localtime(value), moment)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, day)
    elif value is None or isinstance(value, bool | int | float):
        sheet.write(row, column, value)
    else:
        sheet.write_string(row, column, shortened(str(value)))


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"
