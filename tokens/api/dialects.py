"""Writes what is wrong with a call in the words that the callers of each address expect.

Which dialect is spoken follows from the path, and on report addresses from the headers. The shapes are those of
docs/compatibility.md; everything else gets the problem details of RFC 9457.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.encoding import escape_uri_path

from tokens.api.exceptions import Problem

Body = dict[str, Any]
JSON = "application/json"
OAUTH_ERRORS = {400: "invalid_request", 401: "invalid_client", 403: "insufficient_scope", 500: "server_error"}
OAUTH_TEMPORARILY = {429, 503}
OAUTH_CODES = {
    "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
    "invalid_scope", "invalid_token", "insufficient_scope", "server_error", "temporarily_unavailable",
    "unsupported_token_type", "access_denied",
}  # fmt: skip
APINIZER_TEXTS = {
    "expired": "Token was expired!",
    "": "Empty Key! Client must be authenticated to access this resource.",
}
QM_STATUS_WORDS = {400: "Validation failed", 401: "Authentication failed", 403: "Access denied"}
NOT_DESCRIBED = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
ALLOWED_SHOWN = 12  # of the values of a parameter
REPORT_ADDRESS = re.compile(r"/api/(?:meta|data)(?:/|$)")


def problem_details(request: HttpRequest, problem: Problem) -> Body:
    """RFC 9457, 3. ``type`` leads to the reason's explanation on the documentation page."""
    return {
        "type": f"{settings.PUBLIC_URL}/api/docs#{problem.reason}" if problem.reason else "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        **({"detail": problem.detail} if problem.detail else {}),
        **({"reason": problem.reason} if problem.reason else {}),
        "instance": escape_uri_path(request.path),
        "request_id": getattr(request, "request_id", ""),
        **problem.members,
    }


def epilot(request: HttpRequest, problem: Problem) -> Body:
    return {"status": problem.status.value, "error": problem.detail or problem.status.phrase}


def oauth(request: HttpRequest, problem: Problem) -> Body:
    """RFC 6749, 5.2. A description has neither quotation marks and backslashes nor anything but ASCII."""
    described = NOT_DESCRIBED.sub("?", problem.detail or problem.status.phrase)
    return {"error": oauth_error(problem), "error_description": described}


def oauth_error(problem: Problem) -> str:
    if problem.reason in OAUTH_CODES:
        return problem.reason
    if problem.reason == "network_refused":
        return "access_denied"  # RFC 6749, 4.1.2.1; nothing nearer is registered
    if problem.status in OAUTH_TEMPORARILY:
        return "temporarily_unavailable"
    if problem.status == 401 and "invalid_token" in problem.headers.get("WWW-Authenticate", ""):
        return "invalid_token"  # RFC 6750, 3.1: the caller came with a Bearer token
    return OAUTH_ERRORS.get(problem.status, "invalid_request")


def apinizer(request: HttpRequest, problem: Problem) -> Body:
    """The management addresses' envelope."""
    text = problem.detail or problem.status.phrase
    if problem.status == 401:
        text = APINIZER_TEXTS[""]
        if has_authorization(request):
            text = APINIZER_TEXTS["expired"] if problem.reason == "expired" else "Token is not valid!"
    return {"status": "FAILURE", "resultMessage": text}


def qm(request: HttpRequest, problem: Problem) -> Body:
    message = QM_STATUS_WORDS.get(problem.status, problem.status.phrase)
    if problem.status == 400:
        return {"status": False, "message": message, "errors": [qm_validation(problem)]}
    return {"status": False, "message": message, "error": qm_error(problem)}


def qm_error(problem: Problem) -> str:
    error = problem.detail or problem.status.phrase
    if problem.status == 401 and problem.reason != "missing_header":
        error = "Invalid tenant ID" if problem.reason == "wrong_tenant" else "Invalid or expired auth-token"
    elif problem.status == 403 and (missing := problem.members.get("scope") or problem.members.get("permission")):
        error = f"Missing required role: {missing}"
    return error


def qm_validation(problem: Problem) -> Body:
    allowed = ", ".join(str(value) for value in problem.members.get("allowed", ())[:ALLOWED_SHOWN] if value != "")
    text = f"{problem.detail} Allowed: {allowed}." if allowed else problem.detail
    message = {"locale": "US", "message": text, "key": problem.reason}
    return {"code": "VALIDATION", "paths": [problem.members.get("parameter", "")], "messages": [message]}


def has_authorization(request: HttpRequest) -> bool:
    return "HTTP_AUTHORIZATION" in request.META


def writer_for(request: HttpRequest) -> tuple[Callable[[HttpRequest, Problem], Body], str]:
    """Who writes the body for this request, and the content type."""
    path = request.path
    if path.startswith("/v1/"):
        found = epilot, JSON
    elif path == "/apiops/auth/token":
        found = oauth, f"{JSON};charset=UTF-8"
    elif path.startswith("/apiops/"):
        found = apinizer, f"{JSON};charset=UTF-8"
    elif path.startswith("/oauth/"):
        found = oauth, JSON
    elif REPORT_ADDRESS.match(path) and speaks_qm(request):
        found = qm, JSON
    else:
        found = problem_details, "application/problem+json"
    return found


def speaks_qm(request: HttpRequest) -> bool:
    """Whether the call came with QM+'s headers in place of an Authorization header."""
    named = "HTTP_AUTH_TOKEN" in request.META or "HTTP_AUTH_TENANT_ID" in request.META
    return named and not has_authorization(request)
