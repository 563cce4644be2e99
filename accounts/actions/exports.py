"""What leaves the console as a file is on record."""

from django.db import transaction

from accounts.models import Contact, Organisation
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


@transaction.atomic
def note_login_activity_export(
    *, organisation: Organisation, wanted: str, filters: dict[str, list[str]], by: Actor
) -> None:
    """Record that who signed in was exported: in which format, by which filters."""
    record(
        verb=Verb.LOG_EXPORT,
        by=by,
        subject=organisation.reference,
        details={"format": wanted, "filters": filters},
    )
