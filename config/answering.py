"""Answers one request of granian: the body first, then a place to work at, then Django, then the answer at once.

It stands in place of granian's own adapter of WSGI, which would hand even a short answer over part by part.
"""

import io
import sys
from collections.abc import Callable
from typing import Any

from config.bodies import Environ, NotTaken, Refusal, bodies, has_body, late
from config.workplaces import workplaces

Application = Callable[[Environ, Callable[..., None]], Any]
Headers = list[tuple[str, str]]

REFUSED = "console.refused"
"""The key of the environ that tells the application why the body was not taken in."""
CLOSED = "CONSOLE_CLOSED"
"""Set in the environment of a web server that answers 503 to everything, until the database is there."""
BASE: Environ = {
    "GATEWAY_INTERFACE": "CGI/1.1",
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "granian",
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}
LAST_ANSWER = ("Connection", "close")


class Adapter:
    """What granian calls for each request. Once ``is_ending``, every answer is the last of its connection."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.is_ending = False

    def say_goodbye(self) -> None:
        self.is_ending = True

    def __call__(self, proto: Any, scope: Environ) -> None:
        environ = BASE | scope
        if has_body(environ):
            try:
                bodies.take_in(proto, environ)
            except NotTaken as refusal:
                if refusal.why is Refusal.TOO_LATE:
                    proto.response_bytes(*late())  # counts where nothing was answered yet
                    return
                environ |= {REFUSED: refusal.why, "wsgi.input": io.BytesIO(), "CONTENT_LENGTH": ""}
        else:
            environ["wsgi.input"] = io.BytesIO()
        place = workplaces.take()
        try:
            self._answer(proto, environ)
        finally:
            workplaces.give_back(place)

    def _answer(self, proto: Any, environ: Environ) -> None:
        head: list[Any] = []
        response = self.application(environ, lambda *given: head.extend(given))
        status, headers = int(head[0][:3]), head[1]
        if self.is_ending and environ["SERVER_PROTOCOL"] != "HTTP/2":
            headers.append(LAST_ANSWER)
        whole = getattr(response, "whole", None) if response.streaming else response.content
        if whole is None:
            proto.response_iter(status, headers, Parts(response))
        else:
            try:
                proto.response_bytes(status, headers, whole)
            finally:
                response.close()


class Parts:
    """What granian iterates; it looks for ``__next__`` on the object itself."""

    def __init__(self, response: Any) -> None:
        self.__next__ = iter(response).__next__
        self.close = response.close
