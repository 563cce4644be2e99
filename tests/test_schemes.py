"""The ways in which a token may be given on report addresses, each with its own words when it is refused."""

import base64
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Entry
from tests.api_calls import call, valid_token  # noqa: F401
from tokens.api import authentication
from tokens.models import AccessToken
from tokens.scopes import Scope

pytestmark = pytest.mark.django_db(transaction=True)

META = "/api/meta"
BEARER = 'Bearer realm="Reports API"'
BOTH = f'{BEARER}, Basic realm="Reports API", charset="UTF-8"'


def basic(user_name: str, password: str) -> dict[str, str]:
    pair = base64.b64encode(f"{user_name}:{password}".encode()).decode()
    return {"HTTP_AUTHORIZATION": f"Basic {pair}"}


def headers(token: str, tenant: object) -> dict[str, str]:
    return {"HTTP_AUTH_TOKEN": token, "HTTP_AUTH_TENANT_ID": str(tenant)}


def failed(error: str) -> dict[str, Any]:
    return {"status": False, "message": "Authentication failed", "error": error}


def test_each_way_is_on_record(olivia, call):
    _token, text = valid_token(olivia)
    for given in ({"HTTP_AUTHORIZATION": f"Bearer {text}"}, basic("", text), headers(text, olivia.organisation_id)):
        assert call(address=META, **given).status_code == 200
    assert list(Entry.objects.order_by("pk").values_list("scheme", flat=True)) == ["bearer", "basic", "auth-token"]


@pytest.mark.parametrize("user_name", ["", "x", "olivia@demo.example", "token", "ü"])
def test_a_token_as_password_goes_with_any_user_name(olivia, call, user_name):
    _token, text = valid_token(olivia)
    assert call(address=META, **basic(user_name, text)).status_code == 200


def test_what_is_asked_for(db, call):
    assert call(address=META)["WWW-Authenticate"] == BOTH
    assert call("eyJx", META)["WWW-Authenticate"] == f'{BEARER}, error="invalid_token"'
    assert call(address=META, **basic("x", "eyJx"))["WWW-Authenticate"] == BOTH
    assert call(address=META, **headers("x", 1))["WWW-Authenticate"] == f'{BEARER}, error="invalid_token"'
    assert call(address="/api/echo")["WWW-Authenticate"] == BEARER


def test_a_header_that_is_no_basic_header(olivia, call):
    pair = base64.b64encode(b"no colon").decode()
    for value in ("Basic", "Basic ", "Basic !", "Basic x y", f"Basic {pair}", "Basic /w=="):
        response = call(address=META, HTTP_AUTHORIZATION=value)
        assert (response.status_code, response.json()["reason"]) == (400, "invalid_request")
        assert response["WWW-Authenticate"] == BOTH


def test_other_addresses_take_bearer_alone(olivia, call):
    _token, text = valid_token(olivia)
    for given in (basic("x", text), headers(text, olivia.organisation_id)):
        response = call(address="/api/echo", **given)
        assert response.status_code == 401
        assert response["Content-Type"] == "application/problem+json"


def test_more_than_one_token_is_none(olivia, call):
    _token, text = valid_token(olivia)
    tenant = olivia.organisation_id
    for address, given in (
        (META, {**headers(text, tenant), "HTTP_AUTHORIZATION": f"Bearer {text}"}),
        (META, {**headers(text, tenant), **basic("", text)}),
        (f"{META}?access_token={text}", {"HTTP_AUTHORIZATION": f"Bearer {text}"}),
        (f"/api/echo?access_token={text}", {"HTTP_AUTHORIZATION": f"Bearer {text}"}),
    ):
        response = call(address=address, **given)
        assert (response.status_code, response.json()["reason"]) == (400, "invalid_request")
    assert not Entry.objects.exists()


def test_two_headers_want_each_other(olivia, call):
    _token, text = valid_token(olivia)
    for given, error in (
        ({"HTTP_AUTH_TOKEN": text}, "Missing auth-tenant-id header"),
        ({"HTTP_AUTH_TENANT_ID": "1"}, "Missing required authentication headers: auth-token"),
    ):
        response = call(address=META, **given)
        assert (response.status_code, response.json()) == (401, failed(error))
        assert response["Content-Type"] == "application/json"


