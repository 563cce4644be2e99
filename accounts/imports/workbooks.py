"""The first sheet of an XLSX workbook as rows of text, within bounds of memory: values alone, formulas never run."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.utils.exceptions import InvalidFileException

from accounts.imports.cells import CELL_LENGTH, cell_text
from accounts.imports.exceptions import Unreadable

MOST_UNPACKED = 50 * 1024 * 1024
MOST_PARTS = 1_000
MOST_COLUMNS = 100
LAST_LINE = 1_048_576
# What comes out of a workbook that is damaged, or made to do harm; entities in its XML are a ValueError of defusedxml.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, OSError, EOFError, RuntimeError, NotImplementedError,
    SyntaxError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError,
)  # fmt: skip


def workbook_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Raises ``Unreadable`` for a file that is packed and no workbook, or larger inside than any table would be."""
    _look_inside(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, cells in enumerate(_values(sheet), 1):
            if cells.count(None) == len(cells):  # a million of these may stand before a cell far away
                continue
            yield number, [cell_text(cell)[: CELL_LENGTH + 1] for cell in cells]
    except DAMAGE:
        raise Unreadable(_("This Excel workbook is damaged. Open it in Excel and save it anew.")) from None


def _values(sheet: Any) -> Iterator[tuple[Any, ...]]:
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows(max_row=LAST_LINE, max_col=MOST_COLUMNS, values_only=True)
    return rows


def _look_inside(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except DAMAGE:
        raise Unreadable(_("This Excel workbook is damaged. Open it in Excel and save it anew.")) from None
    if not any(part.filename.startswith("xl/") for part in parts):
        raise Unreadable(_("This is no Excel workbook. Save the table as CSV or as an Excel workbook (.xlsx)."))
    # Nothing beyond the size that a part is said to have is ever unpacked of it.
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable(_("This workbook is too large inside. Keep the one sheet with the table, or save it as CSV."))
