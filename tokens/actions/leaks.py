"""Ending what a leaked JWT belongs to: whoever has the JWT can do so, and is told nothing about it."""

import hashlib
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.exceptions import Conflict
from audit.actor import Actor
from audit.verbs import Verb
from tokens.actions.locks import locked
from tokens.actions.mobile import end_leaked
from tokens.actions.pending import NO_PENDING
from tokens.actions.presented import claims_of, is_current
from tokens.actions.recording import record_token
from tokens.actions.revocation import revoke
from tokens.exceptions import Revoked
from tokens.jwt import NotOurs
from tokens.mail import tell_leaked
from tokens.models import AccessToken, MobileSession
from tokens.revoke_links import RevokeLink

LEAKED = "leaked"
NOT_MINE = "not mine"
REPORTED = "Reported as leaked"  # stands where an entry names who acted
BY_LINK = "Link in a mail"  # the same


def report_leak(*, jwt: bytes, by: Actor) -> None:
    """Make the JWT worthless, if it is worth anything, and tell the owner and the administrators by mail.

    The current JWT takes its access token with it, for good; one that was shown and not saved is discarded. Any JWT of
    a mobile session ends it: an older one, used, would do so too. Any other string, also one that was replaced, ends
    nothing.
    """
    digest = hashlib.sha256(jwt).digest()
    try:
        claims = claims_of(jwt, digest)
    except NotOurs:
        return
    by = replace(by, label=REPORTED)
    with transaction.atomic():
        if session := MobileSession.objects.filter(public_id=claims.token_id).first():
            _end_session(session, by)
        elif token := AccessToken.objects.filter(public_id=claims.token_id).first():
            _end_token(locked(token), digest, by)


def revoke_by_link(*, link: RevokeLink, by: Actor) -> AccessToken:
    """Revoke the token because whoever reads its owner's mail says that its use was not theirs; tell those concerned.

    Raises ``Conflict`` when it was revoked or has another JWT by now: then nothing is done.
    """
    by = replace(by, label=BY_LINK)
    with transaction.atomic():
        token = AccessToken.objects.filter(public_id=link.token_id).first()
        if token is None:
            raise Revoked
        token = locked(token)
        if token.revoked_at is not None:
            raise Revoked
        if not link.means(token):
            raise Conflict("replaced", _("This token has got another JWT since: the one that was meant works no more."))
        token = revoke(token=token, why=NOT_MINE, by=by)
        token.refresh_from_db(fields=["revoked_at"])
        tell_leaked(token, owner=token.owner, by=by, by_link=True)
        return token


def _end_session(session: MobileSession, by: Actor) -> None:
    if end_leaked(session=session, by=by):
        tell_leaked(session, owner=session.login, by=by)


def _end_token(token: AccessToken, digest: bytes, by: Actor) -> None:
    if token.revoked_at is not None:
        return
    if is_current(token, digest):
        token = revoke(token=token, why=LEAKED, by=by)
        token.refresh_from_db(fields=["revoked_at"])
    elif token.has_pending and bytes(token.pending_digest or b"") == digest:
        AccessToken.objects.filter(pk=token.pk).update(**NO_PENDING)
        record_token(verb=Verb.TOKEN_DISCARD, token=token, by=by, details={"why": LEAKED})
    else:
        return
    tell_leaked(token, owner=token.owner, by=by)
