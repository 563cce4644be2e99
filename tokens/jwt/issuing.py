"""Issues JWTs. Nothing is stored here: the caller keeps the digest of one, and shows it once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import Login, UserType
from accounts.pairs import Pair
from tokens.jwt.kinds import ApiToken, MobileAccess, MobileRefresh
from tokens.models import AccessToken, MobileSession
from tokens.scopes import names

ISSUED_LIMIT = 1024
NAME_LIMIT = 40


@dataclass(frozen=True, slots=True)
class Issued:
    """The two JWTs that a mobile session has at a time."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)


def issue(
    token: AccessToken, *, scopes: int, pairs: Iterable[Pair], expires_at: datetime | None, issued_at: datetime
) -> str:
    """A new JWT for the token, of at most ``ISSUED_LIMIT`` characters: name and roles are left out if need be."""
    made = ApiToken()
    made.payload = {
        **_identity(made, token.public_id, token.owner, issued_at, expires_at),
        "scope": " ".join(names(scopes)),
        "org_id": token.owner.organisation_id,
    }
    return _within_limit(made, name=token.name, pairs=pairs)


def issue_mobile(session: MobileSession, *, scopes: int, issued_at: datetime) -> Issued:
    """The session's next two JWTs, which end when its ``access_expires_at`` and ``expires_at`` say."""
    owner = session.login
    access, refresh = MobileAccess(), MobileRefresh()
    access.payload = {
        **_identity(access, session.public_id, owner, issued_at, session.access_expires_at),
        "scope": " ".join(names(scopes)),
        "org_id": owner.organisation_id,
    }
    refresh.payload = _identity(refresh, session.public_id, owner, issued_at, session.expires_at)
    return Issued(_within_limit(access, name=session.device, pairs=session.pairs), str(refresh))


def digest(jwt: str) -> bytes:
    """SHA-256 of the JWT's exact bytes: all that is ever stored of it."""
    return hashlib.sha256(jwt.encode()).digest()


def _identity(
    made: ApiToken, record_id: str, owner: Login, issued_at: datetime, expires_at: datetime | None
) -> dict[str, Any]:
    return {
        "token_use": made.token_type,
        "sub": owner.public_id,
        "client_id": record_id,
        "id": record_id,
        "token_id": record_id,
        "jti": made["jti"],
        "iat": int(issued_at.timestamp()),
        **({} if expires_at is None else {"exp": int(expires_at.timestamp())}),
    }


def _within_limit(made: ApiToken, *, name: str, pairs: Iterable[Pair]) -> str:
    called = {"token_name": name[:NAME_LIMIT]}
    roles = {"assume_roles": _role_ids(pairs)}
    shortest = dict(made.payload)
    for extras in ({**called, **roles}, called):
        made.payload = {**shortest, **extras}
        if len(text := str(made)) <= ISSUED_LIMIT:
            return text
    made.payload = shortest
    return str(made)


def _role_ids(pairs: Iterable[Pair]) -> list[str]:
    types = UserType.objects.filter(pk__in={pair.user_type_id for pair in pairs}).order_by("slug")
    return [user_type.role_id for user_type in types]
