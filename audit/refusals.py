"""An entry that the database did not take: what it was to record does not happen."""

from django.db import DatabaseError, OperationalError


class NotRecorded(OperationalError):
    """The ledger took no entry, whatever kept it: an outage to whoever waits for the answer (503), nobody's mistake.

    No handler of an error that a change itself can meet, such as a name that is taken, may mistake it for that.
    """


def as_not_recorded(error: DatabaseError) -> OperationalError:
    """What the error means with which the writing of an entry failed; an outage is itself. Raise it from its cause."""
    return error if isinstance(error, OperationalError) else NotRecorded(f"the ledger took no entry: {error}")
