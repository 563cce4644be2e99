"""The examples of the OpenAPI file are true: what is really answered is in it word for word."""

import base64
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.test import Client

from accounts.models import Login
from tests.api_calls import valid_token
from tests.test_openapi import resolved
from tokens.actions import revoke
from tokens.api import document
from tokens.api.actors import program_actor
from tokens.api.schema.tokens import FORM
from tokens.models import AccessToken
from tokens.scopes import ALL

pytestmark = pytest.mark.django_db(transaction=True)

JSON = "application/json"
# Which of an answer's members are told for this one call.
OF_THE_CALL = {"instance", "request_id", "type", "names_at", "allowed", "parameter"}

WITHOUT_CREDENTIALS = [
    ("GET", "/api/meta", "/api/meta", 401),
    ("GET", "/api/whoami", "/api/whoami", 401),
    ("GET", "/v1/access-tokens", "/v1/access-tokens", 401),
    ("POST", "/v1/access-tokens", "/v1/access-tokens", 401),
]
WITH_A_TOKEN = [
    ("GET", "/api/meta/reports/{name}", "/api/meta/reports/Nothing", 404),
    ("GET", "/v1/access-tokens", "/v1/access-tokens?token_type=everything", 400),
    ("DELETE", "/v1/access-tokens/{public_id}", "/v1/access-tokens/api_" + "0" * 21, 404),
]
BODIES = [
    ("/v1/access-tokens", JSON, {"name": "x", "roles": []}, 400),
    ("/v1/access-tokens", JSON, {"name": "x", "token_type": "journey"}, 400),
    ("/v1/access-tokens", JSON, {"name": 7, "anonymize": 1}, 400),
    ("/v1/access-tokens", "text/plain", {}, 415),
    ("/api/tokens/leaked", JSON, {"token": "eyJ"}, 202),
    ("/api/tokens/leaked", JSON, {}, 400),
    ("/api/tokens/leaked", "text/plain", {}, 415),
    ("/api/mobile/login", JSON, {"username": "a", "password": "b", "device": "c"}, 401),
    ("/api/mobile/login", JSON, {"username": "a", "password": "b", "device": ""}, 400),
    ("/api/mobile/refresh", JSON, {"refresh": "eyJ"}, 401),
    ("/api/mobile/refresh", JSON, {}, 400),
    ("/api/mobile/logout", JSON, {"refresh": "eyJ"}, 401),
    ("/api/mobile/logout", JSON, None, 400),
]
FORMS = [
    ("/oauth/token", {"scope": "x"}, 400),
    ("/oauth/token", {"grant_type": "password"}, 400),
    ("/oauth/token", {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}, 401),
    ("/apiops/auth/token", {"grant_type": "password"}, 400),
    ("/apiops/auth/token", {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}, 401),
    ("/oauth/introspect", {"token": ""}, 400),
    ("/oauth/introspect", {"token": "eyJ", "client_id": "a", "client_secret": "b"}, 401),
    ("/oauth/revoke", {"token": "eyJ", "client_id": "a", "client_secret": "b"}, 401),
]


def described(method: str, path: str, status: int, kind: str) -> list[dict[str, Any]]:
    """The examples of an answer, without what belongs to one call."""
    spec = document.document()
    answer = resolved(spec, spec["paths"][path][method.lower()]["responses"][str(status)])
    return [general(example["value"]) for example in answer["content"][kind]["examples"].values()]


def general(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in OF_THE_CALL}


def check(response: Any, method: str, path: str, status: int) -> None:
    assert response.status_code == status, response.content
    kind = response["Content-Type"].partition(";")[0]
    assert general(response.json()) in described(method, path, status, kind)


@pytest.fixture
def bearer(olivia: Login) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {valid_token(olivia, scopes=int(ALL))[1]}"}


@pytest.mark.parametrize(("method", "path", "address", "status"), WITHOUT_CREDENTIALS)
def test_without_credentials(client: Client, method: str, path: str, address: str, status: int) -> None:
    check(client.generic(method, address), method, path, status)


