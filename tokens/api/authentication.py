"""Bearer authentication of API calls (RFC 6750): reads the one header, admits, and says how to do better."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication

from tokens.admission import Admitted, Call, NotAdmitted, NotOurs, admit
from tokens.admission.statement import API_NAME
from tokens.api.exceptions import Problem
from tokens.scopes import Scope, names
from tokens.verdicts import WAYS_OUT, Verdict

CHALLENGE = f'Bearer realm="{API_NAME}"'
# RFC 6750, 2.1: the scheme in any case, one blank, one token. A list, two values or nothing is no such header.
_BEARER = re.compile(r"bearer(?: ([A-Za-z0-9._~+/=-]+))?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: the token's owner, as far as the call knows. ``request.auth`` holds the rest."""

    public_id: str
    organisation_id: int

    is_authenticated = True
    is_anonymous = False


class ApiTokenAuthentication(JWTAuthentication):
    """Looks at the Authorization header alone: never at a query, a form, a cookie or the console's session."""

    def __init__(self) -> None:
        """simplejwt's own looks up the user model, which no call needs."""

    def authenticate(self, request: Request) -> tuple[Principal, Admitted] | None:  # type: ignore[override]
        """The principal and the admitted call, or None without credentials. Raises ``Problem`` for all else."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if header[:6].lower() != "bearer":
            return None
        match = _BEARER.fullmatch(header)
        if match is None or match[1] is None:
            raise _unreadable()
        scope: Scope = request.parser_context["view"].required_scope
        try:
            admitted = admit(match[1].encode(), scope=scope, call=call_of(request))
        except NotOurs:
            raise _invalid() from None
        except NotAdmitted as refusal:
            raise _refused(refusal.verdict, scope) from None
        return Principal(admitted.owner_public_id, admitted.organisation_id), admitted

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def call_of(request: Request) -> Call:
    """What is recorded of the request; the client's address is already resolved (config/middleware.py)."""
    meta: dict[str, Any] = request.META
    return Call(
        address=meta.get("REMOTE_ADDR", ""),
        user_agent=meta.get("HTTP_USER_AGENT", ""),
        request_id=getattr(request, "request_id", ""),
        method=request.method or "",
        path=request.path,
    )


def refuse_anonymous() -> NoReturn:
    """RFC 6750, 3.1: no credentials, so no error code either."""
    raise Problem(
        401,
        _("Give an access token in the header Authorization: Bearer <JWT>."),
        headers={"WWW-Authenticate": CHALLENGE},
    )


def _unreadable() -> Problem:
    challenge = f'{CHALLENGE}, error="invalid_request"'
    detail = _("The Authorization header must be: Bearer, one blank, and one JWT.")
    return Problem(400, detail, reason="invalid_request", headers={"WWW-Authenticate": challenge})


def _invalid() -> Problem:
    """One answer to every string that this console did not sign: it teaches a forger nothing."""
    challenge = f'{CHALLENGE}, error="invalid_token"'
    return Problem(401, _("The access token is not valid."), headers={"WWW-Authenticate": challenge})


def _refused(verdict: Verdict, scope: Scope) -> Problem:
    """The exact reason, which only who holds a genuine JWT gets to see."""
    detail = str(WAYS_OUT[verdict])
    if verdict is Verdict.SCOPE_MISSING:
        wanted = " ".join(names(scope))
        challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{wanted}"'
        return Problem(403, detail, reason=verdict.value, headers={"WWW-Authenticate": challenge}, scope=wanted)
    challenge = f'{CHALLENGE}, error="invalid_token"'
    return Problem(401, detail, reason=verdict.value, headers={"WWW-Authenticate": challenge})
