"""What is answered when something is wrong: pages for people, problem bodies (RFC 9457) for programs.

None of it asks the database, which may be what is wrong; a refusal alone names who can lift it.
"""

import sqlite3
import sys

import psycopg
import structlog
from csp.constants import HEADER as CSP
from csp.utils import build_policy
from django.db import Error, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from accounts.models import Login
from accounts.views.denied import denied
from audit.refusals import NotRecorded
from config.addresses import is_for_programs
from tokens.api.exceptions import Problem
from tokens.api.problems import respond

log = structlog.get_logger("config.access")

RETRY_SECONDS = 5
SQLITE_FAULTS_OF_CODE = {"SQLITE_ERROR", "SQLITE_MISUSE", "SQLITE_RANGE", "SQLITE_MISMATCH"}
SQLSTATES_OF_OUTAGES = {
    "25006",  # read only: a stand-by server after a change of roles
    "25P03",  # ended by the server, because our transaction stood idle: the process was held up
}


def is_unavailable(error: BaseException | None) -> bool:
    """Whether the error means that the database cannot serve now, rather than that a statement is wrong."""
    if isinstance(error, NotRecorded):
        return True
    if isinstance(error, Error) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorname", "") not in SQLITE_FAULTS_OF_CODE
    if isinstance(error, psycopg.Error) and error.sqlstate in SQLSTATES_OF_OUTAGES:
        return True
    return isinstance(error, OperationalError | InterfaceError | psycopg.OperationalError | psycopg.InterfaceError)


def problem(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    """What programs are told, in the dialect of the address."""
    return respond(request, Problem(status, detail))


def page(request: HttpRequest, status: int, context: dict[str, str] | None = None) -> HttpResponse:
    context = {"request_id": getattr(request, "request_id", ""), **(context or {})}
    # Said here, because what is refused early passes no layer that would: without it a browser takes no style.
    own = {CSP: build_policy()}
    return HttpResponse(render_to_string(f"errors/{status}.html", context), status=status, headers=own)


UNKNOWN_HOST = _("The host name is not one that this console answers to (ALLOWED_HOSTS).")
DETAILS = {
    404: _("No such address. The page /api/docs has them all; none of them ends in a slash."),
    500: _("The fault is ours. Tell whoever runs this console the request id."),
    503: _("The database is out of reach, which says nothing about the access token. Try again in a few seconds."),
}


LOOK_FIRST = _(
    "The database was lost while this was being done: it may have been done, or not. Look before you try again; "
    "trying again is safe."
)
PATH_LOGGED = 200
READING = {"GET", "HEAD", "OPTIONS"}


def answer(request: HttpRequest, status: int) -> HttpResponse:
    if is_for_programs(request.path_info):
        return problem(request, status, str(DETAILS.get(status, "")))
    return page(request, status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 400)


def unknown_host(request: HttpRequest) -> HttpResponse:
    """The operator's first trap: opened by another name than the one in ``PUBLIC_URL``."""
    if is_for_programs(request.path_info):
        return problem(request, 400, str(UNKNOWN_HOST))
    return page(request, 400, {"reason": "host"})


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page says which right is missing, when the refusal names it, and who can give it."""
    if is_for_programs(request.path_info):
        return problem(request, 403)
    note_refusal(request, "not_allowed", missing=getattr(exception, "missing", ""))
    return denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if getattr(request, "resolver_match", None):
        note_refusal(request, "not_there")
    return answer(request, 404)


def note_refusal(request: HttpRequest, reason: str, **more: str) -> None:
    """A line in the log when somebody who is signed in asks for what is not theirs, or looks for the ids of others.

    What is of another organisation is not told from what is nowhere.
    """
    login = getattr(request, "user", None)
    if isinstance(login, Login) and not is_for_programs(request.path_info):
        about = {"login": login.public_id, "method": request.method, "path": request.path[:PATH_LOGGED]}
        log.warning("page refused", reason=reason, **about, address=request.META.get("REMOTE_ADDR", ""), **more)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls this while it handles the error, also for errors of middleware."""
    if is_unavailable(sys.exc_info()[1]):
        return unavailable(request)
    return answer(request, 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    unknown = may_have_happened(request)
    if not is_for_programs(request.path_info):
        response = page(request, 503, {"words": str(LOOK_FIRST) if unknown else ""})
    elif unknown:
        response = respond(request, Problem(503, str(LOOK_FIRST), reason="outcome_unknown"))
    else:
        response = answer(request, 503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def may_have_happened(request: HttpRequest) -> bool:
    """Whether a change was on its way when the database was lost. Where commits are not counted, any change is."""
    return request.method not in READING and getattr(connection, "commits", 1) > 0


def forgery_suspected(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its valid token: usually a page kept open over a sign-out."""
    return page(request, 403, {"missing": "csrf"})
