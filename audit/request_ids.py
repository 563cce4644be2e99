"""Request ids: unguessable, and carrying their own moment, so that looking one up needs no index."""

import re
import secrets
import time
from base64 import b32decode, b32encode
from contextvars import ContextVar
from datetime import UTC, datetime

REQUEST_ID = re.compile(r"[a-z2-7]{16}")
MOMENT_BYTES, RANDOM_BYTES = 4, 6

current_request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that this thread answers, for its lines on the log; empty outside of one."""


def new_request_id() -> str:
    """16 letters and digits (RFC 4648, base 32): the second in four bytes, and six random ones."""
    return _written(int(time.time()), secrets.token_bytes(RANDOM_BYTES))


def request_id_at(at: datetime, rest: bytes) -> str:
    """The id of a request that began then; ``rest`` are its six further bytes."""
    return _written(int(at.timestamp()), rest)


def _written(second: int, rest: bytes) -> str:
    return b32encode((second & 0xFFFFFFFF).to_bytes(MOMENT_BYTES, "big") + rest).decode().lower()


def moment_of(request_id: str) -> datetime | None:
    """The second in which the request began; None for what no request id looks like."""
    if not REQUEST_ID.fullmatch(request_id):
        return None
    return datetime.fromtimestamp(int.from_bytes(b32decode(request_id.upper())[:MOMENT_BYTES], "big"), UTC)
