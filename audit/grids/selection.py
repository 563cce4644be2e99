"""The rows that were selected in a grid: named one by one, or every row of its filter."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from audit.grids.filters import GridFilterSet
from audit.grids.moments import number_text

MOST = 5_000
MOST_IN_AN_ADDRESS = 200  # of an export; more would not fit into what servers on the way take for an address
KEY = re.compile(r"[\w.@-]{1,64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Who was chosen, as the bar of a grid sends it: the fields ``selected`` (keys) or ``every``, and ``filter``.

    ``queryset`` holds what the person may see, so that keys of anything else choose nothing. The filter is the grid's
    own query string: a field of one's own form never meets a filter of the same name.
    """

    queryset: QuerySet[Any]
    key: str
    named: tuple[str, ...]
    every: bool
    filterset: GridFilterSet | None
    parameters: QueryDict

    @classmethod
    def of(
        cls,
        request: HttpRequest,
        *,
        queryset: QuerySet[Any],
        filterset_class: type[GridFilterSet] | None = None,
        key: str = "public_id",
    ) -> "Selection":
        """What the request selects: of a POST its fields, else its parameters."""
        fields = request.POST if request.method == "POST" else request.GET
        parameters = QueryDict(fields.get("filter", "").removeprefix("?"))
        found = [name for text in fields.getlist("selected") for name in re.split(r"[,\s]+", text)]
        return cls(
            queryset=queryset,
            key=key,
            named=tuple(dict.fromkeys(name for name in found if KEY.fullmatch(name))),
            every=bool(fields.get("every")),
            filterset=filterset_class(parameters, queryset=queryset, request=request) if filterset_class else None,
            parameters=parameters,
        )

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """The rows; none while there is a ``refusal``."""
        if self.named_too_many or self.filter_refused:
            return self.queryset.none()
        if self.every:
            return self.filterset.qs if self.filterset else self.queryset
        return self.queryset.filter(**{f"{self.key}__in": self.named})

    @cached_property
    def keys(self) -> list[str]:
        """The keys of the rows, each once."""
        found = self.rows.exclude(**{self.key: None}).order_by(self.key).values_list(self.key, flat=True)
        return list(dict.fromkeys(found))

    @cached_property
    def count(self) -> int:
        """How many there are now, exactly, each key once: less than were chosen when some are gone or are others'."""
        return self.rows.order_by().values(self.key).distinct().count()

    @property
    def back_query(self) -> str:
        """The grid's query string, to lead back to the same filter, order and page."""
        return self.parameters.urlencode()

    @property
    def named_too_many(self) -> bool:
        return not self.every and len(self.named) > MOST

    @property
    def filter_refused(self) -> bool:
        """Every row of a filter that cannot be read would be every row there is."""
        return self.every and bool(self.filterset and self.filterset.complaints)

    @property
    def refusal(self) -> str:
        """Why nothing can be done with it, and the way out; empty when something can."""
        if self.filter_refused:
            return _("The filter cannot be read. Go back, clear it and select again.")
        if self.named_too_many or self.count > MOST:
            most = number_text(MOST)
            return _("At most %(most)s rows can be changed at once. Go back and filter for fewer.") % {"most": most}
        if not self.count:
            return _("Nothing is selected, or what was selected is gone. Go back and check the rows that you mean.")
        return ""

    @property
    def export_refusal(self) -> str:
        """As ``refusal``; but a file may hold any number of rows."""
        return "" if self.every and not self.filter_refused else self.refusal

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """What a further step sends to say the same again."""
        chosen = ("every", "1") if self.every else ("selected", ",".join(self.named))
        return [chosen, ("filter", self.back_query)]
