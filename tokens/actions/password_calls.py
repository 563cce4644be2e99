"""Calls with user name and password in place of a token: the traditional way, off unless the organisation allows it."""

from dataclasses import replace

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from accounts.actions.program_sign_in import verify_password
from accounts.actions.sign_in import record_sign_in
from accounts.models import Login
from accounts.pairs import encode
from audit.actor import Actor
from tokens.admission import Admitted, Call
from tokens.scopes import DEFAULT, Scope

KIND = "password"


@sensitive_variables("password")
def admit_password(*, user_name: str, password: str, scope: Scope, call: Call) -> Admitted:
    """Admit and record a call that needs ``scope``; when this returns, its entry is durable.

    It reaches what the login's assignments reach now. Raises ``BadCredentials`` for all that is not so, whatever it is:
    the reason is on record; and ``TooManyAttempts`` beyond the limit of the client's address.
    """
    by = Actor(
        label="", channel="api", address=call.address, user_agent=call.user_agent, request_id=call.request_id,
        method=call.method, path=call.path,
    )  # fmt: skip

    def against(login: Login) -> str:
        return reason_against_calls(login, scope)

    login = verify_password(user_name=user_name, password=password, by=by, against=against)
    by = replace(by, id=login.public_id, label=login.label, organisation_id=login.organisation_id)
    with transaction.atomic():
        entry = record_sign_in(login=login, by=by, scheme=call.scheme)
    return Admitted(
        entry_id=entry.pk,
        organisation_id=login.organisation_id,
        owner_id=login.pk,
        owner_public_id=login.public_id,
        owner_label=login.user_name,
        time_zone=login.time_zone,
        language=login.language,
        token_key=0,
        token_id="",
        token_name="",
        scopes=scopes_of(login),
        restriction=encode(login.pairs) or "",
        call=call,
        kind=KIND,
    )


def reason_against_calls(login: Login, scope: Scope) -> str:
    """What keeps a login that may sign in from calling with its password; empty when nothing does."""
    if not login.organisation.basic_allowed:
        return "basic_off"
    if login.organisation.tokens_stopped_at is not None:
        return "tokens_stopped"
    return "scope_missing" if scope & ~scopes_of(login) else ""


def scopes_of(login: Login) -> Scope:
    """Reports and their names, as far as the organisation allows programs; never the tokens themselves."""
    return DEFAULT & Scope(login.organisation.token_scopes_allowed)
