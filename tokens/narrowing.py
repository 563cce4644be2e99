"""The narrower of two settings: what is left to a JWT when its token is edited."""

from datetime import datetime

from accounts.pairs import decode, encode


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
