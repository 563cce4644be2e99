"""How a moment is written in a cell: short, in the active time zone, with the full date in its title."""

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


def moment_text(value: dt.datetime, *, seconds: bool = False, time: bool = True) -> str:
    """As "24 Nov 2026, 16:40"; ``seconds`` adds them; without ``time`` the day alone, today's still with its time."""
    local = timezone.localtime(value)
    clock = date_format(local, "H:i:s" if seconds else "H:i")
    if not seconds and local.date() == timezone.localdate():
        return _("Today, %(time)s") % {"time": clock}
    day = date_format(local, "j M Y")
    return f"{day}, {clock}" if time or seconds else day


def moment_in_sentence(value: dt.datetime) -> str:
    """As "24 Nov 2026, 16:40", or "today at 14:30"."""
    local = timezone.localtime(value)
    if local.date() == timezone.localdate():
        return _("today at %(time)s") % {"time": date_format(local, "H:i")}
    return moment_text(value)


def day_text(value: dt.date) -> str:
    return date_format(value, "j M Y")


def render_moment(value: dt.datetime | dt.date, *, seconds: bool = False, time: bool = True) -> SafeString:
    """The moment as a ``<time>`` element."""
    if not isinstance(value, dt.datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), day_text(value))
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, "l j F Y, H:i:s T"),
        moment_text(value, seconds=seconds, time=time),
    )
