"""Mobile sessions over HTTP: begun, used, refreshed, ended; and everything that is refused on the way."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Login, OutboxMail
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import valid_token
from tests.factories import PASSWORD, LoginFactory
from tests.test_jwt import claims_of, decoded
from tokens import jwt
from tokens.actions import mobile
from tokens.keys import ring
from tokens.models import MobileSession

pytestmark = pytest.mark.django_db(transaction=True)

AGENT = "Field/2.1 (iPhone)"


class App:
    """An app on a phone: it knows what it was last given."""

    def __init__(self, user_name: str = "olivia@demo.example", **headers: str) -> None:
        self.client = Client(raise_request_exception=False, HTTP_USER_AGENT=AGENT, **headers)
        self.user_name, self.access, self.refresh = user_name, "", ""

    def post(self, address: str, body: Any, **headers: str) -> Any:
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        response = self.client.post(f"/api/mobile/{address}", content, content_type="application/json", **headers)
        if response.status_code == 200 and "access" in response.json():
            self.access, self.refresh = response.json()["access"], response.json()["refresh"]
        return response

    def sign_in(self, **more: Any) -> Any:
        return self.post("login", {"username": self.user_name, "password": PASSWORD, "device": "Olivia's phone", **more})

    def renew(self, refresh: str | None = None) -> Any:
        return self.post("refresh", {"refresh": self.refresh if refresh is None else refresh})

    def sign_out(self, refresh: str | None = None) -> Any:
        return self.post("logout", {"refresh": self.refresh if refresh is None else refresh})

    def get(self, address: str = "/api/meta", access: str | None = None) -> Any:
        bearer = self.access if access is None else access
        return self.client.get(address, HTTP_AUTHORIZATION=f"Bearer {bearer}")


def pair_ids(login: Login) -> list[dict[str, str | None]]:
    return [
        {"user_type": each.user_type.role_id, "department": each.department and each.department.public_id}
        for each in login.assignments_now
    ]


def problem(response: Any, status: int, reason: str = "") -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert body.get("reason", "") == reason
    if status == 401:
        assert response["WWW-Authenticate"].startswith("Bearer realm=")
    return body


def last(verb: Verb) -> Entry:
    return Entry.objects.filter(verb=verb).latest("id")


def test_signing_in(olivia, places):
    chosen = next(ids for ids in pair_ids(olivia) if ids["department"] == places.finance.public_id)
    app = App()
    response = app.sign_in(**chosen)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    session = MobileSession.objects.get()
    organisation = olivia.organisation_id
    general = {"id": f"{organisation}:general-user", "name": "General User"}
    finance = {"user_type": general, "department": {"id": places.finance.public_id, "name": "Finance"}}
    south = {"user_type": general, "department": {"id": places.south.public_id, "name": "Energy / South"}}
    ends = session.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert response.json() == {
        "access": app.access,
        "refresh": app.refresh,
        "token_type": "Bearer",
        "expires_in": 900,
        "refresh_expires_at": ends,
        "session": {"id": session.public_id, "device": "Olivia's phone", **finance, "expires_at": ends},
        "choices": [south, finance],
    }
    assert session.expires_at - session.created_at == pytest.approx(timedelta(days=30), abs=timedelta(seconds=5))
    assert (bytes(session.access_digest), bytes(session.refresh_digest)) == (
        jwt.digest(app.access), jwt.digest(app.refresh),
    )  # fmt: skip


def test_what_the_two_jwts_say(olivia, places):
    app = App()
    app.sign_in(**pair_ids(olivia)[0])
    session = MobileSession.objects.get()
    head, claims = json.loads(decoded(app.access.split(".")[0])), claims_of(app.access)
    assert head == {"alg": "ES256", "kid": ring().signer.kid, "typ": "at+jwt"}
    assert (len(claims.pop("jti")), claims.pop("exp") - claims.pop("iat")) == (43, 900)
    identity = {
        "iss": ring().issuer, "sub": olivia.public_id, "client_id": session.public_id, "id": session.public_id,
        "token_id": session.public_id,
    }  # fmt: skip
    assert claims == {
        **identity,
        "aud": f"{ring().issuer}/api",
        "token_use": "mobile_access",
        "scope": "api:meta:read api:report:read",
        "org_id": olivia.organisation_id,
        "token_name": "Olivia's phone",
        "assume_roles": [f"{olivia.organisation_id}:general-user"],
    }
    head, claims = json.loads(decoded(app.refresh.split(".")[0])), claims_of(app.refresh)
    assert head == {"alg": "ES256", "kid": ring().signer.kid, "typ": "refresh+jwt"}
    assert (len(claims.pop("jti")), claims.pop("exp") - claims.pop("iat")) == (43, 30 * 24 * 3600)
    assert claims == {**identity, "aud": f"{ring().issuer}/api/mobile/refresh", "token_use": "mobile_refresh"}
