"""Takes in a request's whole body before anything else is done with it; bounds its size, its time and how many wait.

The web server hands out a request when its header is there, and reads the rest when asked, for as long as that takes.
So a thread that waits for a body must hold nothing that another request needs.
"""

import json
import threading
import time
from enum import Enum, auto
from tempfile import SpooledTemporaryFile
from typing import Any, Protocol

from audit.request_ids import new_request_id
from config import protective

MOST_BYTES = 16 * 1024 * 1024
MOST_SKIPPED = 4 * MOST_BYTES
"""So much of a body that is too large is read and thrown away: a browser or proxy that is still sending when the
connection ends never reads why. What asks first (``Expect``) or announces more is told at once."""
KEPT_IN_MEMORY = 128 * 1024
CHUNK = 64 * 1024
MOST_WAITING = 192
"""Bodies that one worker takes in at a time; each has a thread that does nothing else."""
SECONDS = 20.0
LEAST_RATE = 8_000.0
"""A body may take ``SECONDS``, and a second more for each so many bytes of it that came."""
LOOK_EVERY_SECONDS = 1.0

Environ = dict[str, Any]


class Answering(Protocol):
    """Granian's side of one request; of two answers it takes the first."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...


class Refusal(Enum):
    """Why a request gets no further."""

    TOO_LARGE = auto()
    TOO_MANY = auto()
    TOO_LATE = auto()  # the client is told, or gone
    CLOSED = auto()  # nothing can be served


class NotTaken(Exception):
    """The body is not taken in."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


def has_body(environ: Environ) -> bool:
    """What HTTP/1 announces. HTTP/2 need not announce it; there a method that usually has none is believed to."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return True
    length = environ.get("CONTENT_LENGTH")
    if length:
        return bool(length != "0")
    return environ["SERVER_PROTOCOL"] == "HTTP/2" and environ["REQUEST_METHOD"] not in {"GET", "HEAD", "OPTIONS"}


def announced(environ: Environ) -> int:
    """The bytes that are to come, as far as the client says."""
    length = environ.get("CONTENT_LENGTH", "")
    return int(length) if length.isdecimal() else 0


class Waiting:
    """One body on its way."""

    def __init__(self, proto: Answering) -> None:
        self.proto, self.began, self.received = proto, time.monotonic(), 0
        self.is_overdue = False

    def look(self, now: float) -> None:
        """Answer 408 when it takes too long. The thread that reads is freed when the client then goes."""
        if not self.is_overdue and now - self.began > SECONDS + self.received / LEAST_RATE:
            self.is_overdue = True
            self.proto.response_bytes(*late())


class Bodies:
    """All bodies that this process takes in."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._waiting: set[Waiting] = set()
        self._changing = threading.Lock()
        self._watch: threading.Thread | None = None

    def take_in(self, proto: Answering, environ: Environ) -> None:
        """Put a file with the whole body in place of the server's. Raises ``NotTaken``."""
        if announced(environ) > (MOST_BYTES if "HTTP_EXPECT" in environ else MOST_SKIPPED):
            raise NotTaken(Refusal.TOO_LARGE)
        waiting = self._admit(proto)
        try:
            environ["wsgi.input"] = self._read(waiting, environ["wsgi.input"], environ)
        finally:
            with self._changing:
                self._waiting.discard(waiting)

    def _admit(self, proto: Answering) -> Waiting:
        waiting = Waiting(proto)
        with self._changing:
            if len(self._waiting) >= self._most:
                raise NotTaken(Refusal.TOO_MANY)
            self._waiting.add(waiting)
            if self._watch is None:
                self._watch = threading.Thread(target=self._look, name="late bodies", daemon=True)
                self._watch.start()
        return waiting

    def _read(self, waiting: Waiting, source: Any, environ: Environ) -> Any:
        body = SpooledTemporaryFile(KEPT_IN_MEMORY)  # noqa: SIM115  # it goes with the request
        while waiting.received <= MOST_SKIPPED and (part := source.read(CHUNK)):
            waiting.received += len(part)
            if max(waiting.received, announced(environ)) <= MOST_BYTES:
                body.write(part)
        if waiting.is_overdue or waiting.received < min(announced(environ), MOST_SKIPPED):
            raise NotTaken(Refusal.TOO_LATE)  # the client went away in the middle
        if waiting.received > MOST_BYTES:
            raise NotTaken(Refusal.TOO_LARGE)
        environ["CONTENT_LENGTH"] = str(waiting.received)
        body.seek(0)
        return body

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_EVERY_SECONDS)
            with self._changing:
                waiting = list(self._waiting)
            for one in waiting:
                one.look(time.monotonic())


def late() -> tuple[int, list[tuple[str, str]], bytes]:
    """The answer to a body that does not come; no layer of the application adds anything to it."""
    named = new_request_id()
    body = {
        "type": "about:blank",
        "title": "Request Timeout",
        "status": 408,
        "detail": "The request's body did not come in time.",
        "request_id": named,
    }
    own = [("Content-Type", "application/problem+json"), ("Connection", "close"), ("X-Request-ID", named)]
    return 408, [*own, *protective.headers().items()], json.dumps(body).encode()


bodies = Bodies()
