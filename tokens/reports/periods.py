"""The time that a report covers: so many months back from the end of a day."""

import calendar
import datetime as dt
import re
from zoneinfo import ZoneInfo

MONTHS = (1, 3, 6, 9, 12, 24, 36, 48, 60)
DEFAULT_MONTHS = 12
DAY_FORM = "YYYY/MM/DD"
DAY = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})", re.ASCII)
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2199, 12, 31)


def day(text: str) -> dt.date:
    """A day as ``2026/11/30``; ``2026-11-30`` will do. Raises ``ValueError`` on anything else."""
    written = DAY.fullmatch(text)
    if written is None:
        raise ValueError(text)
    found = dt.date(*map(int, written.groups()))
    if not EARLIEST <= found <= LATEST:
        raise ValueError(text)
    return found


def bounds(months: int, last: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """From the first moment that counts to the first that no longer does, in the reader's time zone.

    The months are counted back from the day after the last: one month to 30 November is the whole of November.
    """
    end = last + dt.timedelta(days=1)
    return midnight(months_before(end, months), zone), midnight(end, zone)


def months_before(when: dt.date, months: int) -> dt.date:
    """The same day so many months earlier, or that month's last day where it has none such."""
    year, month = divmod(when.year * 12 + when.month - 1 - months, 12)
    return dt.date(year, month + 1, min(when.day, calendar.monthrange(year, month + 1)[1]))


def midnight(when: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(when, dt.time.min, tzinfo=zone)
