"""How days, moments and numbers are written: in the active language and time zone, the full date in the title."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

# The names of these formats stand in config/formats/, one module for each language.


def moment_text(value: dt.datetime, *, seconds: bool = False, time: bool = True) -> str:
    """As "24 Nov 2026, 16:40"; ``seconds`` adds them; without ``time`` the day alone, today's still with its time."""
    local = timezone.localtime(value)
    clock = date_format(local, "H:i:s" if seconds else "H:i")
    if not seconds and local.date() == timezone.localdate():
        return _("Today, %(time)s") % {"time": clock}
    day = day_text(local)
    return f"{day}, {clock}" if time or seconds else day


def moment_in_sentence(value: dt.datetime) -> str:
    """As "24 Nov 2026, 16:40", or "today at 14:30"."""
    local = timezone.localtime(value)
    if local.date() == timezone.localdate():
        return _("today at %(time)s") % {"time": date_format(local, "H:i")}
    return moment_text(value)


def day_text(value: dt.date) -> str:
    """As "24 Nov 2026"; of a moment the day as it stands, so give it in the active zone."""
    return date_format(value, "DAY_FORMAT")


def long_day_text(value: dt.date) -> str:
    """As "24 November 2026"."""
    return date_format(value, "LONG_DAY_FORMAT")


def weekday_text(value: dt.date) -> str:
    """As "Tuesday 24 November 2026"."""
    return date_format(value, "WEEKDAY_FORMAT")


def month_day_text(value: dt.date) -> str:
    """As "24 November"."""
    return date_format(value, "MONTH_DAY_FORMAT")


def short_day_text(value: dt.date) -> str:
    """As "24 Nov"."""
    return date_format(value, "SHORT_DAY_FORMAT")


def long_moment_text(value: dt.datetime) -> str:
    """As "24 November 2026, 16:40", whatever today is."""
    local = timezone.localtime(value)
    return f"{long_day_text(local)}, {date_format(local, 'H:i')}"


def number_text(value: float | Decimal, places: int | None = None) -> str:
    """As "1,284,316", or "0.6" with one of the ``places`` behind the separator."""
    return number_format(value, places, force_grouping=True)


def render_moment(value: dt.datetime | dt.date, *, seconds: bool = False, time: bool = True) -> SafeString:
    """The moment as a ``<time>`` element."""
    if not isinstance(value, dt.datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), day_text(value))
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}, {}">{}</time>',
        local.isoformat(timespec="seconds"),
        weekday_text(local),
        date_format(local, "H:i:s T"),
        moment_text(value, seconds=seconds, time=time),
    )
