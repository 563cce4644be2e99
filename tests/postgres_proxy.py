"""Stands between the console and PostgreSQL on a socket of its own, and cuts the line where a test says."""

import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

NAME = ".s.PGSQL.5432"


class Proxy:
    """Passes everything on, until ``cut_at``: then the statement reaches the server, and nobody gets its answer."""

    def __init__(self, server: Path) -> None:
        self.server, self.folder = server, Path(tempfile.mkdtemp(prefix="console-proxy-"))
        self.after, self.at, self.reached = b"", b"", threading.Event()
        self.passes_on = True
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.folder / NAME))
        self.listener.listen()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def cut_at(self, at: str, *, after: str, passes_on: bool = True) -> None:
        """Cut at the first ``at`` that comes after ``after``; with ``passes_on`` the server has got it by then."""
        self.reached.clear()
        self.after, self.at, self.passes_on = after.encode(), at.encode(), passes_on

    def close(self) -> None:
        self.listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self.listener.accept()
                upstream = socket.socket(socket.AF_UNIX)
                upstream.connect(str(self.server / NAME))
                for one, other, watched in ((client, upstream, True), (upstream, client, False)):
                    threading.Thread(target=self._pass, args=(one, other, watched), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, watched: bool) -> None:
        with suppress(OSError):
            while part := source.recv(65536):
                if watched and self._is_the_place(part):
                    self._cut(source, target, part)
                    return
                target.sendall(part)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _is_the_place(self, part: bytes) -> bool:
        if self.after and self.after in part:
            self.after = b""
        return bool(self.at) and not self.after and self.at in part

    def _cut(self, client: socket.socket, upstream: socket.socket, part: bytes) -> None:
        """The client is gone first, so that no answer can reach it."""
        self.at = b""
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        if self.passes_on:
            upstream.sendall(part)
            upstream.shutdown(socket.SHUT_WR)  # what was sent is still carried out
        else:
            upstream.shutdown(socket.SHUT_RDWR)
        self.reached.set()
