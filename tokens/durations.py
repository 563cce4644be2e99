"""Lengths of time in seconds: read from the texts that programs send, and told in words."""

import re

from django.utils.translation import ngettext

MINUTE, HOUR, DAY, WEEK, YEAR = 60, 3600, 86_400, 7 * 86_400, 365 * 86_400
LEAST_SECONDS = 30
MOST_SECONDS = YEAR
LONGEST_TEXT = 100

# A whole number, at most one blank, and a unit in its short or one of its long forms; without one, seconds.
_DURATION = re.compile(
    r"(?P<number>[0-9]+) ?(?:"
    r"(?P<thousandths>ms|milliseconds?)|(?:s|seconds?)?|(?P<minutes>m|minutes?)|(?P<hours>h|hours?)|(?P<days>d|days?)"
    r"|(?P<weeks>w|weeks?)|(?P<years>y|years?))",
    re.ASCII,
)
_LENGTHS = {"minutes": MINUTE, "hours": HOUR, "days": DAY, "weeks": WEEK, "years": YEAR}


def seconds_of(text: str) -> int:
    """Whole seconds of "3600", "90 s", "10h", "7d", "2 days"; a year has 365 days, and parts of a second are cut off.

    Raises ``ValueError`` for anything else.
    """
    match = _DURATION.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    if match is None:
        raise ValueError(text[:LONGEST_TEXT])
    number = int(match["number"])
    if match["thousandths"]:
        return number // 1000
    return number * next((length for unit, length in _LENGTHS.items() if match[unit]), 1)


def in_words(seconds: int) -> str:
    """The length in the largest unit that it is a whole number of: "10 hours", "90 minutes", "7 days"."""
    if seconds % DAY == 0:
        count = seconds // DAY
        return ngettext("%d day", "%d days", count) % count
    if seconds % HOUR == 0:
        count = seconds // HOUR
        return ngettext("%d hour", "%d hours", count) % count
    if seconds % MINUTE == 0:
        count = seconds // MINUTE
        return ngettext("%d minute", "%d minutes", count) % count
    return ngettext("%d second", "%d seconds", seconds) % seconds
