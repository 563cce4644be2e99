"""Counts attempts exactly, over all workers: each count is one upsert that gives back the new number.

A window is a fixed stretch of the clock, so that every process agrees where it begins without asking. Never call
``hit`` inside a transaction: other attempts would wait for its end, and its rollback would forget the attempt.
"""

import hashlib
import time
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import Attempts

MINUTE = 60
HOUR = 60 * MINUTE
LONGEST_WINDOW = timedelta(days=1)
IPV6_PREFIX = 64  # one household or one server has a whole /64 to choose addresses from

UPSERT = """
INSERT INTO accounts_attempts (key, window_start, count) VALUES (%s, %s, 1)
ON CONFLICT (key, window_start) DO UPDATE SET count = accounts_attempts.count + 1
RETURNING count
"""


def hit(key: str, window_seconds: int) -> int:
    """Count one attempt and return how many there are now in the current window, this one included."""
    start = connection.ops.adapt_datetimefield_value(window_start(window_seconds))
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [key, start])
        # Fetched to the end: SQLite commits the statement only then.
        ((count,),) = cursor.fetchall()
    return int(count)


def take_back(key: str, window_seconds: int) -> None:
    """Uncount one attempt of the current window, because it turned out to be none."""
    Attempts.objects.filter(key=key, window_start=window_start(window_seconds), count__gt=0).update(
        count=F("count") - 1
    )


def clear(key: str) -> None:
    """Forget every attempt under the key."""
    Attempts.objects.filter(key=key).delete()


def forget_old() -> int:
    """Forget the windows that are over for certain; returns how many."""
    return Attempts.objects.filter(window_start__lt=timezone.now() - LONGEST_WINDOW).delete()[0]


def window_start(window_seconds: int) -> datetime:
    return datetime.fromtimestamp(window_second(window_seconds), UTC)


def window_second(window_seconds: int) -> int:
    """The same in seconds since 1970."""
    now = int(time.time())
    return now - now % window_seconds


def seconds_left(window_seconds: int) -> int:
    """Whole seconds until the current window ends, one at least."""
    now = int(timezone.now().timestamp())
    return window_seconds - now % window_seconds


def minutes_left(window_seconds: int) -> int:
    """Whole minutes, rounded up, until the current window ends."""
    return -(-seconds_left(window_seconds) // MINUTE)


def key_of(kind: str, text: str) -> str:
    """A key for any text: what people type into a name field may be their password, so it is kept as a digest."""
    return f"{kind}:{hashlib.sha256(text.strip().casefold().encode()).hexdigest()[:48]}"


def key_of_address(kind: str, address: str) -> str:
    """A key for a client's address; all addresses of one IPv6 network count together."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return key_of(kind, address)
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return f"{kind}:{int(parsed) >> IPV6_PREFIX:x}/{IPV6_PREFIX}"
        parsed = parsed.ipv4_mapped
    return f"{kind}:{parsed}"
