"""The files of signing keys: how one is made, named and read, and which are refused."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from jwt.utils import base64url_encode

from audit.kept_files import KeptFileRefused, refuse_access_of_others, write_once

FILES = {"ES256": ".pem", "HS512": ".hs512"}
MOMENT = "%Y%m%dT%H%M%S%fZ"  # from when on a key signs, in UTC: what its file's name begins with
HMAC_LENGTH_MINIMUM = 64  # RFC 7518, 3.2: at least the length of the hash
JWT_TYPES = ("at+jwt", "refresh+jwt")  # RFC 8725, 3.11: by its ``typ`` alone one is never taken for the other


class KeyRefused(KeptFileRefused):
    """A signing key is weak, or none of the kind that is needed."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key with its one algorithm, and the header segments of the JWTs that it signs, in exact bytes.

    ``header`` is that of what opens the API (RFC 9068), ``refresh_header`` that of a mobile session's refresh JWT.
    Both are the same in every JWT of the key, so that a search finds them (docs/secret-scanning.md).
    """

    kid: str
    algorithm: str
    signing: ec.EllipticCurvePrivateKey | bytes
    verifying: ec.EllipticCurvePublicKey | bytes
    header: bytes
    refresh_header: bytes


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that is not in its file yet: nothing signs with it before ``write``."""

    path: Path
    content: bytes = field(repr=False)

    @property
    def kid(self) -> str:
        return _understood(self.path, self.content).kid

    def write(self) -> None:
        """It signs from its moment on; those before it still verify. The file appears whole or not at all."""
        write_once(self.path, self.content)


def add_key(directory: Path, algorithm: str) -> Path:
    made = new_key(directory, algorithm)
    made.write()
    return made.path


def new_key(directory: Path, algorithm: str, *, after: timedelta = timedelta(0)) -> NewKey:
    """``after``: it verifies at once and signs only then, so that its file can be brought to other machines before.

    Its id can be given to a command as it is: none begins as an option does.
    """
    moment = (datetime.now(UTC) + after).strftime(MOMENT)
    path = directory / f"{moment}-{secrets.token_hex(4)}{FILES[algorithm]}"
    while (made := NewKey(path, _random(algorithm))).kid.startswith("-"):
        pass
    return made


def _random(algorithm: str) -> bytes:
    if algorithm != "ES256":
        return secrets.token_bytes(HMAC_LENGTH_MINIMUM)
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def begins(path: Path) -> datetime:
    """When the key begins to sign, as its file's name says; of one that is named otherwise, when it was written."""
    try:
        return datetime.strptime(path.name.partition("-")[0], MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def key_files(directory: Path) -> list[Path]:
    """Key files, oldest first: names begin with the moment of making, which a restored backup keeps."""
    return sorted(path for path in directory.iterdir() if path.suffix in FILES.values() and path.name[0] != ".")


def read_key(path: Path) -> Key:
    """Raises ``KeptFileRefused`` for a key that is weak, shared or of another kind."""
    refuse_access_of_others(path)
    return _understood(path, path.read_bytes())


def _understood(path: Path, content: bytes) -> Key:
    return (_symmetric if path.suffix == FILES["HS512"] else _elliptic)(path, content)


def _symmetric(path: Path, secret: bytes) -> Key:
    if len(secret) < HMAC_LENGTH_MINIMUM or len(set(secret)) < 16:
        raise KeyRefused(f"{path.name} is weak: an HS512 key needs at least {HMAC_LENGTH_MINIMUM} random bytes.")
    if secret.strip() == settings.SECRET_KEY.encode():
        raise KeyRefused(f"{path.name} is the SECRET_KEY: one key serves one purpose.")
    if b"-----BEGIN" in secret:
        raise KeyRefused(f"{path.name} is a key or certificate of another kind: one key serves one purpose.")
    return _key("HS512", hashlib.sha256(b"kid " + secret).digest(), secret, secret)


def _elliptic(path: Path, content: bytes) -> Key:
    try:
        private = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyRefused(f"{path.name} is no unencrypted private key in PEM form.") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise KeyRefused(f"{path.name} is no key on P-256, which ES256 needs.")
    public = private.public_key()
    point = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return _key("ES256", hashlib.sha256(point).digest(), private, public)


def _key(algorithm: str, identity: bytes, signing: Any, verifying: Any) -> Key:
    kid = base64url_encode(identity[:12]).decode()
    header, refresh_header = (
        base64url_encode(orjson.dumps({"alg": algorithm, "kid": kid, "typ": kind})) for kind in JWT_TYPES
    )
    return Key(kid, algorithm, signing, verifying, header, refresh_header)
