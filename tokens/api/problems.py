"""Turns every exception of an API view into a problem body (RFC 9457); set as DRF's ``EXCEPTION_HANDLER``."""

from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.request import Request

from accounts.exceptions import Conflict, Refused
from tokens.api.exceptions import Problem

CONTENT_TYPE = "application/problem+json"


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The answer to an exception; None hands an unforeseen one on, so that it is logged and answered 500 or 503."""
    problem = _problem_of(error)
    if problem is None:
        return None
    if isinstance(error, drf.MethodNotAllowed):
        problem.headers["Allow"] = ", ".join(context["view"].allowed_methods)
    return respond(context["request"], problem)


def respond(request: HttpRequest | Request, problem: Problem) -> HttpResponse:
    body = {
        "type": f"{settings.PUBLIC_URL}/api/docs#{problem.reason}" if problem.reason else "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        **({"detail": problem.detail} if problem.detail else {}),
        **({"reason": problem.reason} if problem.reason else {}),
        "instance": request.path,
        "request_id": getattr(request, "request_id", ""),
        **problem.members,
    }
    headers = {"Cache-Control": "no-store", **problem.headers}
    return HttpResponse(
        orjson.dumps(body, default=str), status=problem.status, content_type=CONTENT_TYPE, headers=headers
    )


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
