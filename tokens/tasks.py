"""What to do about tokens, the most urgent first: each with its reason and the page where it is done."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.db.models import Count, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.grids.moments import number_text
from audit.models import Entry
from audit.verbs import Result, Verb
from tokens.attention import FAILING
from tokens.desk import token_url
from tokens.models import AccessToken
from tokens.querysets import AccessTokenQuerySet
from tokens.verdicts import Verdict
from tokens.words import distance_to

MOST, OF_A_KIND = 6, 3
FAILING_READ = 20  # of which those that are refused most often are told
NEEDS_JWT = frozenset({Verdict.EXPIRED, Verdict.REPLACED, Verdict.NOT_SAVED, Verdict.NOT_GENERATED})
Finder = Callable[[AccessTokenQuerySet, bool], Iterable["Task"]]


@dataclass(frozen=True)
class Task:
    """Something about one token; ``deed`` is the link that leads to what helps."""

    token: AccessToken
    href: str
    tone: Literal["bad", "soon", "plain"]
    words: str
    deed: str
    deed_href: str
    is_dialog: bool = False


def own_tasks(tokens: AccessTokenQuerySet) -> list[Task]:
    """For the owner of the tokens: also what is only begun."""
    return _first([_failing, _ending, _expired, _unfinished, _unused], tokens, own=True)


def tasks_of_others(tokens: AccessTokenQuerySet, failing: Sequence[int]) -> list[Task]:
    """For who administers the tokens: what fails (their keys are known already) and what ends."""
    known = tokens.filter(pk__in=failing[:FAILING_READ])
    return _first([lambda _tokens, own: _refusals(known, own), _ending], tokens, own=False)


def _first(finders: Sequence[Finder], tokens: AccessTokenQuerySet, *, own: bool) -> list[Task]:
    """One task for each token, as many as are read at a glance."""
    found: dict[int, Task] = {}
    for find in finders:
        if len(found) < MOST:
            for task in find(tokens, own):
                found.setdefault(task.token.pk, task)
    return list(found.values())[:MOST]


def _failing(tokens: AccessTokenQuerySet, own: bool) -> Iterable[Task]:
    return _refusals(tokens.failing().order_by("pk")[:FAILING_READ], own)


def _refusals(tokens: QuerySet[AccessToken], own: bool) -> Iterable[Task]:
    """Those that are refused most often, with the newest reason."""
    failing = list(tokens.select_related("owner__contact"))
    entries = Entry.objects.filter(
        token_id__in=[token.public_id for token in failing],
        verb=Verb.TOKEN_AUTHENTICATE,
        result=Result.FAIL,
        at__gt=timezone.now() - FAILING,
    )
    by_token = entries.order_by().values("token_id").annotate(times=Count("pk"), last=Max("pk"))
    refused = {row["token_id"]: row for row in by_token} if failing else {}
    reasons = dict(Entry.objects.filter(pk__in=[row["last"] for row in refused.values()]).values_list("pk", "reason"))
    known = [(refused[token.public_id], token) for token in failing if token.public_id in refused]
    for row, token in sorted(known, key=lambda one: -one[0]["times"])[:OF_A_KIND]:
        yield _refused(token, reasons.get(row["last"], ""), row["times"], own)


def _refused(token: AccessToken, reason: str, times: int, own: bool) -> Task:
    label = Verdict(reason).label if reason in Verdict.values else reason
    words = ngettext(
        "%(reason)s: refused %(times)s time in 24 hours.", "%(reason)s: refused %(times)s times in 24 hours.", times
    ) % {"reason": label, "times": number_text(times)}
    if reason in NEEDS_JWT:
        return _generating(token, own, "bad", words)
    if reason == Verdict.SCOPE_MISSING:
        return _task(token, own, "bad", words, _("Edit Token"), "edit")
    return _task(token, own, "bad", words, _("See why, and what to do"), "token")


def _ending(tokens: AccessTokenQuerySet, own: bool) -> Iterable[Task]:
    for token in tokens.ends_soon().select_related("owner__contact").order_by("expires_at", "pk")[:OF_A_KIND]:
        if token.expires_at and token.generated_at and token.expires_at - token.generated_at > timedelta(days=1):
            words = _("Its JWT expires %(distance)s.") % {"distance": distance_to(token.expires_at)}
            yield _generating(token, own, "soon", words)


def _expired(tokens: AccessTokenQuerySet, own: bool) -> Iterable[Task]:
    for token in (
        tokens.filter(revoked_at=None, expires_at__lte=timezone.now())
        .select_related("owner__contact")
        .order_by("-expires_at", "pk")[:OF_A_KIND]
    ):
        if token.expires_at:
            words = _("Its JWT expired %(distance)s.") % {"distance": distance_to(token.expires_at)}
            yield _generating(token, own, "plain", words)


def _unfinished(tokens: AccessTokenQuerySet, own: bool) -> Iterable[Task]:
    for token in (
        tokens.filter(generated_at=None).select_related("owner__contact").order_by("-created_at", "pk")[:OF_A_KIND]
    ):
        yield _generating(token, own, "plain", _("It has no JWT yet: nothing can call with it."))


def _unused(tokens: AccessTokenQuerySet, own: bool) -> Iterable[Task]:
    for token in tokens.never_used().select_related("owner__contact").order_by("-generated_at", "pk")[:OF_A_KIND]:
        yield _task(token, own, "plain", _("Nothing has called with it yet."), _("How to connect"), "token")


def _generating(token: AccessToken, own: bool, tone: Literal["bad", "soon", "plain"], words: str) -> Task:
    return _task(token, own, tone, words, _("Generate Token"), "generate")


def _task(
    token: AccessToken, own: bool, tone: Literal["bad", "soon", "plain"], words: str, deed: str, page: str
) -> Task:
    href = token_url(token, "token", own=own)
    is_dialog = page != "token"
    deed_href = token_url(token, page, own=own) + ("?back=token" if is_dialog else "")
    return Task(token, href, tone, words, deed, deed_href, is_dialog)
