"""What leaves the console as a file is on record."""

from django.db import transaction

from accounts.models import Contact
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


@transaction.atomic
def note_contact_export(*, wanted: str, filters: dict[str, str], contact: Contact | None, by: Actor) -> None:
    """Record that contacts, or the logins of one contact, were exported: in which format, by which filters."""
    record(
        verb=Verb.CONTACT_EXPORT,
        by=by,
        subject=contact.reference if contact else None,
        details={"format": wanted, "filters": filters},
    )
