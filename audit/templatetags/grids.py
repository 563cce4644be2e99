"""Tags and filters that every page of the console uses: icons, moments, missing values."""

import datetime as dt
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from audit.grids.icons import icon as draw
from audit.grids.moments import (
    day_text,
    long_day_text,
    long_moment_text,
    moment_in_sentence,
    month_day_text,
    number_text,
    render_moment,
    weekday_text,
)
from audit.grids.tables import NOTHING

register = template.Library()


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """``{% icon "check" %}``: a decorative drawing."""
    return draw(str(name), size)


@register.filter
def moment(value: dt.datetime | None) -> SafeString:
    """ "24 Nov 2026, 16:40" or "Today, 14:30", with the full date in its title; an en dash for none."""
    return render_moment(value) if value else NOTHING


@register.filter
def moment_long(value: dt.datetime | None) -> SafeString:
    """As ``moment``, to the second."""
    return render_moment(value, seconds=True) if value else NOTHING


@register.filter
def moment_words(value: dt.datetime | None) -> str:
    """As ``moment``, as plain text within a sentence: "today at 14:30"."""
    return moment_in_sentence(value) if value else ""


@register.filter
def day(value: dt.date | None) -> Any:
    """ "24 Nov 2026", of a moment in the active time zone; an en dash for none."""
    return day_text(local_day(value)) if value else NOTHING


@register.filter
def day_long(value: dt.date | None) -> str:
    """ "24 November 2026", of a moment in the active time zone."""
    return long_day_text(local_day(value)) if value else ""


@register.filter
def day_of_week(value: dt.date | None) -> str:
    """ "Tuesday 24 November 2026"."""
    return weekday_text(local_day(value)) if value else ""


@register.filter
def day_of_month(value: dt.date | None) -> str:
    """ "24 November"."""
    return month_day_text(local_day(value)) if value else ""


@register.filter
def moment_full(value: dt.datetime | None) -> str:
    """ "24 November 2026, 16:40", today's too."""
    return long_moment_text(value) if value else ""


def local_day(value: dt.date) -> dt.date:
    return timezone.localtime(value) if isinstance(value, dt.datetime) else value


@register.filter
def number(value: float | None, places: int | None = None) -> Any:
    """ "1,284,316" as the language writes it; ``|number:1`` with one decimal place; an en dash for none."""
    return NOTHING if value is None else number_text(value, places)


@register.filter
def or_dash(value: Any) -> Any:
    """The value, or an en dash in grey."""
    return NOTHING if value in (None, "", [], ()) else value
