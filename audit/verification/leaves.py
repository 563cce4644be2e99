"""Holds one entry against the bytes that were sealed of it, and finds out what differs."""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from audit.seals.canonical import COLUMNS, moment, personal_bytes, plain, salt_of, sealed_bytes
from audit.seals.tree import leaf_hash
from audit.triggers import FIXED, PERSONAL
from audit.verification.findings import Finding
from audit.verification.reading import FIRST, Row

SALT = b',"salt":"'

IsForgotten = Callable[[dict[str, Any]], bool]
"""Whether the personal details of what was sealed may be gone."""


def is_whole(row: Row) -> bool:
    """Whether entry, sealed bytes and hash are as they were sealed, with nothing forgotten. Quick: most rows are."""
    sequence, entry_id, data, personal, held = row[:FIRST]
    if personal is None or row[FIRST] != entry_id:
        return False
    entry = dict(zip(COLUMNS, row[FIRST:], strict=True))
    try:
        return bool(
            leaf_hash(data) == held
            and sealed_bytes(sequence, entry, hashlib.sha256(personal).hexdigest()) == data
            and (_is_plainly_same(row, personal) or personal_bytes(entry, salt_of(personal)) == personal)
        )
    except (ValueError, TypeError):  # what has no such form has been changed
        return False


def _is_plainly_same(row: Row, personal: bytes) -> bool:
    """Whether the personal columns give the sealed bytes even without asking which of their values are plain.

    Bytes are never the same by mistake: what is not plain was sealed as a text, and has another form here.
    """
    held = dict(zip(PERSONAL, row[FIRST + len(FIXED) :], strict=True))
    try:
        held["details"] = None if held["details"] is None else orjson.loads(held["details"])
        at = personal.rfind(SALT) + len(SALT)  # nothing after it is nested, and no quote within a text stands alone
        held["salt"] = personal[at : personal.index(b'"', at)].decode()
        return orjson.dumps(held, option=orjson.OPT_SORT_KEYS) == personal
    except (ValueError, TypeError):
        return False


def differences(row: Row, is_forgotten: IsForgotten) -> Iterator[Finding]:
    """What is wrong with a row that is not whole; nothing when its personal details were forgotten as they may be."""
    sequence, entry_id, data, _, held = row[:FIRST]
    entry = dict(zip(COLUMNS, row[FIRST:], strict=True))
    sealed = _object(data)
    if leaf_hash(data) != held or sealed is None:
        yield Finding("leaf_changed", sequence)
    elif sealed.get("sequence") != sequence or sealed.get("id") != entry_id:
        yield Finding("leaf_moved", sequence)
    elif entry["id"] is None:
        yield Finding("entry_missing", sequence, {"entry": entry_id})
    else:
        yield from _changes(row, entry, sealed, is_forgotten)


def _changes(row: Row, entry: dict[str, Any], sealed: dict[str, Any], is_forgotten: IsForgotten) -> Iterator[Finding]:
    """What differs between an entry and the bytes that are surely those that were sealed of it."""
    sequence, entry_id, data, personal, _ = row[:FIRST]
    named = {"entry": entry_id}
    columns = [name for name in FIXED if not _is_same(sealed.get(name), _fixed(name, entry))]
    kept = [name for name in PERSONAL if entry[name] is not None]
    if personal is not None and hashlib.sha256(personal).hexdigest() != sealed.get("personal"):
        yield Finding("personal_changed", sequence, named)
        return
    changed = kept if personal is None else _changed_personal(personal, entry)
    is_removed = personal is None or (changed and not kept)
    if is_removed and not (personal is None and is_forgotten(sealed)):
        yield Finding("personal_removed", sequence, named)
    elif columns or changed:
        yield Finding("entry_changed", sequence, {**named, "columns": ", ".join([*columns, *changed])})
    elif not _is_in_form(sequence, entry, data, sealed):
        yield Finding("leaf_changed", sequence)


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _fixed(name: str, entry: dict[str, Any]) -> Any:
    return moment(entry["at"]) if name == "at" else entry[name]


def _is_same(sealed: Any, now: Any) -> bool:
    """Equal, and of the same kind: for Python True is 1."""
    return bool(type(sealed) is type(now) and sealed == now)


def _changed_personal(personal: bytes, entry: dict[str, Any]) -> list[str]:
    """The personal columns that are not as they were sealed."""
    sealed = _object(personal) or {}
    found = [name for name in PERSONAL if name != "details" and not _is_same(sealed.get(name), entry[name])]
    try:
        details = None if entry["details"] is None else plain(json.loads(entry["details"]))
        is_same = orjson.dumps(details, option=orjson.OPT_SORT_KEYS) == orjson.dumps(
            sealed.get("details"), option=orjson.OPT_SORT_KEYS
        )
    except (ValueError, TypeError):
        is_same = False
    return found if is_same else [*found, "details"]


def _is_in_form(sequence: int, entry: dict[str, Any], data: bytes, sealed: dict[str, Any]) -> bool:
    try:
        return sealed_bytes(sequence, entry, str(sealed.get("personal"))) == data
    except TypeError:
        return False
