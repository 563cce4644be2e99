"""A race is run in parts: the first ones in every long run, all of them by `make races`."""

from typing import Any

import pytest


def in_parts(count: int, *, first: int) -> list[Any]:
    """The values of a parameter that numbers them."""
    return [pytest.param(part, marks=() if part < first else pytest.mark.races) for part in range(count)]
