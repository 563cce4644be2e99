"""Finds the organisation that a command names."""

from django.core.management.base import CommandError

from accounts.management.readiness import require_migrations
from accounts.models import Organisation


def organisation_named(name_or_id: str) -> Organisation:
    """By name, else by tenant id. Raises ``CommandError`` when there is none."""
    require_migrations()
    found = Organisation.objects.filter(name=name_or_id).first()
    if found is None and name_or_id.isdecimal():
        found = Organisation.objects.filter(pk=int(name_or_id)).first()
    if found is None:
        raise CommandError(f"There is no organisation named {name_or_id}.")
    return found
