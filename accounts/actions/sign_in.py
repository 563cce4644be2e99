"""Signing in and out: attempts are counted before a password is looked at, and every outcome is on record."""

from collections.abc import Callable
from typing import Any

import structlog
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts import limits, links
from accounts.blocks import Over, attempt, forget, known_key, name_key, take_back
from accounts.exceptions import Refused, TooManyAttempts
from accounts.models import Login, Organisation
from audit.actions import record
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Result, Verb

WINDOW = 15 * limits.MINUTE
ADDRESS_ATTEMPTS_LIMIT = 100
USUAL_ATTEMPTS_LIMIT: int = Organisation._meta.get_field("password_attempts_limit").get_default()

log = structlog.get_logger("accounts.sign_in")


def nobody(_login: Login) -> bool:
    """No browser, or none that knows the login."""
    return False


def count_attempt(
    *, user_name: str, by: Actor, scheme: str = "", knows: Callable[[Login], bool] = nobody
) -> Login | None:
    """Count an attempt to sign in, and return the login of that name, if there is one.

    Raises ``Refused`` beyond a limit; then nobody may look at the password: ``TooManyAttempts`` beyond the address'.
    A name that nobody has is counted and refused in the same way. The address is counted first, so that one address
    cannot lock out many names. A browser that ``knows`` the login has a count of its own: guesses from elsewhere keep
    nobody out of it. So there are at most twice as many.
    """
    if limits.hit(_address_key(by), WINDOW) > ADDRESS_ATTEMPTS_LIMIT:
        log.warning("sign-in refused", reason="address_locked", address=by.address)
        seconds = limits.seconds_left(WINDOW)
        raise TooManyAttempts(_wait(Over(seconds, is_first=False)), seconds=seconds)
    login: Login | None = Login.objects.named(user_name)
    unknown = limit_of_nobody(user_name)  # asked for in any case: both ways take the same time
    limit = login.organisation.password_attempts_limit if login else unknown
    over = attempt(known_key(login) if login and knows(login) else _name_key(user_name), limit)
    if over:
        if over.is_first:  # once in a window: more would let anyone fill the ledger
            record_refusal(login=login, reason="locked", by=by, scheme=scheme)
        raise Refused("locked", _wait(over))
    return login


def record_refusal(*, login: Login | None, reason: str, by: Actor, scheme: str = "") -> None:
    """Put a refused sign-in on record. A name that nobody has belongs to no organisation: it is counted and logged."""
    if login is None:
        # One committed write, as below: the two take the same time.
        unknown = limits.hit(limits.key_of_address("unknown", by.address), WINDOW)
        log.info("sign-in refused", reason="unknown", address=by.address, unknown_names=unknown)
        return
    with transaction.atomic():
        record(
            verb=Verb.SIGN_IN_FAIL,
            by=by,
            result=Result.FAIL,
            reason=reason,
            organisation_id=login.organisation_id,
            subject=login.reference,
            scheme=scheme,
        )


def record_refused_step(*, login: Login, reason: str, by: Actor) -> None:
    """The password was right and the second step was not. Attempts beyond the limit are told once in a window."""
    if reason == "locked" and limits.hit(f"step-locked:{login.public_id}", WINDOW) > 1:
        return
    record_refusal(login=login, reason=reason, by=by)


def forget_attempts(*, login: Login, by: Actor, knows: Callable[[Login], bool] = nobody) -> None:
    """The password was right: the name starts anew, and the address gets this one attempt back.

    In a browser that ``knows`` the login only its own count does: strangers get no further guesses of that.
    """
    forget(known_key(login) if knows(login) else name_key(login))
    limits.take_back(_address_key(by), WINDOW)


def take_back_attempt(*, user_name: str, by: Actor) -> None:
    """A program's password was right: this one attempt was none. Others on the name still count.

    A program that calls every minute would otherwise give whoever guesses at its name a fresh start every minute.
    """
    take_back(_name_key(user_name))
    limits.take_back(_address_key(by), WINDOW)


def record_sign_in(*, login: Login, by: Actor, scheme: str = "", session: str = "", way: str = "") -> Entry:
    """Call it in the transaction that begins the session, or admits the program, which has none."""
    details = {**(_of_session(session) or {}), **({"way": way} if way else {})}
    return record(verb=Verb.SIGN_IN, by=by, subject=login.reference, scheme=scheme, details=details or None)


def record_sign_out(*, login: Login, by: Actor, session: str = "") -> None:
    """Call it in the transaction that ends the session."""
    record(verb=Verb.SIGN_OUT, by=by, subject=login.reference, details=_of_session(session))


def _of_session(session: str) -> dict[str, Any] | None:
    """By this id the entries of one session find each other."""
    return {"session": session} if session else None


def activation_link(login: Login) -> str:
    """The address where the login's holder sets the first password: works once, for 48 hours, while it has none."""
    return links.ACTIVATION.address(login)


def _wait(over: Over) -> str:
    otherwise = _("Or ask your System Administrator.")
    return f"{over.words} {otherwise}"


def limit_of_nobody(user_name: str) -> int:
    """The limit of a name that nobody has: that of some organisation, by the name always of the same.

    Organisations set limits of their own. Were that of all unknown names one number, then a name that locks sooner or
    later than it would be somebody's.
    """
    set_ones = list(Organisation.objects.order_by("pk").values_list("password_attempts_limit", flat=True))
    if not set_ones:
        return USUAL_ATTEMPTS_LIMIT
    mark = salted_hmac("accounts.sign_in.limit_of_nobody", user_name.strip().casefold(), algorithm="sha256")
    return set_ones[int.from_bytes(mark.digest()) % len(set_ones)]


def _name_key(user_name: str) -> str:
    return limits.key_of("name", user_name)


def _address_key(by: Actor) -> str:
    return limits.key_of_address("address", by.address)
