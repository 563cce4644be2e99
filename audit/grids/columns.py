"""The kinds of columns that a grid has."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import django_tables2
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from audit.grids.icons import icon
from audit.grids.moments import number_text, render_moment
from audit.grids.tags import Tag
from audit.grids.words import Text

NOTHING = format_html('<span class="nothing">{}</span>', "–")


class GridColumn(django_tables2.Column):
    """What all columns share: classes of the cell, and a raw value for exports.

    ``on_phone=False`` leaves a fact out of the short block that a row is on a phone.
    """

    cell_class = ""
    wide = False
    row_header = False

    def __init__(self, *args: Any, on_phone: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        self.on_phone = on_phone

    @property
    def css_class(self) -> str:
        marks = (self.cell_class, "wide" if self.wide else "", "" if self.on_phone else "no-phone")
        return " ".join(mark for mark in marks if mark)

    def value(self, value: Any) -> Any:
        return value


class TextColumn(GridColumn):
    """One line of text, cut with … and whole in the title; ``mono`` for what a machine reads.

    A list of words is joined with commas. ``wide`` columns take the spare width, ``narrow`` ones are cut early.
    """

    def __init__(
        self, *args: Any, mono: bool = False, wide: bool = False, narrow: bool = False, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.wide = wide
        self.cell_class = " ".join(word for word, holds in (("mono", mono), ("narrow", narrow)) if holds)

    def render(self, value: Any) -> SafeString:
        text = joined(value)
        return format_html('<span class="clip" title="{}">{}</span>', text, text) if text else NOTHING

    def value(self, value: Any) -> str:
        return joined(value)


class NumberColumn(GridColumn):
    """A whole number, right-aligned."""

    cell_class = "number"

    def render(self, value: int) -> str:
        return number_text(value)


class LinkColumn(TextColumn):
    """The link to the thing, its name the text. ``to`` gives the address of a record, or nothing for plain text.

    As the first column (``row_header``, the default) it also names the row for screen readers.
    """

    def __init__(
        self, *args: Any, to: Callable[[Any], str | None], row_header: bool = True, wide: bool = True, **options: Any
    ) -> None:
        super().__init__(*args, wide=wide, **options)
        self.to = to
        self.row_header = row_header

    def render(self, value: Any, record: Any) -> SafeString:  # type: ignore[override]
        address = self.to(record)
        if not address:
            return super().render(value)
        text = joined(value)
        return format_html('<a class="clip" href="{}" title="{}">{}</a>', address, text, text)


class DateTimeColumn(GridColumn):
    """A moment in the active time zone. ``warns`` marks the records whose moment is near, by clock and amber text.

    ``seconds`` for logs; ``time=False`` shows the day alone (today's with its time). ``otherwise`` gives the text of a
    record that has none ("Never").
    """

    cell_class = "moment"

    def __init__(
        self,
        *args: Any,
        seconds: bool = False,
        time: bool = True,
        warns: Callable[[Any], bool] | None = None,
        otherwise: Callable[[Any], Text] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, empty_values=(), **options)
        self.seconds, self.time, self.warns, self.otherwise = seconds, time, warns, otherwise

    def render(self, value: dt.datetime | dt.date | None, record: Any) -> Any:
        if not value:
            return (self.otherwise(record) if self.otherwise else "") or NOTHING
        shown = render_moment(value, seconds=self.seconds, time=self.time)
        if self.warns and self.warns(record):
            return format_html('<span class="soon">{}{}</span>', icon("clock-alert"), shown)
        return shown

    def value(self, value: Any, record: Any) -> Any:  # type: ignore[override]
        return value or (str(self.otherwise(record)) if self.otherwise else None)


class StatusColumn(GridColumn):
    """A status tag. ``tag`` gives the tag of a record (or nothing); ``note`` the reason written beside it."""

    def __init__(
        self,
        *args: Any,
        tag: Callable[[Any], Tag | None],
        note: Callable[[Any], Text] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, empty_values=(), **options)
        self.tag, self.note = tag, note

    def render(self, record: Any) -> Any:
        tag = self.tag(record)
        note = self.note(record) if self.note else ""
        if tag is None:
            return NOTHING
        return (
            format_html('{} <span class="tag-note" title="{}">{}</span>', tag, note, note) if note else tag.__html__()
        )

    def value(self, record: Any) -> str:
        tag = self.tag(record)
        note = self.note(record) if self.note else ""
        return ", ".join(str(part) for part in (tag and tag.label, note) if part)


class ActionsColumn(GridColumn):
    """The three dots: a link to the row's own actions page, which script turns into the shared menu.

    ``to`` gives the address of that page, ``label`` the name of the row.
    """

    cell_class = "actions"

    def __init__(self, *, to: Callable[[Any], str], label: Callable[[Any], Text], **options: Any) -> None:
        options.setdefault("verbose_name", _("Actions"))
        super().__init__(accessor="pk", orderable=False, exclude_from_export=True, **options)
        self.to, self.label = to, label

    def render(self, record: Any) -> SafeString:
        name = _("Actions for %(name)s") % {"name": self.label(record)}
        return format_html(
            '<a class="dots" href="{}" data-menu aria-label="{}">{}</a>',
            self.to(record),
            name,
            icon("ellipsis-vertical"),
        )


def joined(value: Any) -> str:
    """A list as one line of words; anything else as text."""
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)
