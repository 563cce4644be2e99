"""Seals the ledger: numbers the committed entries, puts them into the tree, and signs its root.

An entry is first *volatile* (committed, in the queue), then *sequenced and integrated* (a leaf of the tree), then
covered by a checkpoint that is *signed* and kept outside of the database, and last *published*. The first step is one
transaction; a checkpoint is signed of what is committed already, so that a crash anywhere leaves nothing to undo.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now

from audit.actions import portions
from audit.actions.eager import eagerly
from audit.models import Checkpoint, Head
from audit.proving import LEVEL, root_at
from audit.seals import notes
from audit.seals.canonical import SALT_BYTES, lasting_bytes, personal_bytes
from audit.seals.keys import signing_key
from audit.seals.outside import Outside
from audit.seals.tree import Growing, NotProved, leaf_hash

PORTION = 2000
"""So many entries are sealed in one transaction."""
TURN = 0x5EA1
"""The advisory lock of whoever seals, on PostgreSQL."""


class Halted(RuntimeError):
    """Nothing may be sealed until somebody has looked: the message says what is wrong."""


class OtherKey(Halted):
    """The key of this installation is not the one that sealed the ledger so far."""


class Rewritten(Halted):
    """The tree is another one than was signed, although it has entries enough: no backup explains that."""


class Rewound(Halted):
    """The database has fewer entries than were signed: an older backup was restored (audit/actions/restoring.py)."""

    def __init__(self, signed: notes.Checkpoint, generation: int, size: int) -> None:
        super().__init__(f"a checkpoint of {signed.size} entries was signed; the database has {size}")
        self.signed, self.generation, self.size = signed, generation, size


@dataclass(slots=True)
class Sealed:
    """What one pass did. ``size`` is that of the newest checkpoint that it signed, None when it signed none."""

    entries: int = 0
    size: int | None = None

    def __bool__(self) -> bool:
        return bool(self.entries) or self.size is not None


def seal() -> Sealed:
    """Seal what is committed, each portion with a checkpoint, unless somebody else is at it.

    Raises ``Halted``; and ``OSError`` when nothing can be kept outside the database: then the entries are in the tree
    and wait for their checkpoint.
    """
    done, outside = Sealed(), Outside(Path(settings.LEDGER_DIR))
    while (count := _integrate(outside)) is not None:
        done.entries += count
        done.size = _sign(outside) or done.size
        if count < PORTION:
            outside.publish()
            break
    return done


def look_outside() -> None:
    """Compare the tree with what was signed last, and change nothing. Raises ``Halted``."""
    with transaction.atomic():
        head = taken_head()
        if head is not None:
            _check(head, Outside(Path(settings.LEDGER_DIR)))


def _integrate(outside: Outside) -> int | None:
    """Move one portion from the queue into the tree. None when another sealer has the turn."""
    with eagerly():
        head = taken_head()
        if head is None:
            return None
        _check(head, outside)
        rows = portions.waiting(PORTION)
        if rows:
            _append(head, rows)
        return len(rows)


def _sign(outside: Outside) -> int | None:
    """Sign the tree as it is committed, unless that was done."""
    with eagerly():
        head = taken_head()
        if head is None or not head.size:
            return None
        _check(head, outside)
        of_generation = Checkpoint.objects.filter(generation=head.generation)
        if of_generation.filter(size__gte=head.size).exists():
            return None
        root = Growing.from_bytes(head.size, bytes(head.peaks)).root()
        note = notes.sign(notes.Checkpoint(head.origin, head.size, root), head.name, _key())
        outside.keep(note)
        number = 1 + (Checkpoint.objects.aggregate(last=Max("id"))["last"] or 0)  # without a gap: a removed one shows
        Checkpoint.objects.create(id=number, generation=head.generation, size=head.size, root=root, note=note)
        return head.size


def taken_head() -> Head | None:
    """The head, locked until the transaction ends; None when another sealer holds it. Made by the first seal."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
            if not cursor.fetchone()[0]:
                return None
    head, _ = Head.objects.select_for_update().get_or_create(id=Head.ONLY)
    if not head.verifier:
        head.name = _name()
        head.verifier = notes.verifier_of(head.name, _key()).line
        head.save(update_fields=["name", "verifier"])
    return head


def _name() -> str:
    """The name of a ledger that has none yet: that of the checkpoint outside, if this key has signed one."""
    written = Outside(Path(settings.LEDGER_DIR)).last_note().partition("\n")[0]
    name, _slash, number = written.rpartition("/")
    return (name if number.isdecimal() else written) or f"{urlsplit(settings.PUBLIC_URL).netloc}/ledger"


def _check(head: Head, outside: Outside) -> None:
    """Raise ``Halted`` unless the tree grows from the one that was signed last, with the same key."""
    verifier = notes.verifier_of(head.name, _key())
    if verifier.line != head.verifier:
        raise OtherKey(f"the ledger was sealed with the key {head.verifier}; the key here is {verifier.line}")
    note = outside.last_note()
    if not note:
        return
    try:
        signed = notes.read(note, verifier)
    except notes.NoCheckpoint as error:
        raise Halted(f"{outside.newest} is no checkpoint of this ledger: {error}") from None
    generation = head.generation_of(signed.origin)
    if generation < head.generation:  # the process that began the new one had no time to put this aside
        outside.put_aside(generation)
    elif generation > head.generation or signed.size > head.size:
        raise Rewound(signed, generation, head.size)
    elif _root_at(signed.size, head) != signed.root:
        raise Rewritten(f"the first {signed.size} entries have another root than was signed")


def _root_at(size: int, head: Head) -> bytes | None:
    if size == head.size:
        return Growing.from_bytes(head.size, bytes(head.peaks)).root()
    try:
        return root_at(size)
    except NotProved:
        return None


def _append(head: Head, rows: list[dict[str, Any]]) -> None:
    tree = Growing.from_bytes(head.size, bytes(head.peaks))
    salts = os.urandom(SALT_BYTES * len(rows)).hex()
    leaves: list[tuple[int, int, bytes, bytes, bytes]] = []
    nodes: list[tuple[int, int, bytes]] = []
    for number, row in enumerate(rows):
        sequence = tree.size
        personal = personal_bytes(row, salts[number * SALT_BYTES * 2 : (number + 1) * SALT_BYTES * 2])
        lasting = lasting_bytes(sequence, row, personal)
        hashed = leaf_hash(lasting)
        leaves.append((sequence, row["id"], lasting, personal, hashed))
        nodes += [node for node in tree.append(hashed) if node[0] % LEVEL == 0]
    portions.add(leaves, nodes)
    deleted = portions.take_off([row["id"] for row in rows])
    if deleted != len(rows):
        raise Halted(f"{len(rows)} entries were sealed, {deleted} taken from the queue")
    Head.objects.filter(id=head.id).update(size=tree.size, peaks=tree.to_bytes(), sealed_at=Now())


def _key() -> Any:
    return signing_key(Path(settings.DATA_DIR) / "ledger")
