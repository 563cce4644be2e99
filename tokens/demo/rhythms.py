"""How often a made-up tool calls: the moments between two times, the same for the same seed."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tokens.demo.people import TIME_ZONE

ZONE = ZoneInfo(TIME_ZONE)
SATURDAY = 5
Rhythm = Callable[[datetime, datetime, Random], Iterator[datetime]]


def moment(text: str, now: datetime) -> datetime:
    """``"87d 16:40"`` is that time of day, 87 days ago; ``"34m"`` is 34 minutes ago. Never after now."""
    if text.endswith("m"):
        return now - timedelta(minutes=int(text[:-1]))
    days, _blank, clock = text.partition(" ")
    day = (now.astimezone(ZONE) - timedelta(days=int(days.rstrip("d")))).date()
    return min(datetime.combine(day, time.fromisoformat(clock or "09:00"), tzinfo=ZONE), now)


def every(minutes: int) -> Rhythm:
    """By day and night, as a program does."""

    def times(start: datetime, end: datetime, random: Random) -> Iterator[datetime]:
        at = start + timedelta(seconds=random.randrange(60 * minutes))
        while at < end:
            yield at + timedelta(milliseconds=random.randrange(2000))
            at += timedelta(minutes=minutes)

    return times


def daily(clock: str) -> Rhythm:
    """Once a day at about that time."""

    def times(start: datetime, end: datetime, random: Random) -> Iterator[datetime]:
        for day in _days(start, end):
            at = datetime.combine(day, time.fromisoformat(clock), tzinfo=ZONE) + timedelta(
                milliseconds=random.randrange(9000)
            )
            if start <= at < end:
                yield at

    return times


def office(calls: int) -> Rhythm:
    """About so many calls a working day between 8 and 18, hardly any at the weekend."""

    def times(start: datetime, end: datetime, random: Random) -> Iterator[datetime]:
        for day in _days(start, end):
            number = (
                random.randint(calls // 2, calls + calls // 2) if day.weekday() < SATURDAY else random.randint(0, 1)
            )
            begin = datetime.combine(day, time(8), tzinfo=ZONE)
            for at in sorted(begin + timedelta(milliseconds=random.randrange(36_000_000)) for _ in range(number)):
                if start <= at < end:
                    yield at

    return times


def _days(start: datetime, end: datetime) -> Iterator[date]:
    day = start.astimezone(ZONE).date()
    while day <= end.astimezone(ZONE).date():
        yield day
        day += timedelta(days=1)
