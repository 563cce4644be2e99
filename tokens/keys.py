"""The ring of signing keys, of which the newest signs and all verify, and the issuer that they sign for."""

from __future__ import annotations

import fcntl
import math
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from jwt.algorithms import ECAlgorithm

from audit.kept_files import KeptFileRefused, refuse_access_of_others, write_once
from tokens.key_files import FILES, Key, KeyRefused, add_key, begins, key_files, read_key

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 0.1  # for a key that another process may have made a moment ago


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
        self.looked_at = time.monotonic()

    def current(self, seconds: float) -> Ring:
        """The ring, which is at most so many seconds old."""
        if time.monotonic() >= self.looked_at + seconds:
            with self.lock:
                self.looked_at = time.monotonic()
                if self._state() != self.state or time.time() >= self.next_begins:
                    self.ring = self._load(strict=False)
        return self.ring

    def _state(self) -> tuple[int, int]:
        found = self.directory.stat()
        return found.st_ino, found.st_mtime_ns

    def _load(self, *, strict: bool) -> Ring:
        _ensure_key(self.directory, self.algorithm)
        self.state = self._state()
        found = [(path, key) for path in key_files(self.directory) if (key := _read(path, strict=strict))]
        keys = [key for _path, key in found]
        signers = [(_begins(path), key) for path, key in found if key.algorithm == self.algorithm]
        if not signers:
            raise KeyRefused(f"{self.directory} holds no usable {self.algorithm} key.")
        now = time.time()
        self.next_begins = min((at for at, _key in signers if at > now), default=math.inf)
        begun = [key for at, key in signers if at <= now]
        return Ring(
            issuer=_issuer(self.data_dir / "issuer"),
            signer=begun[-1] if begun else signers[-1][1],
            by_header={key.header: key for key in keys},
            by_refresh_header={key.refresh_header: key for key in keys},
        )


_watches: dict[tuple[Path, str], _Watch] = {}
_starting = threading.Lock()


def ring() -> Ring:
    """The ring as it is now. Makes the first key and fixes the issuer at first start; raises ``KeptFileRefused``."""
    return _watch().current(LOOK_EVERY_SECONDS)


def ring_for_unknown_key() -> Ring:
    """The ring, looked at anew because a JWT names a key that is not in it: however many come, ten times a second."""
    return _watch().current(LOOK_AGAIN_SECONDS)


def _watch() -> _Watch:
    place = (settings.DATA_DIR, settings.JWT_ALGORITHM)
    watch = _watches.get(place)
    if watch is None:
        with _starting:
            watch = _watches.get(place) or _watches.setdefault(place, _Watch(Path(place[0]), place[1]))
    return watch


def _ensure_key(directory: Path, algorithm: str) -> None:
    if algorithm not in FILES:
        raise KeyRefused(f"JWT_ALGORITHM must be one of {', '.join(FILES)}.")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_access_of_others(directory)
    if not any(path.suffix == FILES[algorithm] for path in key_files(directory)):
        with _alone(directory.parent):  # of processes that start together one makes the key
            if not any(path.suffix == FILES[algorithm] for path in key_files(directory)):
                add_key(directory, algorithm)


def _read(path: Path, *, strict: bool) -> Key | None:
    """One key. At start a refused file stops everything; later it is left out, loudly, and the others go on serving."""
    try:
        return read_key(path)
    except FileNotFoundError:
        return None
    except KeptFileRefused as refusal:
        if strict:
            raise
        log.error("signing key refused", reason=str(refusal))  # noqa: TRY400  # the message says it all
        return None


def _begins(path: Path) -> float:
    """Seconds since 1970; of a file that is gone by now, ever."""
    try:
        return begins(path).timestamp()
    except FileNotFoundError:
        return 0.0


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
