"""Codes of an authenticator app (RFC 6238): the secret, its picture for the app's camera, and the step of a code."""

import time
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.utils.crypto import constant_time_compare
from django.views.decorators.debug import sensitive_variables
from qrcode.constants import ERROR_CORRECT_L
from qrcode.main import QRCode

from accounts.models import Login
from accounts.sealed_texts import Unreadable, seal, unseal

PRODUCT = "API Access Tokens"
PERIOD = 30  # seconds
STEPS_AROUND = 1  # a code of the step before, or after, is taken too: clocks differ (RFC 6238, 5.2)
TAKEN_FOR = PERIOD * (1 + 2 * STEPS_AROUND)  # seconds
DIGITS = 6
KEPT, OFFERED = "totp", "totp offered"  # what a secret is sealed for
OFFERED_FOR = 15 * 60  # seconds that a page with a new secret may stand


def new_offer(login: Login) -> str:
    """A new secret for this login, sealed: its page carries it, and nothing is kept until a code of it is right."""
    return seal(OFFERED, f"{login.public_id} {generate_totp_secret()}")


def offered_secret(login: Login, offer: str) -> str:
    """Raises ``Unreadable`` for one of somebody else, or that is too old."""
    owner, _, secret = unseal(OFFERED, offer, seconds=OFFERED_FOR).partition(" ")
    if owner != login.public_id:
        raise Unreadable(OFFERED)
    return secret


def kept(secret: str) -> str:
    return seal(KEPT, secret)


def kept_secret(sealed: str) -> str:
    """Raises ``Unreadable`` after a change of ``SECRET_KEY``."""
    return unseal(KEPT, sealed)


def address(login: Login, secret: str) -> str:
    """What the picture says: the app shows the issuer and the user name beside the code."""
    issuer = f"{PRODUCT} · {login.organisation.name}".replace(":", " ")
    query = urlencode({"secret": secret, "issuer": issuer, "digits": DIGITS, "period": PERIOD}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(login.user_name)}?{query}"


@sensitive_variables("secret")
def step_of(secret: str, code: str) -> int | None:
    """The time step that the code is of, or None when it is of none that is near. The newest comes first."""
    now = int(time.time()) // PERIOD
    found = None
    for step in range(now - STEPS_AROUND, now + STEPS_AROUND + 1):
        if constant_time_compare(format_hotp_value(hotp_value(secret, step)), code):
            found = step
    return found


def in_groups(secret: str) -> str:
    """The secret as people type it: "ABCD EFGH …"."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


@dataclass(frozen=True)
class Drawing:
    """A QR code as one path in a square of ``size``, so that the page draws it without a style."""

    size: int
    path: str


def drawing_of(text: str) -> Drawing:
    code = QRCode(error_correction=ERROR_CORRECT_L, border=4)
    code.add_data(text)
    rows = code.get_matrix()
    dots = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return Drawing(size=len(rows), path="".join(dots))
