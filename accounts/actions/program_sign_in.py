"""The password of a login, given by a program: checked, counted, locked and recorded like a person's sign-in."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import Error as DatabaseFault
from django.db import OperationalError
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts import limits
from accounts.actions import sign_in
from accounts.backends import has_password, reason_against_program
from accounts.exceptions import BadCredentials, Refused, TooManyAttempts
from accounts.models import Login, Organisation
from accounts.networks import allows
from audit.actor import Actor

SCHEME = "password"
RECORDED_A_MINUTE = 60  # refusals of right passwords of one login; more of the same would only fill the ledger
TURN_SECONDS = 10.0
TURNS = 1024

Reason = Callable[[Login], str]


def nothing_against(_login: Login) -> str:
    return ""


@sensitive_variables("password")
def verify_password(*, user_name: str, password: str, by: Actor, against: Reason = nothing_against) -> Login:
    """The login whose name and password these are. ``against`` may have a further reason, refused like the others.

    Raises ``BadCredentials`` for everything else but ``TooManyAttempts``: of the client's address, or at once with one
    name. All refusals look alike, cost one password hash and as many queries; the exact reason is on record.
    """
    user_name, password = readable(user_name), readable(password)
    try:
        with _turn_of(user_name):
            return _verified(user_name, password, by, against)
    except _Locked:
        has_password(None, password)  # takes as long as a look at the password, which nobody may have now
        raise BadCredentials from None


def reason_against_address(login: Login, address: str) -> str:
    """The networks of the organisation hold for passwords of programs as for its tokens; people sign in anywhere."""
    return "" if allows(login.organisation.allowed_networks, address) else "network_refused"


def record_refused_program(*, login: Login, reason: str, by: Actor) -> None:
    """The password was right, and yet the program was refused, and told why. A flood leaves 60 entries a minute."""
    if limits.hit(f"refused:{login.public_id}", limits.MINUTE) <= RECORDED_A_MINUTE:
        sign_in.record_refusal(login=login, reason=reason, by=by, scheme=SCHEME)


def readable(text: str) -> str:
    """Text that the database and the hash take; nobody's name or password holds what is replaced here."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


class _Locked(Exception):
    """The name was tried too often. Only the console says so."""


def _verified(user_name: str, password: str, by: Actor, against: Reason) -> Login:
    try:
        known = sign_in.count_attempt(user_name=user_name, by=by, scheme=SCHEME)
    except TooManyAttempts:
        raise
    except Refused:
        raise _Locked from None
    login = known or _nobody()
    reason = reason_against_program(login) or reason_against_address(login, by.address) or against(login)
    if not has_password(login, password) or reason:
        sign_in.record_refusal(login=known, reason=reason or "bad_password", by=by, scheme=SCHEME)
        raise BadCredentials
    sign_in.take_back_attempt(user_name=user_name, by=by)
    return login


def _nobody() -> Login:
    """A name that nobody has is a login without a password and without assignments: it takes the same queries."""
    return Login(pk=0, organisation=Organisation(), password=UNUSABLE_PASSWORD_PREFIX)


class _Turn:
    """A lock, and how often the database failed its holder."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.faults = 0


_turns = [_Turn() for _ in range(TURNS)]


@contextmanager
def _turn_of(user_name: str) -> Iterator[None]:
    """One attempt at a time for each name in this process.

    An attempt counts until its password turns out right. Programs ask for many tokens at once: without turns the
    later ones would find the name locked by those that are still being looked at. Raises ``TooManyAttempts``, and
    ``OperationalError`` when the database failed somebody who was before: not everybody shall wait for it in turn.
    """
    turn = _turns[hash(user_name.strip().casefold()) % TURNS]
    faults = turn.faults
    if not turn.lock.acquire(timeout=TURN_SECONDS):
        raise TooManyAttempts(_("Too many attempts at once. Try again in a second."), seconds=1)
    if turn.faults != faults:
        turn.lock.release()
        raise OperationalError("the database failed the attempt before this one")
    try:
        yield
    except DatabaseFault:
        turn.faults += 1
        raise
    finally:
        turn.lock.release()


__all__ = [
    "BadCredentials",
    "TooManyAttempts",
    "readable",
    "reason_against_address",
    "record_refused_program",
    "verify_password",
]
