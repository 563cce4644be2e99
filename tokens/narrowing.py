"""The narrower of two settings: what is left to a JWT when its token is edited, and what only the next one gets."""

from datetime import datetime

from accounts.pairs import decode, encode
from tokens.expiry import DatePassed, end_of
from tokens.models import AccessToken
from tokens.rules import zone_of


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """None is never."""
    if one is None or other is None:
        return one or other
    return min(one, other)


def common(one: str | None, other: str | None) -> str | None:
    """What two restrictions (encoded pairs; None restricts nothing) both let pass. It may be nothing: ``|``."""
    mine, theirs = decode(one), decode(other)
    if mine is None or theirs is None:
        return one if theirs is None else other
    return encode(mine & theirs)


def is_wider(token: AccessToken) -> bool:
    """Whether the next JWT would get more than the one in use still has: a scope, rows or time."""
    if token.generated_at is None:
        return False
    try:
        zone, seconds = zone_of(token.owner), token.expiry_seconds
        end = end_of(token.expiry_choice, token.expiry_date, now=token.generated_at, zone=zone, seconds=seconds)
    except DatePassed:
        end = token.generated_at
    more_rows = common(token.current_restriction, token.restriction) != token.restriction
    return bool(token.scopes & ~token.current_scopes) or more_rows or earlier(token.expires_at, end) != end
