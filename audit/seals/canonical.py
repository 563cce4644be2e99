"""The exact bytes that are sealed of an entry: one part for ever, and a personal one that can be forgotten.

Both are JSON in the form of RFC 8785. The first holds the SHA-256 of the second, which is salted: once the second is
forgotten, nobody can guess back what it held, and everything else of the entry is still proved.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import orjson

from audit.triggers import FIXED, PERSONAL

VERSION = 1
"""The form of the bytes. It is among them, so that a later form can be told from this one."""
SALT_BYTES = 16
COLUMNS = (*FIXED, *PERSONAL)
SAFE_INTEGER = 2**53
"""RFC 8785 writes numbers as IEEE 754 doubles: whole numbers beyond are not safe there."""

_fixed = itemgetter(*FIXED)

Row = Mapping[str, Any]
"""An entry by column: ``at`` as a datetime or SQLite's text, ``details`` as JSON text."""


def lasting_bytes(sequence: int, row: Row, personal: bytes) -> bytes:
    """What the leaf's hash is made from."""
    return sealed_bytes(sequence, row, hashlib.sha256(personal).hexdigest())


def sealed_bytes(sequence: int, row: Row, personal_digest: str) -> bytes:
    """The same from the digest of the personal bytes alone, which stays when those are forgotten."""
    held = dict(zip(FIXED, _fixed(row), strict=True))
    held["at"] = moment(row["at"])
    held["v"], held["sequence"] = VERSION, sequence
    held["personal"] = personal_digest
    return orjson.dumps(held, option=orjson.OPT_SORT_KEYS)


def personal_bytes(row: Row, salt: str) -> bytes:
    """What may be forgotten later. ``salt`` is ``SALT_BYTES`` random bytes in hexadecimal."""
    held = {name: row[name] for name in PERSONAL}
    held["details"] = None if row["details"] is None else plain(json.loads(row["details"]))
    held["salt"] = salt
    return orjson.dumps(held, option=orjson.OPT_SORT_KEYS)


def salt_of(personal: bytes) -> str:
    """The salt that the personal bytes hold. Raises ``ValueError`` where they are no such bytes."""
    held = orjson.loads(personal)
    salt = held.get("salt") if isinstance(held, dict) else None
    if not isinstance(salt, str):
        raise ValueError("no salt")  # noqa: TRY004  # one error for everything that is no such text
    return salt


def moment(value: Any) -> str:
    """A moment as RFC 3339 in UTC with six decimals; SQLite's text as it is read by Django."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    text = str(value)
    return f"{text[:10]}T{text[11:19]}.{text[20:].ljust(6, '0')}Z"


def plain(value: Any) -> Any:
    """The value where its JSON is the same everywhere; else its JSON as a text, in ASCII with sorted keys.

    What could differ: fractions, whole numbers beyond 2**53, names that are not ASCII (whose order differs), and halves
    of surrogate pairs, which UTF-8 cannot hold.
    """
    return value if _is_plain(value) else json.dumps(value, sort_keys=True, separators=(",", ":"))


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) <= SAFE_INTEGER
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    return isinstance(value, dict) and all(name.isascii() and _is_plain(held) for name, held in value.items())
