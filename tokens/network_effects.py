"""Which calls a narrower list of networks would refuse, by those of the last 30 days: told before it is saved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import ngettext

from accounts.models import Organisation
from accounts.networks import allows
from accounts.place_effects import Named
from audit.grids.moments import number_text
from audit.models import Entry
from audit.verbs import Result, Verb
from tokens.models import AccessToken, MobileSession

DAYS = 30
CALLS_READ = 5_000  # of one token's calls, the newest
ENTRIES_READ = 100_000  # of all calls from addresses that would be refused
ADDRESSES_READ = 5_000  # of an organisation


@dataclass(slots=True)
class Place:
    """An address, how often it called, and when last."""

    address: str
    calls: int
    last: datetime


def refused_of_token(token: AccessToken, allowed: str | None) -> list[Place]:
    """From where the token's calls are admitted now and would be no more, the last first."""
    calls = Entry.objects.of_token(token.public_id).filter(verb=Verb.TOKEN_AUTHENTICATE, result=Result.OK)
    rows = calls.newest_first().values_list("address", "at")[:CALLS_READ]
    since, found = timezone.now() - timedelta(days=DAYS), dict[str, Place]()
    for address, at in rows:
        if address and at >= since and is_lost(address, token.allowed_networks, allowed):
            place = found.setdefault(address, Place(address, 0, at))
            place.calls += 1
            place.last = max(place.last, at)
    return sorted(found.values(), key=lambda place: place.last, reverse=True)


def is_lost(address: str, before: str | None, after: str | None) -> bool:
    return allows(before, address) and not allows(after, address)


def effects(organisation: Organisation, wanted: Mapping[str, Any]) -> list[tuple[str, Named]]:
    """Sentences, each with those whom it concerns; nothing where no call of the last 30 days would be refused."""
    before, after = organisation.allowed_networks, wanted["allowed_networks"]
    addresses = Entry.objects.addresses_of(organisation.pk, ADDRESSES_READ)
    lost = [address for address in addresses if is_lost(address, before, after)]
    callers = callers_from(organisation.pk, lost) if lost else {}
    told = [_tokens(callers), _sessions(callers)]
    return [one for one in told if one is not None]


def callers_from(organisation_id: int, addresses: Iterable[str]) -> dict[str, set[str]]:
    """By the ids of tokens and mobile sessions, from which of the addresses their calls were admitted."""
    since = timezone.now() - timedelta(days=DAYS)
    entries = Entry.objects.of_organisation(organisation_id).filter(
        verb=Verb.TOKEN_AUTHENTICATE, result=Result.OK, address__in=addresses, at__gte=since
    )
    found: dict[str, set[str]] = {}
    for caller, address in entries.values_list("token_id", "address")[:ENTRIES_READ]:
        found.setdefault(caller, set()).add(address or "")
    return found


def _tokens(callers: Mapping[str, set[str]]) -> tuple[str, Named] | None:
    standing = AccessToken.objects.filter(public_id__in=callers, revoked_at=None).order_by("name_key", "pk")
    concerned = Named()
    for public_id, name in standing.values_list("public_id", "name"):
        concerned.add(f"{name} ({', '.join(sorted(callers[public_id])[:3])})")
    words = ngettext(
        "%(count)s token was used within the last 30 days from an address outside. From there it is refused at once.",
        "%(count)s tokens were used within the last 30 days from addresses outside. From there they are refused at "
        "once.",
        concerned.count,
    )
    return (words % {"count": number_text(concerned.count)}, concerned) if concerned else None


def _sessions(callers: Mapping[str, set[str]]) -> tuple[str, Named] | None:
    running = MobileSession.objects.filter(public_id__in=callers, ended_at=None).order_by("pk")
    concerned = Named.of(running.values_list("device", flat=True))
    words = ngettext(
        "%(count)s mobile session was used from an address outside. From there it is refused at once.",
        "%(count)s mobile sessions were used from addresses outside. From there they are refused at once.",
        concerned.count,
    )
    return (words % {"count": number_text(concerned.count)}, concerned) if concerned else None
