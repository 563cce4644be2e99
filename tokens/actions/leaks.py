"""Ending what a leaked JWT belongs to: whoever has the JWT can do so, and is told nothing about it."""

import hashlib
from dataclasses import replace

from django.db import transaction

from audit.actor import Actor
from audit.verbs import Verb
from tokens.actions.locks import locked
from tokens.actions.pending import NO_PENDING
from tokens.actions.recording import record_token
from tokens.actions.revocation import revoke
from tokens.jwt import Claims, NotOurs, verified, verified_refresh
from tokens.mail import tell_leaked
from tokens.models import AccessToken

LEAKED = "leaked"
REPORTED = "Reported as leaked"  # stands where an entry names who acted


def report_leak(*, jwt: bytes, by: Actor) -> None:
    """Make the JWT worthless, if it is worth anything, and tell the owner and the administrators by mail.

    The current JWT takes its access token with it, for good, and a JWT of a mobile session that session; one that was
    shown and not saved is discarded. Any other string, also a JWT that was replaced, ends nothing.
    """
    digest = hashlib.sha256(jwt).digest()
    try:
        claims = _claims_of(jwt, digest)
    except NotOurs:
        return
    by = replace(by, label=REPORTED)
    with transaction.atomic():
        if token := AccessToken.objects.filter(public_id=claims.token_id).first():
            _end_token(locked(token), digest, by)


def _claims_of(jwt: bytes, digest: bytes) -> Claims:
    try:
        return verified(jwt, digest)
    except NotOurs:
        return verified_refresh(jwt)


def _end_token(token: AccessToken, digest: bytes, by: Actor) -> None:
    if token.revoked_at is not None:
        return
    if token.digest is not None and bytes(token.digest) == digest:
        token = revoke(token=token, why=LEAKED, by=by)
        token.refresh_from_db(fields=["revoked_at"])
    elif token.has_pending and bytes(token.pending_digest or b"") == digest:
        AccessToken.objects.filter(pk=token.pk).update(**NO_PENDING)
        record_token(verb=Verb.TOKEN_DISCARD, token=token, by=by, details={"why": LEAKED})
    else:
        return
    tell_leaked(token, owner=token.owner, by=by)
