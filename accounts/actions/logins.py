"""Disabling and enabling logins. Both act at once, on open sessions and on tokens."""

from django.db import transaction

from accounts.actions.locks import locked
from accounts.models import Login
from accounts.rules import against_disabling
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


@transaction.atomic
def disable(*, login: Login, by: Actor) -> Login:
    """Shut a login out: no sign-in, no page, no call. Nothing of it is lost.

    Raises ``Refused`` for one's own login and for the last System Administrator.
    """
    login = locked(login)
    if refusal := against_disabling(login, by.id):
        raise refusal
    if login.enabled:
        _set_enabled(login, enabled=False, by=by)
    return login


@transaction.atomic
def enable(*, login: Login, by: Actor) -> Login:
    """Let a disabled login in again, with the rights and tokens that it had."""
    login = locked(login)
    if not login.enabled:
        _set_enabled(login, enabled=True, by=by)
    return login


def _set_enabled(login: Login, *, enabled: bool, by: Actor) -> None:
    login.enabled = enabled
    login.save(update_fields=["enabled"])
    record(
        verb=Verb.LOGIN_ENABLE if enabled else Verb.LOGIN_DISABLE,
        by=by,
        organisation_id=login.organisation_id,
        subject=login.reference,
        details={"before": not enabled, "after": enabled},
    )
