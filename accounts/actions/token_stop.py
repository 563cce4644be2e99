"""Stops and starts the API tokens of a whole organisation, or of one login, at once and together."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.actions.locks import locked
from accounts.managers import check, manager_of
from accounts.models import Login, Organisation
from accounts.rules.logins import against_stopping
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


@transaction.atomic
def stop_tokens(*, organisation: Organisation, reason: str, by: Actor, details: dict[str, Any] | None = None) -> bool:
    """Refuse every API token and mobile session of the organisation from the next call on. False when stopped already.

    ``reason`` is one of ``accounts.reasons.TOKEN_STOPS``; what else is to be known is in ``details``.
    """
    return _set_stopped(organisation, stopped=True, reason=reason, by=by, details=details)


@transaction.atomic
def start_tokens(*, organisation: Organisation, by: Actor) -> bool:
    """Let the organisation's tokens work again, each as far as it is still valid. False when they were not stopped."""
    return _set_stopped(organisation, stopped=False, reason="", by=by, details=None)


def _set_stopped(
    organisation: Organisation, *, stopped: bool, reason: str, by: Actor, details: dict[str, Any] | None
) -> bool:
    held = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if (held.tokens_stopped_at is not None) == stopped:
        return False
    held.tokens_stopped_at = timezone.now() if stopped else None
    held.save(update_fields=["tokens_stopped_at"])
    record(
        verb=Verb.ORGANISATION_STOP_TOKENS if stopped else Verb.ORGANISATION_START_TOKENS,
        by=by,
        organisation_id=held.pk,
        reason=reason,
        subject=held.reference,
        details=details,
    )
    return True


@transaction.atomic
def stop_tokens_of(*, login: Login, by: Actor) -> Login:
    """Refuse every API token and mobile session of the login from the next call on; nothing of them is lost.

    Raises ``Refused`` for everybody but a System Administrator and the login itself.
    """
    return _set_stopped_of(login, stopped=True, by=by)


@transaction.atomic
def start_tokens_of(*, login: Login, by: Actor) -> Login:
    """Let the login's tokens work again, each as far as it is still valid. Raises ``Refused`` as ``stop_tokens_of``."""
    return _set_stopped_of(login, stopped=False, by=by)


def _set_stopped_of(login: Login, *, stopped: bool, by: Actor) -> Login:
    login = locked(login)
    check(against_stopping(manager_of(by), login))
    if (login.tokens_stopped_at is not None) == stopped:
        return login
    login.tokens_stopped_at = timezone.now() if stopped else None
    login.save(update_fields=["tokens_stopped_at"])
    record(
        verb=Verb.LOGIN_STOP_TOKENS if stopped else Verb.LOGIN_START_TOKENS,
        by=by,
        organisation_id=login.organisation_id,
        subject=login.reference,
    )
    return login
