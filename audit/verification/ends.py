"""Checks what no single entry shows: the queue, the head, the order of checkpoints, and what does not belong."""

from typing import Any

from django.db import connection
from django.db.models import Max, Min

from audit.long_reading import long_reading
from audit.models import Checkpoint, Entry, Head, Leaf, Node, PendingSeal
from audit.seals import notes
from audit.seals.tree import Growing
from audit.verbs import Verb
from audit.verification.findings import Report

PORTION = 50_000
TABLES = {
    "entry": Entry._meta.db_table,
    "leaf": Leaf._meta.db_table,
    "node": Node._meta.db_table,
    "queue": PendingSeal._meta.db_table,
    "checkpoint": Checkpoint._meta.db_table,
    "head": Head._meta.db_table,
}
A_MINUTE_AGO = {
    "postgresql": "statement_timestamp() - interval '60 seconds'",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '-60 seconds')",
}


def ask(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement, in which tables stand in braces."""
    with long_reading(), connection.cursor() as cursor:
        cursor.execute(statement.format(**TABLES, a_minute_ago=A_MINUTE_AGO[connection.vendor]), values)
        return list(cursor.fetchall())


def check_surplus(report: Report) -> None:
    """Seals, hashes and checkpoints beyond the head; each in one statement, as seals go on being made."""
    for number, size in ask(
        "SELECT l.sequence, h.size FROM {leaf} l, {head} h WHERE l.sequence >= h.size ORDER BY l.sequence LIMIT 1"
    ):
        report.fault("leaf_surplus", number, size=size)
    for height, position in ask(
        """SELECT n.height, n.position FROM {node} n, {head} h WHERE n.height NOT BETWEEN 1 AND 62
        OR n.height %% 8 <> 0 OR n.position < 0 OR n.position >= (h.size >> n.height) LIMIT 1"""
    ):
        first = max(0, position) << max(0, height)
        report.fault("node_surplus", first, last=first + (1 << max(0, height)) - 1)
    for size, held in ask(
        "SELECT c.size, h.size FROM {checkpoint} c, {head} h WHERE c.size > h.size ORDER BY c.size LIMIT 1"
    ):
        report.fault("checkpoint_surplus", held, size=size, held=held)


def check_order_of_checkpoints(report: Report) -> None:
    """They are numbered without a gap, and their sizes and generations only grow."""
    wrong = ask(
        """SELECT id, size, number_before, size_before FROM (
            SELECT id, size, generation, LAG(id, 1, 0) OVER (ORDER BY id) AS number_before,
            LAG(size, 1, 0) OVER (ORDER BY id) AS size_before,
            LAG(generation, 1, 1) OVER (ORDER BY id) AS generation_before FROM {checkpoint}
        ) c WHERE id <> number_before + 1 OR size < size_before OR generation < generation_before
        ORDER BY id LIMIT 10"""
    )
    for number, size, number_before, size_before in wrong:
        if number == number_before + 1:
            report.fault("checkpoint_shrinks", size, size=size, before=size_before)
        else:
            report.fault("checkpoint_missing", size_before, size=size, before=size_before)


def check_head(head: Head, tree: Growing, report: Report) -> None:
    """``tree`` has been grown from every seal: the head is the same."""
    if tree.size < head.size:
        report.fault("leaf_missing", tree.size)
    elif bytes(head.peaks) != tree.to_bytes():
        report.fault("head_changed", head.size, size=head.size)


def check_generation(head: Head, report: Report) -> None:
    """A new generation begins with an entry that says why."""
    if head.generation == 1:
        return
    said = Entry.objects.filter(verb=Verb.LEDGER_RESTORE, subject_id=str(head.generation))
    if said.exists():
        report.warn("restored", found=head.generation)
    else:
        report.fault("generation_unrecorded", found=head.generation)


def former_keys(head: Head) -> dict[int, notes.Verifier]:
    """The keys of generations before one that was begun with another key, by what was sealed then.

    Raises ``notes.NoCheckpoint`` for one that is none.
    """
    found: dict[int, notes.Verifier] = {}
    accepted = Entry.objects.filter(verb=Verb.LEDGER_RESTORE, details__has_key="key").values_list("details", flat=True)
    for details in sorted((told for told in accepted if told), key=lambda told: int(told["generation"])):
        key = details["key"]
        if key["before"] != key["after"] and details["generation"] <= head.generation:
            for generation in range(1, details["generation"]):
                found.setdefault(generation, notes.Verifier.from_line(key["before"]))
    return found


def check_queue(report: Report) -> None:
    """Every entry is sealed or waits, and none that waits is lost, sealed already, or older than a minute."""
    for (entry,) in ask(
        "SELECT p.entry_id FROM {queue} p LEFT JOIN {entry} e ON e.id = p.entry_id WHERE e.id IS NULL LIMIT 10"
    ):
        report.fault("entry_lost", entry=entry)
    for entry, number in ask(
        "SELECT p.entry_id, l.sequence FROM {queue} p JOIN {leaf} l ON l.entry_id = p.entry_id LIMIT 10"
    ):
        report.fault("entry_queued_again", number, entry=entry)
    for (entry,) in ask(
        """SELECT e.id FROM {queue} p JOIN {entry} e ON e.id = p.entry_id WHERE e.at < {a_minute_ago}
        ORDER BY e.id LIMIT 10"""
    ):
        report.warn("waiting", entry=entry)
    report.waiting = PendingSeal.objects.count()


def check_unsealed(report: Report) -> None:
    """Entries that are neither sealed nor in the queue; a portion in each statement, as entries are still sealed."""
    found = Entry.objects.aggregate(first=Min("id"), last=Max("id"))
    after, end = (found["first"] or 0) - 1, found["last"] or 0
    while after < end:
        portion = Entry.objects.filter(id__gt=after).order_by("id").values("id")[:PORTION]
        last = portion.aggregate(last=Max("id"))["last"]
        if last is None:
            return
        for (entry,) in ask(
            """SELECT e.id FROM {entry} e LEFT JOIN {leaf} l ON l.entry_id = e.id
            LEFT JOIN {queue} p ON p.entry_id = e.id WHERE e.id > %s AND e.id <= %s
            AND l.entry_id IS NULL AND p.entry_id IS NULL ORDER BY e.id LIMIT 100""",
            after,
            last,
        ):
            report.fault("entry_unsealed", entry=entry)
        after = last
