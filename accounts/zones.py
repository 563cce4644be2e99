"""Time zones by their names."""

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones


def zone_named(name: str) -> ZoneInfo:
    """The zone of that name; UTC for one that this machine's tables no longer have."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """The names that this machine's tables have, in order; those without a place (``EST5EDT``) left out."""
    return tuple(sorted(name for name in available_timezones() if "/" in name or name == "UTC"))
