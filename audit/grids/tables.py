"""The grid's table; its kinds of columns are offered here as well."""

from collections.abc import Iterable, Sequence
from typing import Any

import django_tables2
from django.db.models import QuerySet
from django.utils.translation import ngettext_lazy

from audit.grids.bulk import selected_text
from audit.grids.columns import (
    NOTHING,
    ActionsColumn,
    DateTimeColumn,
    GridColumn,
    LinkColumn,
    NumberColumn,
    StatusColumn,
    TextColumn,
    joined,
)
from audit.grids.words import Text

__all__ = [
    "NOTHING",
    "ActionsColumn",
    "DateTimeColumn",
    "GridColumn",
    "GridTable",
    "LinkColumn",
    "NumberColumn",
    "StatusColumn",
    "TextColumn",
    "joined",
]


class GridTable(django_tables2.Table):
    """A table of the grid pattern.

    ``default_sort`` names the column that sorts when the address names none ("-created_on" for newest first).
    ``caption`` is read by screen readers; the page's title stands in for it. ``is_spent`` tells which rows are grey.
    ``default_hidden`` names the columns that are hidden until the person chooses otherwise.
    ``noun`` is what a row is, for the count of a selection: ``ngettext_lazy("%(count)d token", "%(count)d tokens",
    "count")``.
    """

    default_sort: str = ""
    caption: Text = ""
    default_hidden: Sequence[str] = ()
    noun: Text = ngettext_lazy("%(count)d row", "%(count)d rows", "count")

    def __init__(self, data: Iterable[Any] = (), **options: Any) -> None:
        options.setdefault("default", NOTHING)
        super().__init__(data, **options)

    def is_spent(self, record: Any) -> bool:
        """Whether the row no longer works and is shown grey."""
        return False

    def row_class(self, record: Any) -> str:
        return "spent" if self.is_spent(record) else ""

    def row_name(self, record: Any) -> str:
        """What the row is called: in the name of its check box, and where many rows are confirmed."""
        named = [column.column for column in self.columns if isinstance(column.column, ActionsColumn)]
        return str(named[0].label(record)) if named else str(record)

    def selected_text(self, count: int) -> str:
        """ "3 tokens selected"."""
        return selected_text(self.noun, count)

    def selection_fact(self, rows: QuerySet[Any]) -> Text:
        """One fact that helps to decide about the selected rows ("none of them was used in the last 30 days")."""
        return ""
