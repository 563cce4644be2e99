"""Turns every exception of an API view into an answer; set as DRF's exception handler by the views' base."""

from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions as drf
from rest_framework.request import Request

from accounts.exceptions import Conflict, Refused
from tokens.api.dialects import writer_for
from tokens.api.exceptions import Problem


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The answer to an exception; None hands an unforeseen one on, so that it is logged and answered 500 or 503."""
    problem = _problem_of(error)
    if problem is None:
        return None
    if isinstance(error, drf.MethodNotAllowed):
        methods = ", ".join(context["view"].allowed_methods)
        problem.headers["Allow"] = methods
        problem.detail = _("This address takes %(methods)s and no other method.") % {"methods": methods}
    return respond(context["request"], problem)


def respond(request: HttpRequest | Request, problem: Problem) -> HttpResponse:
    """The problem in the dialect of the address (tokens/api/dialects.py)."""
    plain = request._request if isinstance(request, Request) else request
    write, content_type = writer_for(plain)
    headers = {"Cache-Control": "no-store", **problem.headers}
    content = orjson.dumps(write(plain, problem), default=str)
    return HttpResponse(content, status=problem.status, content_type=content_type, headers=headers)


def _problem_of(error: Exception) -> Problem | None:
    problem = None
    match error:
        case Problem():
            problem = error
        case Refused():
            problem = Problem(409 if isinstance(error, Conflict) else 403, error.message, reason=error.code)
        case Http404():
            problem = Problem(404)
        case PermissionDenied():
            problem = Problem(403)
        case drf.APIException():
            problem = Problem(error.status_code, str(error.detail) if isinstance(error.detail, str) else "")
    return problem
