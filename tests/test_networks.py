"""From where tokens may be used: the list of a token and of its organisation, decided on each call and on record."""

import base64
import http.client
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import Login, Organisation
from accounts.networks import allows
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import valid_token
from tests.epilot_calls import refused as refused_by_epilot
from tests.factories import PASSWORD
from tests.mobile_app import App, last, problem
from tests.servers import ServedConsole
from tests.wire import counted
from tokens import admission
from tokens.admission import Call, NotAdmitted, admit
from tokens.admission.looking import would_be_admitted
from tokens.jwt import digest, verified
from tokens.models import AccessToken
from tokens.scopes import ALL, Scope
from tokens.verdicts import Verdict

pytestmark = pytest.mark.django_db(transaction=True)

OFFICE, OTHER = "{192.0.2.0/24,2001:db8::/32}", "{203.0.113.0/24}"
INSIDE = [
    "192.0.2.7",
    "192.0.2.0",
    "192.0.2.255",
    "::ffff:192.0.2.7",
    "2001:db8::1",
    "2001:db8:ffff::",
    "2001:db8::1%eth0",
]
OUTSIDE = [
    "192.0.3.0",
    "192.0.1.255",
    "::ffff:192.0.3.7",
    "2001:db9::",
    "::192.0.2.7",
    "",
    "unix:",
    "192.0.2.7, 10.0.0.1",
]


def called(text: str, address: str, scope: Scope = Scope.REPORT) -> str:
    """``ok``, or the verdict of a refused call."""
    call = Call(address=address, user_agent="Excel/16.0", request_id="r", method="GET", path="/api/data/Test")
    try:
        admit(text.encode(), scope=scope, call=call)
    except NotAdmitted as refusal:
        return refusal.verdict.value
    return admission.ADMITTED


def limit_token(token: AccessToken, networks: str | None) -> None:
    AccessToken.objects.filter(pk=token.pk).update(allowed_networks=networks)


def limit_organisation(networks: str | None) -> None:
    Organisation.objects.update(allowed_networks=networks)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_of_the_list_is_admitted(olivia: Login, address: str) -> None:
    token, text = valid_token(olivia)
    limit_token(token, OFFICE)
    limit_organisation(OFFICE)
    assert called(text, address) == "ok"
    assert allows(OFFICE, address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_any_other_is_refused_and_on_record(olivia: Login, address: str) -> None:
    token, text = valid_token(olivia)
    limit_token(token, OFFICE)
    assert called(text, address) == Verdict.NETWORK_REFUSED
    entry = Entry.objects.latest("id")
    assert (entry.verb, entry.result, entry.reason, entry.address) == (
        Verb.TOKEN_AUTHENTICATE, "fail", "network_refused", address,
    )  # fmt: skip
    assert (entry.token_id, entry.owner_id) == (token.public_id, olivia.public_id)
    assert not allows(OFFICE, address)


def test_both_lists_hold_and_each_change_acts_on_the_next_call(olivia: Login) -> None:
    token, text = valid_token(olivia)
    steps = [
        (None, None, "ok"), (OFFICE, None, "ok"), (None, OFFICE, "ok"), (OFFICE, OFFICE, "ok"),
        (OTHER, None, "network_refused"), (None, OTHER, "network_refused"), (OFFICE, OTHER, "network_refused"),
        (OTHER, OFFICE, "network_refused"), (None, None, "ok"),
    ]  # fmt: skip
    for own, of_organisation, verdict in steps:
        limit_token(token, own)
        limit_organisation(of_organisation)
        assert called(text, "192.0.2.7") == verdict, (own, of_organisation)


def test_the_list_costs_no_further_statement(olivia: Login) -> None:
    token, text = valid_token(olivia)
    limit_token(token, OFFICE)
    limit_organisation(OFFICE)
    called(text, "192.0.2.7")
    called(text, "192.0.2.7")
    with counted() as statements:
        assert called(text, "192.0.2.7") == "ok"
    assert len(statements) == 1


def test_a_refused_call_is_no_use(olivia: Login) -> None:
    token, text = valid_token(olivia)
    limit_token(token, OTHER)
    called(text, "192.0.2.7")
    token.refresh_from_db()
    assert token.first_used_at is None


def test_who_asks_about_a_token_does_not_call_with_it(olivia: Login) -> None:
    token, text = valid_token(olivia)
    limit_token(token, OTHER)
    limit_organisation(OTHER)
    claims = verified(text.encode(), digest(text))
    assert would_be_admitted(claims, digest(text))
    AccessToken.objects.filter(pk=token.pk).update(current_restriction="|")
    assert not would_be_admitted(claims, digest(text)), "what comes after the networks is still looked at"


# --- What callers are told, in each dialect ---------------------------------------------------------------------------


def basic(password: str, user_name: str = "anybody") -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(f"{user_name}:{password}".encode()).decode()}


