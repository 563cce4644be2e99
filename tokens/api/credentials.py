"""Finds the credentials of a call: in one place, in one of the ways that the address takes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from tokens.admission.statement import API_NAME
from tokens.api.exceptions import Problem


class Scheme(StrEnum):
    """How a token, or a password, was given; the ledger keeps the word."""

    BEARER = "bearer"  # RFC 6750
    BASIC = "basic"  # RFC 7617, a JWT in place of the password: what tools keep that keep no headers
    AUTH_TOKEN = "auth-token"  # noqa: S105  # two headers, as QM+ has them
    PASSWORD = "password"  # noqa: S105  # RFC 7617, user name and password


BEARER_ALONE = frozenset({Scheme.BEARER})
REPORT_SCHEMES = frozenset(Scheme)

REALM = f'realm="{API_NAME}"'
BEARER_CHALLENGE = f"Bearer {REALM}"
BASIC_CHALLENGE = f'Basic {REALM}, charset="UTF-8"'
JWT_BEGINNING = "eyJ"  # '{"' in base64url: a password that begins so is only ever tried as a JWT

# RFC 6750, 2.1 and RFC 7617, 2: the scheme in any case, one blank, one value. A list or two values is no such header.
_BEARER = re.compile(r"bearer(?: ([A-Za-z0-9._~+/=-]+))?", re.IGNORECASE | re.ASCII)
_BASIC = re.compile(r"basic ([A-Za-z0-9+/]+={0,2})", re.IGNORECASE | re.ASCII)
_TENANT = re.compile(r"[0-9]{1,18}", re.ASCII)
NO_TENANT = 0  # the id of no organisation: what a tenant id that is no number is checked as


@dataclass(frozen=True, slots=True)
class Token:
    """A string that may be a JWT. ``tenant`` is the organisation that the caller named beside it."""

    scheme: Scheme
    jwt: bytes = field(repr=False)
    tenant: int | None = None


@dataclass(frozen=True, slots=True)
class Password:
    """A user name and a password."""

    user_name: str
    password: str = field(repr=False)


def given(meta: Mapping[str, Any], query: Mapping[str, Any], schemes: frozenset[Scheme]) -> Token | Password | None:
    """The credentials of a call, or None. Raises ``Problem`` 400 when they are unreadable or more than one.

    ``meta`` holds the headers. A token in the query is never taken; beside one in a header it is one too many.
    """
    header: str = meta.get("HTTP_AUTHORIZATION", "")
    scheme = header[:6].lower()
    found: Token | Password | None = None
    if scheme == "bearer":
        found = _bearer(header, meta if Scheme.AUTH_TOKEN in schemes else {})
    elif scheme.rstrip() == "basic" and Scheme.BASIC in schemes:
        found = _basic(header, schemes)
    if Scheme.AUTH_TOKEN in schemes and "HTTP_AUTH_TOKEN" in meta:
        if found is not None:
            raise _more_than_one()
        found = _two_headers(meta)
    elif found is None and Scheme.AUTH_TOKEN in schemes and "HTTP_AUTH_TENANT_ID" in meta:
        missing = "Missing required authentication headers: auth-token"
        raise Problem(401, missing, reason="missing_header", headers=CHALLENGED)
    if found is not None and "access_token" in query:
        raise _more_than_one()
    return found


CHALLENGED = {"WWW-Authenticate": BEARER_CHALLENGE}


def challenge(schemes: frozenset[Scheme]) -> str:
    """What an address asks for when nothing was given (RFC 9110, 11.6.1)."""
    return f"{BEARER_CHALLENGE}, {BASIC_CHALLENGE}" if Scheme.BASIC in schemes else BEARER_CHALLENGE


def challenge_after(scheme: Scheme, schemes: frozenset[Scheme], **parameters: str) -> str:
    """The same after credentials that admit nothing. Who came with a Bearer token is not asked for a password."""
    if scheme in {Scheme.BASIC, Scheme.PASSWORD}:
        return challenge(schemes)
    return ", ".join([BEARER_CHALLENGE, *(f'{name}="{value}"' for name, value in parameters.items())])


def _bearer(header: str, meta: Mapping[str, Any]) -> Token:
    match = _BEARER.fullmatch(header)
    if match is None or match[1] is None:
        detail = _("The Authorization header must be: Bearer, one blank, and one JWT.")
        raise _unreadable(detail, challenge_after(Scheme.BEARER, BEARER_ALONE, error="invalid_request"))
    tenant = meta.get("HTTP_AUTH_TENANT_ID")
    return Token(Scheme.BEARER, match[1].encode(), None if tenant is None else _tenant(tenant))


def basic_pair(header: str) -> Password | None:
    """User name and password of a Basic header in UTF-8 (RFC 7617); None when it cannot be read."""
    match = _BASIC.fullmatch(header)
    try:
        written = base64.b64decode(match[1], validate=True).decode() if match else ""
    except (binascii.Error, UnicodeDecodeError):
        written = ""
    user_name, colon, password = written.partition(":")
    return Password(user_name, password) if colon else None


def _basic(header: str, schemes: frozenset[Scheme]) -> Token | Password:
    found = basic_pair(header)
    if found is None:
        detail = _("The Authorization header must be: Basic, one blank, and user:password in base64.")
        raise _unreadable(detail, challenge(schemes))
    return Token(Scheme.BASIC, found.password.encode()) if found.password.startswith(JWT_BEGINNING) else found


def _two_headers(meta: Mapping[str, Any]) -> Token:
    if "HTTP_AUTH_TENANT_ID" not in meta:
        raise Problem(401, "Missing auth-tenant-id header", reason="missing_header", headers=CHALLENGED)
    jwt: str = meta["HTTP_AUTH_TOKEN"]
    return Token(Scheme.AUTH_TOKEN, jwt.encode("utf-8", "surrogateescape"), _tenant(meta["HTTP_AUTH_TENANT_ID"]))


def _tenant(written: str) -> int:
    return int(written) if _TENANT.fullmatch(written) else NO_TENANT


def _more_than_one() -> Problem:
    """RFC 6750, 3.1: more than one way of sending a token is an ``invalid_request``."""
    header = challenge_after(Scheme.BEARER, BEARER_ALONE, error="invalid_request")
    return _unreadable(_("Give one access token, in one place."), header)


def _unreadable(detail: str, header: str) -> Problem:
    return Problem(400, detail, reason="invalid_request", headers={"WWW-Authenticate": header})
