"""Which columns of a grid a person sees: what was chosen before, and the panel that chooses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from audit.grids.tables import ActionsColumn, GridTable
from audit.grids.words import Text


@dataclass(frozen=True)
class Choosable:
    """One column of the panel."""

    name: str
    label: Text
    shown: bool


@dataclass(frozen=True, kw_only=True)
class ColumnChoice:
    """``excluded`` are the columns that the table leaves out: the page's own choice and the person's."""

    grid: str
    columns: tuple[Choosable, ...]
    excluded: tuple[str, ...]

    @classmethod
    def of(cls, request: HttpRequest, table: type[GridTable], *, grid: str, exclude: Sequence[str]) -> "ColumnChoice":
        """What the person chose for this grid. Names that it has no longer, or never hides, are forgotten."""
        usual = () if "export" in request.GET else table.default_hidden  # hidden for want of room, which a file has
        hidden = hidden_by(request.user, grid, usual=usual)
        named = [(name, column) for name, column in table.base_columns.items() if name not in exclude]
        columns = tuple(
            Choosable(name, column.verbose_name, name not in hidden)
            for name, column in named[1:]
            if column.verbose_name and not isinstance(column, ActionsColumn)
        )
        own = tuple(column.name for column in columns if not column.shown)
        return cls(grid=grid, columns=columns, excluded=(*exclude, *own))

    @property
    def hidden(self) -> dict[str, Text]:
        """The columns that the person does not see, by name."""
        return {column.name: column.label for column in self.columns if not column.shown}

    @property
    def address(self) -> str:
        """Where the panel is sent; nothing where no choice is kept."""
        return reverse(settings.GRID_COLUMNS) if self.columns and settings.GRID_COLUMNS else ""


def hidden_by(person: Any, grid: str, *, usual: Sequence[str]) -> frozenset[str]:
    """What the person's record says, if it says anything that can be read; else what is usual."""
    kept = getattr(person, "hidden_columns", None)
    names = kept.get(grid, usual) if isinstance(kept, Mapping) else usual
    return frozenset(names if isinstance(names, list | tuple) else ())
