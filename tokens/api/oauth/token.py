"""The two addresses where a program gets a short-lived token for a user name and a password (RFC 6749, 4.4)."""

from __future__ import annotations

from typing import NoReturn

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from rest_framework.request import Request

from accounts.actions.program_sign_in import record_refused_program
from accounts.exceptions import Refused
from accounts.models import Login, Organisation
from audit.actor import Actor
from tokens.actions.minting import CLIENT_CREDENTIALS_SECONDS, Minted, mint_client_credentials
from tokens.api.actors import program_actor
from tokens.api.exceptions import Problem
from tokens.api.oauth.clients import BAD_CREDENTIALS, CHALLENGE, client_of
from tokens.api.oauth.exchange import NOT_KEPT, parameters_of, require_form
from tokens.api.views_base import PublicApiView, answer
from tokens.scopes import ALL, DEFAULT, NAMES, names, parse
from tokens.verdicts import WAYS_OUT, Verdict

GRANT = "client_credentials"
# A right password was given, so what is missing may be told, and who can give it.
MISSING = {
    "role_missing": _l(
        "This login lacks the Personal role for API tokens. A System Administrator can add it in Contacts & Logins."
    ),
    "not_allowed": _l(
        "No user type of this login holds the permission token:create. A System Administrator can set another one."
    ),
}


class OauthToken(PublicApiView):
    """``/oauth/token``, with the errors of RFC 6749, 5.2."""

    content_type = "application/json"
    unauthorised_status = 400

    def post(self, request: Request) -> HttpResponse:
        """A JWT with the scopes that were asked for. The password is counted and locked like a person's sign-in."""
        self.check_form(request)
        fields = parameters_of(request)
        self.check_grant(fields)
        login = self.client(request, fields)
        scopes = asked(fields.get("scope", ""), login.organisation)
        try:
            minted = mint(login, scopes, by=program_actor(request, login))
        except Refused as refusal:
            record_refused_program(login=login, reason=refusal.code, by=program_actor(request))
            self.refuse_unauthorised(str(MISSING.get(refusal.code, refusal.message)))
        body = {
            "access_token": minted.jwt,
            "token_type": "Bearer",
            "expires_in": CLIENT_CREDENTIALS_SECONDS,
            "scope": " ".join(names(scopes)),
        }
        response = answer(body, headers=NOT_KEPT)
        response["Content-Type"] = self.content_type
        return response

    def check_form(self, request: Request) -> None:
        require_form(request)

    def check_grant(self, fields: dict[str, str]) -> None:
        if "grant_type" not in fields:
            raise Problem(400, _("grant_type is missing. It must be client_credentials."), reason="invalid_request")
        if fields["grant_type"] != GRANT:
            raise Problem(400, _("grant_type must be client_credentials."), reason="unsupported_grant_type")

    def client(self, request: Request, fields: dict[str, str]) -> Login:
        return client_of(request, fields)

    def refuse_unauthorised(self, detail: str) -> NoReturn:
        raise Problem(self.unauthorised_status, detail, reason="unauthorized_client")


class ApinizerToken(OauthToken):
    """``/apiops/auth/token``, with the four answers of Apinizer to the letter (docs/compatibility.md)."""

    content_type = "application/json;charset=UTF-8"

    def check_form(self, request: Request) -> None:
        """Left to the reading of the body, which says 415."""

    def check_grant(self, fields: dict[str, str]) -> None:
        if fields.get("grant_type") != GRANT:
            detail = "GrantType value must be client_credentials!"
            raise Problem(400, detail, reason="unsupported_grant_type")

    def client(self, request: Request, fields: dict[str, str]) -> Login:
        try:
            return client_of(request, fields)
        except Problem as problem:
            if problem.reason != "invalid_client":
                raise
            self.refuse_unauthorised(BAD_CREDENTIALS)

    def refuse_unauthorised(self, detail: str) -> NoReturn:
        raise Problem(401, detail, reason="unauthorized_client", headers=CHALLENGE)


def mint(login: Login, scopes: int, *, by: Actor) -> Minted:
    """The token. While tokens are stopped, that is said here, not by the first call with a new one."""
    stops = {
        Verdict.TOKENS_STOPPED: login.organisation.tokens_stopped_at, Verdict.LOGIN_STOPPED: login.tokens_stopped_at,
    }  # fmt: skip
    for verdict, stopped_at in stops.items():
        if stopped_at is not None:
            raise Refused(verdict.value, str(WAYS_OUT[verdict]))
    return mint_client_credentials(owner=login, scopes=scopes, by=by)


def asked(scope: str, organisation: Organisation) -> int:
    """The scopes of a request (RFC 6749, 3.3): without any, Meta and Report as far as the organisation allows them.

    Raises ``Problem`` 400 ``invalid_scope`` that names what is unknown or not allowed.
    """
    wanted = scope.split()
    if unknown := [name for name in wanted if name not in NAMES.values()]:
        words = {"unknown": " ".join(unknown)[:100], "known": " ".join(names(ALL))}
        raise Problem(400, _("Unknown scope: %(unknown)s. There are: %(known)s.") % words, reason="invalid_scope")
    allowed = organisation.token_scopes_allowed
    scopes = parse(wanted) or int(DEFAULT) & allowed
    if not scopes or scopes & ~allowed:
        words = {"scopes": " ".join(names(scopes & ~allowed or DEFAULT))}
        detail = _("Your organisation does not allow: %(scopes)s. A System Administrator can.") % words
        raise Problem(400, detail, reason="invalid_scope")
    return scopes
