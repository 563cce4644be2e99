"""Requests whose end is in doubt, with another one in their body, and what comes back for them."""

import re
import socket

ANSWER = re.compile(rb"HTTP/1\.1 (\d{3}) [A-Z]")
CHUNKED = "Transfer-Encoding: chunked"
DOUBTFUL_LENGTHS = [
    ("Content-Length: 5", "Content-Length: 6"),
    ("Content-Length: 5, 6",),
    ("Content-Length: +5",),
    ("Content-Length: -1",),
    ("Content-Length: 0x5",),
    ("Content-Length: 5 5",),
    ("Transfer-Encoding: gzip",),
    ("Transfer-Encoding: chunked, identity",),
    ("Transfer-Encoding: xchunked",),
    ("Transfer-Encoding: identity, chunked", "Content-Length: 5"),
    ("Transfer-Encoding : chunked",),
]
TWO_LENGTHS = [("Content-Length: 60", CHUNKED), (CHUNKED, "Content-Length: 4")]
NO_CHUNKS = [
    b"5\nhello\r\n0\r\n\r\n", b"5;a=\n\r\nhello\r\n0\r\n\r\n",
    b"0x5\r\nhello\r\n0\r\n\r\n", b"-1\r\nhello\r\n0\r\n\r\n",
    b"5 \r\nhelloX\r\n0\r\n\r\n", b"FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhelloGET / HTTP/1.1\r\n0\r\n\r\n",
]  # fmt: skip


def hidden(host: str) -> bytes:
    """A request that would be answered with 200, if anybody took it for one."""
    return f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def answered(peer: socket.socket, content: bytes, seconds: float = 3) -> bytes:
    """Everything that comes back for these bytes, until the connection is closed or nothing more comes."""
    peer.sendall(content)
    peer.settimeout(seconds)
    answer = b""
    try:
        while chunk := peer.recv(65536):
            answer += chunk
    except (TimeoutError, ConnectionResetError):
        pass
    return answer


def statuses(answer: bytes) -> list[int]:
    return [int(found) for found in ANSWER.findall(answer)]
