"""Authenticates clients of the OAuth addresses (RFC 6749, 2.3.1): a login's user name and password, from one place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import unquote_plus

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.actions.program_sign_in import verify_password
from accounts.exceptions import BadCredentials, TooManyAttempts
from accounts.models import USER_NAME, Login
from tokens.api.actors import program_actor
from tokens.api.authentication import too_many
from tokens.api.credentials import BASIC_CHALLENGE, Password, basic_pair
from tokens.api.exceptions import Problem

BAD_CREDENTIALS = "Bad credentials"
CHALLENGE = {"WWW-Authenticate": BASIC_CHALLENGE}
# What a form encoder leaves (one or the other leaves a little more), and what it writes for all else.
_ENCODED = re.compile(r"(?:[A-Za-z0-9*._~!'()+-]|%[0-9A-Fa-f]{2})*", re.ASCII)
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}", re.ASCII)


def client_of(request: Request, fields: Mapping[str, str]) -> Login:
    """The login whose user name and password the client gave. ``fields`` are those of the form.

    Raises ``Problem``: 401 ``invalid_client`` with a challenge, the same whatever is wrong (RFC 6749, 5.2), 400 for
    credentials in two places, 429 beyond the limit of the client's address.
    """
    given = credentials(request, fields)
    if given is None:
        refuse_client(_("Give user name and password of a login, by Basic or as client_id and client_secret."))
    try:
        return verify_password(user_name=given.user_name, password=given.password, by=program_actor(request))
    except TooManyAttempts as refusal:
        raise too_many(refusal.seconds) from None
    except BadCredentials:
        refuse_client()


def refuse_client(detail: str = BAD_CREDENTIALS) -> NoReturn:
    raise Problem(401, detail, reason="invalid_client", headers=CHALLENGE)


def credentials(request: Request, fields: Mapping[str, str]) -> Password | None:
    """User name and password from the Authorization header or from the form; None when they are not whole.

    Raises ``Problem`` 400 when both places have some. A ``client_id`` beside the header is no credential, and fine
    where it names the same.
    """
    header: str | None = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        whole = "client_id" in fields and "client_secret" in fields
        return Password(fields["client_id"], fields["client_secret"]) if whole else None
    given = basic_pair(header)
    found = given and as_meant(given)
    if "client_secret" in fields or (found and fields.get("client_id", found.user_name) != found.user_name):
        detail = _("Give the credentials in the header or in the body, not in both.")
        raise Problem(400, detail, reason="invalid_request")
    return found


def as_meant(given: Password) -> Password:
    """A pair from a Basic header as its sender meant it: form-encoded by the standard, as it is by most clients.

    One reading is chosen, never both tried, so that one attempt is one password. The user name tells: an encoder
    leaves no @ in it and writes %40. Where it tells nothing, a password counts as encoded when an encoder could have
    written all of it and it has an escape.
    """
    if not _ENCODED.fullmatch(given.user_name):
        return given
    by_password = _ESCAPE.search(given.password) and _ENCODED.fullmatch(given.password)
    if not (_ESCAPE.search(given.user_name) or by_password):
        return given
    try:
        user_name, password = (unquote_plus(part, errors="strict") for part in (given.user_name, given.password))
        USER_NAME(user_name)
    except (UnicodeDecodeError, ValidationError):
        return given
    return Password(user_name, password)
