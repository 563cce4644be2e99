"""Calls a program's WSGI application inside this process, so many times as a line of standard input says, and answers
with a line that says what that cost.

``python -m tests.bench.caller FILE``: the file names the variants (tests/bench/tiny.py); the program is that of the
settings. A line is ``{"variant": NAME, "requests": COUNT}``; with ``"wire": true`` the statements are counted instead.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from config.workplaces import stand_in_for_signals, workplaces
from tests.bench.tiny import CONTENT, Variant, variants_in
from tests.wire import counted

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def environ_of(variant: Variant, number: int) -> Environ:
    """As granian hands over a request of curl's."""
    host, port = "localhost", "8000"
    authorization = variant.authorizations[number % len(variant.authorizations)]
    return {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": variant.path, "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": port, "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": f"{host}:{port}", "HTTP_USER_AGENT": "curl/8.14.1", "HTTP_ACCEPT": "*/*",
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": BytesIO(), "wsgi.errors": sys.stderr,
        "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
        **({"HTTP_AUTHORIZATION": authorization} if authorization else {}),
    }  # fmt: skip


class Caller:
    """One program in this process. The credentials of a variant take turns over all its blocks."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.call = self.ask
        if type(application).__module__ == "config.wsgi":
            stand_in_for_signals()
            self.call = self.ask_at_a_place
        self.turns: dict[str, int] = {}
        self.status, self.others = "", 0

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        self.status = status
        if status != "200 OK":
            self.others += 1

    def ask(self, environ: Environ) -> bytes:
        response = self.application(environ, self.start_response)
        body = b"".join(response)
        response.close()  # type: ignore[attr-defined]  # Django's responses have it
        return body

    def ask_at_a_place(self, environ: Environ) -> bytes:
        """As the console's web server answers each request (config/answering.py)."""
        place = workplaces.take()
        try:
            return self.ask(environ)
        finally:
            workplaces.give_back(place)

    def environs(self, variant: Variant, count: int) -> list[Environ]:
        first = self.turns.get(variant.name, 0)
        self.turns[variant.name] = first + count
        return [environ_of(variant, first + number) for number in range(count)]

    def block(self, variant: Variant, count: int) -> dict[str, float]:
        """Seconds of a call: on the wall, of this process's CPU, and of the CPU of its PostgreSQL backend."""
        environs, self.others = self.environs(variant, count), 0
        server, cpu, wall = server_cpu(), time.process_time(), time.perf_counter()
        for environ in environs:
            self.call(environ)
        spent = time.perf_counter() - wall, time.process_time() - cpu, server_cpu() - server
        if self.others:
            raise AssertionError(f"{variant.name}: {self.others} answers were not 200 OK")
        return dict(zip(("wall", "cpu", "server"), (value / count for value in spent), strict=True))

    def statements(self, variant: Variant, count: int) -> list[int]:
        """How many statements each of so many calls sent to the database."""
        found = []
        for environ in self.environs(variant, count):
            with counted() as statements:
                self.call(environ)
            found.append(len(statements))
        return found

    def check(self, variant: Variant) -> None:
        """Before anything is measured: the tiny answer is given to who may have it, and refused to others."""
        [environ] = self.environs(variant, 1)
        body = self.call(environ)
        if self.status != "200 OK" or json.loads(body) != CONTENT:
            raise AssertionError(f"{variant.name}: {self.status} {body[:300]!r}")
        if "HTTP_AUTHORIZATION" in environ:
            self.call({**environ, "HTTP_AUTHORIZATION": environ["HTTP_AUTHORIZATION"][:-8] + "AAAAAAAA"})
            if self.status[:3] not in {"401", "403"}:
                raise AssertionError(f"{variant.name} lets anybody in: {self.status}")


def server_cpu() -> float:
    """Seconds of CPU that the PostgreSQL backend of this thread's connection has used; 0 where there is none."""
    raw = connection.connection
    if connection.vendor != "postgresql" or raw is None:
        return 0.0
    spent = Path(f"/proc/{raw.info.backend_pid}/schedstat").read_text().split()[0]
    return int(spent) / 1e9


def main() -> None:
    django.setup()
    caller = Caller(import_string(settings.WSGI_APPLICATION))
    variants = variants_in(Path(sys.argv[1]))
    for variant in variants.values():
        caller.check(variant)
    gc.collect()
    gc.freeze()  # as the console's own server does
    for line in sys.stdin:
        order = json.loads(line)
        variant, count = variants[order["variant"]], order["requests"]
        found = caller.statements(variant, count) if order.get("wire") else caller.block(variant, count)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
