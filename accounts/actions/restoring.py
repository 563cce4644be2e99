"""What follows when the database turns out to be an older one: tokens stop until an administrator has looked."""

from django.db import transaction

from accounts.actions.token_stop import stop_tokens
from accounts.models import Organisation
from audit.actions.restoring import begin_generation
from audit.actions.sealing import Rewound
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb


@transaction.atomic
def notice_older_database(*, rewound: Rewound, by: Actor) -> bool:
    """Begin a new generation of the ledger, and stop the tokens of every organisation. False when that was done.

    Whoever was shut out after the backup was made would come in again: no token is accepted until an administrator of
    its organisation has started them.
    """
    if not begin_generation(rewound=rewound, by=by):
        return False
    last = Entry.objects.exclude(verb=Verb.LEDGER_RESTORE).newest_first().first()
    details = {"lost": rewound.signed.size - rewound.size, "last": last.at.isoformat() if last else None}
    for organisation in Organisation.objects.order_by("pk"):
        stop_tokens(organisation=organisation, reason="restored", by=by, details=details)
    return True
