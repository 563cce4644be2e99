"""The grids of imports: the list of them, and the rows of one dry run."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from accounts.models import ContactImport, ImportRow, ImportState, RowResult
from audit.grids.filters import ChoiceFilter, DayRangeFilter, GridFilterSet, SearchFilter, TextFilter
from audit.grids.moments import number_text
from audit.grids.tables import NOTHING, DateTimeColumn, GridTable, LinkColumn, StatusColumn, TextColumn
from audit.grids.tags import Tag, yes

STATE_TAGS = {
    ImportState.READING: Tag(_("At work"), "blue", "circle-dot"),
    ImportState.CHECKING: Tag(_("At work"), "blue", "circle-dot"),
    ImportState.WRITING: Tag(_("At work"), "blue", "circle-dot"),
    ImportState.CHECKED: Tag(_("Waits for you"), "amber", "clock"),
    ImportState.APPLIED: yes(_("Applied")),
    ImportState.DISCARDED: Tag(_("Discarded"), "grey", "ban"),
    ImportState.STOPPED: Tag(_("Stopped"), "red", "circle-x"),
}
RESULT_TAGS = {
    RowResult.CREATE: Tag(RowResult.CREATE.label, "green", "plus"),
    RowResult.UPDATE: Tag(RowResult.UPDATE.label, "blue", "pencil"),
    RowResult.DELETE: Tag(RowResult.DELETE.label, "red", "trash-2"),
    RowResult.UNCHANGED: Tag(RowResult.UNCHANGED.label, "plain"),
    RowResult.JOINED: Tag(RowResult.JOINED.label, "plain"),
    RowResult.REFUSED: Tag(RowResult.REFUSED.label, "red", "circle-x"),
}


def counts_words(counts: dict[str, int]) -> list[str]:
    """ "3 created", "1 refused": what a file came to, in the order of interest."""
    words = [
        (RowResult.CREATE, ngettext("%(number)s created", "%(number)s created", counts.get("create", 0))),
        (RowResult.UPDATE, ngettext("%(number)s changed", "%(number)s changed", counts.get("update", 0))),
        (RowResult.DELETE, ngettext("%(number)s deleted", "%(number)s deleted", counts.get("delete", 0))),
        (RowResult.REFUSED, ngettext("%(number)s refused", "%(number)s refused", counts.get("refused", 0))),
    ]
    return [text % {"number": number_text(counts[result])} for result, text in words if counts.get(result)]


class ImportTable(GridTable):
    """The imports that were begun."""

    caption = _("Imports")
    default_sort = "-created_at"
    noun = ngettext_lazy("%(count)d import", "%(count)d imports", "count")

    file_name = LinkColumn(
        to=lambda one: reverse("accounts:show_import", args=[one.public_id]), wide=False, verbose_name=_("File")
    )
    state = StatusColumn(tag=lambda one: STATE_TAGS[ImportState(one.state)], verbose_name=_("Status"))
    rows = TextColumn(accessor="pk", orderable=False, wide=True, verbose_name=_("Rows"))
    by_label = TextColumn(verbose_name=_("By"))
    created_at = DateTimeColumn(verbose_name=_("Begun"))
    ended_at = DateTimeColumn(verbose_name=_("Ended"), on_phone=False)

    def value_rows(self, record: ContactImport) -> str:
        return ", ".join(counts_words(record.counts))

    def render_rows(self, record: ContactImport) -> SafeString:
        return TextColumn().render(self.value_rows(record))


class ImportFilters(GridFilterSet):
    q = SearchFilter(fields=["file_name", "by_label"], label=_("Search file, person"))
    file_name = TextFilter(label=_("File"))
    by_label = TextFilter(label=_("By"))
    created_at = DayRangeFilter(label=_("Begun"))


def nowhere(row: ImportRow) -> None:
    """A row of a file has no page of its own."""


class RowTable(GridTable):
    """Every row of a file with what applying it would do."""

    caption = _("Rows of the file")
    default_sort = "line"
    noun = ngettext_lazy("%(count)d row", "%(count)d rows", "count")

    line = LinkColumn(to=nowhere, wide=False, verbose_name=_("Line"))
    result = StatusColumn(tag=lambda row: RESULT_TAGS[RowResult(row.result)], verbose_name=_("Result"))
    name = TextColumn(verbose_name=_("Name"))
    user_name = TextColumn(verbose_name=_("User Name"))
    changes = TextColumn(empty_values=(), orderable=False, wide=True, verbose_name=_("What"))

    def value_changes(self, record: ImportRow) -> str:
        return " · ".join([*map(self.one_change(record), record.changes), *filter(None, [record.told])])

    def one_change(self, record: ImportRow) -> Any:
        return refusal_words if record.result == RowResult.REFUSED else change_words

    def render_changes(self, record: ImportRow) -> SafeString:
        words = self.value_changes(record)
        return format_html('<span class="import-changes">{}</span>', words) if words else NOTHING


def change_words(change: list[str]) -> str:
    """ "Phone: +41 1 → +41 2"; of something new the value alone."""
    column, before, after = change
    if not before:
        return f"{column}: {after}"
    return f"{column}: {before} → {after or '–'}"


def refusal_words(change: list[str]) -> str:
    """ "E Mail: This is no mail address. (“x”)"."""
    column, held, why = change
    words = f"{column}: {why}" if column else why
    return f"{words} (“{held[:60]}”)" if held else words


class RowFilters(GridFilterSet):
    q = SearchFilter(fields=["name", "user_name"], label=_("Search name, user name"))
    result = ChoiceFilter(choices=RowResult.choices, label=_("Result"))
    name = TextFilter(label=_("Name"))
    user_name = TextFilter(label=_("User Name"))
