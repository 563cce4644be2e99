"""An entry's number in the sealed ledger, where logs show it: as the link to its receipt."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.grids.moments import number_text
from audit.grids.tables import GridColumn
from audit.models import Entry, Leaf


class Numbered:
    """A table of entries that knows the numbers of its rows, asked once for all of them, and only if they are shown."""

    rows: Any

    @cached_property
    def numbers(self) -> dict[int, int]:
        shown = [row.record.pk for row in self.rows]
        return dict(Leaf.objects.filter(entry_id__in=shown).values_list("entry_id", "sequence"))


class NumberedColumn(GridColumn):
    """The number, or that the entry waits for its seal. ``receipt`` names the address of its receipt.

    Exports do without it: the one with proofs has the numbers.
    """

    cell_class = "number"

    def __init__(self, *, receipt: str) -> None:
        super().__init__(
            accessor="pk",
            orderable=False,
            exclude_from_export=True,
            on_phone=False,
            verbose_name=gettext_lazy("Number"),
        )
        self.receipt = receipt

    def render(self, record: Entry, table: Numbered) -> SafeString:
        number = table.numbers.get(record.pk)
        if number is None:
            return format_html('<span class="nothing">{}</span>', _("Waiting"))
        shown, address = number_text(number), reverse(self.receipt, args=[record.pk])
        title = _("Receipt of the entry with the number %(number)s") % {"number": shown}
        return format_html('<a href="{}" download title="{}" aria-label="{}">{}</a>', address, title, title, shown)