def test_the_tenant_id_must_be_the_tokens(olivia, olga, call):
    _token, text = valid_token(olivia)
    for tenant in (olga.organisation_id, "company-prod", "", "-1", "1e3", "٣", "9" * 19):
        response = call(address=META, **headers(text, tenant))
        assert (response.status_code, response.json()) == (401, failed("Invalid tenant ID"))
    assert set(Entry.objects.values_list("result", "reason", "scheme")) == {("fail", "wrong_tenant", "auth-token")}


def test_a_tenant_id_beside_a_bearer_token_counts_too(olivia, olga, call):
    _token, text = valid_token(olivia)
    assert call(text, META, HTTP_AUTH_TENANT_ID=str(olivia.organisation_id)).status_code == 200
    response = call(text, META, HTTP_AUTH_TENANT_ID=str(olga.organisation_id))
    assert (response.status_code, response.json()["reason"]) == (401, "wrong_tenant")


def test_whatever_is_wrong_with_the_token_two_headers_are_told_the_same(olivia, call):
    token, text = valid_token(olivia)
    AccessToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    for given in (text, "x", "", "é"):
        response = call(address=META, **headers(given, olivia.organisation_id))
        assert (response.status_code, response.json()) == (401, failed("Invalid or expired auth-token"))


def test_two_headers_are_told_what_is_missing_and_what_is_wrong(olivia, call):
    token, text = valid_token(olivia)
    given = headers(text, olivia.organisation_id)
    wrong = call(address="/api/data/RecentLogins?Period=7", **given)
    assert wrong.status_code == 400
    assert wrong.json()["message"] == "Validation failed"
    assert wrong.json()["errors"][0]["paths"] == ["Period"]
    AccessToken.objects.filter(pk=token.pk).update(current_scopes=Scope.META)
    refused = call(address="/api/data/RecentLogins", **given)
    assert (refused.status_code, refused.json()["error"]) == (403, "Missing required role: api:report:read")


def test_many_wrong_tokens_are_refused_by_address_and_a_right_one_never_is(olivia, call, monkeypatch):
    monkeypatch.setattr(authentication, "FAILURES_LIMIT", 3)
    token, text = valid_token(olivia)
    assert [call("x").status_code for _call in range(5)] == [401, 401, 401, 429, 429]
    refused = call("x")
    assert 0 < int(refused["Retry-After"]) <= authentication.FAILURES_WINDOW
    assert refused.json()["reason"] == "too_many_attempts"
    assert call(text).status_code == 200
    assert call("x", REMOTE_ADDR="192.0.2.9").status_code == 401
    AccessToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    assert call(text).status_code == 429


def test_calls_that_are_left_are_told(olivia, call):
    token, text = valid_token(olivia)
    assert "RateLimit" not in call(text)
    AccessToken.objects.filter(pk=token.pk).update(calls_per_minute=1)
    fine = call(text)
    assert fine["RateLimit-Policy"] == '"calls";q=1;w=60'
    assert fine["RateLimit"].startswith('"calls";r=0;t=')
    refused = call(text)
    assert (refused.status_code, refused.json()["reason"]) == (429, "too_many_calls")
    assert refused["RateLimit"] == f'"calls";r=0;t={refused["Retry-After"]}'
    assert list(Entry.objects.order_by("pk").values_list("reason", flat=True)) == ["", "", "too_many_calls"]


def test_apinizers_management_addresses_tell_of_the_token_alone(olivia, call):
    token, text = valid_token(olivia)

    def told(*given: str) -> tuple[int, str]:
        response = call(*given, address="/apiops/projects/")
        assert response["Content-Type"] == "application/json;charset=UTF-8"
        body = response.json()
        assert body["status"] == "FAILURE"
        return response.status_code, body["resultMessage"]

    assert told() == (401, "Empty Key! Client must be authenticated to access this resource.")
    assert told("eyJx") == (401, "Token is not valid!")
    assert told(text) == (404, "No gateway is managed here. Reports begin at /api/meta.")
    AccessToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    assert told(text) == (401, "Token was expired!")
