"""What a caller can ask of a report: parameters with their defaults and the values they take."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from tokens.reports import periods
from tokens.reports.exceptions import WrongParameter
from tokens.reports.reader import Reader

ALLOWED_SHOWN = 50
Given = Mapping[str, list[str]]
Chosen = dict[str, str | int | float | None]


@dataclass(frozen=True)
class Value:
    """One value that a parameter takes, with its name for people. "" stands for all."""

    name: str
    value: str | int


class Parameter(ABC):
    """One parameter of a report. Names are exact, as the published ones: ``Department_Id``, ``End_Period``."""

    def __init__(self, name: str, *, default: str | int | float | None = None) -> None:
        self.name = name
        self.default = default

    @abstractmethod
    def available(self, reader: Reader) -> Sequence[Value]:
        """The values to choose from, within what the reader reaches."""

    @abstractmethod
    def clean(self, text: str, reader: Reader) -> str | int | float | None:
        """The value that the text stands for. Raises ``WrongParameter``."""

    def wrong(self, text: str, allowed: Sequence[str | int]) -> WrongParameter:
        message = _("%(name)s does not take the value %(value)s.") % {"name": self.name, "value": f"“{text[:60]}”"}
        return WrongParameter(message, parameter=self.name, allowed=allowed[:ALLOWED_SHOWN])


class Choice(Parameter):
    """A parameter that takes one of a list of values, the same for all or made for the reader."""

    def __init__(
        self,
        name: str,
        values: Sequence[Value] | Callable[[Reader], Sequence[Value]],
        *,
        default: str | int | None = None,
    ) -> None:
        super().__init__(name, default=default)
        self.values = values

    def available(self, reader: Reader) -> Sequence[Value]:
        return self.values(reader) if callable(self.values) else self.values

    def clean(self, text: str, reader: Reader) -> str | int | None:
        values = [value.value for value in self.available(reader)]
        for value in values:
            if str(value) == text:
                return value
        raise self.wrong(text, values)


class Day(Parameter):
    """A day, ``2026/11/30`` with raw slashes; today in the reader's time zone when none is given."""

    def available(self, reader: Reader) -> Sequence[Value]:
        return []

    def clean(self, text: str, reader: Reader) -> str:
        try:
            return periods.day(text).isoformat()
        except ValueError:
            today = timezone.now().astimezone(reader.zone).date()
            raise self.wrong(text, [periods.DAY_FORM, today.strftime("%Y/%m/%d")]) from None


def months(count: int) -> str:
    return f"{count} month" if count == 1 else f"{count} months"


PERIOD = Choice("Period", [Value(months(n), n) for n in periods.MONTHS], default=periods.DEFAULT_MONTHS)
END_PERIOD = Day("End_Period")


def chosen(parameters: Sequence[Parameter], given: Given, reader: Reader) -> Chosen:
    """Each parameter's value, the default where it is absent or blank. Raises ``WrongParameter``."""
    known = {parameter.name: parameter for parameter in parameters}
    for name, texts in given.items():
        if name not in known:
            message = _("This report has no parameter %(name)s.") % {"name": f"“{name[:60]}”"}
            raise WrongParameter(message, parameter=name[:60], allowed=list(known))
        if len(texts) > 1:
            message = _("%(name)s was given more than once.") % {"name": name}
            raise WrongParameter(message, parameter=name, allowed=[])
    return {
        name: parameter.clean(given[name][0].strip(), reader) if given.get(name, [""])[0].strip() else parameter.default
        for name, parameter in known.items()
    }
