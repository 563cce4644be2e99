"""Reads one long answer from a socket to its end: how long it took, and how much memory its server's processes took."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOOK_EVERY_SECONDS = 0.02
PIECE = 1 << 18
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Read:
    """``first_byte`` is of the body. ``grown`` counts bytes, at most, over what the processes had before."""

    seconds: float
    first_byte: float
    length: int
    grown: int


def read(port: int, path: str, headers: dict[str, str], *, watched: Sequence[int] = ()) -> Read:
    """Raises ``AssertionError`` for an answer that is not 200 or not whole."""
    lines = {"Host": f"localhost:{port}", "User-Agent": "curl/8.14.1", "Connection": "close", **headers}
    head = f"GET {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    before, most, look_at = memory_of(watched), 0, 0.0
    with socket.create_connection(("127.0.0.1", port), timeout=120) as kept:
        began = time.monotonic()
        kept.sendall(f"{head}\r\n".encode())
        found = b""
        while (end := found.find(b"\r\n\r\n")) < 0 or len(found) == end + 4:
            found += _more(kept)
        first_byte = time.monotonic() - began
        if not found.startswith(b"HTTP/1.1 200"):
            raise AssertionError(found[:500])
        length, last, piece = len(found) - end - 4, found[-8:], bytearray(PIECE)
        while size := kept.recv_into(piece):
            length += size
            last = (last + piece[max(0, size - 8) : size])[-8:]
            if watched and (now := time.monotonic()) >= look_at:
                most, look_at = max(most, memory_of(watched)), now + LOOK_EVERY_SECONDS
        seconds = time.monotonic() - began
    if b"transfer-encoding: chunked" in found[:end].lower() and not last.endswith(b"0\r\n\r\n"):
        raise AssertionError("the answer broke off")
    return Read(seconds, first_byte, length, max(0, most - before))


def _more(kept: socket.socket) -> bytes:
    found = kept.recv(PIECE)
    if not found:
        raise AssertionError("the server hung up")
    return found


def memory_of(processes: Sequence[int]) -> int:
    """What the processes have in memory, in bytes."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in processes) * PAGE


def processes_below(pid: int) -> list[int]:
    """The process and all that it started, and those started."""
    found = [pid]
    for parent in found:
        children = Path(f"/proc/{parent}/task/{parent}/children")
        found += [int(child) for child in children.read_text().split()] if children.exists() else []
    return found
