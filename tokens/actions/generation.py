"""Generating a JWT in two steps: shown, then saved or discarded. Only Save makes it valid."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts.pairs import Pair
from audit.actor import Actor
from audit.verbs import Verb
from tokens.actions.locks import locked
from tokens.actions.pending import NO_PENDING, conflict, with_pending
from tokens.actions.recording import record_token, settings_of
from tokens.expiry import end_of
from tokens.jwt import digest, issue
from tokens.mail import tell_generated
from tokens.models import AccessToken
from tokens.reach import effective_pairs
from tokens.rules import against_generating, against_holding, zone_of


@dataclass(frozen=True, slots=True)
class Shown:
    """A JWT that is shown this once and not yet valid. ``dialog`` names the showing to Save and Cancel."""

    jwt: str = field(repr=False)
    dialog: str
    expires_at: datetime | None
    scopes: int
    pairs: frozenset[Pair]


@transaction.atomic
def generate(*, token: AccessToken, by: Actor) -> Shown:
    """Make a JWT and keep its digest in the pending slot, in place of an earlier one. Raises ``Refused``."""
    token, now = locked(token), timezone.now()
    if refusal := against_generating(token, token.owner, now=now):
        raise refusal
    pairs = effective_pairs(token.owner, token.pairs)
    expires_at = end_of(
        token.expiry_choice, token.expiry_date, now=now, zone=zone_of(token.owner), seconds=token.expiry_seconds
    )
    jwt = issue(token, scopes=token.scopes, pairs=pairs, expires_at=expires_at, issued_at=now)
    token.pending_dialog = secrets.token_urlsafe(16)
    token.pending_digest = digest(jwt)
    token.pending_scopes, token.pending_restriction = token.scopes, token.restriction
    token.pending_expires_at, token.pending_made_at = expires_at, now
    token.pending_by_label = by.label[:200]
    token.save(update_fields=list(NO_PENDING))
    record_token(verb=Verb.TOKEN_SHOW, token=token, by=by)
    return Shown(jwt, token.pending_dialog, expires_at, token.scopes, pairs)


@transaction.atomic
def save(*, token: AccessToken, dialog: str, by: Actor) -> AccessToken:
    """Make the shown JWT valid and the one before it invalid, in one statement; tell the owner by mail.

    Raises ``Conflict`` unless ``dialog`` is the pending one: of simultaneous calls exactly one succeeds.
    """
    token = locked(token)
    if refusal := against_holding(token.owner):
        raise refusal
    replaced = token.generated_at is not None
    saved = with_pending(token, dialog).update(
        digest=F("pending_digest"),
        current_scopes=F("pending_scopes"),
        current_restriction=F("pending_restriction"),
        expires_at=F("pending_expires_at"),
        generated_at=F("pending_made_at"),
        first_used_at=None,
        last_used_at=None,
        updated_at=Now(),
        **NO_PENDING,
    )
    if not saved:
        raise conflict(token, dialog)
    token = locked(token)
    details = {"jwt": settings_of(token)["jwt"], "replaced": replaced}
    record_token(verb=Verb.TOKEN_GENERATE, token=token, by=by, details=details)
    tell_generated(token, by=by)
    return token


@transaction.atomic
def discard(*, token: AccessToken, dialog: str, by: Actor) -> bool:
    """Cancel: forget the shown JWT, if it is still the pending one. Everything else stays as it is."""
    token = locked(token)
    if not with_pending(token, dialog).update(**NO_PENDING):
        return False
    record_token(verb=Verb.TOKEN_DISCARD, token=token, by=by)
    return True
