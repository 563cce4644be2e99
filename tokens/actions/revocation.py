"""Revoking a token: from the next call on it is refused, for good."""

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from audit.actor import Actor
from audit.verbs import Verb
from tokens.actions.locks import locked
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
    why = why.strip()[:WHY_LENGTH]
    record_token(verb=Verb.TOKEN_REVOKE, token=token, by=by, details={"why": why} if why else None)
    return token
