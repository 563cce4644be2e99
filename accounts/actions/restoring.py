"""What follows when the database turns out to be an older one: tokens stop until an administrator has looked."""

from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.actions.restore_mail import tell_administrators
from accounts.actions.token_stop import stop_tokens
from accounts.models import Organisation
from audit.actions.restoring import accept_halted, begin_generation
from audit.actions.sealing import Rewound
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb


def notice_older_database(*, rewound: Rewound, by: Actor) -> bool:
    """Begin a new generation of the ledger, and stop the tokens of every organisation. False when that was done.

    Whoever was shut out after the backup was made would come in again: no token is accepted until an administrator of
    its organisation has started them. Those administrators get a mail.
    """
    _read_url_map()
    with transaction.atomic():
        if not begin_generation(rewound=rewound, by=by):
            return False
        _stop_all_tokens(lost=rewound.signed.size - rewound.size, by=by)
        return True


def accept_ledger(*, reason: str, keep_tokens: bool, by: Actor) -> str:
    """Let the ledger grow again although it is not the one that was signed; who says so and why is on record.

    The tokens of every organisation are stopped unless ``keep_tokens``. Returns what was wrong; empty when nothing is.
    """
    _read_url_map()
    with transaction.atomic():
        wrong = accept_halted(reason=reason, by=by)
        if wrong and not keep_tokens:
            _stop_all_tokens(lost=0, by=by)
        return wrong


def _stop_all_tokens(*, lost: int, by: Actor) -> None:
    last = Entry.objects.exclude(verb=Verb.LEDGER_RESTORE).newest_first().first()
    at = last.at if last else None
    details: dict[str, Any] = {"lost": lost, "last": at.isoformat() if at else None}
    for organisation in Organisation.objects.order_by("pk"):
        if stop_tokens(organisation=organisation, reason="restored", by=by, details=details):
            tell_administrators(organisation=organisation, lost=lost, last=at)


def _read_url_map() -> None:
    """Before the transaction: a process's first address takes a second, for which it would hold up everybody else."""
    reverse("home")
