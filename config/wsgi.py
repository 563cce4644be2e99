"""The WSGI application that the web server's workers run."""

import os
from typing import TYPE_CHECKING, Any, cast

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

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

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            self.content_type, self.content_params = "", {}


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
        if REFUSED in request.META:
            return self.refuse(request)
        response: HttpResponseBase = super().get_response(request)
        if response.streaming:
            return self.settled(request, cast("StreamingHttpResponse", response))
        return response


class Closed(Handler):
    """Says that the process runs, and to everything else that the database is out of reach."""

    def get_response(self, request: "HttpRequest") -> "HttpResponseBase":
        if request.path_info != "/healthz":
            request.META[REFUSED] = Refusal.CLOSED
        return super().get_response(request)


django.setup(set_prefix=False)
application = Closed() if os.environ.get(CLOSED) else Handler()
