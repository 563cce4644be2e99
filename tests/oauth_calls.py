"""How tests call the OAuth addresses: credentials of each kind, forms, and what an error looks like."""

import base64
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import Login
from audit.actor import Actor
from tests.api_calls import valid_token
from tests.factories import PASSWORD

FORM = "application/x-www-form-urlencoded"

# Claims that one who had our signing key might write; none of them makes the bytes that were issued.
FORGED: list[dict[str, Any]] = [
    {"jti": "A" * 43}, {"scope": "api:token:manage"}, {"exp": 4_000_000_000}, {"iat": 0}, {"org_id": 1},
    {"token_use": "mobile_access"}, {"token_id": "api_" + "0" * 21}, {"sub": "lgn_" + "0" * 21}, {"aud": "other"},
]  # fmt: skip


def bearer(jwt: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {jwt}"}


def basic(login: Login, password: str = PASSWORD) -> dict[str, str]:
    pair = base64.b64encode(f"{login.user_name}:{password}".encode()).decode()
    return {"HTTP_AUTHORIZATION": f"Basic {pair}"}


def in_body(login: Login, password: str = PASSWORD) -> dict[str, str]:
    return {"client_id": login.user_name, "client_secret": password}


def managing(owner: Login, **values: Any) -> dict[str, str]:
    """The credentials of a token that manages tokens."""
    return bearer(valid_token(owner, scopes=7, **values)[1])


def post(address: str, fields: dict[str, str], **headers: Any) -> Any:
    return Client(raise_request_exception=False).post(address, urlencode(fields), FORM, **headers)


def refused(response: Any, status: int, error: str) -> str:
    """An error of RFC 6749, 5.2, that nobody keeps; returns its challenge."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    assert body["error"] == error
    assert body["error_description"]
    challenge: str = response.get("WWW-Authenticate", "")
    return challenge


@pytest.fixture
def by(olivia: Login) -> Actor:
    """Olivia, acting through the API."""
    return Actor(label=olivia.label, channel="api", id=olivia.public_id, organisation_id=olivia.organisation_id)


__all__ = ["by"]
