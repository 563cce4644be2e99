"""A file as rows of text: what kind it is, by its bytes alone, and what is wrong when it is none."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath

from django.utils.translation import gettext as _

from accounts.imports.columns import Header
from accounts.imports.exceptions import Unreadable
from accounts.imports.texts import csv_lines
from accounts.imports.workbooks import workbook_lines

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 10_000
WORKBOOKS, TEXTS = (".xlsx",), (".csv", ".tsv", ".txt")
ZIP, OLE, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"

Line = tuple[int, list[str], bool]


@dataclass(frozen=True)
class Table:
    """An open file: how it was read, the heads of its columns, and its rows as they come, blank ones left out.

    A row is the number of its line, its cells as the header's keys stand, and whether it has more cells than heads.
    """

    form: str
    header: Header
    rows: Iterator[Line]


def check_name(name: str, content: bytes) -> None:
    """Raises ``Unreadable`` for a file that says by its name that it is something else than it is."""
    ending = PurePath(name).suffix.lower()
    if ending not in WORKBOOKS + TEXTS:
        raise Unreadable(
            _("A file named like this is not taken: its name must end in %(endings)s. Save the table as one of these.")
            % {"endings": ", ".join(TEXTS + WORKBOOKS)}
        )
    if content.startswith(ZIP) and ending not in WORKBOOKS:
        raise Unreadable(_("This is an Excel workbook, but its name does not end in .xlsx. Rename it."))
    if ending in WORKBOOKS and content.strip() and not content.startswith((ZIP, OLE, PDF)):
        raise Unreadable(_("The name ends in .xlsx, but this is no Excel workbook. If it is CSV, name it so."))


def open_table(content: bytes) -> Table:
    """Raises ``Unreadable``, here for what the beginning shows, or while the rows are read."""
    form, lines = _lines(content)
    lines = filter(lambda line: any(line[1]), lines)
    first = next(lines, None)
    if first is None:
        raise Unreadable(_("The file is empty."))
    header = Header.of(trimmed(first[1]))
    rows = ((number, header.row(cells), any(cells[header.width :])) for number, cells in lines)
    second = next(rows, None)
    if second is None:
        raise Unreadable(_("The file holds the heads of the columns and no row below them."))
    return Table(form, header, _counted(second, rows))


def _lines(content: bytes) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    if not content.strip():
        raise Unreadable(_("The file is empty."))
    if content.startswith(ZIP):
        return _("XLSX, the first sheet"), workbook_lines(content)
    if content.startswith(OLE):
        raise Unreadable(
            _("This is an old Excel file, or one with a password. Save it as an Excel workbook (.xlsx) without one.")
        )
    if content.startswith(PDF):
        raise Unreadable(_("This is a PDF, not a table. Save the table as CSV or as an Excel workbook (.xlsx)."))
    return csv_lines(content)


def _counted(second: Line, rows: Iterator[Line]) -> Iterator[Line]:
    yield second
    yield from islice(rows, MOST_ROWS - 1)
    if next(rows, None) is not None:
        raise Unreadable(
            _("The file holds more than %(most)s rows. Split it: each part is imported for itself.")
            % {"most": f"{MOST_ROWS:,}"}
        )


def trimmed(cells: list[str]) -> list[str]:
    """Without the blank cells at the end, which spreadsheets like to leave behind."""
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells
