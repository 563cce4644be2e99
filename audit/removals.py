"""How a removal of personal details is named: by age, and where the details were."""

from datetime import UTC, datetime

from django.utils.translation import gettext_lazy

REMOVED = gettext_lazy("Removed")
"""Stands where a personal detail was."""
OLDER_THAN = "before "  # in the subject's id


def older_than(moment: datetime) -> str:
    """The subject's id of the record of a removal by age: the moment as a text that sorts as moments do."""
    return f"{OLDER_THAN}{moment.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}"
