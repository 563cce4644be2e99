"""The worker's jobs about the ledger."""

from audit.actions.sealing import Halted, Sealed, seal
from config.worker.trouble import Trouble


def seal_ledger() -> Sealed:
    """Seal what waits. What keeps it from that is trouble as long as it does; entries wait meanwhile."""
    try:
        return seal()
    except Halted as halted:
        raise Trouble(f"the ledger is not sealed: {halted}") from None
    except OSError as error:
        raise Trouble(f"no checkpoint is signed: {error.filename} cannot be written: {error.strerror}") from None
