"""Sorting by an allow-list: the table's own columns, one at a time, always ending in the key."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldError
from django.db.models import CharField, F, QuerySet, TextField
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lower

from audit.grids.tables import GridTable

PARAMETER = "sort"


@dataclass(frozen=True)
class Sorting:
    """The column that sorts, and which way. ``column`` is empty when the queryset's own order is kept."""

    column: str
    descending: bool

    @classmethod
    def of(cls, table: GridTable, wanted: str) -> "Sorting":
        """What the address asks for, when it may; else the table's default."""
        for candidate in (wanted, table.default_sort):
            name = candidate.removeprefix("-")
            if name in table.columns.names() and table.columns[name].orderable:
                return cls(name, candidate.startswith("-"))
        return cls("", False)

    def toggled(self, column: str) -> str:
        """The value of the parameter that a click on ``column``'s head asks for."""
        return f"-{column}" if self.column == column and not self.descending else column

    def direction(self, column: str) -> str:
        """The value of ``aria-sort`` of a column's head."""
        if self.column != column:
            return "none"
        return "descending" if self.descending else "ascending"

    def apply(self, table: GridTable, rows: QuerySet[Any]) -> QuerySet[Any]:
        if not self.column:
            return rows.order_by(*(rows.query.order_by or rows.model._meta.ordering), "pk")
        expressions = [
            order_by(rows, accessor, descending=self.descending) for accessor in table.columns[self.column].order_by
        ]
        return rows.order_by(*expressions, "pk")


def order_by(rows: QuerySet[Any], accessor: str, *, descending: bool) -> OrderBy:
    """Order by one field, the same on every database: text without regard to case, missing values as the smallest."""
    reverse = accessor.startswith("-") != descending
    path = accessor.removeprefix("-").replace(".", "__")
    expression = Lower(path) if is_text(rows, path) else F(path)
    return expression.desc(nulls_last=True) if reverse else expression.asc(nulls_first=True)


def is_text(rows: QuerySet[Any], path: str) -> bool:
    try:
        output = F(path).resolve_expression(rows.query.clone()).output_field
    except FieldError:
        return False
    return isinstance(output, CharField | TextField)
