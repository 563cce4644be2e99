"""What leaves the console as a file is on record."""

from django.db import transaction

from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


@transaction.atomic
def note_contact_export(*, wanted: str, filters: dict[str, str], by: Actor) -> None:
    """Record that contacts were exported: in which format, and by which filters."""
    record(verb=Verb.CONTACT_EXPORT, by=by, details={"format": wanted, "filters": filters})
