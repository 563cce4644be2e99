"""From which networks, and with which tools, tokens were used: read from the sealed ledger, in the order of sealing.

An entry that is committed late is sealed late, so that nothing is missed; admitting a call costs nothing more.
"""

from datetime import datetime
from ipaddress import IPv4Address, ip_network
from typing import NamedTuple

from django.db.models import Min

from accounts.networks import address_of
from audit.models import Entry, Head, Leaf
from audit.tools import tool_of
from audit.verbs import Result, Verb
from tokens.models import AccessToken

HISTORY = 500  # calls that are looked at of a token whose places are not known yet

Place = tuple[str, str]


class First(NamedTuple):
    """The first use from a place, as far as was looked: the key of its entry, and what that says."""

    key: int
    at: datetime
    address: str


def sealed() -> int:
    return Head.objects.values_list("size", flat=True).first() or 0


def network_of(address: str | None) -> str:
    """The network that stands for an address: many get another address of the same provider every day."""
    found = address_of(address or "")
    if found is None:
        return ""
    return str(ip_network((found, 24 if isinstance(found, IPv4Address) else 48), strict=False))


def places_used(start: int, end: int) -> dict[str, dict[Place, First]]:
    """By the token's id, the places of the admitted calls with these numbers (the last not included).

    A demonstration's made-up past is nothing to ask about; it counts as what was used before.
    """
    leaves = Leaf.objects.filter(sequence__gte=start, sequence__lt=end).values("entry_id")
    calls = Entry.objects.filter(pk__in=leaves, verb=Verb.TOKEN_AUTHENTICATE, result=Result.OK)
    calls = calls.exclude(channel="demo").order_by()
    rows = calls.values_list("token_id", "address", "user_agent").annotate(first=Min("pk"), first_at=Min("at"))
    found: dict[str, dict[Place, First]] = {}
    for token_id, address, user_agent, key, at in rows:
        _add(found.setdefault(token_id, {}), address, user_agent, key, at)
    return found


def places_before(token: AccessToken, key: int) -> dict[Place, First]:
    """The places of the token's newest calls before the one of that key."""
    calls = Entry.objects.of_token(token.public_id).filter(verb=Verb.TOKEN_AUTHENTICATE, result=Result.OK)
    rows = calls.filter(pk__lt=key).newest_first().values_list("address", "user_agent", "pk", "at")[:HISTORY]
    found: dict[Place, First] = {}
    for row in rows:
        _add(found, *row)
    return found


def _add(found: dict[Place, First], address: str | None, user_agent: str | None, key: int, at: datetime) -> None:
    place, first = (network_of(address), tool_of(user_agent or "")), First(key, at, address or "")
    if place not in found or first < found[place]:
        found[place] = first
