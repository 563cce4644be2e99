"""(user type, department) pairs as values: what an assignment gives and what a restriction keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WHOLE_ORGANISATION = 0  # stands for "no department" in the encoded form; no department has this key


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """A user type in a department, by their keys; ``department_id`` is None for the whole organisation."""

    user_type_id: int
    department_id: int | None

    def encoded(self) -> str:
        return f"{self.user_type_id}:{self.department_id or WHOLE_ORGANISATION}"

    @classmethod
    def decoded(cls, text: str) -> Pair:
        """Read one pair back. Raises ``ValueError`` on anything that ``encoded`` did not write."""
        user_type, department = text.split(":")
        return cls(int(user_type), int(department) or None)


def encode(pairs: Iterable[Pair] | None) -> str | None:
    """``|12:5|13:0|``: every pair stands between bars, so that SQL can look for one with LIKE. None stays None."""
    if pairs is None:
        return None
    return "|" + "".join(f"{pair.encoded()}|" for pair in sorted(set(pairs), key=Pair.encoded))


def decode(text: str | None) -> frozenset[Pair] | None:
    if text is None:
        return None
    return frozenset(Pair.decoded(part) for part in text.split("|") if part)
