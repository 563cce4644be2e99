"""Finds JWTs of this console in any bytes: they all begin with the header of a key, which never changes."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import IO
from urllib.parse import unquote_to_bytes

from tokens.keys import ring

CHUNK = 1 << 20
OVERLAP = 1 << 14  # longer than a JWT however it is written here
UNPACKED_MOST = 1 << 30  # of one packed file: a few bytes can stand for any number

_WRAPPED = re.compile(rb"[=\\]?\r?\n[ \t]*")
# As a mail, a comment or a difference begins its lines; a hyphen may also be the JWT's own.
_QUOTED = re.compile(rb"[=\\]?\r?\n(?:[ \t>|+#*/]|-(?=[ \t]))+")
_REMOVED = re.compile(rb"\r?\n-")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
LONGEST_BASE64 = 6000


def jwts_in(stream: IO[bytes]) -> Iterator[bytes]:
    """What looks like a JWT of ours, packed files unpacked; the same one may come several times.

    Reads portions, so that memory does not grow with the file. Raises ``OSError`` and ``EOFError`` as the stream does.
    """
    first = stream.read(CHUNK)
    if first.startswith(b"PK\x03\x04") and stream.seekable():
        yield from _of_archive(stream)
    elif first.startswith(b"\x1f\x8b") and stream.seekable():
        stream.seek(0)
        yield from _of_portions(_unzipped(stream))
    else:
        yield from _of_portions(_with(first, stream))


def headers() -> tuple[bytes, ...]:
    """The beginnings of all JWTs that the keys of now have signed."""
    keys = ring()
    return (*keys.by_header, *keys.by_refresh_header)


def _of_archive(stream: IO[bytes]) -> Iterator[bytes]:
    """Of every file in the archive: Excel and Power BI write such ones. Archives within are not opened."""
    try:
        with zipfile.ZipFile(stream) as archive:
            for member in archive.infolist():
                if not member.is_dir() and not member.flag_bits & 1:  # 1: with a password
                    with archive.open(member) as content:
                        yield from _of_portions(_limited(content))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        stream.seek(0)
        yield from _of_portions(_limited(stream))


def _unzipped(stream: IO[bytes]) -> Iterator[bytes]:
    try:
        yield from _limited(gzip.GzipFile(fileobj=stream))
    except zlib.error as error:
        raise OSError(f"packed and broken: {error}") from error


def _with(first: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    while first:
        yield first
        first = stream.read(CHUNK)


def _limited(stream: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    left = UNPACKED_MOST
    while left > 0 and (portion := stream.read(CHUNK)):
        yield portion
        left -= len(portion)


def _of_portions(portions: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for portion in portions:
        held = rest + portion
        yield from _found(held)
        rest = held[-OVERLAP:]


def _found(held: bytes) -> Iterator[bytes]:
    known = headers()
    for seen in _ways_to_read(held):
        yield from _pattern(known).findall(seen)
        yield from _in_base64(seen, known)


def _ways_to_read(held: bytes) -> Iterator[bytes]:
    """As it stands; as UTF-16; with its lines joined; with %2E for a point and the like."""
    if b"\x00" in held:
        held = held.replace(b"\x00", b"")
    yield held
    if b"\n" in held:
        yield _WRAPPED.sub(b"", held)
        yield _QUOTED.sub(b"", held)
        yield _REMOVED.sub(b"", held)
    if b"%" in held:
        yield unquote_to_bytes(held)


def _in_base64(held: bytes, known: tuple[bytes, ...]) -> Iterator[bytes]:
    """A JWT that is written in Base64 once more, alone or after a user name (Basic authentication)."""
    plain = held.translate(_URL_SAFE)
    for shift, begin, needle in _needles(known):
        at = plain.find(needle)
        while at >= 0:
            written = _BASE64.match(plain, at, at + LONGEST_BASE64)
            text = begin + (written.group() if written else needle)
            text = text[: -1 if len(text) % 4 == 1 else None]  # one character over is of what comes after
            yield from _pattern(known).findall(b64decode(text + b"=" * (-len(text) % 4))[shift:])
            at = plain.find(needle, at + 1)


@lru_cache(maxsize=8)
def _pattern(known: tuple[bytes, ...]) -> re.Pattern[bytes]:
    """Header, claims, and a signature of 64 bytes: that of ES256 and of HS512 (RFC 7518, 3.4 and 3.2)."""
    return re.compile(rb"(?:%s)\.[A-Za-z0-9_-]{20,4000}\.[A-Za-z0-9_-]{86}" % b"|".join(map(re.escape, known)))


@lru_cache(maxsize=8)
def _needles(known: tuple[bytes, ...]) -> list[tuple[int, bytes, bytes]]:
    """How a header looks in Base64 when 0, 1 or 2 bytes of a group of three stand before it.

    With the number of these, and with the characters that hold some of them, as if they were zeros.
    """
    found = []
    for header in known:
        for shift, mixed in ((0, 0), (1, 2), (2, 3)):
            written = b64encode(bytes(shift) + header)
            found.append((shift, written[:mixed], written[mixed : (shift + len(header)) // 3 * 4]))
    return found
