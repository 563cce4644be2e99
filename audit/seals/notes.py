"""Checkpoints as signed notes: the forms that C2SP calls tlog-checkpoint and signed-note, which foreign tools read.

A note is three lines (origin, size, root in base64), an empty one, and a signature line. Nothing else is in it, so that
there is one note only for a key and a tree.
"""

import base64
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.seals.tree import HASH_BYTES

ED25519 = b"\x01"
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class NoCheckpoint(ValueError):
    """A text is no checkpoint in the one form, or none that the key has signed."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The root of the first ``size`` entries' tree, as ``origin`` publishes it."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public key and the name it signs under: what an outsider needs, as one line of text."""

    name: str
    key: bytes

    @property
    def hint(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:4]

    @property
    def line(self) -> str:
        return f"{self.name}+{self.hint.hex()}+{base64.b64encode(ED25519 + self.key).decode()}"

    @classmethod
    def from_line(cls, line: str) -> "Verifier":
        """Raises ``NoCheckpoint``."""
        name, hint, key = ([*line.strip().split("+", 2), "", ""])[:3]
        try:
            content = base64.b64decode(key, validate=True)
        except ValueError:
            raise NoCheckpoint("no key of a verifier") from None
        found = cls(name, content[1:])
        if content[:1] != ED25519 or len(content) != 33 or found.hint.hex() != hint:
            raise NoCheckpoint("no key of a verifier")
        return found


def verifier_of(name: str, key: Ed25519PrivateKey) -> Verifier:
    raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    return Verifier(name, key.public_key().public_bytes(*raw))


def sign(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey) -> str:
    """The signed note. Ed25519 signs the same bytes the same way always."""
    signature = verifier_of(name, key).hint + key.sign(checkpoint.body.encode())
    return f"{checkpoint.body}\n\u2014 {name} {base64.b64encode(signature).decode()}\n"


def read(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint of a note that the verifier's key has signed. Raises ``NoCheckpoint``."""
    body, gap, signatures = note.partition("\n\n")
    lines = body.split("\n")
    if not gap or len(lines) != 3 or not _SIZE.fullmatch(lines[1]):
        raise NoCheckpoint("no checkpoint")
    for line in signatures.splitlines():
        if _is_signed(f"{body}\n".encode(), line, verifier):
            return Checkpoint(lines[0], int(lines[1]), _root(lines[2]))
    raise NoCheckpoint("not signed by the key")


def _is_signed(body: bytes, line: str, verifier: Verifier) -> bool:
    words = line.split(" ")
    if len(words) != 3 or words[:2] != ["\u2014", verifier.name]:
        return False
    try:
        content = base64.b64decode(words[2], validate=True)
        Ed25519PublicKey.from_public_bytes(verifier.key).verify(content[4:], body)
    except (ValueError, InvalidSignature):
        return False
    return content[:4] == verifier.hint


def _root(written: str) -> bytes:
    try:
        root = base64.b64decode(written, validate=True)
    except ValueError:
        raise NoCheckpoint("no root") from None
    if len(root) != HASH_BYTES or base64.b64encode(root).decode() != written:
        raise NoCheckpoint("no root")
    return root
