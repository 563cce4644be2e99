"""Calls with user name and password in place of a token: the traditional way, off unless the organisation allows it."""

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from accounts import limits
from accounts.actions.program_sign_in import record_refused_program, verify_password
from accounts.actions.sign_in import record_sign_in
from accounts.models import Login
from accounts.pairs import encode
from audit.actor import Actor
from tokens.admission import CALLS_WINDOW_SECONDS, Admitted, Call, Calls, NotAdmitted
from tokens.scopes import DEFAULT, Scope
from tokens.verdicts import Verdict

KIND = "password"


@sensitive_variables("password")
def admit_password(*, user_name: str, password: str, scope: Scope, call: Call) -> Admitted:
    """Admit and record a call that needs ``scope``; when this returns, its entry is durable.

    It reaches what the login's assignments reach now. Raises ``BadCredentials`` for all that is not so, whatever it is:
    the reason is on record; ``TooManyAttempts`` beyond the limit of the client's address; and ``NotAdmitted``, recorded
    too, where the organisation limits the calls of its tokens and the login has made so many with its password.
    """
    by = call.actor()

    def against(login: Login) -> str:
        return reason_against_calls(login, scope)

    login = verify_password(user_name=user_name, password=password, by=by, against=against)
    calls = _counted(login, by)
    by = call.actor(id=login.public_id, label=login.label, organisation_id=login.organisation_id)
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
        calls=calls,
        kind=KIND,
    )


def _counted(login: Login, by: Actor) -> Calls | None:
    """Count the call, where the organisation limits the calls of a token: all of a login are those of one token."""
    limit = login.organisation.token_calls_per_minute
    if limit is None:
        return None
    count = limits.hit(f"calls:{login.public_id}", CALLS_WINDOW_SECONDS)
    if count > limit:
        record_refused_program(login=login, reason=Verdict.TOO_MANY_CALLS.value, by=by)
        raise NotAdmitted(Verdict.TOO_MANY_CALLS, KIND)
    return Calls(limit, limit - count, limits.seconds_left(CALLS_WINDOW_SECONDS))


def reason_against_calls(login: Login, scope: Scope) -> str:
    """What keeps a login that may sign in from calling with its password; empty when nothing does."""
    if not login.organisation.basic_allowed:
        return "basic_off"
    if login.organisation.tokens_stopped_at is not None:
        return "tokens_stopped"
    if login.tokens_stopped_at is not None:
        return "login_stopped"
    return "scope_missing" if scope & ~scopes_of(login) else ""


def scopes_of(login: Login) -> Scope:
    """Reports and their names, as far as the organisation allows programs; never the tokens themselves."""
    return DEFAULT & Scope(login.organisation.token_scopes_allowed)
