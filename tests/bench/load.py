"""Clients of our own for a served program: each a process with one kept connection, which sends bytes made before."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from tests.bench.tiny import Variant

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients saw: answers in a second, and in what time (milliseconds)."""

    rate: float
    p50: float
    p99: float
    refused: int
    """Answers that were not 200."""


def requests_of(variant: Variant, port: int) -> list[bytes]:
    """What is sent in turn, one for each credential of the variant."""
    found = []
    for authorization in variant.authorizations:
        head = f"GET {variant.path} HTTP/1.1\r\nHost: localhost:{port}\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n"
        found.append((head + (f"Authorization: {authorization}\r\n" if authorization else "") + "\r\n").encode())
    return found


def load(port: int, requests: Sequence[bytes], *, clients: int, seconds: float) -> Load:
    """What so many clients get at once, each asking again as soon as it was answered."""
    starts = time.monotonic() + 0.1
    children = [_forked(port, requests, number, starts, seconds) for number in range(clients)]
    spent: list[float] = []
    refused = 0
    for pid, pipe in children:
        with os.fdopen(pipe) as report:
            found = json.load(report)
        os.waitpid(pid, 0)
        spent += found["spent"]
        refused += found["refused"]
    cuts = quantiles(spent, n=100)
    return Load(len(spent) / seconds, cuts[49] * 1e3, cuts[98] * 1e3, refused)


def _forked(port: int, requests: Sequence[bytes], number: int, starts: float, seconds: float) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    try:
        found = _client(port, requests, number, starts, seconds)
        with os.fdopen(writing, "w") as report:
            json.dump(found, report)
    finally:
        os._exit(0)


def _client(port: int, requests: Sequence[bytes], number: int, starts: float, seconds: float) -> dict[str, object]:
    spent, refused = [], 0
    with socket.create_connection(("127.0.0.1", port)) as kept:
        kept.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        kept.settimeout(20)
        time.sleep(max(0.0, starts - time.monotonic()))
        turn, ends = number * 7919, starts + seconds
        while (began := time.monotonic()) < ends:
            kept.sendall(requests[turn % len(requests)])
            refused += not answered(kept)
            spent.append(time.monotonic() - began)
            turn += 1
    return {"spent": spent, "refused": refused}


def answered(kept: socket.socket) -> bool:
    """Read one answer to its end; whether it is 200."""
    found = b""
    while (head := found.find(b"\r\n\r\n")) < 0:
        found += _more(kept)
    match = LENGTH.search(found)
    if match is None:
        raise AssertionError(found[:500])
    missing = head + 4 + int(match[1]) - len(found)
    while missing > 0:
        missing -= len(_more(kept))
    return found.startswith(b"HTTP/1.1 200")


def _more(kept: socket.socket) -> bytes:
    found = kept.recv(65_536)
    if not found:
        raise ConnectionError("the server hung up")
    return found
