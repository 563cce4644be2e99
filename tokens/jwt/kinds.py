"""The kinds of JWT of this console, each with the exact shape of its claims."""

from __future__ import annotations

import re
import secrets
import time
from datetime import timedelta
from typing import Any, Self

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from tokens.jwt.backend import REFRESH_RING, RING, RingBackend
from tokens.keys import ring

CLOCK_SKEW_SECONDS = 300  # between two machines of one console: one issues, the other reads ``iat``
END_OF_TIME = 253_402_300_800  # the year 10,000

_LOGIN_ID = re.compile(r"lgn_[A-Za-z0-9]{21}")
_JTI = re.compile(r"[A-Za-z0-9_-]{43}")


class ApiToken(Token):
    """An access token's JWT. ``token_use`` in place of simplejwt's ``token_type`` (``SIMPLE_JWT`` in the settings)."""

    token_type = "access"  # noqa: S105  # a claim's value, no password
    lifetime = timedelta(0)
    _token_backend: RingBackend = RING
    record_id = re.compile(r"api_[A-Za-z0-9]{21}")
    always_ends = False

    @classmethod
    def of(cls, payload: dict[str, Any]) -> Self:
        """The claims of a verified JWT, taken for this kind. Raises ``TokenError`` when they are not."""
        made = cls()
        made.payload = payload
        made.verify()
        return made

    def set_jti(self) -> None:
        self.payload["jti"] = secrets.token_urlsafe(32)

    def verify(self) -> None:
        """Every claim that is used has its exact shape before it comes near the database. Expiry is decided there."""
        claims, keys = self.payload, ring()
        record_id, now = claims.get("token_id"), int(time.time()) + CLOCK_SKEW_SECONDS
        proper = (
            claims.get("iss") == keys.issuer
            and claims.get("aud") == self._token_backend.audience_of(keys)
            and claims.get("token_use") == self.token_type
            and _matches(self.record_id, record_id)
            and claims.get("id") == record_id
            and claims.get("client_id") == record_id
            and _matches(_LOGIN_ID, claims.get("sub"))
            and _matches(_JTI, claims.get("jti"))
            and _is_moment(claims.get("iat"), before=now)
            and ("nbf" not in claims or _is_moment(claims["nbf"], before=now))
            and (not self._has_end() or _is_moment(claims.get("exp"), before=END_OF_TIME))
        )
        if not proper:
            raise TokenError("The claims are not those of such a JWT")

    def _has_end(self) -> bool:
        return self.always_ends or "exp" in self.payload


class MobileAccess(ApiToken):
    """What a mobile session calls reports with, for a quarter of an hour. Taken wherever an access token is."""

    token_type = "mobile_access"  # noqa: S105  # a claim's value, no password
    record_id = re.compile(r"mob_[A-Za-z0-9]{21}")
    always_ends = True


class MobileRefresh(MobileAccess):
    """What a mobile session gets its next two JWTs with, and nothing else."""

    token_type = "mobile_refresh"  # noqa: S105  # a claim's value, no password
    _token_backend = REFRESH_RING


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_moment(value: object, *, before: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= before
