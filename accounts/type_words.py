"""What pages call the user types of an organisation: read at once, in the reader's language."""

from accounts.models import UserType


def type_labels(organisation_id: int) -> dict[int, str]:
    """By their keys."""
    return {one.pk: one.label for one in UserType.objects.filter(organisation_id=organisation_id)}


def type_choices(organisation_id: int) -> list[tuple[str, str]]:
    """For a form or a filter, in the order of what is read."""
    found = [(one.slug, one.label) for one in UserType.objects.filter(organisation_id=organisation_id)]
    return sorted(found, key=lambda choice: choice[1].casefold())
