"""JWTs: what one says, how it is issued, and how its signature and the shape of its claims are verified.

A verified JWT proves only that this console issued it. Whether it admits anything is decided in the database on every
call (tokens/admission).
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt as pyjwt
import orjson
from jwt.utils import base64url_encode
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.models import UserType
from accounts.pairs import Pair
from tokens.keys import Ring, ring
from tokens.models import AccessToken
from tokens.scopes import names

LENGTH_LIMIT = 4096  # what is looked at at all; what is issued stays within ISSUED_LIMIT
ISSUED_LIMIT = 1024
NAME_LIMIT = 40
REMEMBERED_LIMIT = 10_000
CLOCK_SKEW_SECONDS = 60  # between two machines of one console: one issues, the other reads ``iat``
END_OF_TIME = 253_402_300_800  # the year 10,000

_COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TOKEN_ID = re.compile(r"api_[A-Za-z0-9]{21}")
_LOGIN_ID = re.compile(r"lgn_[A-Za-z0-9]{21}")
_JTI = re.compile(r"[A-Za-z0-9_-]{43}")


class NotOurs(Exception):
    """The string is no JWT of this console. Nothing more is said to whoever sent it."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a genuine JWT says of itself and admission needs. ``expires`` in seconds since 1970; None: never."""

    token_id: str
    login_id: str
    expires: int | None


class RingBackend(TokenBackend):
    """Signs with the ring's newest key; verifies with the key, and so the one algorithm, that the header names.

    The header is never interpreted: it must be, byte for byte, one that a key of the ring writes. That refuses every
    other ``alg``, unknown ``kid``, ``crit``, ``jku``, ``jwk``, ``x5u``, ``b64``, ``zip`` and doubled member at once
    (RFC 8725, 3.1 to 3.11). A release that writes other headers must go on reading these.
    """

    def __init__(self) -> None:
        super().__init__("ES256")  # the base insists on one; the ring's keys decide

    def encode(self, payload: dict[str, Any]) -> str:
        keys = ring()
        claims = {"iss": keys.issuer, "aud": keys.audience, **payload}
        signed = keys.signer.header + b"." + base64url_encode(orjson.dumps(claims))
        algorithm = pyjwt.PyJWS().get_algorithm_by_name(keys.signer.algorithm)
        return (signed + b"." + base64url_encode(algorithm.sign(signed, keys.signer.signing))).decode()

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """The claims of a genuine JWT of this console. Raises ``TokenBackendError``; the clock is not asked here."""
        if not verify:
            raise TokenBackendError("A JWT is verified or not read at all")
        if len(token) > LENGTH_LIMIT or _COMPACT.fullmatch(token) is None:
            raise TokenBackendError("No compact JWT")
        keys = ring()
        key = keys.by_header.get(token.partition(b".")[0])
        if key is None:
            raise TokenBackendError("No header of ours")
        try:
            content = pyjwt.PyJWS(algorithms=[key.algorithm], options={"enforce_minimum_key_length": True}).decode(
                token, key.verifying, algorithms=[key.algorithm]
            )
            return _strict_json(content)
        except (pyjwt.InvalidTokenError, ValueError, RecursionError) as error:
            raise TokenBackendError("Not genuine") from error


class ApiToken(Token):
    """An access token's JWT. ``token_use`` in place of simplejwt's ``token_type`` (``SIMPLE_JWT`` in the settings)."""

    token_type = "access"  # noqa: S105  # a claim's value, no password
    lifetime = timedelta(0)
    _token_backend = RingBackend()

    def set_jti(self) -> None:
        self.payload["jti"] = secrets.token_urlsafe(32)

    def verify(self) -> None:
        """Every claim that is used has its exact shape before it comes near the database. Expiry is decided there."""
        claims, keys = self.payload, ring()
        token_id, now = claims.get("token_id"), int(time.time()) + CLOCK_SKEW_SECONDS
        proper = (
            claims.get("iss") == keys.issuer
            and claims.get("aud") == keys.audience
            and claims.get("token_use") == self.token_type
            and _matches(_TOKEN_ID, token_id)
            and claims.get("id") == token_id
            and claims.get("client_id") == token_id
            and _matches(_LOGIN_ID, claims.get("sub"))
            and _matches(_JTI, claims.get("jti"))
            and _is_moment(claims.get("iat"), before=now)
            and ("nbf" not in claims or _is_moment(claims["nbf"], before=now))
            and ("exp" not in claims or _is_moment(claims["exp"], before=END_OF_TIME))
        )
        if not proper:
            raise TokenError("The claims are not those of an access token")


def issue(
    token: AccessToken, *, scopes: int, pairs: Iterable[Pair], expires_at: datetime | None, issued_at: datetime
) -> str:
    """A new JWT for the token. Nothing is stored: the caller keeps ``digest`` of it, and shows it once."""
    made = ApiToken()
    made.payload = {
        "token_use": ApiToken.token_type,
        "sub": token.owner.public_id,
        "client_id": token.public_id,
        "id": token.public_id,
        "token_id": token.public_id,
        "jti": made["jti"],
        "iat": int(issued_at.timestamp()),
        **({} if expires_at is None else {"exp": int(expires_at.timestamp())}),
        "scope": " ".join(names(scopes)),
        "org_id": token.owner.organisation_id,
    }
    name = {"token_name": token.name[:NAME_LIMIT]}
    roles = {"assume_roles": _role_ids(pairs)}
    shortest = dict(made.payload)
    for extras in ({**name, **roles}, name):
        made.payload = {**shortest, **extras}
        if len(text := str(made)) <= ISSUED_LIMIT:
            return text
    made.payload = shortest
    return str(made)


def digest(jwt: str) -> bytes:
    """SHA-256 of the JWT's exact bytes: all that is ever stored of it."""
    return hashlib.sha256(jwt.encode()).digest()


def verified(jwt: bytes, sha256: bytes) -> Claims:
    """The claims of a genuine JWT; raises ``NotOurs``. A signature that was verified is remembered while keys stay.

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


def _verify(jwt: bytes) -> Claims:
    try:
        payload = ApiToken(jwt).payload  # type: ignore[arg-type]  # simplejwt gives its own class for the text
    except TokenError as error:
        raise NotOurs from error
    return Claims(token_id=payload["token_id"], login_id=payload["sub"], expires=payload.get("exp"))


def _role_ids(pairs: Iterable[Pair]) -> list[str]:
    types = UserType.objects.filter(pk__in={pair.user_type_id for pair in pairs}).order_by("slug")
    return [user_type.role_id for user_type in types]


def _strict_json(content: bytes) -> dict[str, Any]:
    """A JSON object in UTF-8, each name once, numbers whole. Raises ``ValueError``."""
    found = json.loads(
        content.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_refuse_number, parse_float=_refuse_number
    )
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004  # one error for everything that is no such text
    return found


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member twice")
    return found


def _refuse_number(written: str) -> None:
    raise ValueError("no whole number")


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_moment(value: object, *, before: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= before


__all__ = ["ApiToken", "Claims", "NotOurs", "Ring", "RingBackend", "digest", "issue", "verified"]
