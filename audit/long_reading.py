"""Reading many rows as one stream, without holding up anybody else."""

from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

from django.db import connection, transaction

PATIENCE_SECONDS = 120.0


def long_reading() -> AbstractContextManager[Any]:
    """What a queryset's ``iterator()`` runs in when it may give millions of rows.

    In a transaction PostgreSQL gives the first rows before it has found the last, and it may take its time. In SQLite
    every transaction of ours is a writer and would stop all others until the reader is done, and none is needed.
    """
    if connection.vendor == "sqlite":
        return nullcontext()
    stack = ExitStack()
    stack.enter_context(transaction.atomic())
    patience = getattr(connection.connection, "patience", None)
    if patience is not None:
        stack.enter_context(patience(PATIENCE_SECONDS))
    return stack
