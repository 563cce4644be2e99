"""How many calls there were on each day: what is counted already, and what came since from the ledger itself."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from audit.models import Entry
from audit.plots import DayCount
from audit.querysets import EntryQuerySet
from audit.verbs import Result, Verb
from tokens.models import ALL_TOKENS, AccessToken, CallsCounted, DailyCalls

UNCOUNTED_MOST = 20_000  # entries that a page counts by itself, where no worker has done it
Numbers = dict[date, tuple[int, int]]


@dataclass(frozen=True)
class Daily:
    """The days (UTC), today the last. Of days before ``known_from`` not everything is counted yet."""

    days: list[DayCount]
    known_from: date

    @property
    def is_whole(self) -> bool:
        return self.known_from <= self.days[0].day

    def last(self, count: int) -> "Daily":
        return Daily(self.days[-count:], self.known_from)


def calls_of_organisation(organisation_id: int, days: int) -> Daily:
    counted = DailyCalls.objects.filter(token_id=ALL_TOKENS)
    return _daily(organisation_id, days, counted, Entry.objects.of_organisation(organisation_id))


def calls_of_tokens(organisation_id: int, tokens: QuerySet[AccessToken], days: int) -> Daily:
    """Of some of the organisation's tokens together."""
    counted = DailyCalls.objects.filter(token_id__in=tokens.values("public_id"))
    return _daily(organisation_id, days, counted, Entry.objects.of_organisation(organisation_id).of_tokens(tokens))


def calls_of_token(token: AccessToken, days: int) -> Daily:
    organisation_id = token.owner.organisation_id
    counted = DailyCalls.objects.filter(token_id=token.public_id)
    entries = Entry.objects.of_organisation(organisation_id).of_token(token.public_id)
    return _daily(organisation_id, days, counted, entries)


def _daily(organisation_id: int, days: int, counted: QuerySet[DailyCalls], entries: EntryQuerySet) -> Daily:
    today = timezone.now().astimezone(UTC).date()
    first = today - timedelta(days=days - 1)
    until = CallsCounted.objects.filter(organisation_id=organisation_id).values_list("until", flat=True).first()
    start = max(until or midnight(first), midnight(first))
    numbers = _counted(counted.filter(organisation_id=organisation_id, day__gte=first))
    live, known_from = _uncounted(entries, start)
    for day, (ok, failed) in live.items():
        before = numbers.get(day, (0, 0))
        numbers[day] = (before[0] + ok, before[1] + failed)
    dates = (first + timedelta(days=number) for number in range(days))
    return Daily([DayCount(day, *numbers.get(day, (0, 0))) for day in dates], known_from or first)


def _counted(rows: QuerySet[DailyCalls]) -> Numbers:
    sums = rows.order_by().values("day").annotate(all_ok=Sum("ok"), all_failed=Sum("failed"))
    return {row["day"]: (row["all_ok"], row["all_failed"]) for row in sums}


def _uncounted(entries: EntryQuerySet, start: datetime) -> tuple[Numbers, date | None]:
    """What came since; where that is too much, of the newest days alone, and the first of these."""
    calls = entries.filter(verb=Verb.TOKEN_AUTHENTICATE, at__gte=start)
    known_from = None
    too_old = calls.order_by("-at", "-pk").values_list("at", flat=True)[UNCOUNTED_MOST : UNCOUNTED_MOST + 1]
    for at in too_old:
        known_from = at.astimezone(UTC).date() + timedelta(days=1)
        calls = calls.filter(at__gte=midnight(known_from))
    ok, failed = (Count("pk", filter=Q(result=result)) for result in (Result.OK, Result.FAIL))
    by_day = calls.order_by().annotate(day=TruncDate("at", tzinfo=UTC)).values("day")
    rows = by_day.annotate(ok=ok, failed=failed).values_list("day", "ok", "failed")
    return {day: (ok, failed) for day, ok, failed in rows}, known_from


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
