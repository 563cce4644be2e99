"""Moments and choices of a token in words."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.grids.moments import day_text
from tokens.durations import in_words
from tokens.expiry import Expiry
from tokens.models import AccessToken

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def choice_text(token: AccessToken) -> str:
    """The expiry that was chosen: "90 days", "10 hours", "Never", or the date."""
    if token.expiry_date is not None:
        return day_text(token.expiry_date)
    if token.expiry_seconds is not None:
        return in_words(token.expiry_seconds)
    return str(Expiry(token.expiry_choice).label)


def expiring_text(token: AccessToken) -> str:
    """ "in 3 days" while there is a JWT; before, what was chosen."""
    if token.generated_at is None:
        return choice_text(token)
    if token.expires_at is None:
        return str(Expiry.NEVER.label)
    return distance_to(token.expires_at)


def distance_to(moment: datetime) -> str:
    return distance(moment - timezone.now())


def distance(ahead: timedelta) -> str:
    """A time from now, in its largest unit: "in 3 days", "5 hours ago"."""
    size = abs(ahead)
    if size >= DAY:
        count = round(size / DAY)
        future, past = ngettext("in %d day", "in %d days", count), ngettext("%d day ago", "%d days ago", count)
    elif size >= HOUR:
        count = size // HOUR
        future, past = ngettext("in %d hour", "in %d hours", count), ngettext("%d hour ago", "%d hours ago", count)
    else:
        count = size // timedelta(minutes=1)
        future = ngettext("in %d minute", "in %d minutes", count)
        past = ngettext("%d minute ago", "%d minutes ago", count)
    return (future if ahead > timedelta() else past) % count


def length_text(token: AccessToken) -> str:
    """How the end of a JWT made now is counted: "90 days from now"."""
    if token.expiry_choice == Expiry.NEVER:
        return _("It never expires")
    if token.expiry_choice == Expiry.DATE:
        return _("until the end of that day")
    return _("%(length)s from now") % {"length": choice_text(token)}
