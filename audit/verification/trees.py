"""Grows the tree anew from the sealed bytes, and holds it against kept hashes, checkpoints and head."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from audit.models import Checkpoint, Head, Node
from audit.proving import LEVEL, WIDTH
from audit.seals import notes
from audit.seals.tree import Growing, node_hash
from audit.verification.findings import Report
from audit.verification.reading import AT, CHANNEL, SEQUENCE, Row

HEIGHTS = range(LEVEL, 64, LEVEL)
DEMONSTRATION = "demo"  # the channel of entries that were made up, with moments of their own
LATE_AFTER = timedelta(seconds=60)
"""An entry has its seal within this time (docs/ledger.md)."""


def origin_of(head: Head, generation: int) -> str:
    """What the checkpoints of a generation are published as."""
    return Head(name=head.name, generation=generation).origin


@dataclass(slots=True)
class Climb:
    """The tree as it grows. Once a hash is wrong all later ones are: then only what stands for itself is checked."""

    head: Head
    verifier: notes.Verifier
    report: Report
    tree: Growing
    generations: tuple[int, ...]
    former: dict[int, notes.Verifier] = field(default_factory=dict)
    """The key of a generation that was signed with another than the present one."""
    is_sound: bool = True
    signed: int = field(init=False)
    """The size of the last checkpoint whose root was right, or where the tree began to grow."""
    _late_before: str = ""
    """What happened before this moment had its seal before; as the reading of entries writes moments."""
    _read: int = field(init=False)
    _nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    _checkpoints: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._read = self.signed = self.tree.size

    def read_up_to(self, size: int) -> None:
        """Fetch the kept hashes and the checkpoints of the next portion, which ends before the number ``size``."""
        start = self._read
        self._read = size
        self._nodes = {}
        if self.is_sound:
            for height in HEIGHTS:
                low, high = start >> height, size >> height
                if low < high:
                    nodes = Node.objects.filter(height=height, position__gte=low, position__lt=high)
                    self._nodes |= {
                        (height, place): bytes(held) for place, held in nodes.values_list("position", "hash")
                    }
        self.hold_rest()
        for generation in self.generations:
            rows = Checkpoint.objects.filter(generation=generation, size__gt=start, size__lte=size)
            for row in rows.order_by("id").values("generation", "size", "root", "note", "at"):
                self._checkpoints[row["size"]].append(dict(row))

    def note_late(self, rows: list[Row]) -> None:
        """Warn of entries that happened long before a checkpoint that is without them."""
        marks = sorted((size, max(_threshold(row["at"]) for row in held)) for size, held in self._checkpoints.items())
        for row in rows:
            while marks and marks[0][0] <= row[SEQUENCE]:
                self._late_before = marks.pop(0)[1]
            if row[AT] is not None and row[AT] < self._late_before and row[CHANNEL] != DEMONSTRATION:
                self.report.warn("late", row[SEQUENCE], entry=row[1])
        if marks:
            self._late_before = marks[-1][1]

    def add(self, first: int, leaves: list[bytes]) -> None:
        """Grow by the leaves from the number ``first`` on; nothing when the numbers have left the tree behind."""
        if self.is_sound and first != self.tree.size:
            self.leave(self.tree.size)
        done = 0
        while done < len(leaves):
            number = first + done
            width = self._step(number, len(leaves) - done)
            self._grow(leaves[done : done + width])
            for row in self._checkpoints.pop(number + width, ()):
                self._hold_against(row)
            done += width

    def _step(self, number: int, left: int) -> int:
        """A whole tile where one begins and no checkpoint ends in it; else one leaf."""
        is_whole = left >= WIDTH and number % WIDTH == 0
        return 1 if not is_whole or any(number < size < number + WIDTH for size in self._checkpoints) else WIDTH

    def _grow(self, leaves: list[bytes]) -> None:
        if not self.is_sound:
            return
        row, height = leaves, (len(leaves) - 1).bit_length()
        while len(row) > 1:
            row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
        whole = (height, self.tree.size >> height, row[0])
        for level, position, found in (whole, *self.tree.append(row[0], height)):
            if level and level % LEVEL == 0 and self._nodes.get((level, position)) != found:
                self.report.fault("node_changed", position << level, last=(position + 1 << level) - 1)

    def leave(self, sequence: int) -> None:
        """A number is missing: what comes after cannot be in this tree."""
        self.report.fault("leaf_missing", sequence)
        self.is_sound = False

    def hold_rest(self) -> None:
        """The checkpoints of sizes that no number led to."""
        for rows in self._checkpoints.values():
            for row in rows:
                self._hold_against(row)
        self._checkpoints = defaultdict(list)

    def _hold_against(self, row: dict[str, Any]) -> None:
        size, report = row["size"], self.report
        report.checkpoints += 1
        try:
            signed = notes.read(row["note"], self.former.get(row["generation"], self.verifier))
        except notes.NoCheckpoint:
            report.fault("checkpoint_unsigned", size - 1, size=size)
            return
        origin = origin_of(self.head, row["generation"])
        if (signed.origin, signed.size, signed.root) != (origin, size, bytes(row["root"])):
            report.fault("checkpoint_changed", size - 1, size=size)
        elif self.is_sound and self.tree.root() != signed.root:
            report.fault("root_wrong", self.signed, size=size, last=size - 1)
            self.is_sound = False
        else:
            self.signed = size


def _threshold(at: datetime) -> str:
    return (at - LATE_AFTER).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
