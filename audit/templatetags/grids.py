"""Tags and filters that every page of the console uses: icons, moments, missing values."""

import datetime as dt
from typing import Any

from django import template
from django.utils.safestring import SafeString

from audit.grids.icons import icon as draw
from audit.grids.moments import day_text, moment_in_sentence, render_moment
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
    """ "24 Nov 2026"; an en dash for none."""
    return day_text(value) if value else NOTHING


@register.filter
def or_dash(value: Any) -> Any:
    """The value, or an en dash in grey."""
    return NOTHING if value in (None, "", [], ()) else value
