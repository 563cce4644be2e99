"""Writes moments as all answers of programs have them: in UTC, by the second."""

from datetime import UTC, datetime


def written(at: datetime | None) -> str | None:
    """RFC 3339: "2026-11-22T09:30:00Z"; None stays None."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
