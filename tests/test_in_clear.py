"""What comes without TLS where the console is reached by https; and the headers that protect each kind of answer."""

from typing import Any

import pytest
from django.test import Client
from django.urls import include, path

from accounts.models import Login
from config import bodies
from config.answering import REFUSED
from config.bodies import Refusal
from config.environment import _networks as networks
from tests.test_surroundings import broken, fine, without_database

HOST = "console.example"
URL = f"https://{HOST}"
PROXY, PEER = "10.0.0.1", "203.0.113.7"
TOKEN = {"Authorization": "Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJsZ25fMSJ9.c2lnbmF0dXJl"}
WORDS = b"take that for leaked"

urlpatterns = [
    path("api/fine", fine),
    path("api/broken", broken),
    path("api/gone", without_database),
    path("fine", fine),
    path("broken", broken),
    path("gone", without_database),
    path("", include("config.urls")),
]
handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def by_https(settings: Any) -> None:
    settings.PUBLIC_URL, settings.HTTPS_ONLY, settings.ALLOWED_HOSTS = URL, True, [HOST, "localhost"]
    settings.TRUSTED_PROXIES = networks(["10.0.0.0/8"])


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False, headers={"Host": HOST}, REMOTE_ADDR=PEER)


@pytest.mark.parametrize("method", ["get", "post", "delete", "options"])
@pytest.mark.parametrize("address", ["/api/fine", "/api/meta", "/api/none", "/.well-known/jwks.json"])
def test_a_program_is_refused_and_told_that_its_token_is_leaked(client: Client, address: str, method: str) -> None:
    answer = getattr(client, method)(address, headers=TOKEN)
    assert answer.status_code == 400
    assert WORDS in answer.content
    assert answer.json()["status"] == 400
    assert "Location" not in answer


@pytest.mark.parametrize(
    ("address", "members"),
    [
        ("/v1/access-tokens", {"status", "error"}),
        ("/oauth/token", {"error", "error_description"}),
        ("/apiops/projects", {"status", "resultMessage"}),
    ],
)
def test_in_the_words_of_its_address(client: Client, address: str, members: set[str]) -> None:
    answer = client.post(address, headers=TOKEN)
    assert (answer.status_code, answer.json().keys()) == (400, members)
    assert WORDS in answer.content


def test_a_valid_token_is_not_even_looked_at(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert client.get("/api/whoami", headers=TOKEN).status_code == 400


@pytest.mark.parametrize("address", ["/sign-in?next=/tokens", "//evil.example/", "/none"])
def test_who_looks_is_led_to_the_console_by_https(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 308
    assert answer["Location"].startswith(f"{URL}/")
    assert answer["Location"].rpartition("/")[2] == address.rpartition("/")[2]


def test_the_host_that_was_named_leads_nowhere(client: Client) -> None:
    assert client.get("/sign-in", headers={"Host": "localhost"})["Location"] == f"{URL}/sign-in"


def test_a_form_is_not_acted_on(client: Client, olivia: Login) -> None:
    client.force_login(olivia)
    answer = client.post("/sign-out")
    assert answer.status_code == 400
    assert URL in answer.content.decode()
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        (PROXY, "https", 200),
        (PROXY, "http", 400),
        (PROXY, "", 400),
        (PEER, "https", 400),  # anybody can write that
    ],
)
def test_a_proxy_that_is_trusted_says_how_it_came(client: Client, peer: str, forwarded: str, status: int) -> None:
    headers = {"X-Forwarded-Proto": forwarded, "X-Forwarded-For": "198.51.100.4"}
    assert client.get("/api/fine", headers=headers, REMOTE_ADDR=peer).status_code == status


def test_what_comes_by_tls_is_served(client: Client) -> None:
    assert client.get("/api/fine", secure=True).status_code == 200
    assert client.get("/fine", secure=True).status_code == 200


@pytest.mark.parametrize(
    ("address", "headers", "peer", "status"),
    [
        ("/healthz", {}, PEER, 200),
        ("/readyz", {}, PEER, 200),
        ("/metrics", {}, PEER, 403),  # as ever: for insiders
        ("/metrics", TOKEN, PEER, 400),
        ("/readyz", TOKEN, PEER, 400),
        ("/metrics", TOKEN, "127.0.0.1", 200),
    ],
)
def test_probes_may_ask_in_clear_but_not_with_a_secret(
    client: Client, address: str, headers: dict[str, str], peer: str, status: int
) -> None:
    assert client.get(address, headers={"Host": "localhost", **headers}, REMOTE_ADDR=peer).status_code == status


