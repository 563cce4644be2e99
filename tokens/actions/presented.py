"""Ending what a JWT belongs to, because somebody who may do so presents the JWT."""

import hashlib

from django.db import transaction

from accounts.exceptions import Conflict
from accounts.querysets import LoginQuerySet
from audit.actor import Actor
from tokens.actions.locks import locked
from tokens.actions.mobile import disconnect
from tokens.actions.revocation import revoke
from tokens.jwt import Claims, NotOurs, verified, verified_refresh
from tokens.models import AccessToken, MobileSession

WHY = "revocation endpoint"


@transaction.atomic
def revoke_presented(*, jwt: bytes, owners: LoginQuerySet, by: Actor) -> AccessToken | MobileSession | None:
    """End the access token, or the mobile session, whose current JWT this is, if one of the ``owners`` owns it.

    None when there is nothing to end: not theirs, ended already, or the JWT was replaced or never saved.
    """
    digest = hashlib.sha256(jwt).digest()
    try:
        claims = claims_of(jwt, digest)
    except NotOurs:
        return None
    if session := MobileSession.objects.filter(public_id=claims.token_id, login__in=owners).first():
        return _disconnected(session, by) if is_current(session, digest) else None
    if token := AccessToken.objects.filter(public_id=claims.token_id, owner__in=owners).first():
        token = locked(token)
        has_it = token.revoked_at is None and is_current(token, digest)
        return revoke(token=token, why=WHY, by=by) if has_it else None
    return None


def _disconnected(session: MobileSession, by: Actor) -> MobileSession | None:
    try:
        return disconnect(session=session, by=by)
    except (Conflict, NotOurs):  # it has ended already, or is forgotten
        return None


def claims_of(jwt: bytes, digest: bytes) -> Claims:
    """The claims of a genuine JWT of any kind; raises ``NotOurs``."""
    try:
        return verified(jwt, digest)
    except NotOurs:
        return verified_refresh(jwt)


def is_current(record: AccessToken | MobileSession, digest: bytes) -> bool:
    """Whether the JWT of this digest is one that the record's next call may come with."""
    if isinstance(record, MobileSession):
        return digest in {bytes(record.access_digest), bytes(record.refresh_digest)}
    return record.digest is not None and bytes(record.digest) == digest
