"""The bases of the API's views: DRF's, without what programs here never use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http.cookies import SimpleCookie
from typing import Any, ClassVar

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from tokens.admission import Admitted, Calls
from tokens.api.authentication import ApiTokenAuthentication, refuse_anonymous
from tokens.api.credentials import BEARER_ALONE, Scheme
from tokens.api.exceptions import Problem
from tokens.api.problems import exception_handler
from tokens.scopes import Scope

AUTHENTICATOR = ApiTokenAuthentication()
AUTHENTICATORS: list[BaseAuthentication] = [AUTHENTICATOR]
NEGOTIATION = BaseContentNegotiation()
NO_STORE = ("Cache-Control", "no-store")


class ProgramView(APIView):
    """Any address of the API. Methods are those that the view defines: a GET brings HEAD along, nothing else.

    Views raise ``Problem`` and return Django's responses, usually ``answer(...)``. Bodies are read by
    tokens/api/bodies.py.
    """

    authentication_classes: Sequence[type[BaseAuthentication]] = ()
    permission_classes = ()
    options = None  # type: ignore[assignment]  # DRF would describe its own forms here
    methods: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Once for the class, not once for the call: Django answers HEAD where there is GET."""
        super().__init_subclass__(**kwargs)
        found = {name: "get" if name == "head" else name for name in cls.http_method_names}
        cls.methods = tuple(name.upper() for name, defined in found.items() if getattr(cls, defined, None) is not None)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Without parsers and renderers, of which none is used here. What DRF asks of every request lies on it."""
        made = Request(
            request,
            authenticators=self.get_authenticators(),
            negotiator=NEGOTIATION,
            parser_context={"view": self, "args": args, "kwargs": kwargs},
        )
        made.method = request.method
        return made

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """A wrong method is refused before a token is looked at, so that it leaves no entry of a use."""
        method = request._request.method
        if method not in self.methods:
            raise MethodNotAllowed(str(method))

    def get_exception_handler(self) -> Any:
        return exception_handler

    @property
    def allowed_methods(self) -> list[str]:
        return list(self.methods)

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {}

    def finalize_response(self, request: Request, response: HttpResponse, *args: Any, **kwargs: Any) -> Any:
        """What says nothing else about it is kept by nobody (tokens/api/conditional.py says something else)."""
        response.headers._store.setdefault("cache-control", NO_STORE)  # as Django keeps it, unless one is there
        return super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]


class PublicApiView(ProgramView):
    """An address that needs no token, on purpose: it looks at other credentials itself, or at none."""

    guard = "public"


class ApiView(ProgramView):
    """An address that needs a token. ``request.auth`` is the ``tokens.admission.Admitted`` call.

    ``required_scope`` says what a JWT needs here; ``Scope(0)`` is any token that is valid. ``schemes`` are the ways in
    which it may be given. ``changes``: methods that a read-only token may not use.
    """

    required_scope: ClassVar[Scope]
    schemes: ClassVar[frozenset[Scheme]] = BEARER_ALONE
    changes: ClassVar[frozenset[str]] = frozenset()
    authentication_classes = (ApiTokenAuthentication,)

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        if not hasattr(cls, "required_scope"):
            raise TypeError(f"{cls.__name__} must say its required_scope")
        return super().as_view(**initkwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request)
        found = AUTHENTICATOR.authenticate(request)
        if found is None:
            refuse_anonymous(self.schemes)
        request.user, request.auth = found  # type: ignore[assignment]  # a principal, no login that signed in
        if found[1].read_only and request._request.method in self.changes:
            raise Problem(403, _("This access token may only read."), reason="read_only")

    def get_authenticators(self) -> list[BaseAuthentication]:
        return AUTHENTICATORS

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Where a limit of calls is set, the answer tells how many are left (draft-ietf-httpapi-ratelimit-headers)."""
        admitted: Admitted | None = getattr(request, "_auth", None)
        if admitted is not None and admitted.calls is not None:
            for name, value in rate_limit(admitted.calls).items():
                response.headers[name] = value
        return super().finalize_response(request, response, *args, **kwargs)


def rate_limit(calls: Calls) -> dict[str, str]:
    return {
        "RateLimit-Policy": f'"calls";q={calls.limit};w=60',
        "RateLimit": f'"calls";r={calls.left};t={calls.seconds}',
    }


def answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A JSON answer. Moments are written in ISO 8601."""
    made = Json(orjson.dumps(content), status)
    for name, value in (headers or {}).items():
        made.headers[name] = value
    return made


class Json(HttpResponse):
    """JSON as Django answers it; what is the same for all of it is not converted, checked and lowered each time."""

    def __init__(self, content: bytes, status: int = 200) -> None:
        self.headers = ResponseHeaders({})
        self.headers._store = {"content-type": ("Content-Type", "application/json")}
        self.cookies = SimpleCookie()
        self.status_code = status
        self.closed = False
        self._container = [content]
        self._charset = self._reason_phrase = self._handler_class = None
        self._resource_closers: list[Any] = []


__all__ = ["ApiView", "PublicApiView", "answer"]