def test_on_this_machine_in_clear_nothing_is_refused(settings: Any) -> None:
    settings.PUBLIC_URL, settings.HTTPS_ONLY = "http://localhost:8000", False
    assert Client(headers={"Host": "localhost"}).get("/api/fine").status_code == 200


# --- headers of every kind of answer ----------------------------------------------------------------------------------

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
DIRECTIVES = {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"}
ANSWERS = {
    "page": ("/sign-in", "get", {}, 200),
    "redirect": ("/personal", "get", {}, 302),
    "unknown host": ("/fine", "get", {"headers": {"Host": "evil.example"}}, 400),
    "unknown host of the API": ("/api/fine", "get", {"headers": {"Host": "evil.example"}}, 400),
    "no token": ("/api/meta", "get", {}, 401),
    "forged form": ("/sign-in", "post", {}, 403),
    "metrics": ("/metrics", "get", {}, 403),
    "no page": ("/none", "get", {}, 404),
    "no address": ("/api/none", "get", {}, 404),
    "no file": ("/static/none.css", "get", {}, 404),
    "wrong method": ("/fine", "post", {}, 405),
    "wrong method of the API": ("/api/fine", "post", {}, 405),
    "too large": ("/sign-in", "get", {REFUSED: Refusal.TOO_LARGE}, 413),
    "too large for the API": ("/api/meta", "get", {REFUSED: Refusal.TOO_LARGE}, 413),
    "too many bodies": ("/sign-in", "get", {REFUSED: Refusal.TOO_MANY}, 503),
    "fault": ("/broken", "get", {}, 500),
    "fault of the API": ("/api/broken", "get", {}, 500),
    "no database": ("/gone", "get", {}, 503),
    "no database for the API": ("/api/gone", "get", {}, 503),
}


def is_protected(headers: Any) -> None:
    assert {name: headers.get(name) for name in EXPECTED} == EXPECTED
    assert "camera=()" in headers["Permissions-Policy"]
    directives = set(headers["Content-Security-Policy"].split("; "))
    assert directives >= DIRECTIVES
    assert directives & {"form-action 'none'", "form-action 'self'"}
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert len(headers["X-Request-ID"]) == 16


def answer_of(kind: str) -> Any:
    address, method, extra, _status = ANSWERS[kind]
    headers = {"Host": HOST, **extra.get("headers", {})}
    if REFUSED in extra:
        return refused(extra[REFUSED], address)
    client = Client(raise_request_exception=False, enforce_csrf_checks=kind == "forged form", REMOTE_ADDR=PEER)
    return getattr(client, method)(address, secure=True, headers=headers)


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_is_protected(kind: str) -> None:
    answer = answer_of(kind)
    assert answer.status_code == ANSWERS[kind][3]
    is_protected(answer.headers)


@pytest.mark.parametrize("kind", ["unknown host", "too large", "too many bodies", "fault", "no database"])
def test_a_page_may_have_its_style_however_early_it_was_refused(kind: str) -> None:
    assert "style-src 'self'" in answer_of(kind).headers["Content-Security-Policy"].split("; ")


def refused(why: Refusal, address: str) -> Any:
    """What the server's handler says of a body that was not taken in."""
    from django.test import RequestFactory

    from config.middleware import Surroundings
    from config.refusals import refused as say

    request = RequestFactory().get(address, headers={"Host": HOST}, secure=True, **{REFUSED: why})
    return Surroundings(say)(request)


def test_so_is_the_answer_to_a_body_that_does_not_come() -> None:
    status, headers, body = bodies.late()
    assert status == 408
    is_protected(dict(headers))
    assert dict(headers)["X-Request-ID"].encode() in body


def test_so_are_files(client: Client, settings: Any) -> None:
    answer = client.get(f"{settings.STATIC_URL}css/base.css", secure=True)
    assert answer.status_code == 200
    is_protected(answer.headers)
