"""A sealed ledger for tests, and the hands of somebody who gets past the database's guards."""

import json
import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction

from audit.actions.recording import Happening, record_many
from audit.actions.sealing import seal
from audit.actor import Actor, Reference
from audit.models import Checkpoint, Entry, Head, Leaf, Node
from audit.proving import LEVEL
from audit.seals import keys, notes
from audit.seals.canonical import COLUMNS, lasting_bytes, personal_bytes
from audit.seals.tree import Growing, leaf_hash
from audit.verbs import Verb

ADA = Actor(
    id="lgn_ada", label="Ada Byron", channel="console", address="192.0.2.7", organisation_id=1, user_agent="Excel/16",
    request_id="r" * 26, method="POST", path="/contacts/new",
)  # fmt: skip


def written(count: int, *, organisation_id: int = 1, first: int = 0, odd: bool = True) -> None:
    """Entries of different things, not sealed yet; ``odd`` ones have details whose JSON is not the same everywhere."""
    details = {"price": 1.5, "ü": [None, True]} if odd else {"scopes": ["api:meta:read", "api:report:read"]}
    happenings = (
        Happening(
            verb=Verb.CONTACT_CREATE,
            subject=Reference("contact", f"con_{number}", f"Zoë Nº {number}"),
            owner=Reference("login", f"lgn_{number % 7}", "Grace Hopper"),
            details={"n": number, **details} if number % 4 else None,
        )
        for number in range(first, first + count)
    )
    with transaction.atomic():
        record_many(happenings, by=ADA, organisation_id=organisation_id)


def sealed(count: int, every: int = 50) -> None:
    """A ledger of so many entries with a checkpoint after every so many."""
    for first in range(0, count, every):
        written(min(every, count - first), first=first)
        seal()


def key() -> Ed25519PrivateKey:
    return keys.signing_key(Path(settings.DATA_DIR) / "ledger")


def reseal(sign_with: Ed25519PrivateKey) -> None:
    """Make every seal anew from the entries as they are now, with checkpoints of the same sizes."""
    head, tree = Head.objects.get(), Growing()
    sizes = list(Checkpoint.objects.order_by("id").values_list("size", flat=True))
    roots: dict[int, bytes] = {}
    nodes, leaves = [], []
    entries = {row["id"]: row for row in Entry.objects.values(*COLUMNS)}
    for leaf in Leaf.objects.order_by("sequence"):
        fill(leaf, entries[leaf.entry_id])
        leaves.append(leaf)
        for height, position, hashed in tree.append(leaf.hash):
            if height % LEVEL == 0:
                nodes.append(Node(height=height, position=position, hash=hashed))
        roots[tree.size] = tree.root()
    for model, rows in ((Node, nodes), (Leaf, leaves)):
        model.objects.all().delete()
        model.objects.bulk_create(rows)
    for size in sizes:
        note = notes.sign(notes.Checkpoint(head.origin, size, roots[size]), head.name, sign_with)
        Checkpoint.objects.filter(size=size).update(root=roots[size], note=note)
    head.verifier, head.peaks = notes.verifier_of(head.name, sign_with).line, tree.to_bytes()
    head.save()


def fill(leaf: Leaf, entry: dict[str, Any]) -> None:
    """Bytes and hash of a leaf as the sealer would make them of the entry."""
    held = Entry._meta.get_field("details").get_prep_value(entry["details"])
    row = {**entry, "details": None if held is None else json.dumps(held)}
    leaf.personal = personal_bytes(row, os.urandom(16).hex())
    leaf.data = lasting_bytes(leaf.sequence, row, leaf.personal)
    leaf.hash = leaf_hash(leaf.data)
