"""The ring of signing keys, of which the newest signs and all verify, and the issuer that they sign for."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_encode

from audit.kept_files import KeptFileRefused, refuse_access_of_others, write_once

log = structlog.get_logger(__name__)

FILES = {"ES256": ".pem", "HS512": ".hs512"}
HMAC_LENGTH_MINIMUM = 64  # RFC 7518, 3.2: at least the length of the hash
LOOK_EVERY_SECONDS = 1.0
JWT_TYPES = ("at+jwt", "refresh+jwt")  # RFC 8725, 3.11: by its ``typ`` alone one is never taken for the other


class KeyRefused(KeptFileRefused):
    """A signing key is weak, or none of the kind that is needed."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key with its one algorithm, and the header segments of the JWTs that it signs, in exact bytes.

    ``header`` is that of what opens the API (RFC 9068), ``refresh_header`` that of a mobile session's refresh JWT.
    """

    kid: str
    algorithm: str
    signing: ec.EllipticCurvePrivateKey | bytes
    verifying: ec.EllipticCurvePublicKey | bytes
    header: bytes
    refresh_header: bytes


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys at one moment. ``verified`` remembers verified signatures and goes with the ring when keys change."""

    issuer: str
    signer: Key
    by_header: Mapping[bytes, Key]
    by_refresh_header: Mapping[bytes, Key]
    verified: dict[bytes, Any] = field(default_factory=dict)

    @property
    def audience(self) -> str:
        return f"{self.issuer}/api"

    @property
    def refresh_audience(self) -> str:
        return f"{self.issuer}/api/mobile/refresh"

    @property
    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """RFC 7517: public parts only. A shared secret (HS512) has none, so it is not listed."""
        return {
            "keys": [
                {**ECAlgorithm.to_jwk(key.verifying, as_dict=True), "kid": key.kid, "alg": key.algorithm, "use": "sig"}
                for key in self.by_header.values()
                if isinstance(key.verifying, ec.EllipticCurvePublicKey)
            ]
        }


class _Watch:
    """Holds the current ring and looks at the directory at most once a second."""

    def __init__(self, data_dir: Path, algorithm: str) -> None:
        self.data_dir, self.algorithm = data_dir, algorithm
        self.directory = data_dir / "signing-keys"
        self.lock = threading.Lock()
        self.ring = self._load(strict=True)
        self.look_at = time.monotonic() + LOOK_EVERY_SECONDS

    def current(self) -> Ring:
        if time.monotonic() >= self.look_at:
            with self.lock:
                self.look_at = time.monotonic() + LOOK_EVERY_SECONDS
                if self._state() != self.state:
                    self.ring = self._load(strict=False)
        return self.ring

    def _state(self) -> tuple[int, int]:
        found = self.directory.stat()
        return found.st_ino, found.st_mtime_ns

    def _load(self, *, strict: bool) -> Ring:
        _ensure_key(self.directory, self.algorithm)
        self.state = self._state()
        keys = [key for path in _files(self.directory) if (key := _read(path, strict=strict))]
        signers = [key for key in keys if key.algorithm == self.algorithm]
        if not signers:
            raise KeyRefused(f"{self.directory} holds no usable {self.algorithm} key.")
        return Ring(
            issuer=_issuer(self.data_dir / "issuer"),
            signer=signers[-1],
            by_header={key.header: key for key in keys},
            by_refresh_header={key.refresh_header: key for key in keys},
        )


_watches: dict[tuple[Path, str], _Watch] = {}
_starting = threading.Lock()


def ring() -> Ring:
    """The ring as it is now. Makes the first key and fixes the issuer at first start; raises ``KeptFileRefused``."""
    place = (settings.DATA_DIR, settings.JWT_ALGORITHM)
    watch = _watches.get(place)
    if watch is None:
        with _starting:
            watch = _watches.get(place) or _watches.setdefault(place, _Watch(Path(place[0]), place[1]))
    return watch.current()


def add_key(directory: Path, algorithm: str) -> Path:
    """Add a new key, which signs from now on; those before it still verify. The file appears whole or not at all."""
    if algorithm == "ES256":
        content = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    else:
        content = secrets.token_bytes(HMAC_LENGTH_MINIMUM)
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    path = directory / f"{moment}-{secrets.token_hex(4)}{FILES[algorithm]}"
    write_once(path, content)
    return path


def _ensure_key(directory: Path, algorithm: str) -> None:
    if algorithm not in FILES:
        raise KeyRefused(f"JWT_ALGORITHM must be one of {', '.join(FILES)}.")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_access_of_others(directory)
    if not any(path.suffix == FILES[algorithm] for path in _files(directory)):
        with _alone(directory.parent):  # of processes that start together one makes the key
            if not any(path.suffix == FILES[algorithm] for path in _files(directory)):
                add_key(directory, algorithm)


def _files(directory: Path) -> list[Path]:
    """Key files, oldest first: names begin with the moment of making, which a restored backup keeps."""
    return sorted(path for path in directory.iterdir() if path.suffix in FILES.values() and path.name[0] != ".")


def _read(path: Path, *, strict: bool) -> Key | None:
    """One key. At start a refused file stops everything; later it is left out, loudly, and the others go on serving."""
    try:
        refuse_access_of_others(path)
        return _symmetric(path) if path.suffix == FILES["HS512"] else _elliptic(path)
    except FileNotFoundError:
        return None
    except KeptFileRefused as refusal:
        if strict:
            raise
        log.error("signing key refused", reason=str(refusal))  # noqa: TRY400  # the message says it all
        return None


def _symmetric(path: Path) -> Key:
    secret = path.read_bytes()
    if len(secret) < HMAC_LENGTH_MINIMUM or len(set(secret)) < 16:
        raise KeyRefused(f"{path.name} is weak: an HS512 key needs at least {HMAC_LENGTH_MINIMUM} random bytes.")
    if secret.strip() == settings.SECRET_KEY.encode():
        raise KeyRefused(f"{path.name} is the SECRET_KEY: one key serves one purpose.")
    return _key("HS512", hashlib.sha256(b"kid " + secret).digest(), secret, secret)


def _elliptic(path: Path) -> Key:
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
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


def _issuer(path: Path) -> str:
    """The issuer is what PUBLIC_URL was at first start: a console that moves keeps its JWTs valid."""
    if not path.exists():
        write_once(path, settings.PUBLIC_URL.encode())
    return path.read_text().strip()


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
