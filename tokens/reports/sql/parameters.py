"""The parameters that a SQL file can declare: text, integer, number, date and choice."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tokens.reports import periods
from tokens.reports.parameters import Choice, Day, Parameter, Value
from tokens.reports.reader import Reader

LENGTH_MAXIMUM = 500
INTEGER_MAXIMUM = 2**63 - 1
DIGITS_MAXIMUM = 15  # so many a number keeps in every tool
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,15})?|\.\d{1,15})", re.ASCII)


class Typed(Parameter):
    """A parameter that takes any value of a form, so that there are none to choose from."""

    form: str

    def available(self, reader: Reader) -> Sequence[Value]:
        return []

    def clean(self, text: str, reader: Reader) -> str | int | float:
        try:
            return self.read(text)
        except ValueError:
            raise self.wrong(text, [self.form]) from None

    @staticmethod
    @abstractmethod
    def read(text: str) -> str | int | float:
        """The value that the text stands for. Raises ``ValueError``."""


class Text(Typed):
    form = f"at most {LENGTH_MAXIMUM} characters"

    @staticmethod
    def read(text: str) -> str:
        if len(text) > LENGTH_MAXIMUM or "\0" in text:  # which no database takes
            raise ValueError(text)
        return text


class Integer(Typed):
    form = "a whole number"

    @staticmethod
    def read(text: str) -> int:
        if not _INTEGER.fullmatch(text) or abs(int(text)) > INTEGER_MAXIMUM:
            raise ValueError(text)
        return int(text)


class Number(Typed):
    form = f"a number such as 12.5, of at most {DIGITS_MAXIMUM} digits"

    @staticmethod
    def read(text: str) -> float:
        if not _NUMBER.fullmatch(text) or len(Decimal(text).normalize().as_tuple().digits) > DIGITS_MAXIMUM:
            raise ValueError(text)
        return float(text)


@dataclass(frozen=True, slots=True)
class Kind:
    """One type: how a parameter of it is made, how a text of it is read, and what PostgreSQL calls it."""

    make: Callable[..., Parameter]
    read: Callable[[str], str | int | float]
    cast: str


KINDS = {
    "text": Kind(Text, Text.read, "text"),
    "integer": Kind(Integer, Integer.read, "bigint"),
    "number": Kind(Number, Number.read, "numeric"),
    "date": Kind(Day, lambda text: periods.day(text).isoformat(), "date"),
}
CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter as the header declares it, and the type as which PostgreSQL takes its value."""

    parameter: Parameter
    cast: str
    line: int

    @property
    def name(self) -> str:
        return self.parameter.name


def choice_of(name: str, values: Sequence[Value], default: str | int | None, line: int) -> Declared:
    """A choice is of whole numbers when all its values are; "", which stands for all, is of either."""
    whole = all(isinstance(value.value, int) for value in values if value.value != "")
    return Declared(Choice(name, values, default=default), "bigint" if whole else "text", line)
