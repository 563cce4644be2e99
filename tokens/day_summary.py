"""What a day was like in an organisation, and what wants attention after it: what the daily mail tells."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from audit.long_reading import long_reading
from audit.models import Entry
from audit.querysets import EntryQuerySet
from audit.verbs import Result, Verb
from tokens.attention import IDLE
from tokens.models import AccessToken
from tokens.querysets import AccessTokenQuerySet
from tokens.rules import ENDS_SOON_DAYS

NAMED = 10  # of each kind; of the others the number is told
REASONS_NAMED = 5
RIGHTS = (
    Verb.ROLE_ADD_PERSONAL, Verb.ROLE_REMOVE_PERSONAL, Verb.ROLE_ADD_ADMIN, Verb.ROLE_REMOVE_ADMIN,
    Verb.LOGIN_ASSIGN, Verb.LOGIN_SET_TYPE,
)  # fmt: skip

Row = TypeVar("Row")


@dataclass(frozen=True)
class Day:
    """A day of a time zone: 24 hours, one more or less where the clocks are changed."""

    date: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        return datetime.combine(self.date, time(), self.zone)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.date + timedelta(days=1), time(), self.zone)


@dataclass(frozen=True)
class Some(Generic[Row]):
    """The first of many, and how many others there are."""

    rows: Sequence[Row]
    others: int

    def __bool__(self) -> bool:
        return bool(self.rows)


@dataclass(frozen=True)
class Summary:
    """Calls and changes are those of the day; which tokens end, fail or idle is as it is now."""

    admitted: int
    refused: int
    refusals: Some[tuple[str, int]]  # the reason, and how often, most often first
    ending: Some[AccessToken]
    failing: Some[AccessToken]  # each with ``newest_reason``
    idle: int  # tokens that never expire and have not been used for 90 days
    rights: Some[Entry]


def summary_of(organisation_id: int, day: Day) -> Summary:
    entries = Entry.objects.of_organisation(organisation_id)
    tokens: AccessTokenQuerySet = AccessToken.objects.listed().of_organisation(organisation_id)
    with long_reading():
        admitted, refusals = _calls(entries.filter(at__gte=day.start, at__lt=day.end))
        return Summary(
            admitted=admitted,
            refused=refusals.total(),
            refusals=_first(refusals.most_common(), len(refusals), REASONS_NAMED),
            ending=_some(_ending(tokens).select_related("owner__contact").order_by("expires_at", "pk")),
            failing=_some(_failing(tokens).select_related("owner__contact").order_by("pk")),
            idle=tokens.never_expires().filter(last_used_at__lt=timezone.now() - IDLE).count(),
            rights=_some(_rights(entries, organisation_id, day)),
        )


def _calls(entries: EntryQuerySet) -> tuple[int, Counter[str]]:
    """How many were admitted, and how many refused by reason, those too many for entries of their own included."""
    calls = entries.filter(verb=Verb.TOKEN_AUTHENTICATE)
    own = calls.exclude(channel="worker").order_by().values_list("result", "reason").annotate(times=Count("pk"))
    admitted, refused = 0, Counter[str]()
    for result, reason, times in own:
        if result == Result.OK:
            admitted += times
        else:
            refused[reason] += times
    summaries = calls.filter(result=Result.FAIL, channel="worker").values_list("reason", "details__unrecorded")
    for reason, times in summaries.iterator():
        refused[reason] += times if isinstance(times, int) else 0
    return admitted, refused


def _ending(tokens: AccessTokenQuerySet) -> AccessTokenQuerySet:
    """Tokens whose JWT ends within a week and was made for longer (``tokens.rules.ends_soon``)."""
    week = timedelta(days=ENDS_SOON_DAYS)
    ends = {"expires_at__lte": timezone.now() + week, "expires_at__gt": F("generated_at") + week}
    return tokens.with_valid_jwt().filter(**ends)


def _failing(tokens: AccessTokenQuerySet) -> AccessTokenQuerySet:
    calls = Entry.objects.filter(token_id=OuterRef("public_id"), verb=Verb.TOKEN_AUTHENTICATE)
    return tokens.failing().annotate(newest_reason=Subquery(calls.order_by("-id").values("reason")[:1]))


def _rights(entries: EntryQuerySet, organisation_id: int, day: Day) -> EntryQuerySet:
    of_day = entries.near(organisation_id, day.start, day.end).filter(at__gte=day.start, at__lt=day.end)
    return of_day.filter(verb__in=RIGHTS).newest_first()


def _some(rows: QuerySet[Row]) -> Some[Row]:  # type: ignore[type-var]  # a row is a model
    found = list(rows[: NAMED + 1])
    return _first(found, len(found) if len(found) <= NAMED else rows.count(), NAMED)


def _first(rows: Sequence[Row], count: int, most: int) -> Some[Row]:
    return Some(rows[:most], max(0, count - most))
