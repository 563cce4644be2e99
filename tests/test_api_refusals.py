"""What the API answers to calls that it does not admit (RFC 6750, RFC 9457): never data, never a 5xx."""

import http.client
import json
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Entry
from tests.api_calls import call, make_valid, valid_token  # noqa: F401
from tests.test_jwt import claims_of, signed
from tokens.keys import ring
from tokens.models import AccessToken
from tokens.scopes import Scope

pytestmark = pytest.mark.django_db(transaction=True)

REALM = 'Bearer realm="Reports API"'
INVALID = f'{REALM}, error="invalid_token"'


def problem(response: Any, status: int) -> dict[str, Any]:
    """The body, which has the promised form whatever went wrong."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    body = json.loads(response.content)
    assert body["status"] == status
    assert body["title"] == http.client.responses[status]
    assert body["request_id"] == response["X-Request-ID"]
    return body


def test_no_credentials(db, call):
    response = call()
    body = problem(response, 401)
    assert response["WWW-Authenticate"] == REALM
    assert "reason" not in body
    assert "Authorization: Bearer" in body["detail"]
    assert body["instance"] == "/api/echo"


def test_another_scheme_is_no_credentials(olivia, call):
    _token, text = valid_token(olivia)
    for value in (f"Token {text}", f"JWT {text}", text, "Basic b2xpdmlhOng=", "Negotiate abc", " "):
        response = call(HTTP_AUTHORIZATION=value)
        problem(response, 401)
        assert response["WWW-Authenticate"] == REALM


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_written_in_any_case(olivia, call, scheme):
    _token, text = valid_token(olivia)
    assert call(HTTP_AUTHORIZATION=f"{scheme} {text}").status_code == 200


def test_a_header_that_is_no_bearer_header(olivia, call):
    _token, text = valid_token(olivia)
    for value in (
        "Bearer", "Bearer ", f"Bearer  {text}", f"Bearer\t{text}", f"Bearer {text} ", f"Bearer {text} {text}",
        f"Bearer {text},Bearer {text}", f"Bearer {text}, Basic x", f"Bearer x, Bearer {text}", f'Bearer "{text}"',
        f"Bearer {text}\x00", f"Bearer {text}\u00fc", f"Bearer{text}", f"Bearer: {text}",
    ):  # fmt: skip
        response = call(HTTP_AUTHORIZATION=value)
        assert problem(response, 400)["reason"] == "invalid_request", value
        assert response["WWW-Authenticate"] == f'{REALM}, error="invalid_request"'
    assert not Entry.objects.exists()


def test_a_token_in_any_other_place_is_no_credentials(olivia, call, client):
    _token, text = valid_token(olivia)
    client.cookies["access_token"] = text
    client.cookies["Authorization"] = f"Bearer {text}"
    for address in (
        f"/api/echo?access_token={text}",
        f"/api/echo?token={text}",
        f"/api/echo?Authorization=Bearer%20{text}",
    ):
        problem(call(address=address), 401)
    for name in ("HTTP_X_AUTHORIZATION", "HTTP_AUTHORIZATION_", "HTTP_PROXY_AUTHORIZATION", "HTTP_X_API_KEY"):
        problem(call(**{name: f"Bearer {text}"}), 401)


def test_the_consoles_session_is_no_credentials(ada, call, client):
    client.force_login(ada, backend="accounts.backends.LoginBackend")
    problem(call(), 401)


def test_every_string_of_a_stranger_gets_the_same_answer(olivia, call):
    _token, text = valid_token(olivia)
    answers = set()
    for other in ("x", text[:-2], text + "A", signed({}), "a.b.c", "A" * 5000):
        response = call(other)
        body = problem(response, 401)
        assert response["WWW-Authenticate"] == INVALID
        del body["request_id"]
        answers.add(json.dumps(body))
    assert len(answers) == 1
    assert not Entry.objects.exists()


def test_who_holds_a_genuine_jwt_is_told_why_and_what_to_do(olivia, call):
    token, text = valid_token(olivia)
    AccessToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    response = call(text)
    body = problem(response, 401)
    assert response["WWW-Authenticate"] == INVALID
    assert body["reason"] == "revoked"
    assert "Create a new one" in body["detail"]
    assert body["type"].endswith("/api/docs#revoked")
    assert Entry.objects.get().request_id == body["request_id"]


def test_a_missing_scope_is_named(olivia, call):
    _token, text = valid_token(olivia)
    response = call(text, "/api/manage")
    body = problem(response, 403)
    assert response["WWW-Authenticate"] == f'{REALM}, error="insufficient_scope", scope="api:token:manage"'
    assert (body["reason"], body["scope"]) == ("scope_missing", "api:token:manage")
    assert Entry.objects.get().reason == "scope_missing"


def test_a_newer_jwt_ends_the_older(olivia, call):
    token, old = valid_token(olivia)
    new = make_valid(token)
    assert problem(call(old), 401)["reason"] == "replaced"
    assert call(new).status_code == 200


def test_more_scopes_in_a_forged_jwt_do_not_count(olivia, call):
    _token, text = valid_token(olivia)
    forged = signed({**claims_of(text), "scope": "api:token:manage", "is_admin": True})
    assert problem(call(forged, "/api/manage"), 401)["reason"] == "replaced"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
def test_only_the_methods_that_are_there(olivia, call, client, method):
    _token, text = valid_token(olivia)
    response = getattr(client, method)("/api/echo", HTTP_AUTHORIZATION=f"Bearer {text}")
    assert problem(response, 405)["detail"] == "This address takes GET, HEAD and no other method."
    assert response["Allow"] == "GET, HEAD"
    assert not Entry.objects.exists()
    overridden = client.post("/api/echo", HTTP_AUTHORIZATION=f"Bearer {text}", HTTP_X_HTTP_METHOD_OVERRIDE="GET")
    problem(overridden, 405)


def test_head_is_admitted_and_recorded_as_get_is(olivia, call, client):
    _token, text = valid_token(olivia)
    response = client.head("/api/echo", HTTP_AUTHORIZATION=f"Bearer {text}")
    assert (response.status_code, response.content) == (200, b"")
    assert Entry.objects.get().method == "HEAD"


def test_no_such_address(db, call):
    for address in ("/api/nothing", "/api/echo/", "/.well-known/nothing"):
        problem(call(address=address), 404)


def test_answers_are_for_this_caller_alone(olivia, call):
    _token, text = valid_token(olivia)
    response = call(text, HTTP_ORIGIN="https://elsewhere.example")
    assert response["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in response
    assert "Set-Cookie" not in response
    assert response["Content-Type"] == "application/json"


def test_the_token_is_in_no_log_and_no_entry(olivia, call, caplog, capfd):
    caplog.set_level("DEBUG")
    token, text = valid_token(olivia)
    AccessToken.objects.filter(pk=token.pk).update(current_scopes=Scope.META)
    call(text)
    call(text + "A")
    call(text[:-1])
    written = caplog.text + "".join(capfd.readouterr()) + str(list(Entry.objects.values()))
    for part in text.split("."):
        assert part[-30:] not in written


@pytest.mark.parametrize("address", ["/.well-known/jwks.json", "/v1/access-tokens/.well-known/jwks.json"])
def test_the_key_document_is_public(db, client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=300"
    assert [key["kid"] for key in json.loads(response.content)["keys"]] == [ring().signer.kid]
    assert client.post(address).status_code == 405
