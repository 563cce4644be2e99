"""The authorization code flow: there with state, nonce and PKCE (RFC 7636), back with a code, which gives an identity.

What ties the two ends together is kept in the browser's session on this side, and is good once.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from accounts.models import IdentityProvider
from accounts.sealed_texts import Unreadable, unseal
from accounts.sign_on import fetching
from accounts.sign_on.endpoints import Endpoints, discover
from accounts.sign_on.id_tokens import Identity, identity_in, verified_claims
from accounts.sign_on.troubles import Trouble

KEPT = "sign_on"  # its key in a session
SECONDS = 15 * 60  # for signing in over there
CLOCKS_APART = 60
SECRET_PURPOSE = "identity provider"  # noqa: S105
SCOPE = "openid profile email"
LENGTH_LIMIT = 8192  # of a code, and of a state


@dataclass(frozen=True, slots=True)
class Flow:
    """One way there and back. ``login`` is the public id of who confirms that it is them; empty for a sign-in."""

    provider: int
    state: str
    nonce: str
    verifier: str
    began: int
    next: str
    login: str
    endpoints: dict[str, Any]

    @property
    def at(self) -> Endpoints:
        return Endpoints(**self.endpoints)


def begin(provider: IdentityProvider, session: SessionBase, *, next_page: str, login: str = "", hint: str = "") -> str:
    """The address at the provider to go to; this browser's session remembers the flow. Raises ``Trouble``.

    For a confirmation (``login``) the provider is told to ask its person again, whatever session it has.
    """
    endpoints = discover(provider.issuer)
    flow = Flow(
        provider=provider.pk,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        began=int(time.time()),
        next=next_page,
        login=login,
        endpoints=asdict(endpoints),
    )
    session[KEPT] = asdict(flow)
    digest = hashlib.sha256(flow.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri(),
        "scope": SCOPE,
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **({"prompt": "login", "max_age": "0", "login_hint": hint} if login else {}),
    }
    joint = "&" if "?" in endpoints.authorization else "?"
    return f"{endpoints.authorization}{joint}{urlencode(asked)}"


def redirect_uri() -> str:
    """Of the public address alone, never of the host that a request names."""
    return str(settings.PUBLIC_URL) + reverse("sign_on_callback")


def taken_back(session: SessionBase, state: str) -> Flow:
    """The flow of this browser that the state belongs to; it is good no second time. Raises ``Trouble``."""
    kept = session.pop(KEPT, None)
    if not isinstance(kept, dict) or len(state) > LENGTH_LIMIT or not constant_time_compare(kept["state"], state):
        raise Trouble("stale", "no flow of this state in this session")
    flow = Flow(**kept)
    if not -CLOCKS_APART <= int(time.time()) - flow.began <= SECONDS:
        raise Trouble("stale", "too late")
    return flow


def identify(flow: Flow, provider: IdentityProvider, answer: Mapping[str, str]) -> Identity:
    """Who it is that the provider sent back to us with this answer. Raises ``Trouble``."""
    said_by = answer.get("iss")  # RFC 9207: the answer of another provider is not taken to this one
    if (said_by is not None or flow.at.names_itself) and said_by != provider.issuer:
        raise Trouble("token", "the answer is of another issuer")
    if "error" in answer:
        raise Trouble("denied" if answer["error"] == "access_denied" else "refused", answer["error"][:100])
    code = answer.get("code", "")
    if not 0 < len(code) <= LENGTH_LIMIT:
        raise Trouble("answer", "no code")
    tokens = _tokens_for(code, flow, provider)
    id_token, keys = tokens.get("id_token"), fetching.get(flow.at.keys)
    if not isinstance(id_token, str):
        raise Trouble("answer", "no ID token")
    claims = verified_claims(id_token, keys=keys, provider=provider, nonce=flow.nonce)
    identity = identity_in(claims, mail_only=provider.mail_only)
    if not identity.names and not provider.ties.filter(subject=identity.subject).exists():
        identity = identity_in(_more_of(flow, tokens, claims), mail_only=provider.mail_only)
    if flow.login and not _is_fresh(identity, flow):
        raise Trouble("not_now")
    return identity


def _tokens_for(code: str, flow: Flow, provider: IdentityProvider) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(),
        "code_verifier": flow.verifier,
    }
    secret, basic = _secret_of(provider), None
    if secret and flow.at.takes_basic:
        basic = (quote_plus(provider.client_id), quote_plus(secret))  # RFC 6749, 2.3.1
    else:
        form |= {"client_id": provider.client_id} | ({"client_secret": secret} if secret else {})
    tokens = fetching.post(flow.at.token, form, basic)
    if "error" in tokens or "id_token" not in tokens:
        raise Trouble("code", str(tokens.get("error", "no ID token"))[:100])
    return tokens


def _secret_of(provider: IdentityProvider) -> str:
    if not provider.sealed_secret:
        return ""
    try:
        return unseal(SECRET_PURPOSE, provider.sealed_secret)
    except Unreadable:
        raise Trouble("secret", "the client secret was sealed by another SECRET_KEY") from None


def _more_of(flow: Flow, tokens: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
    """With what the provider tells at its UserInfo address alone, if that is about the same person (Core, 5.3.2)."""
    access = tokens.get("access_token")
    if not flow.at.userinfo or not isinstance(access, str) or not access.isascii() or not access.isprintable():
        return claims
    more = fetching.get(flow.at.userinfo, {"Authorization": f"Bearer {access}"})
    if more.get("sub") != claims["sub"]:
        raise Trouble("token", "UserInfo is about somebody else")
    return more | claims


def _is_fresh(identity: Identity, flow: Flow) -> bool:
    """Whether the person proved who they are there after we asked for it, not in a session of last week."""
    moment = identity.authenticated_at
    return moment is not None and flow.began - CLOCKS_APART <= moment <= int(time.time()) + CLOCKS_APART
