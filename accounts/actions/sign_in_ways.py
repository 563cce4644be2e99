"""How a login signs in: through the identity provider or with a password, which may have to be changed or unblocked."""

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from accounts.actions.locks import locked
from accounts.actions.shutting_out import shut_out
from accounts.actions.sign_on import untie
from accounts.blocks import confirmation_key, forget, known_key, name_key
from accounts.managers import check, manager_of
from accounts.models import Login
from accounts.rules.logins import against_setting_sso
from accounts.rules.managing import against_managing
from accounts.rules.passwords import against_forcing
from accounts.sessions import How
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


@transaction.atomic
def set_sso(*, login: Login, sso: bool, by: Actor) -> Login:
    """Let the login sign in through the identity provider alone, or with a password of its own again.

    Its password ends either way, and so do its sessions and its tie to the identity provider: whoever is to have a
    password sets it anew by the activation mail. Tokens stay. Raises ``Refused`` for service logins, one's own, and the
    last with a password.
    """
    login = locked(login)
    check(against_managing(manager_of(by), login), against_setting_sso(login, by.id))
    if login.is_sso == sso:
        return login
    shut_out(login, How.OTHER_WAY, by)
    untie(login)
    login.is_sso, login.must_change_password = sso, False
    login.set_unusable_password()
    login.password_changed_at = Now()
    login.save(update_fields=["is_sso", "password", "must_change_password", "password_changed_at"])
    _record(Verb.LOGIN_UPDATE, login, by, {"before": {"sso": not sso}, "after": {"sso": sso}})
    return login


@transaction.atomic
def force_password_change(*, login: Login, by: Actor) -> Login:
    """Let the login do nothing but choose a new password, from its next page on. Raises ``Refused``."""
    login = locked(login)
    check(against_managing(manager_of(by), login), against_forcing(login))
    login.must_change_password = True
    login.save(update_fields=["must_change_password"])
    before, after = {"must_change_password": False}, {"must_change_password": True}
    _record(Verb.LOGIN_UPDATE, login, by, {"before": before, "after": after})
    return login


@transaction.atomic
def reactivate(*, login: Login, by: Actor) -> Login:
    """Forget the attempts that block a login: it may try again at once. Raises ``Refused``."""
    login = locked(login)
    check(against_managing(manager_of(by), login))
    for key in (name_key(login), known_key(login), confirmation_key(login)):
        forget(key)
    _record(Verb.LOGIN_REACTIVATE, login, by, {"before": "blocked", "after": None})
    return login


def _record(verb: Verb, login: Login, by: Actor, details: dict[str, Any]) -> None:
    record(verb=verb, by=by, organisation_id=login.organisation_id, subject=login.reference, details=details)
