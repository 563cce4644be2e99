"""The one verification: what the command, the console and the tests run."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.db.models import Max

from audit.models import Head, Leaf
from audit.proving import Tiles
from audit.seals import keys, notes
from audit.seals.outside import Outside
from audit.seals.tree import Growing, leaf_hash
from audit.verification import ends, kept_outside
from audit.verification.findings import Report
from audit.verification.forgetting import AllowedRedactions
from audit.verification.leaves import differences, is_whole
from audit.verification.reading import DATA, HASH, SEQUENCE, Row, sealed_rows
from audit.verification.trees import Climb

Progress = Callable[[int, int], None]
"""Told after each portion: how many entries are verified, of how many."""


def verify(
    *,
    start: int = 0,
    key: str = "",
    against: Iterable[Path] = (),
    outside: Outside | None = None,
    progress: Progress | None = None,
) -> Report:
    """Verify what is sealed at this moment, from the number ``start`` on, in constant memory.

    ``key`` is the verifier's line that the checkpoints have to be signed with: without it, the one of the
    installation's key file, else what the database itself says. Each file of ``against`` holds checkpoints that were
    kept elsewhere. Raises ``notes.NoCheckpoint`` for a key that is none; ``OSError`` and ``DatabaseError`` when it
    cannot be verified.
    """
    report = Report(start=start)
    outside = outside or Outside(Path(settings.LEDGER_DIR))
    head = Head.objects.first()
    if head is None:
        _check_empty(report)
    else:
        verifier = _verifier(head, key, report)
        _check_seals(head, verifier, report, start, progress)
        kept_outside.check_outside(outside, verifier, report)
        for path in against:
            kept_outside.Held(path, verifier, report).check()
        ends.check_surplus(report)
        ends.check_order_of_checkpoints(report)
        ends.check_generation(head, report)
    ends.check_queue(report)
    ends.check_unsealed(report)
    report.seconds = time.monotonic() - report.began
    return report


def _check_empty(report: Report) -> None:
    if Leaf.objects.exists():
        report.fault("head_missing", 0)


def _verifier(head: Head, key: str, report: Report) -> notes.Verifier:
    """The key to trust, which the database cannot have changed."""
    path = Path(settings.DATA_DIR) / "ledger"
    if key:
        trusted = notes.Verifier.from_line(key).line
    elif (path / keys.FILE).exists():
        trusted = notes.verifier_of(head.name, keys.signing_key(path)).line
    else:
        report.warn("key_unknown")
        trusted = head.verifier
    if trusted != head.verifier:
        report.fault("key_other", 0, found=head.verifier, key=trusted)
    report.verifier = trusted
    return notes.Verifier.from_line(trusted)


def _check_seals(head: Head, verifier: notes.Verifier, report: Report, start: int, progress: Progress | None) -> None:
    """Every seal before the head's size, its entry, and the tree over them."""
    climb = Climb(head, verifier, report, _grown_to(start), kept_outside.generations(), ends.former_keys(head))
    may_be_gone = AllowedRedactions()
    end = min(head.size, 1 + (Leaf.objects.aggregate(last=Max("sequence"))["last"] or 0))
    report.size = head.size
    for rows in sealed_rows(start, end):
        last = rows[-1][SEQUENCE]
        climb.read_up_to(last + 1)
        climb.note_late(rows)
        for run in _runs(rows):
            climb.add(run[0][SEQUENCE], [_checked(row, report, may_be_gone) for row in run])
        report.entries += len(rows)
        if progress:
            progress(last + 1, end)
    climb.hold_rest()
    if climb.is_sound:
        ends.check_head(head, climb.tree, report)
    if climb.signed < head.size and report.is_proved:
        report.warn("unsigned_end", climb.signed)


def _runs(rows: list[Row]) -> Iterator[list[Row]]:
    """The rows by runs of numbers that follow each other."""
    if rows[-1][SEQUENCE] - rows[0][SEQUENCE] + 1 == len(rows):
        yield rows
        return
    for _, run in groupby(enumerate(rows), key=lambda numbered: numbered[1][SEQUENCE] - numbered[0]):
        yield [row for _, row in run]


def _checked(row: Row, report: Report, may_be_gone: AllowedRedactions) -> bytes:
    """The leaf's hash, of a row that was held against its entry."""
    if is_whole(row):
        return bytes(row[HASH])
    found = list(differences(row, may_be_gone))
    for finding in found:
        report.fault(finding.code, finding.sequence, **finding.more)
    if not found:
        report.redacted += 1
    return leaf_hash(row[DATA])


def _grown_to(size: int) -> Growing:
    """The tree of the numbers before ``size``, by the kept hashes."""
    tiles, peaks, position = Tiles(), [], 0
    for height in reversed(range(size.bit_length())):
        if size >> height & 1:
            peaks.append(tiles.subtree(height, position >> height))
            position += 1 << height
    return Growing(size, peaks)
