"""The Merkle tree of RFC 6962 (section 2.1): hashes of leaves and nodes, the growing root, and the two kinds of proof.

A complete subtree is named by its height and its position among those of that height: (0, n) is the leaf n.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Subtree = Callable[[int, int], bytes]
"""The hash of the complete subtree of a height at a position."""


class NotProved(ValueError):
    """A proof does not lead where it should."""


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Growing:
    """A tree of which only the hashes of its largest complete subtrees are kept, from left to right.

    They are as many as ``size`` has binary ones, and all that is needed to append and to know the root.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def from_bytes(cls, size: int, peaks: bytes) -> "Growing":
        """Raises ``ValueError`` when these cannot be the peaks of a tree of that size."""
        if len(peaks) != size.bit_count() * HASH_BYTES:
            raise ValueError("other peaks than the size has")
        return cls(size, [peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES)])

    def append(self, subtree: bytes, height: int = 0) -> Iterator[tuple[int, int, bytes]]:
        """Add a leaf's hash, or that of a complete subtree where one of its height may begin.

        Gives each inner node that this completes: height, position, hash.
        """
        position, found = self.size >> height, subtree
        self.size += 1 << height
        while position & 1:
            found = node_hash(self.peaks.pop(), found)
            height, position = height + 1, position >> 1
            yield height, position, found
        self.peaks.append(found)

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node_hash(peak, found)
        return found

    def to_bytes(self) -> bytes:
        return b"".join(self.peaks)


def root_of(size: int, subtree: Subtree) -> bytes:
    """The root of the tree of the first ``size`` leaves."""
    return _hash_between(0, size, subtree) if size else EMPTY_ROOT


def inclusion_proof(sequence: int, size: int, subtree: Subtree) -> list[bytes]:
    """RFC 6962, 2.1.1: the audit path of a leaf in the tree of the first ``size`` leaves."""
    if not 0 <= sequence < size:
        raise NotProved("the tree has no such leaf")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if sequence < middle:
            path.append(_hash_between(middle, high, subtree))
            high = middle
        else:
            path.append(_hash_between(low, middle, subtree))
            low = middle
    return path[::-1]


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """RFC 6962, 2.1.2: that the tree of ``old`` leaves is the beginning of the tree of ``new`` ones."""
    if not 0 < old <= new:
        raise NotProved("the one is no beginning of the other")
    path: list[bytes] = []
    low, high, whole = 0, new, True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_hash_between(middle, high, subtree))
            high = middle
        else:
            path.append(_hash_between(low, middle, subtree))
            low, whole = middle, False
    if not whole:
        path.append(_hash_between(low, high, subtree))
    return path[::-1]


def root_from_inclusion(leaf: bytes, sequence: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2: the root that the path leads to. Raises ``NotProved`` for a path of the wrong length."""
    if not 0 <= sequence < size:
        raise NotProved("the tree has no such leaf")
    found = leaf
    for step, is_left in _climb(sequence, size - 1, path):
        found = node_hash(step, found) if is_left else node_hash(found, step)
    return found


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]) -> None:
    """RFC 9162, 2.1.4.2. Raises ``NotProved`` unless the path shows that the old tree is the new one's beginning."""
    if not 0 < old <= new:
        raise NotProved("the one is no beginning of the other")
    if old == new:
        if path or old_root != new_root:
            raise NotProved("two trees of one size")
        return
    steps = path if old & (old - 1) else [old_root, *path]
    if not steps:
        raise NotProved("the path is too short")
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_found = new_found = steps[0]
    for step, is_left in _climb(first, last, steps[1:]):
        new_found = node_hash(step, new_found) if is_left else node_hash(new_found, step)
        old_found = node_hash(step, old_found) if is_left else old_found
    if old_found != old_root or new_found != new_root:
        raise NotProved("the roots do not follow from the path")


def _climb(first: int, last: int, path: list[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The steps of a path, each with whether it stands on the left, on the way up from ``first`` of ``last`` + 1."""
    for step in path:
        if last == 0:
            raise NotProved("the path is too long")
        is_left = bool(first & 1) or first == last
        while is_left and first and not first & 1:
            first, last = first >> 1, last >> 1
        yield step, is_left
        first, last = first >> 1, last >> 1
    if last:
        raise NotProved("the path is too short")


def _split(width: int) -> int:
    """The largest power of two below the width."""
    return 1 << (width - 1).bit_length() - 1


def _hash_between(low: int, high: int, subtree: Subtree) -> bytes:
    """The hash over the leaves from ``low`` to before ``high``; a subtree of that size begins at ``low``."""
    width = high - low
    if width & (width - 1) == 0:
        height = width.bit_length() - 1
        return subtree(height, low >> height)
    middle = low + _split(width)
    return node_hash(_hash_between(low, middle, subtree), _hash_between(middle, high, subtree))
