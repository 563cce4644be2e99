"""Authenticates API calls: finds the credentials, admits, and says how to do better."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication

from accounts import limits
from accounts.exceptions import BadCredentials, TooManyAttempts
from tokens.admission import Admitted, Call, NotAdmitted, NotOurs, admit
from tokens.api.credentials import Password, Scheme, Token, challenge, challenge_after, given
from tokens.api.exceptions import Problem
from tokens.scopes import Scope, names
from tokens.verdicts import Verdict

FAILURES_LIMIT = 300  # wrong tokens of one address in a window; a valid one always passes
FAILURES_WINDOW = 5 * limits.MINUTE
ADDRESSES_REMEMBERED = 10_000
NO_QUERY: Mapping[str, Any] = {}
beyond_until: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: the token's owner, as far as the call knows. ``request.auth`` holds the rest."""

    public_id: str
    organisation_id: int

    is_authenticated = True
    is_anonymous = False


class ApiTokenAuthentication(JWTAuthentication):
    """Looks at the headers that the view takes, never at a query, a form, a cookie or the console's session."""

    def __init__(self) -> None:
        """simplejwt's own looks up the user model, which no call needs."""

    def authenticate(self, request: Request) -> tuple[Principal, Admitted] | None:  # type: ignore[override]
        """The principal and the admitted call, or None without credentials. Raises ``Problem`` for all else."""
        view, plain = request.parser_context["view"], request._request
        found = given(plain.META, plain.GET if plain.META.get("QUERY_STRING") else NO_QUERY, view.schemes)
        if found is None:
            return None
        if isinstance(found, Password):
            admitted = by_password(request, found, view.required_scope, view.schemes)
        else:
            admitted = by_token(request, found, view.required_scope, view.schemes)
        return Principal(admitted.owner_public_id, admitted.organisation_id), admitted

    def authenticate_header(self, request: Request) -> str:
        return challenge(request.parser_context["view"].schemes)


def by_token(request: Request, found: Token, scope: Scope, schemes: frozenset[Scheme]) -> Admitted:
    call = call_of(request, found.scheme)
    try:
        return admit(found.jwt, scope=scope, call=call, tenant=found.tenant)
    except NotOurs:
        problem = _invalid(found, schemes)
    except NotAdmitted as refusal:
        problem = _refused(refusal, scope, found, schemes)
    if problem.status == 401:
        count_failure(call.address)
    raise problem


def by_password(request: Request, found: Password, scope: Scope, schemes: frozenset[Scheme]) -> Admitted:
    from tokens.actions.password_calls import admit_password  # noqa: PLC0415

    call = call_of(request, Scheme.PASSWORD)
    try:
        return admit_password(user_name=found.user_name, password=found.password, scope=scope, call=call)
    except TooManyAttempts as refusal:
        raise too_many(refusal.seconds) from None
    except NotAdmitted as refusal:
        raise _refused(refusal, scope, Token(Scheme.PASSWORD, b""), schemes) from None
    except BadCredentials as refusal:
        detail = _(
            "This user name and password open nothing here. Give an access token: in the header Authorization: "
            "Bearer <JWT>, or as the password, with any user name. A login's own password works only where its "
            "organisation allows it."
        )
        header = challenge_after(Scheme.PASSWORD, schemes)
        raise Problem(401, detail, reason=refusal.code, headers={"WWW-Authenticate": header}) from None


def call_of(request: Request, scheme: Scheme = Scheme.BEARER) -> Call:
    """What is recorded of the request; the client's address is already resolved (config/middleware.py)."""
    plain = request._request  # what DRF's request lacks it finds here, but only after it has looked for it
    meta: dict[str, Any] = plain.META
    return Call(
        address=meta.get("REMOTE_ADDR", ""),
        user_agent=meta.get("HTTP_USER_AGENT", ""),
        request_id=getattr(plain, "request_id", ""),
        method=plain.method or "",
        path=plain.path,
        scheme=scheme.value,
    )


def count_failure(address: str) -> None:
    """Count a call without a valid token. Raises ``Problem`` 429 beyond the limit of the client's address.

    Who is beyond it is not counted again in the same second, so that a flood costs the database next to nothing.
    """
    key = limits.key_of_address("api", address)
    if time.monotonic() < beyond_until.get(key, 0.0):
        raise too_many(limits.seconds_left(FAILURES_WINDOW))
    if limits.hit(key, FAILURES_WINDOW) > FAILURES_LIMIT:
        if len(beyond_until) >= ADDRESSES_REMEMBERED:
            beyond_until.clear()
        beyond_until[key] = time.monotonic() + 1
        raise too_many(limits.seconds_left(FAILURES_WINDOW))


def too_many(seconds: int) -> Problem:
    """RFC 6585, 4. ``seconds`` until the next try makes sense."""
    detail = ngettext(
        "Too many failed attempts from this address. Try again in %(seconds)d second.",
        "Too many failed attempts from this address. Try again in %(seconds)d seconds.",
        seconds,
    )
    headers = {"Retry-After": str(seconds)}
    return Problem(429, detail % {"seconds": seconds}, reason="too_many_attempts", headers=headers)


def refuse_anonymous(schemes: frozenset[Scheme]) -> NoReturn:
    """RFC 6750, 3.1: no credentials, so no error code either."""
    detail = _("Give an access token in the header Authorization: Bearer <JWT>.")
    raise Problem(401, detail, headers={"WWW-Authenticate": challenge(schemes)})


def _invalid(found: Token, schemes: frozenset[Scheme]) -> Problem:
    """One answer to every string that this console did not sign: it teaches a forger nothing."""
    header = challenge_after(found.scheme, schemes, error="invalid_token")
    return Problem(401, _("The access token is not valid."), headers={"WWW-Authenticate": header})


def _refused(refusal: NotAdmitted, scope: Scope, found: Token, schemes: frozenset[Scheme]) -> Problem:
    """The exact reason, which only who holds a genuine JWT gets to see."""
    verdict, detail, members = refusal.verdict, refusal.way_out, {}
    if verdict is Verdict.TOO_MANY_CALLS:
        seconds = str(limits.seconds_left(limits.MINUTE))
        headers = {"Retry-After": seconds, "RateLimit": f'"calls";r=0;t={seconds}'}
        return Problem(429, detail, reason=verdict.value, headers=headers)
    if verdict is Verdict.SCOPE_MISSING:
        members = {"scope": " ".join(names(scope))}
        header = challenge_after(found.scheme, schemes, error="insufficient_scope", **members)
        return Problem(403, detail, reason=verdict.value, headers={"WWW-Authenticate": header}, **members)
    if verdict is Verdict.NETWORK_REFUSED:  # RFC 6750 has no code for it, and no other token helps
        header = challenge_after(found.scheme, schemes)
        return Problem(403, detail, reason=verdict.value, headers={"WWW-Authenticate": header})
    header = challenge_after(found.scheme, schemes, error="invalid_token")
    return Problem(401, detail, reason=verdict.value, headers={"WWW-Authenticate": header})
