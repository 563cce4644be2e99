"""Every check of an ID token (OpenID Connect Core 1.0, 3.1.3.7), and what is read from it."""

from dataclasses import dataclass
from typing import Any, TypeGuard

import jwt
from django.utils.crypto import constant_time_compare
from jwt import PyJWK, PyJWKSet

from accounts.models import IdentityProvider
from accounts.sign_on.troubles import Trouble

# Signatures of a key pair alone: with "none", or a secret that is public as a key, anybody could write one.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY = 60  # seconds by which the provider's clock and ours may differ
REQUIRED = ["iss", "sub", "aud", "exp", "iat"]
SUBJECT_LENGTH = 255  # ASCII, says the standard
NAME_LENGTH = 254  # of a mail address (RFC 5321)


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody at the provider: for ever ``subject``; ``names`` may be a login's user name or mail address."""

    subject: str
    names: frozenset[str]
    authenticated_at: int | None = None


def verified_claims(id_token: str, *, keys: dict[str, Any], provider: IdentityProvider, nonce: str) -> dict[str, Any]:
    """What the token says, when this provider signed it for us and for this sign-in. Raises ``Trouble``."""
    try:
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key=_key_of(id_token, keys),
            algorithms=ALGORITHMS,
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY,
            options={"require": REQUIRED, "enforce_minimum_key_length": True},
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise Trouble("token", type(error).__name__) from None
    audience, party = claims["aud"], claims.get("azp")
    if (party is not None or (isinstance(audience, list) and len(audience) > 1)) and party != provider.client_id:
        raise Trouble("token", "it is for another party")
    if not isinstance(claims.get("nonce"), str) or not constant_time_compare(claims["nonce"], nonce):
        raise Trouble("token", "its nonce is another")
    subject = claims["sub"]
    if not _is_text(subject, SUBJECT_LENGTH) or not subject.isascii():
        raise Trouble("token", "its subject is none")
    return claims


def _key_of(id_token: str, keys: dict[str, Any]) -> PyJWK:
    """The key of the token's ``kid``, else the only one there is."""
    name = jwt.get_unverified_header(id_token).get("kid")
    signing = [key for key in PyJWKSet.from_dict(keys).keys if key.public_key_use in {"sig", None}]
    fitting = signing if name is None else [key for key in signing if key.key_id == name]
    if len(fitting) != 1:
        raise Trouble("token", "no key of that name")
    return fitting[0]


def identity_in(claims: dict[str, Any], *, mail_only: bool) -> Identity:
    """The mail address counts when the provider verified it; the user name unless the organisation wants mail alone."""
    said = [] if mail_only else [claims.get("preferred_username")]
    if claims.get("email_verified") is True or claims.get("email_verified") == "true":
        said.append(claims.get("email"))
    moment = claims.get("auth_time")
    return Identity(
        subject=claims["sub"],
        names=frozenset(name for name in said if _is_text(name, NAME_LENGTH)),
        authenticated_at=moment if isinstance(moment, int) and not isinstance(moment, bool) else None,
    )


def _is_text(value: object, length: int) -> TypeGuard[str]:
    """Whether a database keeps it as it is: no NUL, no half of a character."""
    return isinstance(value, str) and 0 < len(value) <= length and value.isprintable()
