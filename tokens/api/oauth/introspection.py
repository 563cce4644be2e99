"""Introspection (RFC 7662): what a JWT is good for at this moment, told to whom it concerns."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Login
from tokens.admission.looking import would_be_admitted
from tokens.admission.mobile import SCOPES
from tokens.api.oauth.callers import Caller, caller_of, fields_of
from tokens.api.views_base import PublicApiView, answer
from tokens.jwt import NotOurs, verified
from tokens.jwt.backend import RING
from tokens.models import AccessToken, MobileSession
from tokens.scopes import Scope, names

INACTIVE = {"active": False}
OF_JWT = ("iat", "sub", "aud", "iss", "jti", "client_id")  # what the JWT alone knows, or what never changes


class Introspect(PublicApiView):
    """``/oauth/introspect``: one's own tokens; with the Admin role the organisation's; all else is not active."""

    bearer_scope = Scope.TOKEN
    changes: frozenset[str] = frozenset()

    def post(self, request: Request) -> HttpResponse:
        fields = fields_of(request)
        caller = caller_of(request, fields)
        return answer(introspected(fields["token"].encode(), caller), headers=caller.headers)


def introspected(jwt: bytes, caller: Caller) -> dict[str, Any]:
    """The members of RFC 7662, 2.2. Looking is no use of the token that is looked at."""
    digest = hashlib.sha256(jwt).digest()
    try:
        claims = verified(jwt, digest)
    except NotOurs:
        return INACTIVE
    if not would_be_admitted(claims, digest):
        return INACTIVE
    found = (_session if claims.token_id.startswith("mob_") else _token)(claims.token_id, digest, caller)
    if found is None:
        return INACTIVE
    said = RING.decode(jwt)
    return {
        "active": True,
        "scope": " ".join(names(found.scopes)),
        "token_type": "Bearer",
        "username": found.owner.user_name,
        **_end(claims.expires, found.expires_at),
        **{name: said[name] for name in OF_JWT},
        "token_name": found.name,
        "org_id": found.owner.organisation_id,
        "read_only": found.read_only,
    }


@dataclass(frozen=True, slots=True)
class Found:
    """What the record says of its JWT now."""

    owner: Login
    name: str
    scopes: int
    expires_at: datetime | None
    read_only: bool


def _token(public_id: str, digest: bytes, caller: Caller) -> Found | None:
    """None when the token is out of the caller's reach, or changed since it was decided on."""
    rows = AccessToken.objects.filter(public_id=public_id, owner__in=caller.reach, revoked_at=None)
    token = rows.select_related("owner").first()
    if token is None or bytes(token.digest or b"") != digest:
        return None
    return Found(token.owner, token.name, token.current_scopes, token.expires_at, token.read_only)


def _session(public_id: str, digest: bytes, caller: Caller) -> Found | None:
    rows = MobileSession.objects.filter(public_id=public_id, login__in=caller.reach, ended_at=None)
    session = rows.select_related("login").first()
    if session is None or bytes(session.access_digest) != digest:
        return None
    return Found(session.login, session.device, int(SCOPES), session.access_expires_at, read_only=False)


def _end(of_jwt: int | None, of_record: datetime | None) -> dict[str, int]:
    """The earlier one: a shorter expiry acts on the JWT that is there. Nothing for one that never ends."""
    ends = [end for end in (of_jwt, int(of_record.timestamp()) if of_record else None) if end is not None]
    return {"exp": min(ends)} if ends else {}
