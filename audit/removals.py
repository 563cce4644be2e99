"""How a removal of personal details by age is named: the moment as a text that sorts as moments do."""

from datetime import UTC, datetime

OLDER_THAN = "before "  # in the subject's id


def older_than(moment: datetime) -> str:
    """The subject's id of the record of such a removal."""
    return f"{OLDER_THAN}{moment.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}"
