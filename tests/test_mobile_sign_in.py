"""Signing in on a phone: what the app is given, what is refused, and that every refusal looks the same."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Login
from audit.models import Entry
from audit.verbs import Verb
from tests.factories import PASSWORD
from tests.mobile_app import (
    App,
    change_login,
    change_organisation,
    last,
    make_view_only,
    pair_ids,
    problem,
)
from tests.test_jwt import claims_of, decoded
from tokens import jwt
from tokens.keys import ring
from tokens.models import MobileSession

pytestmark = pytest.mark.django_db(transaction=True)


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
    south = {"user_type": general, "department": {"id": places.south.public_id, "name": "Energy > South"}}
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


def test_null_and_absent_choose_nothing(olivia):
    for spelling in ({}, {"user_type": None}, {"department": None}, {"user_type": None, "department": None}):
        assert App().sign_in(**spelling).json()["session"]["user_type"] is None


def test_a_pair_that_is_not_the_logins_own(olivia, places, olga):
    general = f"{olivia.organisation_id}:general-user"
    for wrong in (
        {"user_type": general},
        {"user_type": general, "department": places.energy.public_id},
        {"user_type": f"{olivia.organisation_id}:owner", "department": places.finance.public_id},
        {"user_type": f"{olga.organisation_id}:general-user", "department": places.finance.public_id},
        {"user_type": general.upper(), "department": places.finance.public_id},
        {"user_type": "\x00", "department": "' OR 1=1 --"},
    ):
        body = problem(App().sign_in(**wrong), 400, "wrong_pair")
        assert [choice["department"]["name"] for choice in body["allowed"]] == ["Energy > South", "Finance"]
    assert not MobileSession.objects.exists()
    assert last(Verb.SIGN_IN_FAIL).reason == "wrong_pair"
    assert App().sign_in().status_code == 200  # none of these counted as a guess


def sign_in_body(**more: Any) -> dict[str, Any]:
    body = {"username": "olivia@demo.example", "password": PASSWORD, "device": "Phone", **more}
    return {name: value for name, value in body.items() if value is not ...}


BAD_BODIES: dict[str, tuple[Any, str]] = {
    "no username": (sign_in_body(username=...), "username"),
    "no password": (sign_in_body(password=...), "password"),
    "no device": (sign_in_body(device=...), "device"),
    "username a number": (sign_in_body(username=1), "username"),
    "password a list": (sign_in_body(password=["x"]), "password"),
    "password null": (sign_in_body(password=None), "password"),
    "device empty": (sign_in_body(device=""), "device"),
    "device blank": (sign_in_body(device=" \t\n"), "device"),
    "device invisible": (sign_in_body(device="\u200b\u200d\u2066\x00"), "device"),
    "device too long": (sign_in_body(device="x" * 101), "device"),
    "department a number": (sign_in_body(user_type="1:general-user", department=3), "department"),
    "department without user type": (sign_in_body(department="dep_x"), "department"),
    "user type an object": (sign_in_body(user_type={}), "user_type"),
    "unknown field": (sign_in_body(tenant=1), "tenant"),
    "two things": ({"username": "x", "colour": "red"}, "colour is not known. password"),
    "a list": ([], "object"),
    "a text": ('"x"', "object"),
    "no JSON": ("{", "JSON"),
    "deep": ("[" * 5000, "JSON"),
    "a lone surrogate": ('{"username": "\\ud800", "password": "x", "device": "x"}', "JSON"),
    "not UTF-8": (b'{"username": "\xff"}', "JSON"),
}


def test_a_body_that_is_no_sign_in(olivia):
    for name, (body, named) in BAD_BODIES.items():
        assert named in problem(App().post("login", body), 400, "invalid_request")["detail"], name
    assert not Entry.objects.exists()


def test_other_content_and_too_much_of_it(olivia):
    client = Client()
    for address in ("login", "refresh", "logout"):
        path = f"/api/mobile/{address}"
        problem(client.post(path, {"username": "x"}), 415)
        problem(client.post(path, "username=x", content_type="application/x-www-form-urlencoded"), 415)
        problem(client.post(path, b"x" * 20_000, content_type="application/json"), 413)
        for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"):
            response = client.generic(method, path)
            assert (response.status_code, response["Allow"]) == (405, "POST"), method
        assert client.post(path + "/", "{}", content_type="application/json").status_code == 404


def test_a_devices_name_is_cleaned(olivia):
    for given, kept in (
        ("  Olivia’s\t iPhone\n15  ", "Olivia’s iPhone 15"),
        ("Pho\u200bne\x00\u202e", "Phone"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 tablet", "\U0001f468\u200d\U0001f469\u200d\U0001f467 tablet"),
        ("\u200dx\u200d", "x"),
        ("名" * 100, "名" * 100),
    ):
        assert App().sign_in(device=given).json()["session"]["device"] == kept
    entry = last(Verb.SESSION_BEGIN)
    assert (entry.subject_label, entry.token_name) == ("名" * 100, "名" * 100)


REFUSED_LOGINS: dict[str, Callable[[Login], Any]] = {
    "service": change_login(is_service=True),
    "sso": change_login(is_sso=True),
    "disabled": change_login(enabled=False),
    "expired": change_login(expires_at=timezone.now() - timedelta(minutes=1)),
    "suspended": change_organisation(suspended_at=timezone.now()),
    "view_only": make_view_only,
    "second_factor": change_organisation(second_factor_required=True),
    "change_due": change_login(must_change_password=True),
}


def without_names(response: Any) -> tuple[Any, ...]:
    body = {name: value for name, value in response.json().items() if name != "request_id"}
    headers = {name: value for name, value in response.items() if name != "X-Request-ID"}
    return response.status_code, body, headers


@pytest.mark.parametrize(("reason", "change"), REFUSED_LOGINS.items(), ids=REFUSED_LOGINS)
def test_every_login_that_may_not_looks_like_a_wrong_password(olivia, reason, change):
    wrong = App().sign_in(password="not the password at all")
    body = problem(wrong, 401, "bad_credentials")
    assert body["detail"] == "Bad credentials"
    assert last(Verb.SIGN_IN_FAIL).reason == "bad_password"
    change(olivia)
    refused = App().sign_in()
    assert without_names(refused) == without_names(wrong)
    entry = last(Verb.SIGN_IN_FAIL)
    assert (entry.reason, entry.subject_id, entry.channel, entry.scheme) == (
        reason,
        olivia.public_id,
        "api",
        "password",
    )
    assert without_names(App("nobody@demo.example").sign_in()) == without_names(wrong)
    assert not MobileSession.objects.exists()


def test_a_name_is_locked_and_an_address_is_limited(olivia):
    for _guess in range(olivia.organisation.password_attempts_limit):
        App().sign_in(password="not the password at all")
    problem(App().sign_in(), 401, "bad_credentials")
    assert last(Verb.SIGN_IN_FAIL).reason == "locked"
    for _guess in range(100):
        response = App().sign_in(password="not the password at all")
    assert problem(response, 429, "too_many_attempts")
    assert 0 < int(response["Retry-After"]) <= 900


def test_signing_in_again_begins_another_session(olivia):
    first, second = App(), App()
    first.sign_in()
    second.sign_in(device="Tablet")
    assert MobileSession.objects.count() == 2
    first.sign_out()
    assert (first.get().status_code, second.get().status_code) == (401, 200)
