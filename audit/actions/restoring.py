"""What is done when the database turns out to be older than what was signed before: a new generation of the ledger."""

from django.db import connection

from audit.actions.recording import NotInTransaction, record
from audit.actions.sealing import Rewound, taken_head
from audit.actor import Actor, Reference
from audit.models import Entry, Head
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
