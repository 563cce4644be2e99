"""Why somebody could not sign in, and how a session ended: the words of the codes in the ledger."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SIGN_IN_REASONS: Mapping[str, Promise] = {
    "bad_password": _("Wrong password"),
    "locked": _("Too many attempts"),
    "disabled": _("Login disabled"),
    "expired": _("Login expired"),
    "suspended": _("Organisation suspended"),
    "service": _("A service login never signs in"),
    "sso": _("Signs in by single sign-on alone"),
    # Of single sign-on:
    "not_sso": _("Signs in with a password, not by single sign-on"),
    "no_login": _("No SSO login has the name or mail address"),
    "several_logins": _("Several SSO logins have the name or mail address"),
    "tied_otherwise": _("Tied to another account of the identity provider"),
    # Of the second step:
    "bad_code": _("Wrong code"),
    "code_used": _("Code used before"),
    "bad_passkey": _("Passkey not accepted"),
    "factor_unreadable": _("Second factor can no longer be read"),
    # Of programs with a password alone:
    "view_only": _("View Only login"),
    "second_factor": _("A second factor is required"),
    "change_due": _("Password must be changed first"),
    "basic_off": _("Basic authentication is off"),
    "tokens_stopped": _("All tokens stopped"),
    "login_stopped": _("Tokens of the login stopped"),
    "network_refused": _("Address not allowed"),
    "scope_missing": _("Scope missing"),
    "too_many_calls": _("Too many calls in a minute"),
    "password_changed": _("Password changed since"),
    "no_assignment": _("No user type or department left"),
}
# With what somebody signed in to the console: ``way`` in the entry's details. Without it, the password alone.
SIGN_IN_WAYS: Mapping[str, Promise] = {
    "password+totp": _("Password and authenticator app"),
    "password+passkey": _("Password and passkey"),
    "password+recovery_code": _("Password and recovery code"),
    "passkey": _("Passkey"),
    "sso": _("Single sign-on"),
}
ENDINGS: Mapping[str, Promise] = {
    "signed_out": _("Signed out"),
    "disconnected": _("Disconnected by an administrator"),
    "reused": _("Refresh JWT used twice"),
    "leaked": _("Reported as leaked"),
    "signed_out_elsewhere": _("Signed out elsewhere"),
    "shut_out": _("Login shut out"),
}
# Why the tokens of a whole organisation were stopped.
TOKEN_STOPS: Mapping[str, Promise] = {
    "administrator": _("Stopped by an administrator"),
    "operator": _("Stopped by the operator"),
    "restored": _("The database was restored from an older backup"),
}
