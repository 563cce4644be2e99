"""An answer that holds a JWT is kept by nobody and packed by nobody: packed, its length would tell about the JWT."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Login
from tests.api_calls import valid_token
from tests.factories import PASSWORD
from tests.oauth_calls import bearer, in_body, managing, post
from tests.token_story import created
from tests.token_story import signed_in as signed_in_client

pytestmark = pytest.mark.django_db(transaction=True)

ASKS = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br, *"}
GRANT = {"grant_type": "client_credentials"}


def send(address: str, body: dict[str, str], **headers: str) -> Any:
    return Client().post(address, body, content_type="application/json", **headers, **ASKS)


def signed_in(olivia: Login) -> Any:
    return send("/api/mobile/login", {"username": olivia.user_name, "password": PASSWORD, "device": "Phone"})


# Each answers with at least one JWT.
ANSWERS: dict[str, Callable[[Login], Any]] = {
    "/oauth/token": lambda olivia: post("/oauth/token", GRANT | in_body(olivia), **ASKS),
    "/apiops/auth/token": lambda olivia: post("/apiops/auth/token", GRANT | in_body(olivia), **ASKS),
    "/v1/access-tokens": lambda olivia: send("/v1/access-tokens", {"name": "Report"}, **managing(olivia)),
    "/api/mobile/login": signed_in,
    "/api/mobile/refresh": lambda olivia: send("/api/mobile/refresh", {"refresh": signed_in(olivia).json()["refresh"]}),
}


@pytest.mark.parametrize("address", ANSWERS)
def test_it_is_plain_and_nobody_keeps_it(address: str, olivia: Login) -> None:
    response = ANSWERS[address](olivia)
    assert response.status_code in {200, 201}
    assert b'"eyJ' in response.content
    assert "no-store" in response["Cache-Control"]
    for name in ("Content-Encoding", "ETag", "Set-Cookie", "Last-Modified"):
        assert name not in response, name


def test_what_is_told_about_a_token_is_plain_too(olivia: Login) -> None:
    text = valid_token(olivia, name="Report")[1]
    for response in (
        post("/oauth/introspect", {"token": text}, **managing(olivia), **ASKS),
        Client().get("/v1/access-tokens", **managing(olivia, name="Other"), **ASKS),
        Client().get("/api/whoami", **bearer(text), **ASKS),
    ):
        assert response.status_code == 200
        assert response["Cache-Control"] == "no-store"
        assert "Content-Encoding" not in response


def test_the_page_that_shows_it_is_plain_and_stays_plain(olivia: Login) -> None:
    """``no-transform`` keeps a proxy from packing it (RFC 9111, 5.2.2.6)."""
    token = created(olivia)
    response = signed_in_client(olivia).post(f"/tokens/{token.public_id}/generate", **ASKS)
    assert b"eyJ" in response.content
    assert response["Cache-Control"] == "no-store, no-transform"
    assert "Content-Encoding" not in response
