"""An application that has what the attackers look for: SQL in a parameter, a script that comes back, and the like.

It answers on loopback alone, as long as an attack on it lasts, and has nothing to lose.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

FORM = '<form action="/echo"><input name="text" value="a"></form><form action="/people"><input name="name"></form>'
LINKS = "".join(f'<a href="/{path}">x</a>' for path in ("echo?text=a", "go?next=/", "say?lang=en", "people?name=a"))


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    asked = {name: values[-1] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    path, headers, body = environ["PATH_INFO"], [("Content-Type", "text/html")], LINKS + FORM
    if path == "/people":
        body = people(asked.get("name", ""))
    elif path == "/echo":
        body = f"<p>{asked.get('text', '')}</p>"
    elif path == "/say":
        headers.append(("X-Language", asked.get("lang", "")))
    elif path == "/go":
        headers.append(("Location", asked.get("next", "/")))
    try:
        start_response("302 Found" if path == "/go" else "200 OK", headers)
    except (AssertionError, ValueError):  # what the server itself refuses
        start_response("400 Bad Request", [("Content-Type", "text/plain")], None)
        return [b""]
    return [f"<!doctype html><title>Planted</title>{body}".encode()]


def people(name: str) -> str:
    database = sqlite3.connect(":memory:")
    database.executescript("CREATE TABLE person (name TEXT); INSERT INTO person VALUES ('ada'), ('olivia')")
    try:
        rows = database.execute(f"SELECT name FROM person WHERE name LIKE '%{name}%'").fetchall()
    except sqlite3.Error as error:
        return f"<p>{error}</p>"
    return "".join(f"<li>{row[0]}" for row in rows)


@contextmanager
def served() -> Iterator[str]:
    """Its address, while it answers."""
    server = make_server("127.0.0.1", 0, application, Server, Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