@pytest.mark.parametrize(("method", "path", "address", "status"), WITH_A_TOKEN)
def test_with_a_token(client: Client, bearer: Any, method: str, path: str, address: str, status: int) -> None:
    check(client.generic(method, address, **bearer), method, path, status)


@pytest.mark.parametrize(("path", "kind", "body", "status"), BODIES)
def test_with_a_body(client: Client, bearer: Any, path: str, kind: str, body: Any, status: int) -> None:
    headers = bearer if path.startswith("/v1") else {}
    content = b"" if body is None else orjson.dumps(body)
    check(client.generic("POST", path, content, content_type=kind, **headers), "POST", path, status)


@pytest.mark.parametrize(("path", "fields", "status"), FORMS)
def test_with_a_form(client: Client, path: str, fields: dict[str, str], status: int) -> None:
    check(client.post(path, urlencode(fields), content_type=FORM), "POST", path, status)


def test_with_qm_headers(client: Client, olivia: Login) -> None:
    _token, jwt = valid_token(olivia, scopes=1)
    missing = {"HTTP_AUTH_TENANT_ID": "1"}
    for headers, status in (
        ({"HTTP_AUTH_TOKEN": "eyJ", **missing}, 401),
        ({"HTTP_AUTH_TOKEN": jwt, "HTTP_AUTH_TENANT_ID": "999"}, 401),
        ({"HTTP_AUTH_TOKEN": jwt, "HTTP_AUTH_TENANT_ID": str(olivia.organisation_id)}, 403),
    ):
        response = client.get("/api/data/ContactsAndLogins", **headers)
        check(response, "GET", "/api/data/{name}", status)


def test_dead_and_limited_tokens(client: Client, olivia: Login) -> None:
    token, jwt = valid_token(olivia, scopes=1)
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {jwt}"}
    check(client.get("/api/data/ContactsAndLogins", **bearer), "GET", "/api/data/{name}", 403)
    AccessToken.objects.filter(pk=token.pk).update(calls_per_minute=1)
    client.get("/api/meta", **bearer)
    check(client.get("/api/meta", **bearer), "GET", "/api/meta", 429)
    revoke(token=token, by=program_actor(client.get("/healthz").wsgi_request, olivia))
    check(client.get("/api/meta", **bearer), "GET", "/api/meta", 401)
    check(client.get("/api/whoami", **bearer), "GET", "/api/whoami", 401)


@pytest.mark.parametrize(("method", "path", "address", "status"), WITHOUT_CREDENTIALS)
def test_with_a_string_that_is_no_jwt_of_ours(
    client: Client, method: str, path: str, address: str, status: int
) -> None:
    check(client.generic(method, address, HTTP_AUTHORIZATION="Bearer eyJ"), method, path, status)
    check(client.generic(method, address, HTTP_AUTHORIZATION="Bearer"), method, path, 400)


def test_reports_refuse_as_they_say(client: Client, ada: Login) -> None:
    pair = base64.b64encode(b"ada@demo.example:wrong").decode()
    check(client.get("/api/meta", HTTP_AUTHORIZATION=f"Basic {pair}"), "GET", "/api/meta", 401)
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {valid_token(ada)[1]}"}
    check(client.get("/api/data/ContactsAndLogins", HTTP_ACCEPT="image/png", **bearer), "GET", "/api/data/{name}", 406)


def test_keys_and_metadata_have_the_members_that_are_shown(client: Client) -> None:
    for path in ("/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource",
                 "/v1/access-tokens/.well-known/openid-configuration"):  # fmt: skip
        [example] = described("GET", path, 200, JSON)
        assert client.get(path).json().keys() == example.keys()
    [keys] = described("GET", "/.well-known/jwks.json", 200, "application/jwk-set+json")
    assert client.get("/.well-known/jwks.json").json()["keys"][0].keys() == keys["keys"][0].keys()