@pytest.fixture
def outside(olivia: Login) -> str:
    """A JWT with every scope, of a token that may be used from elsewhere alone: tests call from 127.0.0.1."""
    token, text = valid_token(olivia, scopes=int(ALL))
    limit_token(token, OTHER)
    return text


@pytest.mark.parametrize("address", ["/api/meta", "/api/data/ContactsAndLogins", "/api/whoami"])
def test_bearer(outside: str, address: str) -> None:
    response = Client().get(address, HTTP_AUTHORIZATION=f"Bearer {outside}")
    body = problem(response, 403, "network_refused")
    assert body["detail"].startswith("This access token may not be used from this address.")
    assert response["WWW-Authenticate"] == 'Bearer realm="Reports API"', "no other credentials would help"


def test_as_the_password_of_basic(outside: str) -> None:
    problem(Client().get("/api/meta", **basic(outside)), 403, "network_refused")
    assert Entry.objects.latest("id").scheme == "basic"


def test_with_two_headers(outside: str, olivia: Login) -> None:
    headers = {"HTTP_AUTH_TOKEN": outside, "HTTP_AUTH_TENANT_ID": str(olivia.organisation_id)}
    response = Client().get("/api/meta", **headers)
    assert response.status_code == 403
    body = response.json()
    assert (body["status"], body["message"]) == (False, "Access denied")
    assert body["error"].startswith("This access token may not be used from this address.")
    assert Entry.objects.latest("id").scheme == "auth-token"


def test_where_tokens_are_managed(outside: str) -> None:
    response = Client().get("/v1/access-tokens", HTTP_AUTHORIZATION=f"Bearer {outside}")
    assert refused_by_epilot(response, 403).startswith("This access token may not be used from this address.")


@pytest.mark.parametrize("address", ["/oauth/introspect", "/oauth/revoke"])
def test_where_tokens_are_asked_about(outside: str, address: str, olivia: Login) -> None:
    _other, asked = valid_token(olivia)
    response = Client().post(address, {"token": asked}, HTTP_AUTHORIZATION=f"Bearer {outside}")
    assert response.status_code in {400, 403}
    form = "application/x-www-form-urlencoded"
    response = Client().post(address, f"token={asked}", content_type=form, HTTP_AUTHORIZATION=f"Bearer {outside}")
    assert response.status_code == 403
    assert response.json()["error"] == "access_denied"
    assert AccessToken.objects.filter(revoked_at=None).count() == 2


def test_passwords_of_programs_from_outside(olivia: Login) -> None:
    """Uniform, as every refusal of a password; the reason is on record (tests/test_program_sign_in.py has each way)."""
    Organisation.objects.update(basic_allowed=True, allowed_networks="{127.0.0.0/8}")
    assert Client().get("/api/meta", **basic(PASSWORD, olivia.user_name)).status_code == 200
    limit_organisation(OTHER)
    wrong, refused = (Client().get("/api/meta", **basic(each, olivia.user_name)) for each in ("wrong one", PASSWORD))
    assert (refused.status_code, refused.json()["reason"]) == (401, wrong.json()["reason"])
    assert (last(Verb.SIGN_IN_FAIL).reason, last(Verb.SIGN_IN_FAIL).address) == ("network_refused", "127.0.0.1")


