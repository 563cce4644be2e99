"""What standard clients read first: RFC 8414, RFC 9728, the two members of the /v1 dialect, and nothing untrue."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import resolve

from tokens.keys import ring
from tokens.scopes import NAMES

AUTHORIZATION_SERVER = "/.well-known/oauth-authorization-server"
RESOURCES = ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/api"]
ISSUER_OF_V1 = "/v1/access-tokens/.well-known/openid-configuration"
KEYS = ["/.well-known/jwks.json", "/v1/access-tokens/.well-known/jwks.json"]
EVERY = [AUTHORIZATION_SERVER, *RESOURCES, ISSUER_OF_V1, *KEYS]


@pytest.fixture
def shared_secret(settings: Any, tmp_path: Path) -> None:
    settings.JWT_ALGORITHM = "HS512"
    settings.DATA_DIR = tmp_path


def read(address: str, **headers: str) -> dict[str, Any]:
    found: dict[str, Any] = Client().get(address, **headers).json()
    return found


def test_the_authorization_server() -> None:
    url = django_settings.PUBLIC_URL
    assert read(AUTHORIZATION_SERVER) == {
        "issuer": ring().issuer,
        "token_endpoint": f"{url}/oauth/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": ["api:meta:read", "api:report:read", "api:token:manage"],
        "introspection_endpoint": f"{url}/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "Bearer"],
        "revocation_endpoint": f"{url}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "jwks_uri": f"{url}/.well-known/jwks.json",
        "protected_resources": [f"{ring().issuer}/api"],
        "service_documentation": f"{url}/api/docs",
    }


@pytest.mark.parametrize("address", RESOURCES)
def test_the_resource_is_what_the_jwts_are_for(address: str) -> None:
    assert read(address) == {
        "resource": ring().audience,
        "resource_name": "Reports API",
        "authorization_servers": [ring().issuer],
        "scopes_supported": list(NAMES.values()),
        "bearer_methods_supported": ["header"],
        "resource_documentation": f"{django_settings.PUBLIC_URL}/api/docs",
    }


def test_the_issuer_of_v1() -> None:
    jwks_uri = f"{django_settings.PUBLIC_URL}/v1/access-tokens/.well-known/jwks.json"
    assert read(ISSUER_OF_V1) == {"issuer": ring().issuer, "jwks_uri": jwks_uri}


def test_every_endpoint_that_is_named_is_there() -> None:
    named = [value for address in EVERY for value in read(address).values() if isinstance(value, str)]
    addresses = {value for value in named if value.startswith(django_settings.PUBLIC_URL + "/")}
    addresses -= {ring().audience}  # a name, not an address
    assert len(addresses) == 6
    for address in addresses:
        resolve(address.removeprefix(django_settings.PUBLIC_URL))


def test_keys_that_are_named_are_there() -> None:
    for address in (AUTHORIZATION_SERVER, ISSUER_OF_V1):
        place = read(address)["jwks_uri"].removeprefix(django_settings.PUBLIC_URL)
        assert [key["kid"] for key in read(place)["keys"]] == [ring().signer.kid]


def test_a_shared_secret_has_no_public_keys(shared_secret: None) -> None:
    assert "jwks_uri" not in read(AUTHORIZATION_SERVER)
    assert list(read(ISSUER_OF_V1)) == ["issuer"]
    for address in KEYS:
        assert read(address) == {"keys": []}


def test_the_issuer_stays_where_tokens_were_first_issued_and_endpoints_move(settings: Any) -> None:
    issuer = ring().issuer
    settings.PUBLIC_URL = "https://moved.example"
    found = read(AUTHORIZATION_SERVER)
    assert found["issuer"] == issuer
    assert found["token_endpoint"] == "https://moved.example/oauth/token"


@pytest.mark.parametrize("address", EVERY)
def test_anyone_may_keep_it_for_a_while(address: str) -> None:
    first = Client().get(address)
    assert first.status_code == 200
    assert first["Content-Type"] == ("application/jwk-set+json" if address in KEYS else "application/json")
    assert first["Cache-Control"] == "public, max-age=300"
    assert first["Vary"] == "Accept-Encoding"
    assert not first["ETag"].startswith("W/")
    assert "Set-Cookie" not in first
    again = Client().get(address, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    head = Client().head(address)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", first["ETag"])


@pytest.mark.parametrize("address", EVERY)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_it_is_only_read(address: str, method: str) -> None:
    response = Client().generic(method, address)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert response["Content-Type"].startswith("application/")


@pytest.mark.parametrize("address", EVERY)
def test_another_spelling_is_no_address(address: str) -> None:
    assert Client().get(address + "/").status_code == 404
