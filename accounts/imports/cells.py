"""Cells of a file as text, and the apostrophe that keeps spreadsheets from taking a text for a formula."""

import datetime as dt
import re
from typing import Any

CELL_LENGTH = 5_000
# What an export puts an apostrophe before, and such a text that begins with apostrophes of its own.
GUARDED = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def guarded(text: str) -> str:
    """The text so that no spreadsheet computes it; ``unguarded`` gives back exactly this text."""
    return f"'{text}" if GUARDED.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and GUARDED.match(text) else text


def cell_text(value: Any) -> str:
    """What a cell of a workbook holds, as somebody would have typed it. Formulas come as the value they had last."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time.min else value.isoformat(" ", "seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return storable(str(value).strip())


def storable(text: str) -> str:
    """Without what no database keeps: NUL, and halves of letters."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
