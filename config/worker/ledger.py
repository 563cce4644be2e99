"""The worker's jobs about the ledger."""

import logging

from audit.actions.sealing import Halted, Sealed, seal

log = logging.getLogger("worker")


def seal_ledger() -> Sealed | None:
    """Seal what waits. What keeps it from that is told each time, as long as it does; entries wait meanwhile."""
    try:
        return seal()
    except Halted as halted:
        log.error("the ledger is not sealed: %s", halted)  # noqa: TRY400 - the message says it all
    except OSError as error:
        log.error("no checkpoint is signed: %s cannot be written: %s", error.filename, error.strerror)  # noqa: TRY400
    return None
