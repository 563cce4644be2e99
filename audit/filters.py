"""What can be asked of a token log: exact values and times, each served by an index of the ledger."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.grids.filters import ChoiceFilter, DayRangeFilter, GridFilterSet, TextFilter
from audit.grids.words import Text
from audit.models import Entry
from audit.verbs import ACTIVITIES, REPORTS_API, Result, Verb

CHANGES = "changes"
VERBS = {activity: verb for verb, activity in ACTIVITIES.items()}


class LogFilters(GridFilterSet):
    """The filters of a token log. ``reasons`` holds the reasons of refused calls, each with its words."""

    reasons: ClassVar[Mapping[str, Text]] = {}

    at = DayRangeFilter(label=gettext_lazy("Activity On"))
    activity = ChoiceFilter(
        choices=[*((word, word) for word in VERBS), (CHANGES, gettext_lazy("Only changes"))],
        method="with_activity",
        label=gettext_lazy("Activity"),
    )
    actor = TextFilter(method="with_actor", label=gettext_lazy("Activity By"))
    result = ChoiceFilter(choices=(), method="with_result", label=gettext_lazy("Authentication Result"))
    address = TextFilter(lookup_expr="exact", label=gettext_lazy("Address"))
    request_id = TextFilter(lookup_expr="exact", label=gettext_lazy("Request"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.filters["result"].extra["choices"] = [
            *Result.choices,
            *((code, _("Fail: %(reason)s") % {"reason": label}) for code, label in self.reasons.items()),
        ]

    def filter_queryset(self, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        """In the order of an index: by moment when a time is asked for, else by key."""
        rows: QuerySet[Entry] = super().filter_queryset(queryset)
        return rows.order_by("-at", "-pk") if self.form.cleaned_data.get("at") else rows.order_by("-pk")

    def with_activity(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        if value == CHANGES:
            return rows.exclude(verb=Verb.TOKEN_AUTHENTICATE)
        return rows.filter(verb=VERBS[value])

    def with_actor(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        """A person's name, whole; or the API's."""
        if value.casefold() == REPORTS_API.casefold():
            return rows.filter(verb=Verb.TOKEN_AUTHENTICATE)
        return rows.exclude(verb=Verb.TOKEN_AUTHENTICATE).filter(actor_label__iexact=value)

    def with_result(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        rows = rows.filter(verb=Verb.TOKEN_AUTHENTICATE)
        if value in Result.values:
            return rows.filter(result=value)
        return rows.filter(result=Result.FAIL, reason=value)

    def asks_for_rare_entries(self) -> bool:
        """Whether the address asks for entries that have an index of their own: changes and failures."""
        chosen = self.form.cleaned_data
        failures = chosen.get("result") not in {None, "", Result.OK}
        changes = chosen.get("activity") not in {None, "", ACTIVITIES[Verb.TOKEN_AUTHENTICATE]}
        return failures or changes or bool(chosen.get("actor"))
