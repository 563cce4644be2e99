"""Counts the calls of each token and day from the ledger, for the plots; never what anything is decided by."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Organisation
from audit.models import Entry
from audit.verbs import Result, Verb
from tokens.models import ALL_TOKENS, CallsCounted, DailyCalls

MARGIN = timedelta(minutes=10)  # an entry is committed long before it is so old: what is counted does not change
KEPT = timedelta(days=92)
DAY = timedelta(days=1)
ROWS_AT_ONCE = 1000

Counts = dict[str, tuple[int, int]]


def count_calls() -> int:
    """Count what came since the last time, of every organisation, forget what is too old, and say how many calls."""
    now = timezone.now()
    counted = sum(_count_organisation(key, now - MARGIN) for key in Organisation.objects.values_list("pk", flat=True))
    DailyCalls.objects.filter(day__lt=(now - KEPT).date()).delete()
    return counted


def _count_organisation(organisation_id: int, until: datetime) -> int:
    return sum(_count_until(organisation_id, end) for end in _ends(_begin(organisation_id, until), until))


def _begin(organisation_id: int, until: datetime) -> datetime:
    """Where counting goes on; for an organisation that was never counted, at its first entry that is kept."""
    counted = CallsCounted.objects.filter(organisation_id=organisation_id).first()
    if counted:
        return counted.until
    kept = Entry.objects.of_organisation(organisation_id).filter(at__gte=until - KEPT)
    first = kept.order_by("at").values_list("at", flat=True).first()
    begin = min(first or until, until)
    CallsCounted.objects.bulk_create(
        [CallsCounted(organisation_id=organisation_id, until=begin)], ignore_conflicts=True
    )
    return begin


def _ends(begin: datetime, until: datetime) -> Iterator[datetime]:
    """The midnights (UTC) on the way, then the end: each step is a short transaction within one day."""
    midnight = datetime.combine(begin.astimezone(UTC).date(), time(), UTC) + DAY
    while midnight < until:
        yield midnight
        midnight += DAY
    if begin < until:
        yield until


@transaction.atomic
def _count_until(organisation_id: int, end: datetime) -> int:
    """One step, of whoever comes first: another worker waits here, and finds that it is done."""
    counted = CallsCounted.objects.select_for_update().get(organisation_id=organisation_id)
    if counted.until >= end:
        return 0
    found = _calls(organisation_id, counted.until, end)
    if found:
        ok, failed = (sum(numbers) for numbers in zip(*found.values(), strict=True))
        _add(organisation_id, counted.until, {**found, ALL_TOKENS: (ok, failed)})
    counted.until = end
    counted.save(update_fields=["until"])
    return sum(ok + failed for ok, failed in found.values())


def _calls(organisation_id: int, start: datetime, end: datetime) -> Counts:
    calls = Entry.objects.of_organisation(organisation_id).filter(verb=Verb.TOKEN_AUTHENTICATE)
    by_token = calls.filter(at__gte=start, at__lt=end).order_by().values("token_id")
    ok, failed = (Count("pk", filter=Q(result=result)) for result in (Result.OK, Result.FAIL))
    rows = by_token.annotate(ok=ok, failed=failed).values_list("token_id", "ok", "failed")
    return {token_id: (ok, failed) for token_id, ok, failed in rows}


def _add(organisation_id: int, start: datetime, found: Counts) -> None:
    """Add to what the day has already; the organisation's row of ``CallsCounted`` is held meanwhile."""
    day = start.astimezone(UTC).date()
    there = DailyCalls.objects.filter(organisation_id=organisation_id, day=day)
    before = {row.token_id: row for row in there.iterator()}
    rows = []
    for token_id, (ok, failed) in found.items():
        row = before.get(token_id) or DailyCalls(organisation_id=organisation_id, day=day, token_id=token_id)
        row.ok, row.failed = row.ok + ok, row.failed + failed
        rows.append(row)
    DailyCalls.objects.bulk_update([row for row in rows if row.pk], ["ok", "failed"], batch_size=ROWS_AT_ONCE)
    DailyCalls.objects.bulk_create([row for row in rows if not row.pk], batch_size=ROWS_AT_ONCE)
