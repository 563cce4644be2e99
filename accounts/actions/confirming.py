"""Proving again who one is, in a session that has been open for a while: every success and refusal is on record."""

from django.db import transaction

from accounts import limits
from accounts.actions.passwords import CONFIRMATION_WINDOW, confirm_password
from accounts.exceptions import Refused
from accounts.models import Login
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Result, Verb


def confirm_by_password(*, login: Login, password: str, by: Actor) -> None:
    """Check the password of the person of a session. Raises ``Refused``; the caller records the success."""
    try:
        confirm_password(login=login, password=password)
    except Refused as refusal:
        record_refused_confirmation(login=login, how="password", reason=refusal.code, by=by)
        raise


def record_confirmation(*, login: Login, how: str, by: Actor) -> None:
    """Call it in the transaction that gives the session its new key. ``how`` is a word for the log: "password"."""
    record(verb=Verb.LOGIN_CONFIRM, by=by, subject=login.reference, details={"how": how})


def record_refused_confirmation(*, login: Login, how: str, reason: str, by: Actor) -> None:
    """Attempts beyond the limit are told once in a window: more would let a session fill the ledger."""
    if reason == "locked" and limits.hit(f"confirm-locked:{login.public_id}", CONFIRMATION_WINDOW) > 1:
        return
    with transaction.atomic():
        record(
            verb=Verb.LOGIN_CONFIRM,
            by=by,
            result=Result.FAIL,
            reason=reason,
            subject=login.reference,
            details={"how": how},
        )
