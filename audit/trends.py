"""Is it getting worse? Some days compared with as many before, in sentences."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from audit.grids.moments import number_text
from audit.plots import DayCount, share

AS_BEFORE = 0.1  # percent of the calls: a difference that nobody needs to hear of


def trend(now: Sequence[DayCount], before: Sequence[DayCount]) -> list[str]:
    """How many calls there are, and how many of them fail, against the time before; nothing without calls then."""
    calls, calls_before = (sum(day.ok + day.failed for day in days) for days in (now, before))
    if not calls or not calls_before:
        return []
    return [calls_sentence(calls, calls_before, len(before)), failures_sentence(share(now), share(before))]


def calls_sentence(calls: int, before: int, days: int) -> str:
    change = round(100 * (calls - before) / before)
    words = {"percent": number_text(abs(change)), "days": number_text(days)}
    if change > 0:
        return _("%(percent)s %% more calls than in the %(days)s days before.") % words
    if change < 0:
        return _("%(percent)s %% fewer calls than in the %(days)s days before.") % words
    return _("As many calls as in the %(days)s days before.") % words


def failures_sentence(now: float, before: float) -> str:
    words = {"now": number_text(now, 1), "before": number_text(before, 1)}
    if now - before >= AS_BEFORE:
        return _("%(now)s %% of them failed, %(before)s %% before: it is getting worse.") % words
    if before - now >= AS_BEFORE:
        return _("%(now)s %% of them failed, %(before)s %% before: it is getting better.") % words
    return _("%(now)s %% of them failed, as before.") % words
