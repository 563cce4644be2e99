"""Input made to break things gets an answer, never a 500: on every address, in path, query, form, headers, cookies."""

import pytest
from django.test import Client, RequestFactory

from accounts.models import Login
from audit.models import Entry
from audit.verbs import Verb
from tests.addresses import BLANK, Address, all_addresses
from tests.api_calls import make_valid
from tests.factories import AccessTokenFactory
from tokens.scopes import Scope

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ["a\x00b", "\\ud800", "9" * 400, "'\"<>&;-- \U0001f3f3\ufe0f"]
NAMES = [
    "q", "name", "page", "size", "before", "after", "sort", "export", "back", "next", "dialog", "department", "at_from",
    "at_to", "actor", "result", "token", "owner", "request_id", "expires_on", "expiry_date", "scopes", "pairs", "why",
    "confirmation", "description", "login", "password", "email", "again", "current", "Period", "End_Period", "format",
    "Login_Id", "Department_Id", "Activity",
]  # fmt: skip


@pytest.fixture
def client(ada: Login) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(ada)
    return client


@pytest.fixture
def bearer(ada: Login) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {make_valid(AccessTokenFactory(owner=ada, scopes=7))}"}


def filled(address: Address, text: str) -> str:
    return "/" + BLANK.sub(lambda _: text, address.route)


def real(address: Address, ada: Login) -> str:
    ids = {
        "contacts": ada.contact.public_id, "logins": ada.public_id, "tokens": ada.tokens.first().public_id,
        "reports": "ContactsAndLogins", "data": "TokenActivity", "key": ada.public_id, "activate": ada.public_id,
    }  # fmt: skip
    path = "/" + address.route
    for blank in BLANK.findall(address.route):
        before = path[: path.index(blank)].rstrip("/").rpartition("/")[2]
        path = path.replace(blank, ids.get(before, "x-y"), 1)
    return path


@pytest.mark.parametrize("address", [a for a in all_addresses() if BLANK.search(a.route)], ids=str)
def test_whatever_stands_in_the_path(address, client, bearer):
    for text in ("a%00b", "%ED%A0%80", "9" * 400):
        for method in ("get", "post"):
            path = filled(address, text)
            # The path as it comes from the wire: the test client would encode it again.
            answer = getattr(client, method)(path, **bearer)
            assert answer.status_code < 500, (method, path)


@pytest.mark.parametrize("turn", [0, pytest.param(1, marks=pytest.mark.long)], ids=["half", "the-other-half"])
@pytest.mark.parametrize("address", all_addresses(), ids=str)
def test_whatever_is_asked_or_sent(address, turn, client, bearer, ada):
    """Half of the texts in turn at each address, the other half in the long run."""
    path = real(address, ada)
    if path == "/sign-out":
        return
    for text in TEXTS[(len(path) + turn) % 2 :: 2]:
        given = dict.fromkeys(NAMES, text)
        for asked in (given, {**given, "export": "csv"}):
            answer = client.get(path, asked, **bearer)
            assert answer.status_code < 500, ("get", path, text)
            b"".join(answer.streaming_content) if answer.streaming else answer.content
        answer = client.post(path, given, **bearer)
        assert answer.status_code < 500, ("post", path, text)


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_COOKIE": 'session="aaaaaaaaaaaa\\000"; csrf="\\000"'},
        {"HTTP_COOKIE": "session=" + "é" * 4000},
        {"HTTP_ACCEPT": "text/html;" + "q" * 20_000},
        {"HTTP_ACCEPT": "a/b;x*=foo'en'%41"},
        {"HTTP_ACCEPT": "*/*;q=nan, text/csv;q=inf"},
        {"HTTP_ACCEPT_LANGUAGE": "x" * 5000},
        {"HTTP_USER_AGENT": "\x00\xff" * 400},
        {"CONTENT_TYPE": "multipart/form-data"},
        {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "%00", "HTTP_HX_TRIGGER_URI_AUTOENCODED": "%FF"},
        {"HTTP_IF_MODIFIED_SINCE": "99999999999"},
    ],
    ids=lambda headers: next(iter(headers)),
)  # fmt: skip
def test_whatever_the_headers_say(headers, client, bearer, ada):
    given = {"REMOTE_ADDR": "fe80::1%" + "x" * 60, **headers}
    for path in ("/", "/contacts", "/tokens", "/tokens/logs", "/sign-in", "/static/none", "/healthz"):
        answer = client.get(path, {"q": "\\ud800", "name": "%ff"}, **given)
        assert answer.status_code < 500, path
    for path in ("/api/meta", "/api/data/TokenActivity", "/api/data/TokenActivity?Period=%5Cud800"):
        answer = client.get(path, **{**bearer, **given})
        assert answer.status_code < 500, path
        b"".join(answer.streaming_content) if answer.streaming else answer.content
    for path in ("/sign-in", "/password/reset", f"/logins/{ada.public_id}/roles/personal/remove"):
        kind = given.get("CONTENT_TYPE", "application/x-www-form-urlencoded")
        answer = client.generic("POST", path, b"login=\\ud800&password=x", kind, **given)
        assert answer.status_code < 500, path


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain; charset*=foo'en'%41",
        "text/plain; " + "x" * 20_000,
        "a/b; charset=hex",
        "a/b; charset=unicode_escape",
    ],
    ids=["coded", "long", "no text", "surrogates"],
)
@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/api/meta", "/none"])
def test_whatever_the_content_type_says(kind, path, db):
    """It is read before any layer of ours could answer."""
    from config.wsgi import application

    said = []
    environ = {**RequestFactory()._base_environ(), "PATH_INFO": path, "CONTENT_TYPE": kind}
    answer = application({**environ, "QUERY_STRING": "next=%5Cud800"}, lambda status, headers: said.append(status))
    assert b"".join(answer)
    assert said[0][:3] in {"200", "401", "404"}


@pytest.mark.parametrize("next_page", ["a b", "none", "//elsewhere.example/", "/tokens"])
def test_wherever_a_sign_in_is_to_lead(next_page, client):
    for answer in (client.get("/sign-in", {"next": next_page}), client.post("/sign-in", {"next": next_page})):
        assert answer.status_code == 302
        assert "elsewhere" not in answer["Location"]


def test_a_scope_that_is_sent_twice_is_one_scope(client, ada):
    sent = {"name": "Twice", "expires_on": "30", "scopes": ["1", "1"]}
    assert client.post("/tokens/new", sent).status_code == 303
    assert ada.tokens.get(name="Twice").scopes == Scope.META


@pytest.mark.parametrize("path", ["/contacts", "/tokens", "/tokens/logs", "/administrator/token-logs"])
def test_an_export_keeps_its_record_whatever_is_filtered_by(path, client):
    answer = client.get(path, {"export": "csv", "q": "a\x00b", "name": "\x00"})
    assert answer.status_code == 200
    exports = [Verb.LOG_EXPORT, Verb.TOKEN_EXPORT, Verb.CONTACT_EXPORT]
    assert "\x00" not in str(Entry.objects.get(verb__in=exports).details)
