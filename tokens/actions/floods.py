"""Sums up each minute in which more calls of a token were refused than have entries of their own."""

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Attempts
from audit.actions import record
from audit.actor import Actor, Reference
from audit.models import Entry
from audit.verbs import REPORTS_API, Result, Verb
from tokens.admission import floods

LATE = timedelta(seconds=15)  # a call that began in the minute has been counted by then
ADDRESSES_NAMED = 20
MINUTES_AT_ONCE = 500

Minute = tuple[str, datetime]


def sum_up_floods() -> int:
    """Write one entry for each token and minute that is over, and say how many.

    The entry and the end of the counters are one transaction: counted once, however many workers there are and
    wherever they die. What is counted later than ``LATE`` gets an entry of its own.
    """
    over = timezone.now() - timedelta(seconds=floods.SECONDS) - LATE
    counters = Attempts.objects.filter(key__startswith=f"{floods.KEY}:", window_start__lte=over)
    found = {_minute(row) for row in counters.order_by("pk")[:MINUTES_AT_ONCE]}
    return sum(_sum_up(minute) for minute in sorted(found))


def _minute(row: Attempts) -> Minute:
    return row.key.split(":")[1], row.window_start


@transaction.atomic
def _sum_up(minute: Minute) -> bool:
    token_id, start = minute
    of_minute = Attempts.objects.filter(key__startswith=f"{floods.KEY}:{token_id}:", window_start=start)
    rows = list(of_minute.select_for_update().order_by("pk"))
    first = Entry.objects.filter(token_id=token_id, result=Result.FAIL).order_by("-pk").first()
    if rows and first:
        _record(first, start, rows)
    of_minute.filter(pk__in=[row.pk for row in rows]).delete()
    return bool(rows and first)


def _record(entry: Entry, start: datetime, rows: list[Attempts]) -> None:
    """The entry of the minute, in the name of one that the flood left: what it says holds for all of them."""
    reasons: Counter[str] = Counter()
    addresses: Counter[str] = Counter()
    for row in rows:
        _key, _token_id, reason, address = row.key.split(":", 3)
        reasons[reason] += row.count
        addresses[address] += row.count
    record(
        verb=Verb(entry.verb),
        by=Actor(label=REPORTS_API, channel="worker", organisation_id=entry.organisation_id),
        result=Result.FAIL,
        reason=reasons.most_common(1)[0][0],
        owner=Reference("login", entry.owner_id, entry.owner_label or ""),
        token=Reference("token", entry.token_id, entry.token_name),
        details={
            "summary": True,
            "unrecorded": reasons.total(),
            "minute_at": start.isoformat(),
            "reasons": told(reasons.most_common()),
            "addresses": told(addresses.most_common(ADDRESSES_NAMED)),
        },
    )


def told(counted: list[tuple[str, int]]) -> list[str]:
    """As they can be read, most often first; of those whose address was not kept, the number alone."""
    return [f"{name}: {count}" if name else str(count) for name, count in counted]
