"""Reminds owners that a JWT ends: row, mail and entry in one transaction, so that each is told once or not at all."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Login
from audit.actor import Actor
from audit.verbs import Verb
from tokens.actions.locks import locked_owner
from tokens.actions.recording import record_token
from tokens.exceptions import OwnerGone
from tokens.mail.readers import Reader, read_url_map, readers_for
from tokens.mail.reminders import tell_ending
from tokens.models import AccessToken, Reminder
from tokens.reminders import GATHERED, nearest, to_tell
from tokens.usage import Seen, last_calls, seen

KEPT = timedelta(days=30)  # after the end that was told of


def remind_owners() -> str:
    """Tell everyone whose tokens end soon, one mail for all of an owner's; what was done, in words for the log."""
    owners = list(to_tell().order_by().values_list("owner_id", flat=True).distinct())
    told = [_remind(key) for key in sorted(owners)]
    Reminder.objects.filter(expires_at__lt=timezone.now() - KEPT).delete()
    return f"{sum(told)} tokens of {sum(map(bool, told))} owners" if any(told) else ""


def _remind(owner_id: int) -> int:
    """How many tokens of the owner were told of. Their calls are read before anything is held."""
    due = to_tell(timezone.now() + GATHERED).filter(owner_id=owner_id)
    used_by = {token.pk: seen(last_calls(token), timezone.now()) for token in due}
    read_url_map()
    try:
        return _tell(owner_id, used_by)
    except OwnerGone:
        return 0


@transaction.atomic
def _tell(owner_id: int, used_by: dict[int, list[Seen]]) -> int:
    """What is still due once the owner is held: another worker that came first has told the rest."""
    owner = locked_owner(owner_id)
    at = timezone.now() + GATHERED
    tokens = list(to_tell(at).filter(pk__in=used_by).order_by("expires_at", "pk"))
    readers = readers_for(owner)
    if not tokens or not readers:
        return 0
    for token in tokens:
        token.owner = owner
        _note(token, token.expires_at or at, nearest(token.expires_at or at, at), readers)
    tell_ending(tokens, owner=owner, readers=readers, used_by=used_by)
    return len(tokens)


def _note(token: AccessToken, end: datetime, days: int, readers: list[Reader]) -> None:
    Reminder.objects.create(token=token, expires_at=end, days=days)
    details = {"days": days, "expires_at": end.isoformat(), "to": [reader.address for reader in readers]}
    record_token(verb=Verb.TOKEN_REMIND, token=token, by=_worker(token.owner), details=details)


def _worker(owner: Login) -> Actor:
    return Actor(label="", channel="worker", organisation_id=owner.organisation_id)
