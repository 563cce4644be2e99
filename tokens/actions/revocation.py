"""Revoking a token: from the next call on it is refused, for good."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from audit.actor import Actor
from audit.verbs import Verb
from tokens.actions.locks import locked, locked_owners
from tokens.actions.pending import NO_PENDING
from tokens.actions.recording import record_token
from tokens.exceptions import Revoked
from tokens.models import AccessToken

WHY_LENGTH = 200


@transaction.atomic
def revoke(*, token: AccessToken, why: str = "", by: Actor) -> AccessToken:
    """End the token; its name is free again. ``why`` is kept in the log. Raises ``Revoked`` when it has ended."""
    token = locked(token)
    rows = AccessToken.objects.filter(pk=token.pk, revoked_at=None)
    if not rows.update(revoked_at=timezone.now(), updated_at=Now(), **NO_PENDING):
        raise Revoked
    _record(token, why, by)
    return token


@transaction.atomic
def revoke_all(*, tokens: Iterable[AccessToken], why: str = "", by: Actor) -> int:
    """End each of the tokens that is not revoked yet, all or none, each with its own entry; returns how many."""
    chosen = list(tokens)
    owners = locked_owners({token.owner_id for token in chosen})
    keys = [token.pk for token in chosen]
    held = list(AccessToken.objects.select_for_update(no_key=True).filter(pk__in=keys, revoked_at=None).order_by("pk"))
    rows = AccessToken.objects.filter(pk__in=[token.pk for token in held])
    rows.update(revoked_at=timezone.now(), updated_at=Now(), **NO_PENDING)
    for token in held:
        token.owner = owners[token.owner_id]
        _record(token, why, by)
    return len(held)


def _record(token: AccessToken, why: str, by: Actor) -> None:
    why = why.strip()[:WHY_LENGTH]
    record_token(verb=Verb.TOKEN_REVOKE, token=token, by=by, details={"why": why} if why else None)
