"""The blue bar of a grid, as its template sees it: deeds, words of the count, and the offer to take every row."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from audit.grids.bulk import BulkAction, selected_pattern
from audit.grids.paging import Page
from audit.grids.selection import MOST, MOST_IN_AN_ADDRESS
from audit.grids.tables import GridTable

BUTTONS, LETTERS = 3, 48  # what of the deeds has room beside the count


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What ``grids/bar.html`` draws."""

    deeds: tuple[BulkAction, ...]
    table: GridTable
    page: Page
    is_filtered: bool
    most = MOST
    most_in_an_address = MOST_IN_AN_ADDRESS

    @property
    def shown(self) -> tuple[BulkAction, ...]:
        """The deeds with a button of their own: as many as there is room for, in the language that is spoken."""
        count, letters = 0, 0
        for deed in self.deeds[:BUTTONS]:
            letters += len(str(deed.label))
            count += letters <= LETTERS
        return self.deeds[: max(count, 1)]

    @property
    def further(self) -> tuple[BulkAction, ...]:
        """The deeds behind "More"."""
        return self.deeds[len(self.shown) :]

    @property
    def has_fact(self) -> bool:
        return type(self.table).selection_fact is not GridTable.selection_fact

    @property
    def one_text(self) -> str:
        return self.table.selected_text(1)

    @property
    def many_text(self) -> str:
        return selected_pattern(self.table.noun)

    @property
    def every_text(self) -> str:
        """The offer to take the rows of the other pages as well; nothing when there are none."""
        if self.page.total is None or self.page.total <= len(self.page.rows):
            return ""
        if not self.is_filtered:
            return _("Select all %(total)s") % {"total": self.page.total_text}
        return _("Select all %(total)s of this filter") % {"total": self.page.total_text}
