"""Verifies JWTs that come back, and remembers which signatures it has verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError

from tokens.jwt.backend import REFRESH_RING, RING
from tokens.jwt.kinds import ApiToken, MobileAccess, MobileRefresh
from tokens.keys import ring

REMEMBERED_LIMIT = 10_000


class NotOurs(Exception):
    """The string is no JWT of this console. Nothing more is said to whoever sent it."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a genuine JWT says of itself and admission needs. ``expires`` in seconds since 1970; None: never.

    ``token_id`` is the public id of an access token (``api_…``) or of a mobile session (``mob_…``).
    """

    token_id: str
    login_id: str
    expires: int | None


def verified(jwt: bytes, sha256: bytes) -> Claims:
    """The claims of a genuine access JWT; raises ``NotOurs``. A verified signature is remembered while keys stay.

    ``sha256`` is the digest of ``jwt``. Nothing about a token's validity is remembered.
    """
    remembered: dict[bytes, Claims] = ring().verified
    claims = remembered.get(sha256)
    if claims is None:
        claims = _verify(jwt)
        if len(remembered) >= REMEMBERED_LIMIT:
            remembered.clear()  # only genuine JWTs get here, so nobody outside can make this happen often
        remembered[sha256] = claims
    return claims


def verified_refresh(jwt: bytes) -> Claims:
    """The claims of a genuine refresh JWT of a mobile session; raises ``NotOurs``."""
    try:
        payload = REFRESH_RING.decode(jwt)
    except TokenBackendError as error:
        raise NotOurs from error
    return _claims(MobileRefresh, payload)


def _verify(jwt: bytes) -> Claims:
    """One signature for both kinds, so verified once: what it vouches for says whose shape the claims must have."""
    try:
        payload = RING.decode(jwt)
    except TokenBackendError as error:
        raise NotOurs from error
    kind = MobileAccess if payload.get("token_use") == MobileAccess.token_type else ApiToken
    return _claims(kind, payload)


def _claims(kind: type[ApiToken], payload: dict[str, Any]) -> Claims:
    try:
        kind.of(payload)
    except TokenError as error:
        raise NotOurs from error
    return Claims(token_id=payload["token_id"], login_id=payload["sub"], expires=payload.get("exp"))
