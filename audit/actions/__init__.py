"""What writes the ledger: its entries, and their seals."""

from audit.actions.recording import (
    Happening,
    LedgerNotEmpty,
    NotInTransaction,
    record,
    record_demonstration,
    record_many,
    without_nul,
)

__all__ = [
    "Happening",
    "LedgerNotEmpty",
    "NotInTransaction",
    "record",
    "record_demonstration",
    "record_many",
    "without_nul",
]
