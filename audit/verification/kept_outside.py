"""Holds the checkpoints that are kept outside the database against it: a ledger set back or rewritten shows here."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from audit.models import Checkpoint, Head
from audit.proving import Tiles
from audit.seals import notes
from audit.seals.outside import Outside
from audit.seals.tree import NotProved, root_of
from audit.verification.findings import Report

PORTION = 500
LONGEST_LINE = 1000
_SIZE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Held:
    """A file of checkpoints. Of our ``own``, those of a generation that is over are still to be put aside."""

    path: Path
    verifier: notes.Verifier
    report: Report
    own: bool = False
    published: bool = False
    """Each has to be in the database still."""

    def check(self) -> None:
        """Every checkpoint of the file is one of this ledger. Raises ``OSError``.

        A text without a signature says nothing against the ledger; a file without any other is as good as none.
        """
        signed = 0
        with self.path.open(encoding="utf-8", errors="replace") as file:
            found = in_text(iter(lambda: file.readline(LONGEST_LINE), ""))
            while portion := list(islice(found, PORTION)):
                signed += self._check_portion(portion)
        if not signed:
            self.report.fault("outside_unreadable", file=self.path.name)

    def _check_portion(self, portion: list[str]) -> int:
        """How many of the portion are signed."""
        head, tiles, known = Head.objects.get(), Tiles(), _in_database(portion)
        for note in portion:
            if note in known:
                continue
            try:
                signed = notes.read(note, self.verifier)
            except notes.NoCheckpoint:
                self.report.warn("outside_unreadable", file=self.path.name)
                portion = [one for one in portion if one != note]
                continue
            self._hold_against(signed, head, tiles)
        return len(portion)

    def _hold_against(self, signed: notes.Checkpoint, head: Head, tiles: Tiles) -> None:
        size, file = signed.size, self.path.name
        if self.own and head.generation_of(signed.origin) < head.generation:
            return
        if size > head.size:
            self.report.fault("outside_ahead", head.size, size=size, held=head.size, file=file)
        elif root_in(tiles, size) != signed.root:
            self.report.fault("outside_other", size - 1, size=size, file=file)
        elif self.published:
            self.report.fault("outside_removed", size - 1, size=size, file=file)


def check_outside(outside: Outside, verifier: notes.Verifier, report: Report) -> None:
    """The installation's own files. What is published was in the database before; the newest may be signed just now."""
    if not outside.last_note():
        report.warn("outside_missing")
        return
    Held(outside.newest, verifier, report, own=True).check()
    if outside.published.exists():
        Held(outside.published, verifier, report, own=True, published=True).check()


def in_text(lines: Iterable[str]) -> Iterator[str]:
    """The signed notes that stand among the lines, whatever is between them."""
    body: list[str] = []
    for line in lines:
        text = line.rstrip("\r\n")
        if text.startswith("\u2014 "):
            yield "\n".join([*body[-3:], "", text, ""])
            body = []
        elif text:
            body = [*body[-2:], text]


def root_in(tiles: Tiles, size: int) -> bytes | None:
    """The root of the first ``size`` seals by the kept hashes; None when the tree has a hole."""
    try:
        return root_of(size, tiles.subtree)
    except NotProved:
        return None


def generations() -> tuple[int, ...]:
    """Those of which the database has checkpoints."""
    return tuple(Checkpoint.objects.order_by("generation").values_list("generation", flat=True).distinct())


def _in_database(portion: list[str]) -> set[str]:
    sizes = {int(line) for note in portion if _SIZE.fullmatch(line := note.split("\n")[1])}
    rows = Checkpoint.objects.filter(size__in=sizes, generation__in=generations())
    return set(rows.values_list("note", flat=True))
