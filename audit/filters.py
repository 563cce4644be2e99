"""What can be asked of a log: exact values and times, each served by an index of the ledger."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.grids.filters import ChoiceFilter, DayRangeFilter, GridFilterSet, TextFilter, midnight
from audit.grids.words import Text
from audit.models import Entry
from audit.querysets import EntryQuerySet
from audit.verbs import ACTIVITIES, CALLS, REPORTS_API, SCHEMES, Result, Verb

CHANGES = "changes"
COMMAND = "command"  # the channel of those who act without a login
VERBS = {activity: verb for verb, activity in ACTIVITIES.items()}
EVERY = frozenset[str](Verb)
CALL = frozenset[str]({Verb.TOKEN_AUTHENTICATE})
NO_CALLS = EVERY - {*CALLS}


class EntryFilters(GridFilterSet):
    """What every log can be asked. ``reasons`` holds the reasons of refusals, each with its words.

    ``exact`` names the filters that have an index with the key behind it: entries are then found in the order of keys,
    the time is turned into a range of keys. Without any, they are found in the order of moments.
    """

    reasons: ClassVar[Mapping[str, Text]] = {}
    exact: ClassVar[tuple[str, ...]] = ("address",)

    at = DayRangeFilter(label=gettext_lazy("Activity On"))
    address = TextFilter(lookup_expr="exact", label=gettext_lazy("Address"))
    request_id = TextFilter(method="with_request", label=gettext_lazy("Request"))

    def filter_queryset(self, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        if not self.verbs():
            return queryset.none()
        rows = cast("EntryQuerySet", super().filter_queryset(queryset))
        if not self.is_exact():
            return rows.order_by("-at", "-pk")
        days = self.form.cleaned_data.get("at")
        if days:
            organisation_id = self.request.user.organisation_id
            start = midnight(days.start) if days.start else None
            end = midnight(days.stop + dt.timedelta(days=1)) if days.stop else None
            rows = rows.near(organisation_id, start, end)
        return rows.order_by("-pk")

    def verbs(self) -> frozenset[str]:
        """What can have happened in the entries that are asked for: nothing, where one filter rules out another.

        The database would read everything of either to find that out.
        """
        chosen, found = self.form.cleaned_data, EVERY
        if activity := chosen.get("activity"):
            found &= NO_CALLS if activity == CHANGES else {VERBS.get(activity, activity)}
        if actor := chosen.get("actor"):
            found &= CALL if actor.casefold() == REPORTS_API.casefold() else EVERY - CALL
        return found

    def is_exact(self) -> bool:
        """Whether something is asked for that an index finds by key."""
        return any(self.form.cleaned_data.get(name) for name in self.exact)

    def with_request(self, rows: EntryQuerySet, name: str, value: str) -> EntryQuerySet:
        return rows.of_request(value)

    def logins_called(self, text: str) -> list[str]:
        """Public ids of the logins of that name; none in a log that knows no people."""
        return []

    def with_actor(self, rows: EntryQuerySet, name: str, value: str) -> EntryQuerySet:
        """What a person did, called by user name, id or whole name; or the API; or the operator's command line."""
        if value.casefold() == REPORTS_API.casefold():
            return rows.filter(verb=Verb.TOKEN_AUTHENTICATE)
        if ids := self.logins_called(value):
            return self.rows_by_people(rows).filter(actor_id__in=ids)
        return rows.filter(channel=COMMAND, actor_label__iexact=value)

    def rows_by_people(self, rows: EntryQuerySet) -> EntryQuerySet:
        """What a person can have done: everything but calls."""
        return rows.exclude(verb=Verb.TOKEN_AUTHENTICATE)


class LogFilters(EntryFilters):
    """The filters of a token log."""

    activity = ChoiceFilter(
        choices=[*((word, word) for word in VERBS), (CHANGES, gettext_lazy("Only changes"))],
        method="with_activity",
        label=gettext_lazy("Activity"),
    )
    actor = TextFilter(method="with_actor", label=gettext_lazy("Activity By"))
    result = ChoiceFilter(choices=(), method="with_result", label=gettext_lazy("Authentication Result"))
    sent_as = ChoiceFilter(field_name="scheme", choices=list(SCHEMES.items()), label=gettext_lazy("Sent as"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.filters["result"].extra["choices"] = [
            *Result.choices,
            *((code, _("Fail: %(reason)s") % {"reason": label}) for code, label in self.reasons.items()),
        ]

    def verbs(self) -> frozenset[str]:
        """Of what is in a token log only calls have a result, or were sent in some way."""
        chosen = self.form.cleaned_data
        return super().verbs() & (CALL if chosen.get("result") or chosen.get("sent_as") else EVERY)

    def with_activity(self, rows: EntryQuerySet, name: str, value: str) -> QuerySet[Entry]:
        return rows.changes() if value == CHANGES else rows.filter(verb=VERBS[value])

    def with_result(self, rows: EntryQuerySet, name: str, value: str) -> QuerySet[Entry]:
        rows = rows.filter(verb=Verb.TOKEN_AUTHENTICATE)
        if value in Result.values:
            return rows.filter(result=value)
        return rows.filter(reason=value)

    def rows_by_people(self, rows: EntryQuerySet) -> EntryQuerySet:
        """Reports read are no activity of a token log: an index of changes finds the rest."""
        return rows.changes()

    def is_exact(self) -> bool:
        """Also changes and failures, which are rare and have indexes of their own."""
        chosen = self.form.cleaned_data
        failures = chosen.get("result") not in {None, "", Result.OK}
        changes = chosen.get("activity") not in {None, "", ACTIVITIES[Verb.TOKEN_AUTHENTICATE]}
        person = (chosen.get("actor") or REPORTS_API).casefold() != REPORTS_API.casefold()
        rare_scheme = chosen.get("sent_as") not in {None, "", "bearer"}
        return failures or changes or person or rare_scheme or super().is_exact()
