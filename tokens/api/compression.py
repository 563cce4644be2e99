"""gzip where a program asks for it: whether it does, a body at once, and a stream that tells a break from an end."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Generator, Iterator

GZIP = "gzip"
LEVEL = 1  # rows of a report repeat themselves: this packs them to a tenth; higher levels cost more than they gain
WORTH_PACKING = 1024  # bytes; below it the answer fits one packet either way
MEMBER = 16 + zlib.MAX_WBITS  # zlib's number for: with the header and the trailer of gzip
_QUALITY = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)


def wants_gzip(accept_encoding: str) -> bool:
    """Whether the header Accept-Encoding asks for gzip, and not less than for the plain bytes (RFC 9110, 12.5.3).

    A part that cannot be read asks for nothing.
    """
    qualities: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        coding, *weight = (word.strip() for word in part.split(";"))
        quality = _QUALITY.fullmatch(weight[0]) if len(weight) == 1 else None
        if not weight or quality:
            qualities[coding] = float(quality[1]) if quality else 1.0
    packed = max((qualities[name] for name in (GZIP, "x-gzip") if name in qualities), default=qualities.get("*", 0.0))
    return packed > 0 and packed >= qualities.get("identity", 0.0)


def gzip_bytes(body: bytes) -> bytes:
    """The same bytes for the same body: no time and no name of a file inside."""
    return gzip.compress(body, LEVEL, mtime=0)


class GzipStream:
    """The chunks as one member of gzip, each sent as it comes, in constant memory.

    When ``chunks`` raises, what came before has been sent and the member stays without its end: a reader finds both
    the words of the break and a file that is cut off (docs/decisions/0012). Closed, it closes ``chunks``.
    """

    def __init__(self, chunks: Generator[bytes]) -> None:
        self._chunks = chunks
        self._packer: zlib._Compress | None = zlib.compressobj(LEVEL, zlib.DEFLATED, MEMBER)
        self.close = chunks.close

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        packer, self._packer = self._packer, None  # which it stays when the chunks break: then there is no end
        if packer is None:
            raise StopIteration
        chunk = next(self._chunks, None)
        if chunk is None:
            return packer.flush()
        self._packer = packer
        return packer.compress(chunk) + packer.flush(zlib.Z_SYNC_FLUSH)
