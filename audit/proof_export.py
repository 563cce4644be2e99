"""Entries with all that an outsider needs to prove them: as a streamed ZIP of many, or as the receipt of one.

``docs/verify_export.py`` verifies both off-line. What is written of an entry comes from its sealed bytes alone.
"""

import base64
import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from typing import IO, Any

import orjson
from django.db.models import QuerySet

from audit.grids.export import BYTE_ORDER_MARK, CHUNK, PORTION, Echo, safe_cell
from audit.long_reading import long_reading
from audit.models import Checkpoint, Entry, Head, Leaf
from audit.pace import Pace
from audit.proving import WIDTH, Tiles, consistency, inclusion
from audit.seals.tree import NotProved, inclusion_proof

COLUMNS = (
    "sequence", "at", "verb", "result", "reason", "organisation_id", "actor_id", "actor_label", "channel", "scheme",
    "address", "subject_kind", "subject_id", "subject_label", "owner_id", "owner_label", "token_id", "token_name",
    "request_id", "method", "path", "user_agent", "details", "id",
)  # fmt: skip
KEPT_LEAVES = 64 * WIDTH
"""The hashes of so many neighbouring leaves are kept in memory at a time."""
SPOOLED = 1 << 20
READ_ME = """Entries of a ledger, with the proof that they are in it as they were sealed.

entries.jsonl     one entry a line: its number, the sealed bytes as texts, and the proof of its place in the tree
entries.csv       the same for people and spreadsheets
checkpoint.txt    the signed root of the first {size} entries, which every proof leads to
verifier.txt      the public key that has signed it: compare it with the one that you noted down before
consistency.json  only where a checkpoint that you hold was named: that its ledger is the beginning of this one

To verify, off-line, with Python and its package "cryptography", and the program docs/verify_export.py of the console:

    python verify_export.py THIS_FILE.zip --key "$(cat the-key-that-you-noted-down)"

An export shows that its entries are true. It cannot show that nothing was left out of it, except where the numbers
follow each other without a gap. {waiting} of the entries asked for were not covered by a checkpoint yet, and left out.
"""


def newest_checkpoint() -> Checkpoint:
    """The last one that was signed. Raises ``NotProved`` when there is none yet."""
    found = Checkpoint.objects.order_by("-id").first()
    if found is None:
        raise NotProved("nothing is sealed yet")
    return found


def receipt(entry_id: int) -> dict[str, Any]:
    """One entry with its proof, the checkpoint and the key. Raises ``NotProved`` while no checkpoint covers it."""
    checkpoint = newest_checkpoint()
    leaf = Leaf.objects.filter(entry_id=entry_id).first()
    if leaf is None:
        raise NotProved("the entry is not sealed yet")
    line = _line(leaf, inclusion(leaf.sequence, checkpoint.size))
    return {"entry": line, "checkpoint": checkpoint.note, "verifier": Head.objects.get().verifier}


def consistency_document(old: int, new: int) -> dict[str, Any]:
    """The proof that the tree of ``old`` entries is the beginning of that of ``new``. Raises ``NotProved``."""
    return {"old": old, "new": new, "proof": _texts(consistency(old, new))}


def proof_zip(entries: QuerySet[Entry], *, held: int = 0) -> Iterator[bytes]:
    """The ZIP, in constant memory, of those of the entries that the newest checkpoint covers.

    ``held`` is the size of a checkpoint that the receiver has from before. Raises ``NotProved`` when nothing is sealed,
    or the ledger was never of that size.
    """
    checkpoint = newest_checkpoint()
    shown = {"size": checkpoint.size, "waiting": entries.count() - _covered(entries, checkpoint.size).count()}
    documents = {
        "README.txt": READ_ME.format(**shown),
        "checkpoint.txt": checkpoint.note,
        "verifier.txt": f"{Head.objects.get().verifier}\n",
    }
    if held:
        documents["consistency.json"] = orjson.dumps(consistency_document(held, checkpoint.size)).decode()
    return _stream(entries, checkpoint.size, documents)


class _Pipe(io.RawIOBase):
    """What a ZIP is written to, and taken from as soon as it is there."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self.parts.append(bytes(part))
        return len(part)

    def taken(self) -> bytes:
        found, self.parts = b"".join(self.parts), []
        return found


def _stream(entries: QuerySet[Entry], size: int, documents: dict[str, str]) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive, tempfile.SpooledTemporaryFile(SPOOLED) as table:
        for name, text in documents.items():
            archive.writestr(name, text)
        with archive.open("entries.jsonl", "w", force_zip64=True) as lines:
            for _ in _write_entries(entries, size, lines, table):
                yield pipe.taken()
        table.seek(0)
        with archive.open("entries.csv", "w", force_zip64=True) as copy:
            while part := table.read(SPOOLED):
                copy.write(part)
                yield pipe.taken()
    yield pipe.taken()


def _write_entries(entries: QuerySet[Entry], size: int, lines: IO[bytes], table: IO[bytes]) -> Iterator[None]:
    """Write each entry to both, at a pace that others bear."""
    rows = csv.writer(Echo())
    table.write((BYTE_ORDER_MARK + str(rows.writerow(COLUMNS))).encode())
    subtree, kept, pace = lru_cache(maxsize=KEPT_LEAVES)(Tiles().subtree), 0, Pace()
    with long_reading():
        leaves = _covered(entries, size).order_by("sequence")
        for count, leaf in enumerate(leaves.iterator(chunk_size=CHUNK)):
            if leaf.sequence // KEPT_LEAVES != kept:
                subtree, kept = lru_cache(maxsize=KEPT_LEAVES)(Tiles().subtree), leaf.sequence // KEPT_LEAVES
            line = _line(leaf, inclusion_proof(leaf.sequence, size, subtree))
            lines.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            table.write(str(rows.writerow(_cells(leaf))).encode())
            if count % PORTION == 0:
                yield
                pace.give_way()


def _covered(entries: QuerySet[Entry], size: int) -> QuerySet[Leaf]:
    return Leaf.objects.filter(entry_id__in=entries.order_by().values("id"), sequence__lt=size)


def _line(leaf: Leaf, proof: list[bytes]) -> dict[str, Any]:
    personal = None if leaf.personal is None else bytes(leaf.personal).decode()
    return {
        "sequence": leaf.sequence,
        "data": bytes(leaf.data).decode(),
        "personal": personal,
        "proof": _texts(proof),
    }


def _cells(leaf: Leaf) -> list[Any]:
    held = orjson.loads(bytes(leaf.data)) | (orjson.loads(bytes(leaf.personal)) if leaf.personal is not None else {})
    details = held.get("details")
    held["details"] = details if isinstance(details, str | None) else orjson.dumps(details).decode()
    return [safe_cell(held.get(name)) for name in COLUMNS]


def _texts(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]
