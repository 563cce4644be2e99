"""What PostgreSQL's values become in a flat row: numbers, moments, texts; everything else as PostgreSQL writes it.

Days are among the texts, and decimal numbers are their digits: to make values of them would take as long as the rest.
"""

from __future__ import annotations

import math
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.types.datetime import TimeLoader, TimestampLoader, TimestamptzLoader
from psycopg.types.numeric import FloatLoader
from psycopg.types.string import TextLoader

AS_THEY_ARE = {"bool", "int2", "int4", "int8", "text", "varchar", "bpchar", "name", "uuid"}


class _OrText:
    """A moment that Python has no value for (infinity, before Christ) as text."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)  # type: ignore[misc]
        except (psycopg.DataError, NotImplementedError, ValueError):
            return bytes(data).decode()


class _OrNothing:
    """A number that JSON has none for (NaN, infinity) as null."""

    def load(self, data: Buffer) -> Any:
        value = super().load(data)  # type: ignore[misc]
        return value if math.isfinite(value) else None


class TimeOrText(_OrText, TimeLoader): ...


class TimestampOrText(_OrText, TimestampLoader): ...


class TimestamptzOrText(_OrText, TimestamptzLoader): ...


class FloatOrNothing(_OrNothing, FloatLoader): ...


LOADERS: dict[str, Any] = {
    "time": TimeOrText,
    "timestamp": TimestampOrText,
    "timestamptz": TimestamptzOrText,
    "float4": FloatOrNothing,
    "float8": FloatOrNothing,
}


def flatten(connection: psycopg.Connection[Any]) -> None:
    """Let the connection give nothing but what a flat row can hold."""
    for kind in psycopg.adapters.types:
        if kind.name not in AS_THEY_ARE:
            connection.adapters.register_loader(kind.oid, LOADERS.get(kind.name, TextLoader))
        if kind.array_oid:
            connection.adapters.register_loader(kind.array_oid, TextLoader)


def type_named(oid: int) -> str:
    """The name of one of PostgreSQL's own types; of others nothing is said."""
    kind = psycopg.adapters.types.get(oid)
    return kind.name if kind and kind.oid == oid else ""
