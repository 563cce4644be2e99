"""Marks a browser in which a login's password was right, so that nobody else's guessing keeps its owner out of it.

The mark is kept in a cookie. It is made of the login and of its present password, so it proves that whoever holds it
knew that password: to guess at it helps them nothing. It dies with the password, and 30 days after the last sign-in.
"""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import Login

COOKIE = f"{settings.COOKIE_PREFIX}known"
LIFETIME = timedelta(days=30)
KEPT = 5  # people who share a browser
LENGTH = 32
_signer = signing.TimestampSigner(salt="accounts.known_browsers")


def is_known_to(request: HttpRequest, login: Login) -> bool:
    """Whether the request's browser has signed in with the login's present password."""
    mark = _mark(login)
    return any(constant_time_compare(mark, kept) for kept in _marks(request))


def remember(request: HttpRequest, login: Login, response: HttpResponseBase) -> None:
    """Give the browser the mark of a login that has just signed in with its password."""
    mark = _mark(login)
    marks = [mark, *(kept for kept in _marks(request) if kept != mark)][:KEPT]
    response.set_cookie(
        COOKIE,
        _signer.sign(".".join(marks)),
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def _mark(login: Login) -> str:
    text = f"{login.public_id} {login.password}"
    return salted_hmac("accounts.known_browsers.mark", text, algorithm="sha256").hexdigest()[:LENGTH]


def _marks(request: HttpRequest) -> list[str]:
    try:
        return str(_signer.unsign(request.COOKIES.get(COOKIE, ""), max_age=LIFETIME)).split(".")
    except signing.BadSignature:
        return []
