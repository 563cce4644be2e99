"""What must be true of the database after the faults: nothing acknowledged is lost, nothing half done, all sealed."""

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg

from audit.seals import notes
from audit.seals.tree import Growing, leaf_hash
from tests.faults.history import History
from tests.faults.installation import Installation

SEALED_WITHIN = 60
HALF_DONE = {
    "tokens without one entry of their making": """SELECT COUNT(*) FROM tokens_accesstoken t WHERE 1 <> (SELECT COUNT(*)
        FROM audit_entry e WHERE e.token_id = t.public_id AND e.verb = 'token.create')""",
    "entries of making without their token": """SELECT COUNT(*) FROM audit_entry e WHERE e.verb = 'token.create' AND NOT
        EXISTS (SELECT 1 FROM tokens_accesstoken t WHERE t.public_id = e.token_id)""",
    "revocations without one entry": """SELECT COUNT(*) FROM tokens_accesstoken t
        WHERE CAST(t.revoked_at IS NOT NULL AS INTEGER) <> (SELECT COUNT(*)
        FROM audit_entry e WHERE e.token_id = t.public_id AND e.verb = 'token.revoke')""",
    "JWTs without an entry": """SELECT COUNT(*) FROM tokens_accesstoken t WHERE (t.generated_at IS NOT NULL) <> EXISTS
        (SELECT 1 FROM audit_entry e WHERE e.token_id = t.public_id AND e.verb = 'token.generate')""",
    "JWTs saved without their mail": """SELECT ABS((SELECT COUNT(*) FROM audit_entry WHERE verb = 'token.generate') -
        (SELECT COUNT(*) FROM accounts_outboxmail WHERE subject LIKE 'A JWT was generated%'))""",
    "entries neither sealed nor waiting": """SELECT COUNT(*) FROM audit_entry e WHERE 1 <>
        (SELECT COUNT(*) FROM audit_leaf l WHERE l.entry_id = e.id) +
        (SELECT COUNT(*) FROM audit_pendingseal p WHERE p.entry_id = e.id)""",
    "sealed without an entry": """SELECT COUNT(*) FROM audit_leaf l WHERE NOT EXISTS
        (SELECT 1 FROM audit_entry e WHERE e.id = l.entry_id)""",
}


def lost(installation: Installation, history: History) -> set[str]:
    """Ids of the requests that were acknowledged and are not on record."""
    with installation.query() as connection:
        rows = connection.execute("SELECT request_id FROM audit_entry WHERE result = 'ok'").fetchall()
    return history.acknowledged() - {request_id for (request_id,) in rows}


def half_done(installation: Installation) -> dict[str, int]:
    """How many of each kind there are, where there are any."""
    with installation.query() as connection:
        counts = {name: connection.execute(statement).fetchone() for name, statement in HALF_DONE.items()}
    return {name: row[0] for name, row in counts.items() if row and row[0]}


def until_sealed(installation: Installation) -> float:
    """Wait until no entry waits and the newest checkpoint covers all; the seconds that it took."""
    began = time.monotonic()
    while True:
        with installation.query() as connection:
            if _is_sealed(connection):
                return time.monotonic() - began
        assert time.monotonic() - began < SEALED_WITHIN, f"not sealed:\n{installation.log.read_text()[-4000:]}"
        time.sleep(0.2)


def _is_sealed(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(
        """SELECT (SELECT COUNT(*) FROM audit_pendingseal), (SELECT COUNT(*) FROM audit_leaf),
            (SELECT COALESCE(MAX(size), 0) FROM audit_checkpoint)"""
    ).fetchone()
    assert row
    waiting, leaves, signed = row
    return waiting == 0 and leaves == signed > 0


Rows = Callable[[str], list[Any]]
"""Gives the rows of a statement."""


def seal_faults(rows: Rows, ledger: Path) -> list[str]:
    """What is wrong with the tree: gaps, other hashes, two roots of a size, a smaller size after a greater one."""
    [head] = rows("SELECT name, verifier, size, peaks FROM audit_head")
    verifier = notes.Verifier.from_line(head[1])
    found = rows("SELECT size, root, note FROM audit_checkpoint ORDER BY id")
    checkpoints: dict[int, bytes] = {}
    sizes = pairwise(size for size, _, _ in found)
    faults = [f"size {after} signed after {before}" for before, after in sizes if after <= before]
    for size, root, note in found:
        read = notes.read(note, verifier)
        if (read.size, read.root) != (size, bytes(root)):
            faults.append(f"the note of {size} says otherwise")
        if checkpoints.setdefault(size, bytes(root)) != bytes(root):
            faults.append(f"two roots of {size}")
    for note in published(ledger):
        read = notes.read(note, verifier)
        if checkpoints.get(read.size, read.root) != read.root:
            faults.append(f"another root of {read.size} was published")
        checkpoints[read.size] = read.root
    return faults + list(_tree_faults(rows, checkpoints, head))


def _tree_faults(rows: Rows, checkpoints: dict[int, bytes], head: Any) -> Iterator[str]:
    tree = Growing()
    for sequence, data, hashed in rows("SELECT sequence, data, hash FROM audit_leaf ORDER BY sequence"):
        if sequence != tree.size:
            yield f"{sequence} stands where {tree.size} should"
            return
        if leaf_hash(bytes(data)) != bytes(hashed):
            yield f"another hash at {sequence}"
        for _node in tree.append(bytes(hashed)):
            pass
        if checkpoints.pop(tree.size, tree.root()) != tree.root():
            yield f"another root at {tree.size}"
    if checkpoints:
        yield f"checkpoints beyond the tree: {sorted(checkpoints)}"
    if (head[2], bytes(head[3])) != (tree.size, tree.to_bytes()):
        yield "the head is another tree's"


def published(ledger: Path) -> list[str]:
    """Every checkpoint that anybody outside can have seen."""
    newest, public = ledger / "newest", ledger / "checkpoints.txt"
    notes_found = [newest.read_text()] if newest.exists() else []
    if public.exists():
        parts = public.read_text().split("\n\n")
        notes_found += [f"{body}\n\n{signature}\n" for body, signature in zip(parts[::2], parts[1::2], strict=False)]
    return [note for note in notes_found if note.strip()]
