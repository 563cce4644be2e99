"""Which logins are mailed a link to a password, must change it, or wait because of too many attempts.

A rule answers with the refusal it would raise, or with None. Its message is short: a menu shows it beside the entry.
"""

from django.utils.translation import gettext as _

from accounts.exceptions import Refused
from accounts.models import Login


def against_having_password(login: Login) -> Refused | None:
    if login.is_service:
        return Refused("service_login", _("A service login has no password"))
    if login.is_sso:
        return Refused("sso_login", _("SSO: it has no password here"))
    return None


def against_mailing(login: Login) -> Refused | None:
    """A link is mailed to those who could use it."""
    if refusal := against_having_password(login):
        return refusal
    if not login.enabled:
        return Refused("disabled", _("Disabled"))
    if login.is_expired:
        return Refused("expired", _("Expired"))
    if login.organisation.suspended_at:
        return Refused("suspended", _("The organisation is suspended"))
    if not login.email:
        return Refused("no_mail", _("No mail address"))
    return None


def against_inviting(login: Login) -> Refused | None:
    """The first password alone is set by the activation mail."""
    if refusal := against_having_password(login):
        return refusal
    if login.has_usable_password():
        return Refused("activated", _("Has a password already"))
    return against_mailing(login)


def against_resetting(login: Login) -> Refused | None:
    if refusal := against_having_password(login):
        return refusal
    if not login.has_usable_password():
        return Refused("not_activated", _("No password yet: send the activation mail"))
    return against_mailing(login)


def against_forcing(login: Login) -> Refused | None:
    if refusal := against_having_password(login):
        return refusal
    if not login.has_usable_password():
        return Refused("not_activated", _("No password yet"))
    if login.must_change_password:
        return Refused("forced", _("Must change it already"))
    return None
