"""A plot of calls and failures by day: where each bar stands, and its words."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from audit.grids.moments import day_text, number_text, short_day_text

# Heights in pixels, from above; widths are percentages, so that the plot is as wide as the page lets it be.
CALLS_TOP, CALLS_FOOT = 8, 152
FAILED_TOP, FAILED_FOOT = 172, 204
DATES_AT, HEIGHT = 224, 232
GAP = 0.18  # of a day's width
LEAST_PIXELS = 2  # a single call among thousands is seen
DAYS_APART = 7
ROUND = (10, 12, 16, 20, 30, 40, 50, 60, 80, 100)  # tenths of a power of ten


@dataclass(frozen=True)
class DayCount:
    """What happened on one day: calls that were admitted, and calls that were refused."""

    day: dt.date
    ok: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Bar:
    """One day: its place as attributes of a drawing take it, and its words."""

    x: str
    width: str
    y: int
    height: int
    failed_y: int
    failed_height: int
    words: str
    is_last: bool
    slot_x: str
    slot_width: str


@dataclass(frozen=True)
class Mark:
    """A line across with its number, or a date below."""

    at: str
    text: str
    anchor: str = "start"


@dataclass(frozen=True)
class Plot:
    """Calls and failures of the days, of which the last is today and not over. Failures have a scale of their own."""

    days: Sequence[DayCount]

    @property
    def height(self) -> int:
        return HEIGHT

    @property
    def ok(self) -> int:
        return sum(day.ok for day in self.days)

    @property
    def failed(self) -> int:
        return sum(day.failed for day in self.days)

    @property
    def is_empty(self) -> bool:
        return not (self.ok or self.failed)

    @property
    def share(self) -> float:
        """Failures among all calls, in percent."""
        return share(self.days)

    @property
    def sentence(self) -> str:
        """What the drawing shows, for those who do not see it."""
        best = max(self.days, key=lambda day: day.ok)
        return _("Calls on each day from %(first)s to %(last)s. The most on one day were %(most)s, on %(day)s.") % {
            "first": day_text(self.days[0].day),
            "last": day_text(self.days[-1].day),
            "most": number_text(best.ok),
            "day": day_text(best.day),
        }

    @property
    def bars(self) -> Iterator[Bar]:
        slot = 100 / len(self.days)
        most, most_failed = top(day.ok for day in self.days), top(day.failed for day in self.days)
        for number, day in enumerate(self.days):
            height = pixels(day.ok, most, CALLS_FOOT - CALLS_TOP)
            failed_height = pixels(day.failed, most_failed, FAILED_FOOT - FAILED_TOP)
            yield Bar(
                x=percent((number + GAP / 2) * slot),
                width=percent((1 - GAP) * slot),
                y=CALLS_FOOT - height,
                height=height,
                failed_y=FAILED_FOOT - failed_height,
                failed_height=failed_height,
                words=words(day),
                is_last=number == len(self.days) - 1,
                slot_x=percent(number * slot),
                slot_width=percent(slot),
            )

    @property
    def scale(self) -> list[Mark]:
        """The lines across behind the calls, with their numbers."""
        most = top(day.ok for day in self.days)
        values = [0, most // 2, most] if most > 1 else [0, most]
        return [
            Mark(str(CALLS_FOOT - pixels(value, most, CALLS_FOOT - CALLS_TOP)), number_text(value)) for value in values
        ]

    @property
    def failed_scale(self) -> list[Mark]:
        most = top(day.failed for day in self.days)
        return [Mark(str(FAILED_FOOT), number_text(0)), Mark(str(FAILED_TOP), number_text(most))]

    @property
    def dates(self) -> list[Mark]:
        """Every seventh day has its date, the last is today."""
        count = len(self.days)
        places = [number for number in range(0, count - 1, DAYS_APART) if count - number >= DAYS_APART]
        marks = [
            Mark(
                percent((number + (0.5 if number else GAP / 2)) * 100 / count),
                short_day_text(self.days[number].day),
                anchor,
            )
            for number, anchor in zip(places, ["start", *["middle"] * count], strict=False)
        ]
        return [*marks, Mark("100%", _("today"), "end")]

    @property
    def dates_at(self) -> int:
        return DATES_AT

    @property
    def failed_foot(self) -> int:
        return FAILED_FOOT


def share(days: Sequence[DayCount]) -> float:
    failed = sum(day.failed for day in days)
    calls = failed + sum(day.ok for day in days)
    return 100 * failed / calls if calls else 0.0


def words(day: DayCount) -> str:
    return _("%(day)s: %(ok)s OK, %(failed)s failed") % {
        "day": day_text(day.day),
        "ok": number_text(day.ok),
        "failed": number_text(day.failed),
    }


def top(values: Iterator[int]) -> int:
    """A round number that none of the values is above, and whose half is whole where it is more than one."""
    most = max([*values, 1])
    size = 1
    while most > 10 * size:
        size *= 10
    tops = (size * tenths // 10 for tenths in ROUND)
    return next(number for number in tops if number >= most and (number == 1 or number % 2 == 0))


def pixels(value: int, most: int, room: int) -> int:
    return max(round(room * value / most), LEAST_PIXELS) if value else 0


def percent(value: float) -> str:
    return f"{value:.3f}%"
