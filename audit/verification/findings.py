"""What a verification can find, and how it says so: in words that a person understands, and in names for programs."""

import time
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LISTED = 100
"""So many findings are kept in full; the rest is counted."""

BROKEN: dict[str, Promise] = {
    "entry_missing": _(
        "Entry %(entry)s, sealed with the number %(sequence)s, is not in the ledger any more: it was deleted, or its "
        "key was changed."
    ),
    "entry_changed": _(
        "Entry %(entry)s, sealed with the number %(sequence)s, was changed after it was sealed. What differs: "
        "%(columns)s."
    ),
    "entry_unsealed": _(
        "Entry %(entry)s is not sealed and does not wait for its seal: it was added past the ledger's guards, or its "
        "seal was removed."
    ),
    "entry_lost": _("Entry %(entry)s waited for its seal and is not in the ledger any more: it was deleted before."),
    "entry_queued_again": _("Entry %(entry)s is sealed and waits for its seal once more: the queue was changed."),
    "leaf_missing": _("The seal with the number %(sequence)s is missing: it was deleted."),
    "leaf_changed": _("The sealed bytes with the number %(sequence)s do not give the hash that was sealed with them."),
    "leaf_moved": _(
        "The seal with the number %(sequence)s was made for another place or entry: seals were added, swapped or "
        "renumbered."
    ),
    "leaf_surplus": _(
        "There is a seal with the number %(sequence)s, and the ledger's head says that there are only %(size)s: the "
        "head was set back, or seals were added."
    ),
    "personal_changed": _(
        "The personal details that are kept of the number %(sequence)s are not those that were sealed."
    ),
    "personal_removed": _(
        "The personal details of the number %(sequence)s were removed, and no entry of the ledger says that they were."
    ),
    "node_changed": _(
        "The tree's hash over the numbers %(sequence)s to %(last)s does not follow from the seals: one of them was "
        "changed together with its entry, or the hash was."
    ),
    "node_surplus": _("The tree has a hash over the numbers from %(sequence)s, where none belongs."),
    "root_wrong": _(
        "The checkpoint of the first %(size)s entries shows another root than their seals give: one of the numbers "
        "%(sequence)s to %(last)s was changed together with its seal."
    ),
    "checkpoint_changed": _("The checkpoint of the first %(size)s entries is not what its signed text says."),
    "checkpoint_unsigned": _("The checkpoint of the first %(size)s entries is not signed by the ledger's key."),
    "checkpoint_missing": _("A checkpoint between the first %(before)s and the first %(size)s entries was removed."),
    "checkpoint_shrinks": _("A checkpoint of %(size)s entries was signed after one of %(before)s: it was set back."),
    "checkpoint_surplus": _(
        "A checkpoint of %(size)s entries was signed, and the ledger has only %(held)s: entries were removed at the "
        "end."
    ),
    "head_missing": _("The ledger's head is missing, and there are seals."),
    "head_changed": _("The ledger's head is not the one that its %(size)s seals give."),
    "generation_unrecorded": _(
        "The ledger's head says that it began anew as generation %(found)s, and no entry says so: the head was changed."
    ),
    "key_other": _("The ledger says that it was sealed with the key %(found)s; the key to verify it with is %(key)s."),
    "outside_ahead": _(
        "A checkpoint of %(size)s entries is kept in %(file)s, and the ledger has only %(held)s: the database is "
        "older, or entries were removed."
    ),
    "outside_other": _(
        "A checkpoint of the first %(size)s entries is kept in %(file)s, with another root than the ledger has: the "
        "ledger was rewritten."
    ),
    "outside_removed": _(
        "A checkpoint of the first %(size)s entries was published in %(file)s, and is not in the database any more."
    ),
    "outside_unreadable": _("%(file)s has no checkpoint that the ledger's key has signed."),
}
WARNINGS: dict[str, Promise] = {
    "late": _(
        "Entry %(entry)s, sealed with the number %(sequence)s, says that it happened more than a minute before a "
        "checkpoint that was signed without it."
    ),
    "waiting": _("Entry %(entry)s has waited for its seal for more than a minute, and so may others."),
    "unsigned_end": _("The entries from the number %(sequence)s are sealed and wait for a checkpoint."),
    "restored": _(
        "This is generation %(found)s of the ledger: the database had been older than what was signed. The activity "
        "log says when that was noticed, and what was signed."
    ),
    "key_unknown": _("The key was taken from the database itself: give the one that was noted at the set-up."),
    "outside_missing": _("No checkpoint is kept outside the database: a ledger set back would not be noticed."),
    "outside_unreadable": _("%(file)s has a text that is no checkpoint signed by the ledger's key."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``sequence`` is the first number concerned, where it can be told."""

    code: str
    sequence: int | None = None
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        sentence = BROKEN.get(self.code) or WARNINGS[self.code]
        return str(sentence) % {"sequence": self.sequence, **self.more}

    @property
    def end(self) -> float:
        """The last number concerned."""
        return float("inf") if self.sequence is None else float(self.more.get("last", self.sequence))

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "sequence": self.sequence, **self.more, "words": self.words}


@dataclass(slots=True)
class Report:
    """What a verification did and found. Broken is what the ledger must never show; warnings are for looking into."""

    size: int = 0
    start: int = 0
    entries: int = 0
    checkpoints: int = 0
    redacted: int = 0
    waiting: int = 0
    verifier: str = ""
    broken: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    broken_in_all: int = 0
    warnings_in_all: int = 0
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def fault(self, code: str, sequence: int | None = None, **more: Any) -> None:
        """Note something that must not be."""
        self.broken_in_all += 1
        if len(self.broken) < LISTED:
            self.broken.append(Finding(code, sequence, more))

    def warn(self, code: str, sequence: int | None = None, **more: Any) -> None:
        self.warnings_in_all += 1
        if len(self.warnings) < LISTED:
            self.warnings.append(Finding(code, sequence, more))

    @property
    def is_proved(self) -> bool:
        return not self.broken_in_all

    @property
    def first(self) -> Finding | None:
        """What is wrong at the lowest number, the narrowest place first; what has no number comes last."""
        return min(self.broken, key=lambda one: one.end, default=None)

    def as_dict(self) -> dict[str, Any]:
        first = self.first
        return {
            "proved": self.is_proved,
            "first_bad_sequence": first.sequence if first else None,
            "size": self.size,
            "from": self.start,
            "entries": self.entries,
            "checkpoints": self.checkpoints,
            "redacted": self.redacted,
            "waiting": self.waiting,
            "verifier": self.verifier,
            "seconds": round(self.seconds, 3),
            "broken": [finding.as_dict() for finding in self.broken],
            "broken_in_all": self.broken_in_all,
            "warnings": [finding.as_dict() for finding in self.warnings],
            "warnings_in_all": self.warnings_in_all,
        }
