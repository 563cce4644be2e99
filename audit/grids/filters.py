"""Filters of a grid: what the address asks for, cleaned, refused aloud, never silently empty."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.fields import RangeField
from django_filters.widgets import RangeWidget

from audit.grids.moments import day_text

LONGEST_TEXT = 200
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2199, 12, 31)


@dataclass(frozen=True)
class Chip:
    """A filter that is set, in words, and the parameters to take out of the address to clear it."""

    label: str
    value: str
    parameters: tuple[str, ...]
    note: str = ""

    @property
    def text(self) -> str:
        """ "Name: Byron", or what the ``note`` says instead."""
        return self.note or _("%(label)s: %(value)s") % {"label": self.label, "value": self.value}


class SearchFilter(django_filters.CharFilter):
    """The search box: text contained in any of several fields. Name it ``q``; its label is the box's placeholder."""

    def __init__(self, *, fields: Sequence[str], **options: Any) -> None:
        super().__init__(field_name=fields[0], max_length=LONGEST_TEXT, **options)
        self.fields = fields

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        condition = Q()
        for field in self.fields:
            condition |= Q(**{f"{field}__icontains": value})
        return qs.filter(condition)


class TextFilter(django_filters.CharFilter):
    """Text contained in a field; with ``lookup_expr="exact"`` or ``"iexact"`` the whole of it (logs)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("lookup_expr", "icontains")
        super().__init__(*args, max_length=LONGEST_TEXT, **options)


class ChoiceFilter(django_filters.ChoiceFilter):
    """One of a list; "All" is none of them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("empty_label", gettext_lazy("All"))
        super().__init__(*args, **options)


class DayRangeWidget(RangeWidget):
    """Two day fields, ``NAME_from`` and ``NAME_to``."""

    suffixes = ["from", "to"]

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        days = (forms.DateInput(attrs={"type": "date"}), forms.DateInput(attrs={"type": "date"}))
        forms.MultiWidget.__init__(self, days, attrs)


class DayRangeField(RangeField):
    """Two days, each of them optional, of years that a calendar can hold in every time zone."""

    widget = DayRangeWidget

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__((DayField(), DayField()), *args, **options)


class DayField(forms.DateField):
    default_error_messages = {"range": gettext_lazy("Choose a day between 2000 and 2199.")}

    def clean(self, value: Any) -> dt.date | None:
        day: dt.date | None = super().clean(value)
        if day and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(self.error_messages["range"], code="range")
        return day


class DayRangeFilter(django_filters.Filter):
    """From the start of one day to the end of another, in the active time zone; ``whole_days`` for a date field."""

    field_class = DayRangeField

    def __init__(self, *args: Any, whole_days: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.whole_days = whole_days

    def filter(self, qs: QuerySet[Any], value: slice | None) -> QuerySet[Any]:
        first, last = (value.start, value.stop) if value else (None, None)
        end = last + dt.timedelta(days=1) if last else None
        if first:
            qs = qs.filter(**{f"{self.field_name}__gte": first if self.whole_days else midnight(first)})
        if end:
            qs = qs.filter(**{f"{self.field_name}__lt": end if self.whole_days else midnight(end)})
        return qs


def midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def without_nul(text: str) -> str:
    """No database keeps NUL in a text, and no page may have it: what is shown in its place finds nothing."""
    return text.replace("\x00", "\ufffd")


class GridFilterSet(django_filters.FilterSet):
    """The filters of one grid. A filter named as a column stands below its head; one named ``q`` is the search box.

    Blank parameters count as absent and unknown ones are ignored. A value that is refused is told (``complaints``)
    and the other filters still apply.
    """

    def __init__(self, data: QueryDict, *, queryset: QuerySet[Any], request: HttpRequest) -> None:
        kept = QueryDict(mutable=True)
        for name, values in data.lists():
            given = [without_nul(value.strip()) for value in values if value.strip()]
            if given:
                kept.setlist(name, given)
        super().__init__(kept, queryset=queryset, request=request)
        self.is_bound = True

    @property
    def form(self) -> Any:
        """Its fields have ids of their own: a dialog above the grid may hold fields of the same names."""
        form = super().form
        form.auto_id = "filter_%s"
        return form

    def parameters_of(self, name: str) -> tuple[str, ...]:
        """The parameters of the address that belong to one filter."""
        widget = self.form.fields[name].widget
        return tuple(f"{name}_{suffix}" for suffix in getattr(widget, "suffixes", [])) or (name,)

    @property
    def set_names(self) -> list[str]:
        """The filters that the address sets, refused ones among them."""
        return [name for name in self.filters if any(key in self.data for key in self.parameters_of(name))]

    @property
    def complaints(self) -> list[str]:
        return [
            _("%(label)s: %(value)s") % {"label": self.form.fields[name].label, "value": message}
            for name, messages in self.errors.items()
            for message in messages
        ]

    @property
    def chips(self) -> list[Chip]:
        return [
            Chip(str(self.form.fields[name].label), self.value_text(name), self.parameters_of(name))
            for name in self.set_names
        ]

    def value_text(self, name: str) -> str:
        """The value of a set filter in words."""
        value = self.form.cleaned_data.get(name)
        if isinstance(value, slice):
            return range_text(value.start, value.stop)
        if value in (None, ""):
            return ", ".join(self.data.get(key, "") for key in self.parameters_of(name) if key in self.data)
        choices = getattr(self.form.fields[name], "choices", ())
        return next((str(label) for key, label in choices if str(key) == str(value)), str(value))


def range_text(first: dt.date | None, last: dt.date | None) -> str:
    if first and last:
        return day_text(first) if first == last else f"{day_text(first)} – {day_text(last)}"
    if first:
        return _("from %(day)s") % {"day": day_text(first)}
    return _("until %(day)s") % {"day": day_text(last)} if last else ""
