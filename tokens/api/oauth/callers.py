"""Who asks about tokens, or ends them, at the OAuth addresses: a token that manages tokens, or a login's password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.access import may_manage_tokens_of_others
from accounts.actions.sign_in import record_sign_in
from accounts.models import Login
from accounts.permissions import OWNER
from accounts.querysets import LoginQuerySet
from audit.actor import Actor
from tokens.admission import Admitted
from tokens.api.actors import program_actor
from tokens.api.authentication import by_token
from tokens.api.credentials import BEARER_ALONE, Scheme, Token, challenge, given
from tokens.api.exceptions import Problem
from tokens.api.oauth.clients import client_of
from tokens.api.oauth.exchange import NOT_KEPT, parameters_of, require_form
from tokens.api.views_base import rate_limit
from tokens.scopes import Scope

SCHEMES = frozenset({Scheme.BEARER, Scheme.BASIC})


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller that was let in; the call itself is on record.

    ``admitted`` is None for one that gave a password. ``about_itself``: the token that it calls with is the one that
    it calls about.
    """

    login: Login
    actor: Actor
    admitted: Admitted | None = None
    about_itself: bool = False

    @property
    def reach(self) -> LoginQuerySet:
        """Whose tokens it may look at and end: its own, or with the Admin role those of the whole organisation."""
        logins: LoginQuerySet = Login.objects.of_organisation(self.login.organisation_id)
        return logins if self._has_admin_role else logins.filter(pk=self.login.pk)

    @property
    def read_only(self) -> bool:
        return self.admitted is not None and self.admitted.read_only

    @property
    def headers(self) -> dict[str, str]:
        """For its answer: nothing keeps it; where a limit of calls is set, what is left of it."""
        calls = self.admitted.calls if self.admitted else None
        return {**NOT_KEPT, **(rate_limit(calls) if calls else {})}

    @property
    def _has_admin_role(self) -> bool:
        """The role counts while its holder is a System Administrator, and for a token that was left that user type."""
        if not may_manage_tokens_of_others(self.login):
            return False
        administrates = {
            a.pair for a in self.login.assignments_now if a.user_type.built_in and a.user_type.slug == OWNER
        }
        return self.admitted is None or bool(administrates & self.admitted.pairs)


def fields_of(request: Request) -> dict[str, str]:
    """The form's parameters, of which ``token`` is one. Raises ``Problem`` 400 ``invalid_request`` or 413."""
    require_form(request)
    fields = parameters_of(request)
    if "token" not in fields:
        raise Problem(400, _("The parameter token is missing: the JWT that this is about."), reason="invalid_request")
    return fields


def caller_of(request: Request, fields: Mapping[str, str], *, own_suffices: bool = False) -> Caller:
    """The caller, by its Bearer token with ``api:token:manage`` or by client credentials (RFC 6749, 2.3.1).

    With ``own_suffices`` a token of any scope may call about itself. Raises ``Problem``: 401, 403, 429, and 400 for
    credentials in two places.
    """
    found = given(request.META, request._request.GET, BEARER_ALONE)
    if isinstance(found, Token):
        if "client_secret" in fields:
            raise Problem(400, _("Give a token or client credentials, not both."), reason="invalid_request")
        about_itself = own_suffices and fields["token"].encode() == found.jwt
        admitted = by_token(request, found, Scope(0) if about_itself else Scope.TOKEN, SCHEMES)
        login = Login.objects.select_related("organisation", "contact").get(pk=admitted.owner_id)
        return Caller(login, program_actor(request, login), admitted, about_itself)
    if "HTTP_AUTHORIZATION" not in request.META and "client_secret" not in fields:
        detail = _(
            "Give a token with the scope api:token:manage as Authorization: Bearer <JWT>, or client credentials."
        )
        raise Problem(401, detail, reason="invalid_client", headers={"WWW-Authenticate": challenge(SCHEMES)})
    login = client_of(request, fields)
    by = program_actor(request, login)
    with transaction.atomic():
        record_sign_in(login=login, by=by, scheme=Scheme.PASSWORD.value)
    return Caller(login, by)
