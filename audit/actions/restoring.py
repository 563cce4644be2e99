"""What is done when the database is not what was signed before: a new generation of the ledger, and why.

An older backup explains itself by its size and is accepted at once; everything else waits for the operator's word.
"""

from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from audit.actions.recording import NotInTransaction, record
from audit.actions.sealing import Halted, Rewound, look_outside, taken_head
from audit.actor import Actor, Reference
from audit.models import Entry, Head
from audit.seals import notes
from audit.seals.keys import signing_key
from audit.seals.outside import Outside
from audit.verbs import Verb


def begin_generation(*, rewound: Rewound, by: Actor) -> bool:
    """Let the ledger grow again from what the database holds, under an origin of its own. False when that was done.

    Two trees of one size never have the same origin: what was signed before stays true of the generation before. The
    entry tells both sizes; the caller's transaction also stops what must not go on unseen.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("restore")
    head = taken_head()
    if head is None or head.generation > rewound.generation:
        return False
    Head.objects.filter(id=head.id).update(generation=rewound.generation + 1)
    last = Entry.objects.order_by("-id").values_list("at", flat=True).first()
    record(
        verb=Verb.LEDGER_RESTORE,
        by=by,
        subject=Reference("ledger", str(rewound.generation + 1), head.name),
        details={
            "signed": {"origin": rewound.signed.origin, "size": rewound.signed.size, "root": rewound.signed.root.hex()},
            "found": {"size": rewound.size, "last": last.isoformat() if last else None},
            "generation": rewound.generation + 1,
        },
    )
    return True


def accept_halted(*, reason: str, by: Actor) -> str:
    """Begin a new generation, signed with the key that is here, whatever keeps the ledger from being sealed.

    Returns what that was; empty when nothing was wrong. The file outside is put aside after the commit: a crash before
    that leaves the same halt or none, and this can be done again. Raises ``Halted`` while somebody else seals.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("restore")
    try:
        look_outside()
    except Halted as halted:
        wrong = str(halted)
    else:
        return ""
    head = taken_head()
    if head is None:
        raise Halted("somebody else seals at this moment: try again")
    outside = Outside(Path(settings.LEDGER_DIR))
    held, key = outside.last_note(), signing_key(Path(settings.DATA_DIR) / "ledger")
    before, now = head.verifier, notes.verifier_of(head.name, key).line
    generation = 1 + max(head.generation, head.generation_of(held.partition("\n")[0]))
    Head.objects.filter(id=head.id).update(generation=generation, verifier=now)
    record(
        verb=Verb.LEDGER_RESTORE,
        by=by,
        subject=Reference("ledger", str(generation), head.name),
        details={
            "wrong": wrong,
            "why": reason,
            "found": {"size": head.size},
            "key": {"before": before, "after": now},
            "outside": held,
            "generation": generation,
        },
    )
    transaction.on_commit(lambda: outside.put_aside(generation - 1))
    return wrong
