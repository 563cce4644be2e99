"""No address of the API ever redirects, sets a cookie, needs a slash at its end or answers HTML, whatever is sent."""

import itertools
import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from accounts import limits
from accounts.actions import sign_in
from accounts.models import Attempts
from audit.models import Entry
from config import errors
from tests.addresses import BLANK, Address, all_addresses
from tests.api_calls import call, valid_token  # noqa: F401
from tests.test_api_refusals_served import raw
from tokens import admission
from tokens.api import data
from tokens.api.authentication import FAILURES_LIMIT, FAILURES_WINDOW
from tokens.scopes import ALL

pytestmark = pytest.mark.django_db(transaction=True)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get")
PREFIXES = ("/api", "/v1", "/oauth", "/apiops", "/.well-known")
MADE_UP = [
    *(f"{prefix}{rest}" for prefix in PREFIXES for rest in (
        "", "/", "/nothing", "/nothing/", "/nothing/at/all", "//", "/.", "/%2e%2e/sign-in", "/favicon.ico", "/é",
    )),
    "/api/meta/", "/api/meta/reports/", "/api/meta/reports/ContactsAndLogins/", "/api/data", "/api/data/",
    "/api/data/ContactsAndLogins/", "/api/data/a/b", "/v1/access-tokens/", "/v1/access-tokens/x/y", "/api/%00",
    "/oauth/token/", "/apiops/auth/token/", "/apiops/projects/", "/api/mobile", "/api/mobile/login/", "/API/meta",
    "/api/whoami/", "/api/tokens", "/api/docs/x", "/api/schema.json", "/.well-known/jwks.json/",
]  # fmt: skip
BODIES = [
    (
        "application/json",
        b'{"name": "x", "token": "x", "username": "x", "password": "y", "device": "z", "refresh": "r"}',
    ),
    ("application/json", b"{"),
    ("application/json", b"[" * 5000),
    ("application/json", b""),
    ("application/json; charset=nonsense", b"{}"),
    ("application/x-www-form-urlencoded", b"token=x&grant_type=client_credentials&client_id=x&client_secret=y"),
    ("application/x-www-form-urlencoded", b"token=%ff%00&token=x"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nx\r\n--x--\r\n'),
    ("multipart/form-data", b"no boundary"),
    ("text/html", b"<form>"),
    ("", b"\x00\xff"),
    ("application/json", b'{"name": "' + b"x" * 100_000 + b'"}'),
    ("application/x-www-form-urlencoded", b"token=" + b"x" * 100_000),
]
PAGES = {"api/docs": "text/html", "metrics": "text/plain"}  # for people, and for Prometheus


def is_of_the_api(address: Address) -> bool:
    return str(address).startswith(("/api", "/v1", "/oauth", "/apiops", "/.well-known"))


ADDRESSES = [address for address in all_addresses() if is_of_the_api(address)]


def path_of(address: Address) -> str:
    return "/" + BLANK.sub(lambda blank: "1" if "int:" in blank[0] else "ContactsAndLogins", address.route)


PATHS = [path_of(address) for address in ADDRESSES]
ACCEPTED = (
    "text/html", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1", "image/png", "*/*;q=0", "nonsense", "",
)  # fmt: skip


def is_mannerly(response: Any, path: str, method: str = "GET") -> None:
    """JSON or nothing, for a program, in the shape of its address."""
    kind = response.get("Content-Type", "")
    assert not 300 <= response.status_code < 400 or response.status_code == 304, (method, path, response.status_code)
    assert response.status_code < 500 or response.status_code == 503, (method, path, response.status_code)
    assert not response.cookies, (method, path)
    assert "Set-Cookie" not in response
    assert "Location" not in response, (method, path)
    assert response["X-Request-ID"]
    if path.lstrip("/") in PAGES and response.status_code == 200:
        return
    assert kind.startswith(("application/", "text/csv")), (method, path, kind)
    content = content_of(response)
    assert not content.lstrip().startswith(b"<"), (method, path)
    if response.status_code >= 400 and method.upper() != "HEAD":
        assert in_its_shape(path, json.loads(content), kind), (method, path, content)
        assert "no-store" in response["Cache-Control"]


def content_of(response: Any) -> bytes:
    return b"".join(response) if response.streaming else response.content


def in_its_shape(path: str, body: dict[str, Any], kind: str) -> bool:
    if path.startswith("/v1/"):
        return set(body) == {"status", "error"} and kind == "application/json"
    if path == "/apiops/auth/token":
        return set(body) == {"error", "error_description"} and kind == "application/json;charset=UTF-8"
    if path.startswith("/apiops/"):
        return set(body) == {"status", "resultMessage"} and kind == "application/json;charset=UTF-8"
    if path.startswith("/oauth/"):
        return set(body) == {"error", "error_description"} and kind == "application/json"
    return {"type", "title", "status", "request_id"} <= set(body) and kind == "application/problem+json"


@pytest.fixture
def client(olivia) -> Client:
    """Anonymous, with the console's cookie of somebody who is signed in: it opens nothing."""
    client = Client(raise_request_exception=False)
    client.force_login(olivia, backend="accounts.backends.LoginBackend")
    return client


@pytest.fixture
def bearer(olivia) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {valid_token(olivia, scopes=int(ALL))[1]}"}


def test_every_method_at_every_address(client, bearer):
    for path in PATHS:
        limits_are_fresh()
        for method in METHODS:
            for headers in ({}, bearer):
                response = client.generic(method, path, **headers)
                is_mannerly(response, path, method)
                if response.status_code == 405:
                    assert response["Allow"], (method, path)
                    assert method not in response["Allow"].split(", ")
        assert client.generic("TRACE", path).status_code == 405


def test_every_body_at_every_address(client, bearer):
    for path, (kind, content) in itertools.product(PATHS, BODIES):
        limits_are_fresh()
        response = client.generic("POST", path, content, content_type=kind, **bearer)
        is_mannerly(response, path, "POST")


def test_addresses_that_there_are_not(client, bearer):
    methods = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
    for path, method, headers in itertools.product(MADE_UP, methods, ({}, bearer)):
        response = client.generic(method, path, **headers)
        assert response.status_code in {401, 404, 405}, (method, path, response.status_code)
        is_mannerly(response, path, method)


def limits_are_fresh() -> None:
    Attempts.objects.all().delete()


def test_whatever_the_accept_header_asks_for(client, bearer):
    for path, accept in itertools.product(PATHS, ACCEPTED):
        is_mannerly(client.get(path, HTTP_ACCEPT=accept, **bearer), path)


def test_a_host_that_is_not_ours(client):
    for path in PATHS:
        response = client.get(path, HTTP_HOST="elsewhere.example")
        assert response.status_code == 400
        assert b"ALLOWED_HOSTS" in response.content
        is_mannerly(response, path)


def test_the_database_is_away(client, bearer, monkeypatch):
    def gone(*_arguments: Any, **_named: Any) -> Any:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(admission, "run", gone)
    for path in [path_of(address) for address in ADDRESSES if address.guard.startswith("scope:")]:
        answers = [client.generic(method, path, **bearer) for method in ("GET", "POST", "DELETE")]
        assert 503 in {response.status_code for response in answers}, path
        for response in answers:
            is_mannerly(response, path)
            if response.status_code == 503:
                assert response["Retry-After"].isdigit()


TAKE_PASSWORDS = {
    "/apiops/auth/token": "application/x-www-form-urlencoded",
    "/oauth/token": "application/x-www-form-urlencoded",
    "/api/mobile/login": "application/json",
}


@pytest.mark.parametrize("path", TAKE_PASSWORDS)
def test_the_database_is_away_where_a_password_is_taken(path, client, monkeypatch):
    def gone(*_arguments: Any, **_named: Any) -> Any:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(limits, "hit", gone)
    response = client.generic("POST", path, BODY_OF[path], content_type=TAKE_PASSWORDS[path])
    assert response.status_code == 503
    assert response["Retry-After"].isdigit()
    is_mannerly(response, path, "POST")


FORM = b"grant_type=client_credentials&client_id=olivia%40demo.example&client_secret=wrong"
BODY_OF = {
    "/apiops/auth/token": FORM,
    "/oauth/token": FORM,
    "/api/mobile/login": b'{"username": "olivia@demo.example", "password": "wrong", "device": "x"}',
}


@pytest.mark.parametrize("path", TAKE_PASSWORDS)
def test_too_many_wrong_passwords(path, client):
    def attempt() -> Any:
        response = client.generic("POST", path, BODY_OF[path], content_type=TAKE_PASSWORDS[path])
        is_mannerly(response, path, "POST")
        return response

    assert attempt().status_code == 401
    Attempts.objects.update(count=sign_in.ADDRESS_ATTEMPTS_LIMIT)
    response = attempt()
    assert response.status_code == 429
    assert response["Retry-After"].isdigit()


@pytest.mark.parametrize("path", ["/api/meta", "/v1/access-tokens", "/apiops/projects/", "/api/whoami"])
def test_too_many_wrong_tokens(path, client, bearer):
    key = limits.key_of_address("api", "127.0.0.1")
    limits.hit(key, FAILURES_WINDOW)
    Attempts.objects.filter(key=key).update(count=FAILURES_LIMIT)
    response = client.get(path, HTTP_AUTHORIZATION="Bearer nonsense")
    assert response.status_code == 429
    assert response["Retry-After"].isdigit()
    is_mannerly(response, path)
    assert client.get(path, **bearer).status_code in {200, 404}  # who has a valid one is not put off by others


def test_a_fault_of_ours(client, bearer, monkeypatch):
    monkeypatch.setattr(data, "asked", lambda *_arguments: 1 / 0)
    response = client.get("/api/data/ContactsAndLogins", **bearer)
    body = json.loads(response.content)
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert body["request_id"] == response["X-Request-ID"]
    assert "division" not in str(body)


@pytest.mark.parametrize(
    "path", ["/api/meta", "/v1/access-tokens", "/oauth/introspect", "/apiops/auth/token", "/apiops/x"]
)
def test_a_fault_of_ours_in_each_dialect(path, rf):
    request = rf.get(path)
    request.request_id = "r" * 16
    response = errors.server_error(request)
    assert response.status_code == 500
    assert in_its_shape(path, json.loads(response.content), response["Content-Type"])


def test_head_is_get_without_a_body(client, bearer):
    for path in ("/api/meta", "/api/meta/reports", "/api/data/ContactsAndLogins", "/api/whoami", "/api/schema",
                 "/.well-known/jwks.json", "/.well-known/oauth-authorization-server"):  # fmt: skip
        got = client.get(path, **bearer)
        content_of(got)
        head = client.head(path, **bearer)
        assert (head.status_code, content_of(head)) == (200, b"")
        assert head["Content-Type"] == got["Content-Type"]


def test_options_without_cors_is_a_method_like_any_other(client):
    for path in ("/api/meta", "/v1/access-tokens", "/oauth/token", "/.well-known/jwks.json"):
        response = client.options(
            path, HTTP_ORIGIN="https://elsewhere.example", HTTP_ACCESS_CONTROL_REQUEST_METHOD="GET"
        )
        assert response.status_code == 405
        assert "Access-Control-Allow-Origin" not in response


def test_refused_calls_leave_no_entry_of_a_use(client):
    for address in ADDRESSES:
        client.get(path_of(address))
    assert not Entry.objects.filter(verb="token.authenticate").exists()


def test_a_real_server_keeps_the_same_manners(serve_console, olivia):
    text = valid_token(olivia)[1]
    for line, headers in (
        ("GET /api/meta/ HTTP/1.1", ()),
        ("GET /api HTTP/1.1", ()),
        ("POST /v1/access-tokens/ HTTP/1.1", ("Content-Length: 0",)),
        ("DELETE /v1/access-tokens/%00 HTTP/1.1", ()),
        ("GET //api/meta HTTP/1.1", ()),
        ("PATCH /oauth/token HTTP/1.1", ("Content-Length: 0",)),
        ("GET /apiops/auth/token/ HTTP/1.1", ()),
        ("GET /.well-known/nothing HTTP/1.1", ()),
        ("GET /api/meta?a=%zz&b HTTP/1.1", ("Accept: text/html",)),
        ("GET /api/meta HTTP/1.1", ("Host: elsewhere.example",)),
    ):
        status, answer = raw(serve_console, f"Authorization: Bearer {text}", *headers, line=line)
        head, _blank, body = answer.partition(b"\r\n\r\n")
        assert status in {200, 400, 404, 405}, line
        assert b"set-cookie" not in head.lower(), line
        assert b"\nlocation" not in head.lower(), line
        assert not body.lstrip().startswith(b"<"), line


def test_the_control_of_these_tests(client):
    """A page of the console has everything that an address of the API must not have."""
    with pytest.raises(AssertionError):
        is_mannerly(Client().get("/tokens"), "/tokens")
    with pytest.raises(AssertionError):
        is_mannerly(Client().get("/sign-in"), "/sign-in")
