"""What a JWT that was found somewhere belongs to, and whether it is still worth anything."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.models import Login
from tokens.jwt import NotOurs, verified, verified_refresh
from tokens.models import AccessToken, MobileSession
from tokens.standing import WITH_JWT


@dataclass(frozen=True, slots=True)
class FoundJwt:
    """``digest`` tells one from another; ``status`` is a word for people and programs; ``is_live``: it must end."""

    digest: bytes
    id: str
    name: str
    owner: str
    organisation: str
    status: str
    is_live: bool

    def as_dict(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in ("id", "name", "owner", "organisation", "status")}
        return {**told, "live": self.is_live}


def found_jwt(jwt: bytes) -> FoundJwt | None:
    """None for a string that only looks like one of this console."""
    digest = hashlib.sha256(jwt).digest()
    try:
        claims = verified(jwt, digest)
    except NotOurs:
        try:
            claims = verified_refresh(jwt)
        except NotOurs:
            return None
    if token := AccessToken.objects.filter(public_id=claims.token_id).select_related("owner__organisation").first():
        return _described(digest, token, token.owner, _status_of_token(token, digest))
    sessions = MobileSession.objects.select_related("login__organisation")
    if session := sessions.filter(public_id=claims.token_id).first():
        return _described(digest, session, session.login, _status_of_session(session, digest))
    return FoundJwt(digest, claims.token_id, "", "", "", "deleted", is_live=False)


def _described(digest: bytes, record: AccessToken | MobileSession, owner: Login, status: str) -> FoundJwt:
    live = status in {"valid", "not saved"}
    name, organisation = str(record), owner.organisation.name
    return FoundJwt(digest, record.public_id, name, owner.user_name, organisation, status, is_live=live)


def _status_of_token(token: AccessToken, digest: bytes) -> str:
    if token.revoked_at is not None:
        return "revoked"
    if token.digest is not None and bytes(token.digest) == digest:
        return "valid" if token.status in WITH_JWT else "expired"
    is_pending = token.has_pending and bytes(token.pending_digest or b"") == digest
    return "not saved" if is_pending else "replaced"


def _status_of_session(session: MobileSession, digest: bytes) -> str:
    """An older refresh JWT is worth something too: whoever uses it ends the session."""
    if session.ended_at is not None or session.expires_at <= timezone.now():
        return "ended"
    return "valid" if digest in {bytes(session.access_digest), bytes(session.refresh_digest)} else "replaced"
