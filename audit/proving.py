"""Reads from the tree in the database what proofs are made from: hashes of complete subtrees, a few queries a proof."""

from audit.models import Leaf, Node
from audit.seals.tree import NotProved, consistency_proof, inclusion_proof, node_hash, root_of

LEVEL = 8
"""Every so many heights the hashes of subtrees are in the database; those between are made when asked for."""
WIDTH = 1 << LEVEL


class Tiles:
    """The tree by tiles: 256 neighbouring hashes of one height, each read once. Keep one for several proofs."""

    def __init__(self) -> None:
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def subtree(self, height: int, position: int) -> bytes:
        """The hash of a complete subtree. Raises ``NotProved`` where the tree does not reach so far."""
        level = height - height % LEVEL
        count = 1 << (height - level)
        first = position * count
        row = self._tile(level, first // WIDTH)[first % WIDTH : first % WIDTH + count]
        if len(row) < count:
            raise NotProved("the tree does not reach so far")
        while len(row) > 1:
            row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
        return row[0]

    def _tile(self, level: int, number: int) -> list[bytes]:
        if (level, number) not in self._tiles:
            self._tiles[level, number] = _hashes(level, number * WIDTH)
        return self._tiles[level, number]


def inclusion(sequence: int, size: int, tiles: Tiles | None = None) -> list[bytes]:
    """That the leaf is in the tree of the first ``size`` leaves (RFC 6962, 2.1.1). Raises ``NotProved``."""
    return inclusion_proof(sequence, size, (tiles or Tiles()).subtree)


def consistency(old: int, new: int) -> list[bytes]:
    """That the tree of ``old`` leaves is the beginning of that of ``new`` (RFC 6962, 2.1.2). Raises ``NotProved``."""
    return consistency_proof(old, new, Tiles().subtree)


def root_at(size: int) -> bytes:
    """The root of the first ``size`` leaves. Raises ``NotProved`` where there are not so many."""
    return root_of(size, Tiles().subtree)


def _hashes(level: int, first: int) -> list[bytes]:
    """The hashes of a tile, as many as follow each other without a gap."""
    if level == 0:
        leaves = Leaf.objects.filter(sequence__gte=first, sequence__lt=first + WIDTH)
        rows = list(leaves.order_by("sequence").values_list("sequence", "hash"))
    else:
        nodes = Node.objects.filter(height=level, position__gte=first, position__lt=first + WIDTH)
        rows = list(nodes.order_by("position").values_list("position", "hash"))
    return [bytes(found) for number, (place, found) in enumerate(rows, first) if number == place]
