"""What leaves the console as a file is on record."""

from django.db import transaction

from accounts.models import Login, Organisation
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


@transaction.atomic
def note_token_export(*, owner: Login, wanted: str, filters: dict[str, str], by: Actor) -> None:
    """Record that a login's tokens were exported: in which format, and by which filters."""
    record(
        verb=Verb.TOKEN_EXPORT,
        by=by,
        organisation_id=owner.organisation_id,
        subject=owner.reference,
        owner=owner.reference,
        details={"format": wanted, "filters": filters},
    )


@transaction.atomic
def note_organisation_export(
    *, organisation: Organisation, what: str, wanted: str, filters: dict[str, str], by: Actor
) -> None:
    """The same of the whole organisation's; ``what`` is the name of the file that went out."""
    record(
        verb=Verb.TOKEN_EXPORT,
        by=by,
        organisation_id=organisation.pk,
        subject=organisation.reference,
        details={"what": what, "format": wanted, "filters": filters},
    )
