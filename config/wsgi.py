"""The WSGI application that the web server's workers run."""

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import django
from django.core.handlers.wsgi import LimitedStream, WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters
from django.utils.log import log_response

from config.answering import CLOSED, REFUSED
from config.bodies import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import StartResponse

    from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Request(WSGIRequest):
    """Django's request, but text is UTF-8 whatever charset the client names.

    A charset such as ``hex`` or ``unicode_escape`` would fail, or decode to what no database takes, before anything
    of ours could answer; so would a Content-Type that cannot be read.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        """As Django's. The console is at the root of its host, and a path in ASCII is what it says: neither is taken
        apart first.
        """
        path: str = environ.get("PATH_INFO", "")
        if not (path.isascii() and path.startswith("/")):
            super().__init__(environ)
            return
        self.environ = self.META = environ
        self.path = self.path_info = path
        environ["SCRIPT_NAME"] = ""
        self.method = environ["REQUEST_METHOD"].upper()
        self._set_content_type_params(environ)
        self._stream = LimitedStream(environ["wsgi.input"], length_said(environ))  # type: ignore[assignment]
        self._read_started = False
        self.resolver_match = None

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = "", {}
        if said := meta.get("CONTENT_TYPE"):
            with suppress(ValueError):
                self.content_type, self.content_params = parse_header_parameters(said)


def length_said(environ: dict[str, Any]) -> int:
    """Of the body in bytes; 0 where nothing, or no number, is said."""
    said = environ.get("CONTENT_LENGTH")
    try:
        return int(said) if said else 0
    except ValueError:
        return 0


class Handler(WSGIHandler):
    """Django's, with streams bounded, and refusals before any layer that asks the database."""

    request_class = Request
    refuse: "Callable[[HttpRequest], HttpResponseBase]"

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async)
        from config.middleware import Surroundings  # noqa: PLC0415  # Django must be set up
        from config.refusals import refused  # noqa: PLC0415
        from config.streams import settled  # noqa: PLC0415

        self.refuse, self.settled = Surroundings(refused), settled

    def __call__(self, environ: "dict[str, Any]", start_response: "StartResponse") -> "HttpResponseBase":
        """As Django's, but tells nobody that a request begins (config/workplaces.py) and sets no prefix: the console
        is at the root of its host.
        """
        response = self.get_response(self.request_class(environ))
        headers = list(response.headers._store.values())
        headers.extend(("Set-Cookie", cookie.output(header="")) for cookie in response.cookies.values())
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        return response

    def get_response(self, request: "HttpRequest") -> "HttpResponseBase":
        """As Django's, but sets no address map for the thread: there is one, for all requests."""
        if REFUSED in request.META:
            return self.refuse(request)
        response: Any = self._middleware_chain(request)  # type: ignore[attr-defined]  # the stubs leave it out
        response._resource_closers.append(request.close)
        if response.status_code >= 400:
            log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
        if response.streaming:
            return self.settled(request, cast("StreamingHttpResponse", response))
        return cast("HttpResponseBase", response)


class Closed(Handler):
    """Says that the process runs, and to everything else that the database is out of reach."""

    def get_response(self, request: "HttpRequest") -> "HttpResponseBase":
        if request.path_info != "/healthz":
            request.META[REFUSED] = Refusal.CLOSED
        return super().get_response(request)


django.setup(set_prefix=False)
application = Closed() if os.environ.get(CLOSED) else Handler()
