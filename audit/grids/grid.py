"""One grid as its template sees it: head, filters, rows, pages and the addresses that change them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from audit.grids.bar import Bar
from audit.grids.bulk import BulkAction
from audit.grids.choosing import ColumnChoice
from audit.grids.export import FORMATS
from audit.grids.filters import Chip, GridFilterSet, without_nul
from audit.grids.heads import EmptyState
from audit.grids.paging import KEYED_SIZE, NUMBERED_SIZE, SIZES, Page, count_text
from audit.grids.sorting import PARAMETER, Sorting
from audit.grids.tables import GridTable

PLACES = ("page", "before", "after")
NEVER_KEPT = ("export", "fact", "selected", "every", "filter")


@dataclass(frozen=True)
class HeadCell:
    """The head of one column: itself, its filter when it has one, and how it sorts."""

    column: Any
    field: Any
    value_text: str
    sort_address: str
    direction: str


@dataclass(frozen=True)
class Cell:
    """One cell of a row; ``label`` is the column's head, shown beside the value on a phone."""

    label: str
    css_class: str
    row_header: bool
    shown: Any


@dataclass(frozen=True)
class Row:
    """``key`` names the row in a selection, where there is one; ``name`` is what the row is called."""

    css_class: str
    cells: list[Cell]
    key: str
    name: str


@dataclass(kw_only=True)
class Grid:
    """What ``grids/grid.html`` draws."""

    table: GridTable
    page: Page
    filterset: GridFilterSet | None
    sorting: Sorting | None
    parameters: QueryDict
    empty: EmptyState
    choice: ColumnChoice
    bulk: tuple[BulkAction, ...] = ()
    key: str = "public_id"
    total: int | None = None
    sizes = SIZES
    formats = FORMATS

    def address(self, changes: Mapping[str, object] | None = None, *, drop: tuple[str, ...] = PLACES) -> str:
        """This address with other parameters; the place in the pages is given up unless it is what changes."""
        parameters = self.parameters.copy()
        for name in (*drop, *NEVER_KEPT):
            parameters.pop(name, None)
        for name, value in (changes or {}).items():
            parameters[name] = str(value)
        return "?" + parameters.urlencode()

    @property
    def head_cells(self) -> list[HeadCell]:
        return [
            HeadCell(
                column=column,
                field=self.field(column.name),
                value_text=self.value_text(column.name),
                sort_address=self.sort_address(column),
                direction=self.sorting.direction(column.name) if self.sorting and column.orderable else "",
            )
            for column in self.table.columns
        ]

    @property
    def rows(self) -> list[Row]:
        columns = [(column, column.column, str(column.header)) for column in self.table.columns]
        return [
            Row(
                self.table.row_class(row.record),
                [
                    Cell(label, kind.css_class, kind.row_header, row.get_cell(column.name))
                    for column, kind, label in columns
                ],
                str(getattr(row.record, self.key, "") or "") if self.bulk else "",
                self.table.row_name(row.record) if self.bulk else "",
            )
            for row in self.table.rows
        ]

    def field(self, name: str) -> Any:
        return self.filterset.form[name] if self.filterset and name in self.filterset.filters else None

    def value_text(self, name: str) -> str:
        """What a filter is set to, in words; nothing when it is not set."""
        if self.filterset is None or name not in self.filterset.set_names:
            return ""
        return self.filterset.value_text(name)

    def sort_address(self, column: Any) -> str:
        if self.sorting is None or not column.orderable:
            return ""
        return self.address({PARAMETER: self.sorting.toggled(column.name)})

    @property
    def search(self) -> Any:
        return self.field("q")

    @property
    def further_fields(self) -> list[Any]:
        """Filters that belong to no column."""
        names = {"q", *self.table.columns.names(), *self.choice.hidden}
        return [self.field(name) for name in (self.filterset.filters if self.filterset else ()) if name not in names]

    @property
    def has_column_filters(self) -> bool:
        return any(cell.field for cell in self.head_cells)

    @property
    def chips(self) -> list[tuple[Chip, str]]:
        chips = [*self.filter_chips, *self.lost_sorting]
        return [(chip, self.address(drop=(*PLACES, *chip.parameters))) for chip in chips]

    @property
    def filter_chips(self) -> list[Chip]:
        """The filters that are set. One of a column that is not shown says so: it applies, as the address asks."""
        if self.filterset is None:
            return []
        return [
            replace(chip, note=_("%(filter)s (column not shown)") % {"filter": chip.text})
            if name in self.choice.hidden
            else chip
            for name, chip in zip(self.filterset.set_names, self.filterset.chips, strict=True)
        ]

    @property
    def lost_sorting(self) -> list[Chip]:
        """What the address would sort by, were the column shown."""
        name = self.parameters.get(PARAMETER, "").removeprefix("-")
        if self.sorting is None or name not in self.choice.hidden:
            return []
        note = _("Not sorted by %(column)s: the column is not shown") % {"column": self.choice.hidden[name]}
        return [Chip(name, "", (PARAMETER,), note)]

    @property
    def clear_address(self) -> str:
        names = tuple(name for chip, _address in self.chips for name in chip.parameters)
        return self.address(drop=(*PLACES, *names))

    @property
    def complaints(self) -> list[str]:
        """What is wrong with the question: values that cannot be, or more to read than a page waits for."""
        late = [_("This takes too long to find. Choose a shorter time, or ask for less at once.")]
        return (self.filterset.complaints if self.filterset else []) + late * self.page.is_late

    @cached_property
    def is_filtered(self) -> bool:
        return bool(self.filterset and self.filterset.set_names)

    @property
    def has_nothing_yet(self) -> bool:
        if self.page.is_late:
            return False
        return not self.page.rows and not self.is_filtered and not any(name in self.parameters for name in PLACES)

    @property
    def count_text(self) -> str:
        return self.page.total_text

    @property
    def unfiltered_text(self) -> str:
        return "" if self.total is None else count_text(self.total)

    @property
    def usual_size(self) -> int:
        return NUMBERED_SIZE if self.sorting else KEYED_SIZE

    @property
    def previous_address(self) -> str:
        return self.address(self.page.previous) if self.page.previous else ""

    @property
    def next_address(self) -> str:
        return self.address(self.page.next) if self.page.next else ""

    @property
    def export_addresses(self) -> list[tuple[str, str]]:
        return [(wanted.upper(), self.address({"export": wanted})) for wanted in FORMATS]

    @property
    def proofs_address(self) -> str:
        """The export of a log with the proofs of its entries."""
        return self.address({"export": "proofs"})

    @property
    def kept_parameters(self) -> list[tuple[str, str]]:
        """What the filter form carries along unseen: the order, and filters of columns that are not shown."""
        unseen = self.filterset.set_names if self.filterset else []
        names = [PARAMETER]
        for name in unseen:
            names += self.filterset.parameters_of(name) if self.filterset and name in self.choice.hidden else ()
        kept = [(name, value) for name in names for value in self.parameters.getlist(name)[-1:] if value]
        return [(name, without_nul(value)) for name, value in kept]

    @property
    def columns_shown(self) -> int:
        """How many cells a row has."""
        return len(list(self.table.columns)) + bool(self.bulk)

    @property
    def query(self) -> str:
        """This filter, order and place, to come back to."""
        return self.address(drop=()).removeprefix("?")

    @cached_property
    def bar(self) -> Bar | None:
        """The bar of the selection, where there is something to do with selected rows."""
        if not self.bulk:
            return None
        return Bar(deeds=self.bulk, table=self.table, page=self.page, is_filtered=self.is_filtered)
