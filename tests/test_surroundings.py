"""What surrounds every request: id, client address, headers, and what is answered when something is wrong."""

import json
import logging
import re
import sqlite3
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path
from django.utils import timezone, translation
from django.views.decorators.http import require_GET

from accounts.access import public
from config import errors, logs, middleware
from config.environment import _networks as networks

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJsZ25fMSJ9.c2lnbmF0dXJl"


@public
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(f"a fault at {TOKEN}")


@public
def without_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("server closed the connection") from psycopg.OperationalError("gone")


@public
@require_GET
def fine(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{translation.get_language()} {timezone.get_current_timezone_name()}")


urlpatterns = [
    path("api/broken", broken),
    path("api/gone", without_database),
    path("api/fine", fine),
    path("broken", broken),
    path("gone", without_database),
    path("fine", fine),
    path("", include("config.urls")),
]
handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def test_every_answer_has_its_own_id_and_the_security_headers(client, db):
    answers = [
        client.get(address) for address in ("/fine", "/api/fine", "/api/none", "/none", "/api/broken", "/broken")
    ]
    ids = [answer["X-Request-ID"] for answer in answers]
    assert len(set(ids)) == len(ids)
    for answer in answers:
        assert re.fullmatch(r"[a-z2-7]{16}", answer["X-Request-ID"])
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in answer["Permissions-Policy"]
        assert "Strict-Transport-Security" not in answer  # on localhost, in clear
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
        assert rules["form-action"] in {"'none'", "'self'"}  # no default covers these three


def test_behind_tls_a_browser_never_comes_in_clear_again(settings, db):
    settings.PUBLIC_URL = "https://testserver"
    client = Client(raise_request_exception=False)
    for address in ("/fine", "/api/fine", "/api/none", "/none", "/api/broken", "/broken"):
        assert client.get(address)["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_no_page_stays_in_a_browser(client, db):
    for address in ("/fine", "/none", "/broken"):
        assert client.get(address)["Cache-Control"] == "no-store"


def test_an_id_from_outside_is_not_taken(client):
    assert client.get("/api/fine", headers={"X-Request-ID": "mine"})["X-Request-ID"] != "mine"


@pytest.mark.parametrize(
    ("address", "status"),
    [("/api/none", 404), ("/.well-known/x", 404), ("/api/broken", 500), ("/api/gone", 503)],
)
def test_programs_get_problems(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["request_id"]) == (status, answer["X-Request-ID"])
    assert "Set-Cookie" not in answer


@pytest.mark.parametrize(
    ("address", "status", "content_type", "members"),
    [
        ("/v1/none", 404, "application/json", {"status", "error"}),
        ("/oauth/none", 404, "application/json", {"error", "error_description"}),
        ("/apiops/x", 401, "application/json;charset=UTF-8", {"status", "resultMessage"}),
    ],
)
def test_other_dialects_have_their_own_words(client, address, status, content_type, members):
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (status, content_type)
    assert answer.json().keys() == members
    assert "Set-Cookie" not in answer


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(client):
    answer = client.post("/api/fine")
    assert (answer.status_code, answer["Allow"]) == (405, "GET")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("address", "status"), [("/none", 404), ("/broken", 500), ("/gone", 503)])
def test_people_get_pages_that_need_no_database(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert "style-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Request-ID"] in answer.content.decode()


def test_an_unavailable_database_says_when_to_come_back(client):
    for address in ("/gone", "/api/gone"):
        assert client.get(address)["Retry-After"] == str(errors.RETRY_SECONDS)


class Lines(logging.Handler):
    """Keeps the lines as they would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logs.Formatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.mark.parametrize("address", ["/broken", "/api/broken"])
def test_a_fault_leaves_its_traceback_with_the_request_id_and_no_token(client, address):
    kept = Lines()
    logging.getLogger().addHandler(kept)
    try:
        answer = client.get(address, headers={"Authorization": f"Bearer {TOKEN}"})
    finally:
        logging.getLogger().removeHandler(kept)
    line = json.loads(next(line for line in kept.lines if "RuntimeError" in line))
    assert line["request_id"] == answer["X-Request-ID"]
    assert "Traceback" in line["exception"]
    assert "in broken" in line["exception"]
    assert TOKEN not in "".join(kept.lines)
    assert "RuntimeError" not in answer.content.decode()


def test_a_forged_form_leaves_a_line(db):
    kept = Lines()
    logging.getLogger().addHandler(kept)
    try:
        answer = Client(enforce_csrf_checks=True).post("/fine", {"password": "what nobody may read"})
    finally:
        logging.getLogger().removeHandler(kept)
    line = json.loads(kept.lines[-1])
    assert answer.status_code == 403
    assert (line["logger"], line["level"]) == ("django.security.csrf", "warning")
    assert line["request_id"] == answer["X-Request-ID"]
    assert "what nobody may read" not in "".join(kept.lines)


@pytest.mark.parametrize(
    "line",
    [
        f"Authorization: Bearer {TOKEN}",
        "{'authorization': 'Basic c2VjcmV0LXZhbHVl'}",
        "auth-token: c2VjcmV0LXZhbHVl",
        "Cookie: c2VjcmV0LXZhbHVl",
        "GET /password/reset/key/lgn_1/c2VjcmV0LXZhbHVl",
        "GET /activate/lgn_1/c2VjcmV0LXZhbHVl",
        "grant_type=client_credentials&client_secret=c2VjcmV0LXZhbHVl&scope=x",
        '{"username": "olivia", "password": "c2VjcmV0LXZhbHVl"}',
        '{"username": "olivia", "password": "correct horse, c2VjcmV0LXZhbHVl"}',
        '{"password": "c2VjcmV0LXZhbHVl \\\\" c2VjcmV0LXZhbHVl", "username": "olivia"}',
        json.dumps({"event": 'sent {"password": "correct c2VjcmV0LXZhbHVl\\" c2VjcmV0LXZhbHVl", "a": 1}'}),
        json.dumps({"event": repr({"password1": "it's c2VjcmV0LXZhbHVl c2VjcmV0LXZhbHVl"})}),
        "password=correct c2VjcmV0LXZhbHVl",
        "new_password: c2VjcmV0LXZhbHVl with c2VjcmV0LXZhbHVl blanks",
        "client_secret = 'unclosed c2VjcmV0LXZhbHVl",
    ],
)
def test_what_lets_in_is_taken_out_of_lines(line):
    scrubbed = logs.scrub(None, "", line)
    assert TOKEN not in scrubbed
    assert "c2VjcmV0LXZhbHVl" not in scrubbed
    assert "[removed]" in scrubbed


@pytest.mark.parametrize(
    "line",
    [
        "GET /.well-known/oauth-authorization-server",
        "Password changed",
        "POST /oauth/token",
        '{"event": "secrets are kept", "level": "info"}',
        '{"event": "the password of olivia was changed", "path": "/password"}',
    ],
)
def test_what_only_looks_like_it_stays(line):
    assert logs.scrub(None, "", line) == line


def test_what_stands_beside_it_stays() -> None:
    line = json.dumps({"event": "x", "password": "correct horse battery", "request_id": "abc", "level": "info"})
    kept = json.loads(logs.scrub(None, "", line))
    assert kept == {"event": "x", "password": "[removed]", "request_id": "abc", "level": "info"}


def sqlite_error(name: str) -> Exception:
    cause = sqlite3.OperationalError("fault")
    cause.sqlite_errorname = name  # type: ignore[misc]
    error = OperationalError("fault")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError("gone"), True),
        (InterfaceError("closed"), True),
        (psycopg.OperationalError("gone"), True),
        (sqlite_error("SQLITE_BUSY"), True),
        (sqlite_error("SQLITE_CANTOPEN"), True),
        (sqlite_error("SQLITE_ERROR"), False),
        (ProgrammingError("no such column"), False),
        (ValueError("x"), False),
        (None, False),
    ],
)
def test_which_errors_mean_that_the_database_is_away(error, expected):
    assert errors.is_unavailable(error) is expected


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "expected"),
    [
        ("", "10.0.0.1", "203.0.113.9", "10.0.0.1"),
        ("10.0.0.0/8", "203.0.113.7", "203.0.113.9", "203.0.113.7"),
        ("10.0.0.0/8", "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.0/8", "10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_the_client_is_who_the_nearest_trusted_proxy_says(settings, trusted, peer, forwarded, expected):
    settings.TRUSTED_PROXIES = networks([trusted] if trusted else [])
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=peer)
    middleware.resolve_client(request)
    assert request.META["REMOTE_ADDR"] == expected


@pytest.mark.parametrize(("peer", "expected"), [("10.0.0.1", True), ("203.0.113.7", False)])
def test_https_is_believed_of_trusted_proxies_alone(settings, peer, expected):
    settings.TRUSTED_PROXIES = networks(["10.0.0.0/8"])
    request = RequestFactory().get("/", headers={"X-Forwarded-Proto": "https"}, REMOTE_ADDR=peer)
    middleware.resolve_client(request)
    assert request.is_secure() is expected


def test_a_person_is_spoken_to_in_their_language_and_zone(client, olivia):
    olivia.language, olivia.time_zone = "de", "Europe/Berlin"
    olivia.save()
    client.force_login(olivia)
    assert client.get("/fine").content == b"de Europe/Berlin"
    assert client.get("/api/fine").content == b"en UTC"
    assert Client().get("/fine", headers={"Accept-Language": "tr"}).content == b"tr UTC"


@pytest.mark.parametrize(
    ("session", "stays"),
    [
        ({"began": 0, "seen": 0}, True),
        ({"began": -29 * 60, "seen": -29 * 60}, True),
        ({"began": -31 * 60, "seen": -31 * 60}, False),
        ({"began": -12 * 3600 - 60, "seen": -60}, False),
    ],
)
def test_a_session_ends_when_idle_or_old(client, olivia, session: dict[str, int], stays):
    client.force_login(olivia)
    now = int(timezone.now().timestamp())
    kept: Any = client.session
    kept.update({name: now + shift for name, shift in session.items()})
    kept.save()
    client.get("/fine")
    assert ("_auth_user_id" in client.session) is stays


def test_programs_cost_no_query(client, django_assert_num_queries, olivia):
    client.force_login(olivia)
    with django_assert_num_queries(0):
        assert client.get("/api/fine").status_code == 200


def test_health(client, db):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ok"


@pytest.mark.parametrize("address", ["/sign-in", "/api/meta"])
def test_a_host_name_that_is_not_ours_is_refused_everywhere(client, db, address):
    answer = client.get(address, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "ALLOWED_HOSTS" in answer.content.decode()
    assert client.get("/healthz", headers={"Host": "10.0.0.7"}).status_code == 200


def test_an_address_that_takes_only_a_form_says_so(client, db, ada):
    client.force_login(ada)
    answer = client.get(f"/logins/{ada.public_id}/tokens/api_{'0' * 21}/generate/save")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "only takes what a form sends" in answer.content.decode()
