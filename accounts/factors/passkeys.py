"""Passkeys (WebAuthn): what the browser is asked, and whether its answer is right. This console's own origin alone."""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.factors.totp import PRODUCT
from accounts.models import Login

ASKED = "passkey"  # the key of the question in a session
ANSWER_WITHIN = 5 * 60  # seconds
ANSWER_LENGTH = 16_000
ADD, SIGN_IN, SECOND_STEP, CONFIRM = "add", "sign-in", "second-step", "confirm"  # what a passkey is asked for


class WrongAnswer(Exception):
    """The browser's answer is not to our question, not of this console, or not signed by the passkey."""


def are_possible() -> bool:
    """A passkey belongs to a host name; at a bare number browsers make none."""
    try:
        ip_address(urlsplit(settings.PUBLIC_URL).hostname or "")
    except ValueError:
        return True
    return False


def origin() -> str:
    """``PUBLIC_URL`` as browsers write an origin: lower case, without the port that goes without saying."""
    parts = urlsplit(settings.PUBLIC_URL)
    usual = {"http": 80, "https": 443}[parts.scheme]
    port = "" if parts.port in {None, usual} else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"


def server() -> Fido2Server:
    return _server(origin())


@lru_cache(maxsize=4)
def _server(own: str) -> Fido2Server:
    party = PublicKeyCredentialRpEntity(name=PRODUCT, id=urlsplit(own).hostname or "")
    return Fido2Server(party, verify_origin=lambda asked: asked == own)


def ask_to_add(session: SessionBase, login: Login, rows: list[Authenticator]) -> dict[str, Any]:
    """What the browser needs to make a passkey: one that it finds by itself, and opens for its owner alone."""
    entity = PublicKeyCredentialUserEntity(
        name=login.user_name, id=login.public_id.encode(), display_name=login.label or login.user_name
    )
    options, state = server().register_begin(
        entity,
        credentials=[credential_of(row) for row in rows],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    keep(session, ADD, login, state)
    return dict(options)


def ask_for_one(session: SessionBase, purpose: str, login: Login | None, rows: list[Authenticator]) -> dict[str, Any]:
    """What the browser needs to use a passkey. Where it is all that is asked for, it must know its owner."""
    alone = purpose != SECOND_STEP
    wanted = UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED
    options, state = server().authenticate_begin(
        credentials=[credential_of(row) for row in rows] or None, user_verification=wanted
    )
    keep(session, purpose, login, state)
    return dict(options)


def keep(session: SessionBase, purpose: str, login: Login | None, state: dict[str, Any]) -> None:
    owner = login.public_id if login else ""
    plain = {"challenge": state["challenge"], "user_verification": str(state["user_verification"].value)}
    session[ASKED] = {"purpose": purpose, "login": owner, "at": int(time.time()), "state": plain}


def take(session: SessionBase, purpose: str, login: Login | None = None) -> dict[str, Any]:
    """The question of this session, once. Raises ``WrongAnswer`` when none was put, or too long ago."""
    asked = session.pop(ASKED, None)
    owner = login.public_id if login else ""
    if not asked or (asked["purpose"], asked["login"]) != (purpose, owner):
        raise WrongAnswer(purpose)
    if not 0 <= int(time.time()) - asked["at"] <= ANSWER_WITHIN:
        raise WrongAnswer("too late")
    state: dict[str, Any] = asked["state"]
    return state


def parsed(answer: str) -> dict[str, Any]:
    """The browser's answer. Raises ``WrongAnswer`` for what is none."""
    if len(answer) > ANSWER_LENGTH:
        raise WrongAnswer("too long")
    try:
        read = json.loads(answer)
    except (ValueError, RecursionError):
        raise WrongAnswer("no JSON") from None
    if not isinstance(read, dict):
        raise WrongAnswer("no object")
    return read


def made(state: dict[str, Any], answer: str) -> AuthenticatorData:
    """What a new passkey says of itself. Raises ``WrongAnswer``."""
    try:
        return server().register_complete(state, parsed(answer))
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError) as error:
        raise WrongAnswer(str(error)) from None


def owner_of(answer: str) -> str:
    """The public id of the login that a passkey says that it belongs to; nothing is proved by it. "" for none."""
    response = parsed(answer).get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    try:
        owner = urlsafe_b64decode(f"{handle}==").decode() if isinstance(handle, str) else ""
    except ValueError:
        return ""
    return owner if owner.isprintable() else ""


def used(state: dict[str, Any], answer: str, rows: list[Authenticator]) -> tuple[Authenticator, int]:
    """The passkey that signed the answer, and its count of uses. Raises ``WrongAnswer``."""
    try:
        response = AuthenticationResponse.from_dict(parsed(answer))
        found = server().authenticate_complete(state, [credential_of(row) for row in rows], response)
        count = int(response.response.authenticator_data.counter)
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError) as error:
        raise WrongAnswer(str(error)) from None
    return next(row for row in rows if credential_of(row).credential_id == found.credential_id), count


def kept(credential: AttestedCredentialData) -> str:
    """The passkey's id and public key as text: no secret, whoever reads it signs in nowhere."""
    return urlsafe_b64encode(bytes(credential)).decode()


def credential_of(row: Authenticator) -> AttestedCredentialData:
    return AttestedCredentialData(urlsafe_b64decode(row.data["credential"]))
