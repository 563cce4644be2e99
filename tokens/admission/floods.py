"""Counts what a flood of refusals leaves unrecorded, by reason and address, until it is summed up."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from accounts import limits

RECORDED = 60  # refusals of one token in one minute that have entries of their own; one entry more says so
SECONDS = 60
KEY = "more"
ADDRESSES_COUNTED = 1_000
"""Refusals of one token in one minute whose addresses are told apart: no flood fills the counters' table either."""


def count_refusal(token_id: str) -> int:
    """How many refusals of the token there are in this minute, this one included."""
    return limits.hit(f"fail:{token_id}", SECONDS)


def note_unrecorded(token_id: str, reason: str, address: str, count: int) -> None:
    """Count a refusal without an entry. ``count`` is what ``count_refusal`` said of it."""
    place = place_of(address) if count <= RECORDED + ADDRESSES_COUNTED else ""
    limits.hit(f"{KEY}:{token_id}:{reason}:{place}", SECONDS)


def place_of(address: str) -> str:
    """The address, or the network of an IPv6 one, in at most 24 characters; empty for what is none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((int(parsed), limits.IPV6_PREFIX), strict=False))
    return str(parsed)
