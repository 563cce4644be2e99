"""Checking a code or a passkey of somebody who is signing in, or confirms who they are. Counted before it is looked at.

None of these leaves an entry: who calls them knows whether it is a sign-in or a confirmation, and records that.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.blocks import attempt, factor_key, take_back
from accounts.exceptions import Refused
from accounts.factors import passkeys, recovery, totp
from accounts.factors.kept import PASSKEY, RECOVERY, TOTP
from accounts.models import Login
from accounts.sealed_texts import Unreadable


@sensitive_variables("code", "typed")
def check_code(*, login: Login, code: str) -> str:
    """Which factor the code is of, "totp" or "recovery_code"; the code works no second time.

    Raises ``Refused``: "locked", "bad_code", "code_used" or "factor_unreadable".
    """
    key = _count(login)
    typed = recovery.normal(code)
    if typed.isdecimal() and len(typed) == totp.DIGITS:
        _use_app_code(login, typed)
        factor = "totp"
    else:
        _use_recovery_code(login, typed)
        factor = "recovery_code"
    # This one attempt was none. The others stay counted: whoever guesses beside the owner gains nothing by it.
    take_back(key)
    return factor


def check_passkey(*, login: Login, state: dict[str, Any], answer: str) -> str:
    """ "passkey", when one of the login's passkeys signed the answer to the question ``state``.

    Not counted: there is nothing to guess. Raises ``Refused``: "bad_passkey".
    """
    with transaction.atomic():
        rows = list(_held(login, PASSKEY))
        try:
            row, count = passkeys.used(state, answer, rows)
        except passkeys.WrongAnswer:
            raise _bad_passkey() from None
        before = row.data["count"]
        # A count that does not grow is that of a copy; passkeys that are kept in step by their maker count nothing.
        if (count or before) and count <= before:
            raise _bad_passkey()
        row.data["count"] = count
        _save_use(row)
    return "passkey"


def _bad_passkey() -> Refused:
    return Refused("bad_passkey", _("This passkey was not accepted. Try again, or take another way."))


def _count(login: Login) -> str:
    """One attempt more, of whatever kind of code; beyond the organisation's limit nobody looks at it."""
    key = factor_key(login)
    if over := attempt(key, login.organisation.password_attempts_limit):
        raise Refused("locked", over.words)
    return key


@sensitive_variables("code", "secret")
def _use_app_code(login: Login, code: str) -> None:
    with transaction.atomic():
        row = _held(login, TOTP).first()
        if row is None:
            raise _bad_code()
        try:
            secret = totp.kept_secret(row.data["secret"])
        except Unreadable:
            raise Refused(
                "factor_unreadable",
                _(
                    "This server can no longer check your authenticator app. Use a passkey or a recovery code, or ask "
                    "your System Administrator to reset your second factor."
                ),
            ) from None
        step = totp.step_of(secret, code)
        if step is None:
            raise _bad_code()
        if step <= row.data["step"]:
            raise Refused(
                "code_used", _("This code was used already. Wait for the next one: it comes within 30 seconds.")
            )
        row.data["step"] = step
        _save_use(row)


@sensitive_variables("code", "digest")
def _use_recovery_code(login: Login, code: str) -> None:
    """The hash is made before the row is held: it takes its time, and nobody shall wait for it."""
    known = Authenticator.objects.filter(user_id=login.pk, type=RECOVERY).first()
    if known is None or not recovery.is_shaped(code):
        raise _bad_code()
    digest = recovery.digest(code, known.data["salt"])
    with transaction.atomic():
        row = _held(login, RECOVERY).first()
        if row is None or digest not in row.data["digests"]:
            raise _bad_code()
        row.data["digests"] = [one for one in row.data["digests"] if one != digest]
        _save_use(row)


def _held(login: Login, kind: Authenticator.Type) -> Any:
    return Authenticator.objects.select_for_update().filter(user_id=login.pk, type=kind).order_by("pk")


def _save_use(row: Authenticator) -> None:
    row.last_used_at = timezone.now()
    row.save(update_fields=["data", "last_used_at"])


def _bad_code() -> Refused:
    return Refused("bad_code", _("This code is not right."))
