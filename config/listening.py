"""The socket that the console listens on, which outlives the programs that answer: no caller is lost between two."""

import errno
import os
import socket
import time

SOCKET = "CONSOLE_SOCKET"
READY = "CONSOLE_READY"
"""The environment's names for two open descriptors: the socket to listen on, and what to write to once workers run."""
BACKLOG = 1024
UNREAD_SECONDS = 60
"""A client that reads nothing for so long is cut off by the system (TCP_USER_TIMEOUT, which its socket inherits)."""
HANDED_OVER = 3  # the first descriptor of the protocol of systemd's sockets
WAIT_SECONDS = 3.0
"""So long a port may be taken still by children of a supervisor that was killed."""


class CannotListen(Exception):
    """In one line, why not."""


def listen(host: str, port: int, *, beside_others: bool = False) -> socket.socket:
    """Raises ``CannotListen``. Connections wait from now on until somebody takes them."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if beside_others:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    give_manners(listening)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            other = port % 65535 + 1
            raise CannotListen(
                f"Another program listens on port {port}; choose another, such as PORT={other}."
            ) from None
        raise CannotListen(f"Cannot listen on {host}, port {port}: {error.strerror}.") from None
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


def why_not_listen(host: str, port: int) -> str:
    """Why nobody can listen there, in one line; empty when somebody can."""
    try:
        listen(host, port).close()
    except CannotListen as reason:
        return str(reason)
    return ""


def listen_soon(host: str, port: int) -> socket.socket:
    """The same, but wait a little for a port that is taken."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return listen(host, port)
        except CannotListen:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def give_manners(listening: socket.socket) -> None:
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)


def handed_over() -> socket.socket | None:
    """The socket that systemd holds for this service (sd_listen_fds(3)), if any. It outlives even the supervisor."""
    if os.environ.pop("LISTEN_PID", "") != str(os.getpid()) or os.environ.pop("LISTEN_FDS", "") != "1":
        return None
    listening = socket.socket(fileno=HANDED_OVER)
    give_manners(listening)
    listening.setblocking(False)
    return listening


def deaf(descriptor: int) -> None:
    """Let this process, and no other, take no more connections: another socket comes under the number, to which nobody
    connects. To close it is not possible, because the web server's own threads wait for it.
    """
    nobody = socket.socket(socket.AF_UNIX)
    nobody.bind("")
    nobody.listen(1)
    nobody.setblocking(False)
    os.dup2(nobody.fileno(), descriptor)
    nobody.close()
