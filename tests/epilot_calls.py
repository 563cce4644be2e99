"""Calls of epilot's token addresses, for tests, and what their answers must look like."""

from typing import Any

import orjson
import pytest
from django.test import Client

from accounts.models import Login
from accounts.pairs import Pair
from tests.api_calls import valid_token
from tokens.models import AccessToken
from tokens.scopes import Scope

ADDRESS = "/v1/access-tokens"
MANAGE = int(Scope.TOKEN)


@pytest.fixture
def manager(olivia: Login) -> tuple[AccessToken, str]:
    """A token of Olivia's, not limited, with the one scope that these addresses need."""
    return valid_token(olivia, name="Deployment", scopes=MANAGE)


def request(method: str, jwt: str | None, path: str = ADDRESS, body: Any = None, **headers: Any) -> Any:
    if jwt is not None:
        headers["HTTP_AUTHORIZATION"] = f"Bearer {jwt}"
    content = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
    kind = headers.pop("content_type", "application/json")
    client = Client(raise_request_exception=False)
    return client.generic(method, path, content, kind, REMOTE_ADDR="192.0.2.7", **headers)


def rows(jwt: str, report: str) -> list[dict[str, Any]]:
    response = request("GET", jwt, f"/api/data/{report}")
    assert response.status_code == 200
    found: list[dict[str, Any]] = orjson.loads(b"".join(response.streaming_content))
    return found


def post(jwt: str | None, body: Any, **headers: Any) -> Any:
    return request("POST", jwt, body=body, **headers)


def refused(response: Any, status: int) -> str:
    """The words of a refusal, in this dialect's one shape."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    assert body.keys() == {"status", "error"}
    assert body["status"] == status
    assert body["error"]
    return str(body["error"])


def role(login: Login, slug: str = "general-user") -> str:
    return f"{login.organisation_id}:{slug}"


def pairs_of(login: Login, slug: str = "general-user") -> list[Pair]:
    return sorted(
        assignment.pair
        for assignment in login.assignments.select_related("user_type")
        if assignment.user_type.slug == slug
    )


def limited(owner: Login, *pairs: Pair, scopes: int = MANAGE, **more: Any) -> str:
    restriction = "|" + "".join(f"{pair.encoded()}|" for pair in pairs)
    return valid_token(owner, scopes=scopes, restriction=restriction, **more)[1]


def made() -> AccessToken:
    return AccessToken.objects.latest("pk")
