"""Mobile apps sign in, refresh and sign out here: JSON in, JSON out."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.actions.program_sign_in import record_refused_program, verify_password
from accounts.exceptions import BadCredentials, TooManyAttempts
from accounts.models import Login
from accounts.pairs import Pair
from tokens.actions import mobile
from tokens.actions.mobile import Opened
from tokens.admission import NotAdmitted, NotOurs
from tokens.api.actors import program_actor
from tokens.api.authentication import count_failure, too_many
from tokens.api.bodies import json_body
from tokens.api.credentials import BEARER_ALONE, BEARER_CHALLENGE, Token, given
from tokens.api.exceptions import Problem
from tokens.api.mobile_sign_in import Choice, SignIn, choices_of
from tokens.api.moments import written
from tokens.api.views_base import PublicApiView, answer
from tokens.jwt import verified, verified_refresh
from tokens.models import MobileSession
from tokens.verdicts import STATUS_OF_VERDICT

BODY_LIMIT = 16 * 1024
CHALLENGED = {"WWW-Authenticate": BEARER_CHALLENGE}


class MobileLogin(PublicApiView):
    """Begins a session: user name, password, the device's name, and the one user type and department to read with."""

    def post(self, request: Request) -> HttpResponse:
        asked = SignIn.read(json_body(request, limit=BODY_LIMIT))
        login = login_of(request, asked)
        choices = choices_of(login)
        pair = pair_of(request, asked, login, choices)
        by = program_actor(request, login)
        try:
            opened = mobile.begin(login=login, device=asked.device, pair=pair, by=by)
        except BadCredentials:
            raise bad_credentials() from None
        return answer({**described(opened, choices), "choices": [choice.described() for choice in choices]})


class MobileRefresh(PublicApiView):
    """Takes a refresh JWT, which works once, and gives the session's next two."""

    def post(self, request: Request) -> HttpResponse:
        jwt = text_of(json_body(request, limit=BODY_LIMIT), "refresh")
        try:
            claims = verified_refresh(jwt.encode())
            sha256 = hashlib.sha256(jwt.encode()).digest()
            opened = mobile.refresh(session_id=claims.token_id, sha256=sha256, by=program_actor(request))
        except NotOurs:
            problem = Problem(401, _("The refresh JWT is not valid. Sign in again."), headers=CHALLENGED)
        except NotAdmitted as refusal:
            status = STATUS_OF_VERDICT.get(refusal.verdict, 401)
            problem = Problem(status, refusal.way_out, reason=refusal.verdict.value, headers=CHALLENGED)
        else:
            return answer(described(opened, choices_of(opened.session.login)))
        count_failure(request.META["REMOTE_ADDR"])
        raise problem


class MobileLogout(PublicApiView):
    """Ends the session, for whoever holds any JWT of it: the access JWT as Bearer, or the refresh JWT in the body.

    Also one that has expired or was replaced, and a second time: there is nothing in it for a thief.
    """

    def post(self, request: Request) -> HttpResponse:
        try:
            session = mobile.sign_out(session_id=session_id_of(request), by=program_actor(request))
        except NotOurs:
            count_failure(request.META["REMOTE_ADDR"])
            detail = _("This is no JWT of a mobile session. The session may have been over for long.")
            raise Problem(401, detail, headers=CHALLENGED) from None
        return answer({"session": {"id": session.public_id, "ended_at": written(session.ended_at)}})


def login_of(request: Request, asked: SignIn) -> Login:
    """Raises ``Problem``: 401, the same whatever is wrong, and 429 beyond the limit of the client's address."""
    try:
        return verify_password(user_name=asked.username, password=asked.password, by=program_actor(request))
    except TooManyAttempts as refusal:
        raise too_many(refusal.seconds) from None
    except BadCredentials:
        raise bad_credentials() from None


def bad_credentials() -> Problem:
    return Problem(401, "Bad credentials", reason="bad_credentials", headers=CHALLENGED)


def pair_of(request: Request, asked: SignIn, login: Login, choices: list[Choice]) -> Pair | None:
    """The pair that was chosen. Raises ``Problem`` 400 with those to choose from when it is not the login's."""
    if asked.user_type is None:
        return None
    for choice in choices:
        if choice.ids == (asked.user_type, asked.department):
            return choice.pair
    record_refused_program(login=login, reason="wrong_pair", by=program_actor(request, login))
    allowed = [choice.described() for choice in choices]
    detail = _("This login does not have that user_type in that department. Choose one of those in allowed, or none.")
    raise Problem(400, detail, reason="wrong_pair", allowed=allowed)


def session_id_of(request: Request) -> str:
    """The session that a JWT names. Raises ``NotOurs`` for any other string, ``Problem`` 400 for none."""
    has_body = request.META.get("CONTENT_LENGTH") not in {None, "", "0"}
    body = json_body(request, limit=BODY_LIMIT) if has_body else {}
    if body:
        return verified_refresh(text_of(body, "refresh").encode()).token_id
    found = given(request.META, request._request.GET, BEARER_ALONE)
    if not isinstance(found, Token):
        detail = _('Give the access JWT in the header Authorization: Bearer <JWT>, or the body {"refresh": "<JWT>"}.')
        raise Problem(400, detail, reason="invalid_request")
    claims = verified(found.jwt, hashlib.sha256(found.jwt).digest())
    if not claims.token_id.startswith("mob_"):
        raise NotOurs
    return claims.token_id


def text_of(body: dict[str, Any], name: str) -> str:
    """The one member that the body may have."""
    if set(body) != {name} or not isinstance(body[name], str):
        raise Problem(400, _('Send {"%(name)s": "<JWT>"} and nothing else.') % {"name": name}, reason="invalid_request")
    return str(body[name])


def described(opened: Opened, choices: list[Choice]) -> dict[str, Any]:
    session = opened.session
    return {
        "access": opened.access,
        "refresh": opened.refresh,
        "token_type": "Bearer",
        "expires_in": opened.access_seconds,
        "refresh_expires_at": written(session.expires_at),
        "session": described_session(session, choices),
    }


def described_session(session: MobileSession, choices: list[Choice]) -> dict[str, Any]:
    chosen = next((choice.described() for choice in choices if choice.pair in session.pairs), None)
    return {
        "id": session.public_id,
        "device": session.device,
        **(chosen or {"user_type": None, "department": None}),
        "expires_at": written(session.expires_at),
    }
