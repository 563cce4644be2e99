"""A CSV file as rows of text: its encoding and its separator are found out, and told."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounts.imports.cells import CELL_LENGTH, storable, unguarded
from accounts.imports.columns import KEYS, plain
from accounts.imports.exceptions import Unreadable

SEPARATORS = {",": "“,”", ";": "“;”", "\t": "Tab"}
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
SEPARATOR_LINE = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)  # how Excel is told the separator


def csv_lines(content: bytes) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """How the file is read, in words, and its rows, each with the number of the line that it begins in."""
    text, encoding = decoded(content)
    skipped = 0
    if told := SEPARATOR_LINE.match(text):
        text, skipped = text[told.end() :], 1
    separator = told[1] if told else likely_separator(text)
    form = _("CSV, %(encoding)s, columns separated by %(separator)s") % {
        "encoding": encoding,
        "separator": SEPARATORS[separator],
    }
    return form, _rows(text, separator, skipped)


def decoded(content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding. Raises ``Unreadable`` for what is no text."""
    for mark, codec, name in MARKS:
        if content.startswith(mark):
            return _decoded(content, codec, name), name
    if b"\x00" in content[:2]:
        # The first head begins with a letter, and that has a zero byte in UTF-16: behind it, or before it.
        codec = "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be"
        return _decoded(content, codec, "UTF-16"), "UTF-16"
    try:
        return _without_control(content.decode("utf-8")), "UTF-8"
    except UnicodeDecodeError:
        return _decoded(content, "cp1252", "Windows-1252"), "Windows-1252"


def _decoded(content: bytes, codec: str, name: str) -> str:
    try:
        return _without_control(content.decode(codec))
    except UnicodeDecodeError as error:
        if CONTROL.search(content.decode("latin-1")) and codec == "cp1252":
            raise Unreadable(_no_table()) from None
        raise Unreadable(
            _("Line %(line)d is no text in %(encoding)s. Save the file as CSV UTF-8, or as an Excel workbook (.xlsx).")
            % {"line": content.count(b"\n", 0, error.start) + 1, "encoding": name}
        ) from None


def _without_control(text: str) -> str:
    if CONTROL.search(text):
        raise Unreadable(_no_table())
    return text


def _no_table() -> str:
    return _("This file is no table. Save the table as CSV or as an Excel workbook (.xlsx).")


def likely_separator(text: str) -> str:
    """That by which the first line falls into the most heads that are known; of equal ones the most frequent."""
    first = text.lstrip("\r\n").partition("\n")[0]

    def judged(separator: str) -> tuple[int, int]:
        parts = [part.strip().strip('"') for part in first.split(separator)]
        return sum(plain(part) in KEYS for part in parts) if len(parts) > 1 else 0, len(parts)

    return max(SEPARATORS, key=judged)


def _rows(text: str, separator: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Unreadable(
                _("Line %(line)d cannot be taken apart: a quotation mark is not closed, or stands within a text.")
                % {"line": line}
            ) from None
        yield line, [unguarded(storable(cell.strip()))[: CELL_LENGTH + 1] for cell in cells]