def test_mobile_apps_call_and_refresh_from_inside_alone(olivia: Login) -> None:
    limit_organisation("{127.0.0.0/8}")
    app = App()
    assert app.sign_in().status_code == 200
    assert app.get().status_code == 200
    limit_organisation(OTHER)
    assert problem(app.get(), 403, "network_refused")["detail"].startswith("Mobile sessions may not be used from")
    problem(app.renew(), 403, "network_refused")
    entry = last(Verb.SESSION_REFRESH)
    assert (entry.result, entry.reason, entry.address) == ("fail", "network_refused", "127.0.0.1")
    assert app.sign_in().status_code == 401
    limit_organisation(None)
    assert app.renew().status_code == 200, "a refused refresh used nothing up"


def test_people_sign_in_from_anywhere(ada: Login) -> None:
    limit_organisation(OTHER)
    client = Client()
    response = client.post("/sign-in", {"login": ada.user_name, "password": PASSWORD})
    assert response.status_code == 302
    assert client.get("/configuration/organisation").status_code == 200


def test_the_log_is_asked_for_the_reason(outside: str, ada: Login) -> None:
    Client().get("/api/meta", HTTP_AUTHORIZATION=f"Bearer {outside}")
    page = Client()
    page.force_login(ada)
    text = page.get("/administrator/token-logs?result=network_refused").content.decode()
    assert "Fail: Address not allowed" in text
    assert text.count("127.0.0.1") >= 1
    assert "127.0.0.1" not in page.get("/administrator/token-logs?result=scope_missing").content.decode()


# --- The address is the one that the console itself resolved ---------------------------------------------------------


def asked(served: ServedConsole, text: str, **headers: str) -> int:
    place = urlsplit(served.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    try:
        connection.request("GET", "/api/meta", headers={"Authorization": f"Bearer {text}", **headers})
        return connection.getresponse().status
    finally:
        connection.close()


LIES = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP", "True-Client-IP", "X-Client-IP", "CF-Connecting-IP")


def test_no_header_of_an_untrusted_peer_makes_another_address(serve_console: ServedConsole, olivia: Login) -> None:
    token, text = valid_token(olivia)
    limit_token(token, OTHER)
    for name in LIES:
        value = "for=203.0.113.9" if name == "Forwarded" else "203.0.113.9"
        assert asked(serve_console, text, **{name: value}) == 403, name
    refused = Entry.objects.filter(reason="network_refused")
    assert {*refused.values_list("address", flat=True)} == {"127.0.0.1"}
    assert refused.count() == len(LIES)
    limit_token(token, "{127.0.0.1/32}")
    assert asked(serve_console, text, **{"X-Forwarded-For": "203.0.113.9"}) == 200


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ("203.0.113.9", 200),
        ("198.51.100.1", 403),
        ("203.0.113.9, 198.51.100.1", 403),
        ("198.51.100.1, 203.0.113.9", 200),
    ],
)
def test_a_trusted_proxy_tells_the_nearest_address(olivia: Login, settings: Any, forwarded: str, status: int) -> None:
    from ipaddress import ip_network

    settings.TRUSTED_PROXIES = (ip_network("127.0.0.0/8"),)
    token, text = valid_token(olivia)
    limit_token(token, OTHER)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {text}", "HTTP_X_FORWARDED_FOR": forwarded}
    assert Client().get("/api/meta", **headers).status_code == status
    assert Entry.objects.filter(verb=Verb.TOKEN_AUTHENTICATE).latest("id").address == forwarded.rpartition(", ")[2]
