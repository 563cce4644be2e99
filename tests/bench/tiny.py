"""The tiny answer that everyone gives, the people and tokens that everyone has, and what a caller must know of them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

ADDRESS = "api/tiny"
CONTENT = {"id": 1, "name": "Cooling water", "value": 12.5}
ACTIVE = 200
"""So many credentials take turns."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many logins, and how many tokens of each kind."""

    logins: int
    tokens: int


FULL, QUICK = Size(10_000, 50_000), Size(400, 1_000)


@dataclass(frozen=True, slots=True)
class Variant:
    """An address and the Authorization headers that take turns there; an empty one is none at all."""

    name: str
    path: str
    authorizations: list[str]


def kept_at(name: str) -> Path:
    """Where the variants of a program are written by who makes its data."""
    return Path(os.environ["DATA_DIR"]) / f"{name}.json"


def keep(name: str, variants: list[Variant]) -> None:
    kept_at(name).write_text(json.dumps([asdict(variant) for variant in variants]))


def variants_in(file: Path) -> Mapping[str, Variant]:
    return {variant["name"]: Variant(**variant) for variant in json.loads(file.read_text())}


def size_wanted() -> Size:
    return QUICK if os.environ.get("BENCH_QUICK") else FULL
