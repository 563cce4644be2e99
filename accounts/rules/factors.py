"""Which second factors a login may add, remove, or have reset by an administrator.

A rule answers with the refusal it would raise, or with None. Its message is short: a menu shows it beside the entry.
"""

from django.utils.translation import gettext as _

from accounts.exceptions import Refused
from accounts.factors.kept import TOTP, passkeys_of, rows_of
from accounts.models import Login
from accounts.rules.places import against_name

PASSKEYS_LIMIT = 10
NAME_LENGTH = 50


def against_having_factors(login: Login) -> Refused | None:
    """A second factor stands beside a password."""
    if login.is_service:
        return Refused("service_login", _("A service login never signs in"))
    if login.is_sso:
        return Refused("sso_login", _("Signs in by single sign-on: the identity provider asks for a second factor"))
    return None


def against_adding_app(login: Login) -> Refused | None:
    if refusal := against_having_factors(login):
        return refusal
    if rows_of(login).filter(type=TOTP).exists():
        return Refused("app_there", _("You have an authenticator app already. To use another, remove this one first."))
    return None


def against_adding_passkey(login: Login) -> Refused | None:
    if refusal := against_having_factors(login):
        return refusal
    if passkeys_of(login).count() >= PASSKEYS_LIMIT:
        words = _("You have %(count)d passkeys, and no login may have more. Remove one first.")
        return Refused("passkeys_limit", words % {"count": PASSKEYS_LIMIT})
    return None


def against_passkey_name(name: str) -> Refused | None:
    """After ``accounts.rules.places.tidy``."""
    if len(name) > NAME_LENGTH:
        return Refused("name", _("A name has at most %(most)d characters.") % {"most": NAME_LENGTH})
    return against_name(name)


def against_removing_factor(login: Login) -> Refused | None:
    """Where a second factor is required, the last one stays."""
    if login.organisation.second_factor_required and rows_of(login).count() <= 1:
        return Refused(
            "last_factor",
            _("Your organisation requires a second factor, and this is your only one. Add another one first."),
        )
    return None


def against_making_codes(login: Login) -> Refused | None:
    if refusal := against_having_factors(login):
        return refusal
    if not rows_of(login).exists():
        return Refused("no_factor", _("Set up an authenticator app or a passkey first."))
    return None


def against_resetting_factors(login: Login, by_id: str) -> Refused | None:
    """By an administrator, for somebody who lost them; whoever has them removes their own."""
    if login.public_id == by_id:
        return Refused("own_login", _("Not for your own login"))
    if not login.has_factor:
        return Refused("no_factor", _("None set up"))
    return None
