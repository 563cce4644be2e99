"""The worker's jobs about the ledger."""

from django.conf import settings

from accounts.actions.forgetting import remove_due
from accounts.actions.restoring import notice_older_database
from audit.actions.sealing import Halted, Rewound, Sealed, look_outside, seal
from audit.actor import Actor
from config.worker.trouble import Trouble

WORKER = Actor(label="", channel="worker")


def seal_ledger() -> Sealed:
    """Seal what waits. What keeps it from that is trouble as long as it does; entries wait meanwhile."""
    try:
        return _seal()
    except Halted as halted:
        raise Trouble(f"the ledger is not sealed: {halted}") from None
    except OSError as error:
        place = error.filename or settings.LEDGER_DIR
        raise Trouble(f"no checkpoint is signed: {place} cannot be written: {error.strerror}") from None


def _seal() -> Sealed:
    """Sealing itself looks outside before it writes anything."""
    try:
        return seal()
    except Rewound as rewound:
        notice_older_database(rewound=rewound, by=WORKER)
        return seal()


def remove_personal_details() -> int:
    """Go on with removing what people asked to have removed, and what is older than their organisation keeps."""
    return remove_due(by=WORKER)


def notice_restore() -> bool:
    """Whether the database was found to be older than what was signed. Raises ``Halted`` for anything else."""
    try:
        look_outside()
    except Rewound as rewound:
        return notice_older_database(rewound=rewound, by=WORKER)
    return False
