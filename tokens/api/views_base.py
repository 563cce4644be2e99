"""The base of every API view that needs a token: DRF's, without what programs here never use."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from django.http import HttpResponse
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from tokens.api.authentication import ApiTokenAuthentication, refuse_anonymous
from tokens.api.problems import exception_handler
from tokens.scopes import Scope

AUTHENTICATORS: list[BaseAuthentication] = [ApiTokenAuthentication()]
NO_STORE = {"Cache-Control": "no-store"}


class ApiView(APIView):
    """One address of the API. ``required_scope`` says what a JWT needs here; ``Scope(0)`` is any token that is valid.

    ``request.auth`` is the ``tokens.admission.Admitted`` call. Views raise ``Problem`` and return Django's responses,
    usually ``answer(...)``. Methods are those that the view defines: a GET brings HEAD along, nothing else.
    """

    required_scope: ClassVar[Scope]
    authentication_classes = (ApiTokenAuthentication,)
    permission_classes = ()
    options = None  # type: ignore[assignment]  # DRF would describe its own forms here

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        if not hasattr(cls, "required_scope"):
            raise TypeError(f"{cls.__name__} must say its required_scope")
        return super().as_view(**initkwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """A wrong method is refused before the token is looked at, so that it leaves no entry of a use."""
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        if request.auth is None:
            refuse_anonymous()

    def get_authenticators(self) -> list[BaseAuthentication]:
        return AUTHENTICATORS

    def get_exception_handler(self) -> Any:
        return exception_handler

    @property
    def allowed_methods(self) -> list[str]:
        return [name.upper() for name in self.http_method_names if getattr(self, name, None) is not None]

    @property
    def default_response_headers(self) -> dict[str, str]:
        return NO_STORE


def answer(content: Any, status: int = 200) -> HttpResponse:
    """A JSON answer. Moments are written in ISO 8601."""
    return HttpResponse(orjson.dumps(content), status=status, content_type="application/json")


__all__ = ["ApiView", "answer"]
