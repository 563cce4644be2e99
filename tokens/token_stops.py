"""Why an organisation's tokens are stopped, and what an older database is known to lack."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime

from accounts.models import Organisation
from audit.models import Entry
from audit.verbs import Verb


@dataclass(frozen=True, slots=True)
class TokenStop:
    """``lost`` entries were signed and are not in the database; ``until`` is the moment of the last that is."""

    at: datetime
    reason: str
    by: str
    lost: int = 0
    until: datetime | None = None

    @property
    def is_restore(self) -> bool:
        return self.reason == "restored"


def token_stop(organisation: Organisation) -> TokenStop | None:
    """None while the tokens are not stopped. What the ledger does not know is left empty."""
    if organisation.tokens_stopped_at is None:
        return None
    stops = Entry.objects.of_organisation(organisation.pk).filter(verb=Verb.ORGANISATION_STOP_TOKENS)
    entry = stops.newest_first().first()
    if entry is None:
        return TokenStop(organisation.tokens_stopped_at, "", "")
    told = (entry.details or {}) if entry.reason == "restored" else {}
    until = parse_datetime(told.get("last") or "")
    return TokenStop(organisation.tokens_stopped_at, entry.reason, entry.actor_label or "", told.get("lost", 0), until)
