"""Verify an export of ledger entries, or the receipt of one, off-line. Needs Python 3.9 and its package "cryptography".

    python verify_export.py EXPORT.zip|RECEIPT.json [--key VERIFIER] [--held CHECKPOINT [--consistency PROOF.json]]

Ends with 0 when everything is proved, 1 when something is not, 2 when it could not be read. What it computes is in
RFC 6962 (tree), RFC 9162, 2.1.3.2 and 2.1.4.2 (proofs), and C2SP signed-note and tlog-checkpoint (checkpoints).
"""

import argparse
import csv
import json
import sys
import zipfile
import zlib
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature as Broken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

UNSIGNED, OTHER = "the checkpoint is not signed by the key", "the checkpoint that you hold is of another ledger"
UNREADABLE = OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, zlib.error, zipfile.BadZipFile


def check(holds, why):
    if not holds:
        raise Broken(why)


def checkpoint_of(note, verifier):
    """Size and root of a checkpoint that the verifier's key has signed."""
    name, hint, key = verifier.split("+", 2)
    key, (body, _, signatures) = b64decode(key), note.partition("\n\n")
    check(key[:1] == b"\x01" and sha256(f"{name}\n".encode() + key).hexdigest()[:8] == hint, "the key is damaged")
    signed = next((line.split(" ")[2] for line in signatures.splitlines() if line.startswith(f"\u2014 {name} ")), "")
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(b64decode(signed)[4:], f"{body}\n".encode())
    origin, size, root = body.split("\n")
    check(f"{origin}/".startswith(f"{name}/"), "the checkpoint is of another ledger")
    return int(size), b64decode(root)


def climb(first, last, path, *found):
    """The hashes that a path leads to: the last one takes every step, one before it only those from the left."""
    for step in path:
        check(last > 0, "a proof is too long")
        left = first & 1 or first == last
        while left and first and not first & 1:
            first, last = first >> 1, last >> 1
        *others, newest = [sha256(b"\x01" + (step + one if left else one + step)).digest() for one in found]
        found = (*(others if left else found[:-1]), newest)
        first, last = first >> 1, last >> 1
    check(last == 0, "a proof is too short")
    return found


def check_entry(number, line, row, size, root):
    """The entry's bytes are in the tree, and the table shows what they say, or the same after an apostrophe."""
    data, personal, proof = line["data"].encode(), line["personal"], [b64decode(step) for step in line["proof"]]
    check(0 <= number < size, f"number {number}: the checkpoint does not cover it")
    found = climb(number, size - 1, proof, sha256(b"\x00" + data).digest())
    check(found == (root,), f"number {number}: the entry is not in the ledger, or was changed")
    held = json.loads(data)
    check(held["sequence"] == number, f"number {number}: the bytes are of another one")
    if personal is not None:
        check(sha256(personal.encode()).hexdigest() == held["personal"], f"number {number}: personal details differ")
        held.update(json.loads(personal))
    for name, cell in row.items():
        text = held.get(name) if held.get(name) is not None else ""
        text = text if isinstance(text, str) else json.dumps(text, separators=(",", ":"), ensure_ascii=False)
        check(cell in (text, f"'{text}"), f"number {number}: the table shows another {name}")


def check_held(old, old_root, size, root, proof):
    """The ledger of a checkpoint from before is the beginning of this one."""
    check(0 < old <= size, f"the checkpoint that you hold is of {old} entries, this one of {size}")
    check(old < size or old_root == root, OTHER)
    if old < size:
        steps = [b64decode(step) for step in proof["proof"]] if proof and proof["old"] == old else []
        check(steps and proof["new"] == size, f"a proof from {old} to {size} entries is needed")
        path = steps if old & (old - 1) else [old_root, *steps]
        low = (old & -old).bit_length() - 1  # so high is the subtree that the path begins with
        check(climb((old - 1) >> low, (size - 1) >> low, path[1:], path[0], path[0]) == (old_root, root), OTHER)


def verify(path, key, held, consistency):
    if zipfile.is_zipfile(path):
        archive = zipfile.ZipFile(path)
        given = {name: archive.read(name).decode() for name in archive.namelist() if not name.startswith("entries")}
        note, own, proof = given["checkpoint.txt"], given["verifier.txt"], given.get("consistency.json", "null")
        lines = map(json.loads, archive.open("entries.jsonl"))
        rows = csv.DictReader(line.decode("utf-8-sig") for line in archive.open("entries.csv"))
    else:
        given = json.loads(Path(path).read_text("utf-8"))
        note, own, proof, lines, rows = given["checkpoint"], given["verifier"], "null", [given["entry"]], iter([{}])
    check(not key or key.strip() == own.strip(), "it was sealed with another key")
    size, root = checkpoint_of(note, own.strip())
    if held:
        proof = json.loads(Path(consistency).read_text("utf-8") if consistency else proof)
        check_held(*checkpoint_of(Path(held).read_text("utf-8"), own.strip()), size, root, proof)
    last = -1
    for line in lines:
        before, last = last, line["sequence"]
        check(before < last, f"number {last}: not in its order")
        check_entry(last, line, next(rows, {"sequence": "no row"}), size, root)
    check(next(rows, None) is None, "the table has more rows")
    print(f"Proved, among the first {size} entries. Key{'' if key else ' (of the export itself)'}: {own.strip()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for argument in ("path", "--key", "--held", "--consistency"):
        parser.add_argument(argument)
    try:
        verify(**vars(parser.parse_args()))
    except Broken as error:
        sys.exit(print(f"NOT PROVED: {str(error) or UNSIGNED}") or 1)
    except UNREADABLE as error:
        sys.exit(print(f"Could not be read: {type(error).__name__}: {error}") or 2)
