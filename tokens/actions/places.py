"""Notices where tokens are used from for the first time, and asks their owners whether it was them.

A place is a network and a tool. What is read, what is kept and how far it was read are one transaction; so are the
mail, its entry and the mark that it was told: two workers, or one that dies, notice nothing twice and forget nothing.
"""

import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from audit.actor import Actor
from audit.verbs import Verb
from tokens.actions.locks import locked
from tokens.actions.recording import record_token
from tokens.exceptions import OwnerGone, Revoked
from tokens.mail.new_use import tell_new_use
from tokens.mail.readers import read_url_map, readers_for
from tokens.models import ELSEWHERE, PLACES_MOST, AccessToken, PlacesRead, TokenPlace
from tokens.new_places import First, Place, places_before, places_used, sealed

PORTION = 5_000  # entries of the ledger
SECONDS = 10.0  # after which the rest waits for the next turn
TOLD_EVERY = timedelta(hours=1)  # of one token at most
TOLD_MOST = 200  # tokens in one turn: the worker has other things to do


def notice_new_places() -> str:
    """What was done, in words for the log."""
    until = time.monotonic() + SECONDS
    while _read_portion() and time.monotonic() < until:
        pass
    told = sum(_tell(key) for key in _due())
    return f"{told} owners asked" if told else ""


def _read_portion() -> bool:
    """Whether there was something to read. A first run begins with what is used from now on."""
    size = sealed()
    read = PlacesRead.objects.filter(id=PlacesRead.ONLY).first()
    if read and read.sequence == size:
        return False
    with transaction.atomic():
        read, _ = PlacesRead.objects.select_for_update().get_or_create(id=PlacesRead.ONLY, defaults={"sequence": size})
        if read.sequence >= size:  # another worker was first; or the database is an older one by now
            read.sequence = size
        else:
            end = min(size, read.sequence + PORTION)
            _keep(places_used(read.sequence, end))
            read.sequence = end
        read.save(update_fields=["sequence"])
        return read.sequence < size


def _keep(used: dict[str, dict[Place, First]]) -> None:
    tokens = AccessToken.objects.listed().filter(public_id__in=used)
    known: dict[int, set[Place]] = {}
    kept = TokenPlace.objects.filter(token__in=tokens).values_list("token_id", "network", "tool")
    for token_id, network, tool in kept:
        known.setdefault(token_id, set()).add((network, tool))
    new = [row for token in tokens for row in _new(token, used[token.public_id], known.get(token.pk, set()))]
    TokenPlace.objects.bulk_create(new, ignore_conflicts=True)


def _new(token: AccessToken, used: dict[Place, First], known: set[Place]) -> list[TokenPlace]:
    """Rows of the places that are not known. The very first use of a token is nothing to ask about."""
    if (ELSEWHERE, "") in known or used.keys() <= known:
        return []
    rows: list[TokenPlace] = []
    if not known:
        first = min(used.items(), key=lambda item: item[1])
        usual = places_before(token, first[1].key) or dict([first])
        rows = [_row(token, place, used_first, tell=False) for place, used_first in usual.items()]
        known = set(usual)
    for place in sorted(used.keys() - known, key=lambda place: used[place]):
        if len(known) + 1 > PLACES_MOST:
            rows.append(_row(token, (ELSEWHERE, ""), used[place], tell=True))
            break
        rows.append(_row(token, place, used[place], tell=True))
        known = known | {place}
    return rows


def _row(token: AccessToken, place: Place, first: First, *, tell: bool) -> TokenPlace:
    network, tool = place
    address = first.address if tell else ""
    return TokenPlace(token=token, network=network, tool=tool, address=address, first_at=first.at, tell=tell)


def _due() -> list[int]:
    """Keys of the tokens with something to tell, of which nothing was told within the hour."""
    waiting = TokenPlace.objects.filter(tell=True).values("token")
    lately = TokenPlace.objects.filter(token__in=waiting, told_at__gt=timezone.now() - TOLD_EVERY).values("token")
    tokens = AccessToken.objects.filter(pk__in=waiting).exclude(pk__in=lately)
    return list(tokens.order_by("pk").values_list("pk", flat=True)[:TOLD_MOST])


def _tell(key: int) -> bool:
    token = AccessToken.objects.filter(pk=key).first()
    if token is None:
        return False
    read_url_map()
    try:
        return _told(token)
    except (OwnerGone, Revoked):
        return False


@transaction.atomic
def _told(token: AccessToken) -> bool:
    """Of a token that was revoked meanwhile there is nothing to ask."""
    token = locked(token)
    places = list(TokenPlace.objects.filter(token=token, tell=True).order_by("first_at", "pk"))
    TokenPlace.objects.filter(token=token, tell=True).update(tell=False, told_at=timezone.now(), address="")
    if not places or token.revoked_at is not None:
        return False
    readers = readers_for(token.owner)
    tell_new_use(token, places, readers=readers)
    details = {
        "places": [f"{place.tool or '–'}, {place.address or place.network}" for place in places],
        "to": [reader.address for reader in readers],
    }
    record_token(verb=Verb.TOKEN_NEW_USE, token=token, by=_worker(token), details=details)
    return True


def _worker(token: AccessToken) -> Actor:
    return Actor(label="", channel="worker", organisation_id=token.owner.organisation_id)
