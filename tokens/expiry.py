"""When a JWT ends: the choices of the seed documents and how each is counted."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Expiry(TextChoices):
    """The expiry choice of a token; the number is in days of 24 hours, counted from Generate."""

    DAY_1 = "1", _("1 day")
    DAYS_7 = "7", _("7 days")
    DAYS_30 = "30", _("30 days")
    DAYS_60 = "60", _("60 days")
    DAYS_90 = "90", _("90 days")
    YEAR_1 = "365", _("1 Year")
    NEVER = "never", _("Never")
    DATE = "date", _("Date")
    SECONDS = "seconds", _("Length of its own")  # made by the API alone, which counts in seconds


class DatePassed(ValueError):
    """The chosen date lies in the past, so nothing can be generated until another is chosen."""


def end_of(
    choice: str, chosen: date | None, *, now: datetime, zone: ZoneInfo, seconds: int | None = None
) -> datetime | None:
    """The moment from which a JWT generated ``now`` is refused; None for never.

    A chosen date lasts until 24:00 of that day in ``zone``, the owner's. Raises ``DatePassed`` when that is over.
    """
    if choice == Expiry.NEVER:
        return None
    if choice == Expiry.SECONDS:
        if seconds is None:
            raise ValueError("An expiry in seconds needs their number")
        return (now + timedelta(seconds=seconds)).replace(microsecond=0)
    if choice != Expiry.DATE:
        return (now + timedelta(days=int(choice))).replace(microsecond=0)
    if chosen is None:
        raise ValueError("An expiry by date needs its date")
    end = last_moment(chosen, zone)
    if end <= now:
        raise DatePassed(chosen.isoformat())
    return end


def last_moment(day: date, zone: ZoneInfo) -> datetime:
    """24:00 of that day."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
