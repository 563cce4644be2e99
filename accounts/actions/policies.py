"""Changing an organisation's settings and policies. What acts at once and what binds later, the pages say."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from accounts.actions.locks import hold
from accounts.models import Organisation
from accounts.networks import names
from accounts.rules.organisations import against_settings
from accounts.versions import check_version
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb

# What System Administrators change. Suspending, and stopping every token, is the operator's.
CHANGEABLE = frozenset(
    {
        "name",
        "language",
        "time_zone",
        "daily_mail",
        "token_days_limit",
        "token_never_allowed",
        "tokens_per_login",
        "token_calls_per_minute",
        "token_scopes_allowed",
        "allowed_networks",
        "basic_allowed",
        "password_attempts_limit",
        "password_length_minimum",
        "password_classes_minimum",
        "password_days_limit",
        "password_reminders",
        "second_factor_required",
        "session_idle_minutes",
        "session_hours_limit",
        "log_days_kept",
    }
)


def state_of(organisation: Organisation, fields: Iterable[str]) -> dict[str, Any]:
    """The settings of these names, for ``accounts.versions`` and the ledger."""
    return {field: getattr(organisation, field) for field in sorted(fields)}


def readable(name: str, value: Any) -> Any:
    """A setting as the ledger keeps it."""
    return names(value) if name == "allowed_networks" else value


@transaction.atomic
def update_settings(*, organisation: Organisation, settings: Mapping[str, Any], version: str, by: Actor) -> list[str]:
    """Write the given settings; gives the names of those that changed.

    Raises ``Conflict`` when they are no longer as ``version`` says, and ``Refused`` for a value that cannot be: its
    code is the name of the setting.
    """
    if strange := {*settings} - CHANGEABLE:
        raise ValueError(f"No setting that can be changed: {sorted(strange)}")
    held = hold(organisation.pk)
    before = state_of(held, settings)
    check_version(version, before, organisation_id=held.pk, subject=held.reference)
    if refusal := against_settings(held, settings):
        raise refusal
    changed = [field for field in before if settings[field] != before[field]]
    if not changed:
        return []
    for field in changed:
        setattr(held, field, settings[field])
    held.save(update_fields=changed)
    details = {
        "before": {name: readable(name, before[name]) for name in changed},
        "after": {name: readable(name, settings[name]) for name in changed},
    }
    record(
        verb=Verb.ORGANISATION_UPDATE, by=by, organisation_id=held.pk, subject=held.reference, details=details
    )  # fmt: skip
    return changed
