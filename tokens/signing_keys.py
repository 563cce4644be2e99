"""The signing keys as an operator looks after them: which signs, since when, and what ends with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from tokens.key_files import Key, begins, key_files, read_key
from tokens.keys import ring
from tokens.models import AccessToken, MobileSession
from tokens.querysets import AccessTokenQuerySet, MobileSessionQuerySet

OLD = timedelta(days=365)
SLACK = timedelta(seconds=5)  # so long another process may have signed with the key before
MOBILE_ACCESS_LIFE = timedelta(minutes=15)  # tokens/actions/mobile.py


@dataclass(frozen=True)
class SigningKey:
    """``signs``: new JWTs are signed with it.

    It signed from ``since``, None for the oldest of its algorithm, to ``until``, when a newer one was made.
    """

    path: Path
    key: Key
    made_at: datetime
    since: datetime | None
    until: datetime | None
    signs: bool

    @property
    def waits(self) -> bool:
        return self.made_at > timezone.now()

    @property
    def is_old(self) -> bool:
        return timezone.now() - self.made_at > OLD


def folder() -> Path:
    return Path(settings.DATA_DIR) / "signing-keys"


def signing_keys() -> list[SigningKey]:
    """Oldest first. Raises ``KeptFileRefused`` where one is refused."""
    now, found = ring().signer.kid, []
    files = [(path, read_key(path), begins(path)) for path in key_files(folder())]
    for number, (path, key, made_at) in enumerate(files):
        older, newer = (_times(part, key.algorithm) for part in (files[:number], files[number + 1 :]))
        since, until = made_at if older else None, newer[0] if newer else None
        found.append(SigningKey(path, key, made_at, since, until, signs=key.kid == now))
    return found


def _times(files: list[tuple[Path, Key, datetime]], algorithm: str) -> list[datetime]:
    return [made_at for _path, key, made_at in files if key.algorithm == algorithm]


def signer() -> SigningKey:
    return next(key for key in reversed(signing_keys()) if key.signs)


def valid_tokens_of(key: SigningKey) -> AccessTokenQuerySet:
    """Tokens whose valid JWT was, or may have been, signed with the key: no JWT's key is kept, its time is.

    Where keys of two algorithms took turns, these are too many and never too few.
    """
    tokens: AccessTokenQuerySet = AccessToken.objects.filter(revoked_at=None).with_valid_jwt()
    return tokens.filter(_signed(key, "generated_at"))


def pending_tokens_of(key: SigningKey) -> AccessTokenQuerySet:
    """Tokens with a JWT that was shown, not saved, and was or may have been signed with the key."""
    tokens: AccessTokenQuerySet = AccessToken.objects.filter(_signed(key, "pending_made_at"))
    return tokens


def mobile_sessions_of(key: SigningKey) -> MobileSessionQuerySet:
    """Open mobile sessions whose newest JWTs were, or may have been, signed with the key."""
    sessions: MobileSessionQuerySet = MobileSession.objects.open()
    return sessions.filter(_signed(key, "access_expires_at", MOBILE_ACCESS_LIFE))


def _signed(key: SigningKey, column: str, later: timedelta = timedelta(0)) -> Q:
    found = Q(**{f"{column}__isnull": False})
    if key.until is not None:
        found &= Q(**{f"{column}__lte": key.until + later + SLACK})
    if key.since is not None:
        found &= Q(**{f"{column}__gte": key.since + later - SLACK})
    return found
