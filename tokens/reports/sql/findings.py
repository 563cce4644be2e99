"""What is wrong with a report's file: where, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One error. Line 0 is the file as a whole."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class Wrong(ValueError):
    """Raised where reading cannot go on; carries the one finding."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.finding = Finding(line, message)


def one_of(names: Iterable[str], wanted: str) -> str:
    """What could have been meant: "Did you mean X? There are A, B and X."""
    known = list(names)
    close = difflib.get_close_matches(wanted, known, n=1)
    meant = f"Did you mean {close[0]}? " if close else ""
    return f"{meant}There {'is' if len(known) == 1 else 'are'} {', '.join(known) or 'none'}."
