"""Every address is guarded: the URL map against everybody, complete by construction."""

import itertools
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from accounts.access import NotAllowed
from accounts.models import Login
from accounts.permissions import Permission
from audit.models import Entry
from audit.verbs import Verb
from tests.addresses import Address, all_addresses, api_addresses, console_addresses
from tests.audit_entries import entry
from tests.factories import (
    AccessTokenFactory,
    DepartmentFactory,
    MobileSessionFactory,
    UserTypeFactory,
    console_session,
)
from tests.imports import dry_run

EVERYONE = {"ada", "olivia", "peter", "vera", "olga"}
ADMINISTRATORS = {"ada", "olga"}
# Who passes a guard. A guard that is not here fails the sweep.
PASSES: dict[str, set[str]] = {
    "signed_in": EVERYONE,
    "personal_role": {"ada", "olivia", "olga"},
    "own_creation": {"ada", "olivia", "olga"},
    "admin_role": ADMINISTRATORS,
    **{permission.value: ADMINISTRATORS for permission in Permission},
    Permission.REPORT_READ.value: EVERYONE,
    Permission.TOKEN_CREATE.value: {"ada", "olivia", "peter", "olga"},
}
# Addresses that anyone may open, each on purpose.
PUBLIC = {
    "apiops/auth/token", "oauth/token",
    "oauth/introspect", "oauth/revoke",
    "api/tokens/leaked", "healthz", "readyz", ".well-known/jwks.json", "v1/access-tokens/.well-known/jwks.json",
    ".well-known/oauth-authorization-server", ".well-known/oauth-protected-resource",
    ".well-known/oauth-protected-resource/api", "v1/access-tokens/.well-known/openid-configuration",
    "api/schema", "api/docs",
    "api/mobile/login", "api/mobile/refresh", "api/mobile/logout",
    "sign-in", "sign-out", "activate/<str:login_id>/<str:token>",
    "password/reset", "password/reset/sent", "password/reset/key/<str:login_id>/<str:token>",
}  # fmt: skip
METHODS = ("PUT", "PATCH", "DELETE")
FINE = {200, 302, 303, 405, 409, 422}

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(ada: Login, olivia: Login, peter: Login, vera: Login, olga: Login) -> dict[str, Client]:
    clients = {}
    for login in (ada, olivia, peter, vera, olga):
        client = Client(raise_request_exception=False)
        client.force_login(login)
        clients[login.user_name.partition("@")[0].partition(".")[0]] = client
    return clients


@pytest.fixture
def ids(olivia: Login) -> dict[str, str]:
    """Things of Olivia's, in the Demo organisation."""
    token, session = AccessTokenFactory(owner=olivia), MobileSessionFactory(login=olivia)
    return {
        "contacts": olivia.contact.public_id,
        "logins": olivia.public_id,
        "tokens": token.public_id,
        "mobile-users": session.public_id,
        "devices": session.public_id,
        "sessions": console_session(olivia),
        "departments": DepartmentFactory(organisation=olivia.organisation).public_id,
        "imports": dry_run(olivia).public_id,
        "user-types": UserTypeFactory(organisation=olivia.organisation, slug="report-reader").slug,
        "activity": str(entry(olivia, Verb.TOKEN_CREATE, token=token).pk),
    }


UNKNOWN = {
    "contacts": "con_" + "0" * 21,
    "logins": "lgn_" + "0" * 21,
    "tokens": "api_" + "0" * 21,
    "mobile-users": "mob_" + "0" * 21,
    "devices": "mob_" + "0" * 21,
    "sessions": "ses_" + "0" * 21,
    "departments": "dep_" + "0" * 21,
    "imports": "imp_" + "0" * 21,
    "user-types": "nobody-has-it",
    "activity": "9" * 15,
}
API_NAMES = {
    "reports": "ContactsAndLogins", "data": "ContactsAndLogins", "apiops": "projects",
    "access-tokens": "api_" + "0" * 21,
}  # fmt: skip


def may_reach(address: Address, name: str) -> bool:
    """Whether the thing in the address is the person's, or of the organisation that the person administers."""
    if not address.blanks:
        return True
    if address.route.startswith(("tokens/", "personal/")):
        return name == "olivia"
    return name in {"ada", "olivia"}


def expected(address: Address, name: str) -> set[int]:
    """What the person is answered; an address that only takes POST says so (405) before it looks for the thing."""
    if name not in PASSES[address.guard]:
        return {403}
    return FINE if may_reach(address, name) else {404, 405}  # 405: an address for POST alone, whatever the id


def rows() -> dict[str, int]:
    own = {"sessions.Session", "usersessions.UserSession"}  # the visit itself leaves them
    models = [model for model in apps.get_models() if model._meta.label not in own]
    return {model._meta.label: model._default_manager.count() for model in models}


def test_every_address_has_a_guard() -> None:
    addresses = all_addresses()
    assert len(addresses) > 25
    assert [str(address) for address in addresses if not address.guard] == []
    known = {*PASSES, "public"}
    assert [str(a) for a in addresses if not a.guard.startswith("scope:") and a.guard not in known] == []


def test_only_these_addresses_are_public() -> None:
    assert {address.route for address in all_addresses() if address.guard == "public"} == PUBLIC


@pytest.mark.parametrize("address", console_addresses(), ids=str)
def test_a_page_lets_in_whom_it_should(address: Address, people: dict[str, Client], ids: dict[str, str]) -> None:
    path = address.path(ids)
    anonymous = Client().get(path)
    assert anonymous.status_code == 302
    assert anonymous["Location"].startswith("/sign-in?next=")
    for name, client in people.items():
        assert client.get(path).status_code in expected(address, name) | {405}, name


@pytest.mark.parametrize("address", console_addresses(), ids=str)
def test_a_refused_post_changes_nothing(address: Address, people: dict[str, Client], ids: dict[str, str]) -> None:
    path, before = address.path(ids), rows()
    assert Client().post(path).status_code == 302
    for name, client in people.items():
        if name not in PASSES[address.guard] or not may_reach(address, name):
            assert client.post(path).status_code in {403, 404, 405}, name
    assert rows() == before


@pytest.mark.parametrize("address", console_addresses(), ids=str)
def test_getting_a_page_writes_nothing(address: Address, people: dict[str, Client], ids: dict[str, str]) -> None:
    path, before = address.path(ids), rows()
    for client in people.values():
        client.get(path)
    assert rows() == before


@pytest.mark.parametrize("address", [a for a in console_addresses() if a.blanks], ids=str)
def test_foreign_and_missing_look_the_same(address: Address, people: dict[str, Client], ids: dict[str, str]) -> None:
    def answer(given: dict[str, str]) -> tuple[int, str]:
        response = people["olga"].get(address.path(given))
        body = response.content.decode().replace(response["X-Request-ID"], "")
        for value in given.values():
            body = body.replace(value, "") if len(value) > 9 else body  # an entry's number may stand anywhere
        return response.status_code, body

    assert answer(ids) == answer(UNKNOWN)


@pytest.mark.parametrize("address", console_addresses(), ids=str)
def test_other_verbs_are_refused(address: Address, people: dict[str, Client], ids: dict[str, str]) -> None:
    for name, client in people.items():
        for method in METHODS:
            status = client.generic(method, address.path(ids)).status_code
            assert status in {405} | (expected(address, name) - FINE), (name, method)


@pytest.mark.parametrize("address", api_addresses(), ids=str)
def test_an_api_address_wants_a_token(address: Address, people: dict[str, Client], db: Any) -> None:
    path = address.path(API_NAMES)
    # The console's cookie opens nothing here.
    for client, method in itertools.product((Client(), people["ada"]), address.methods):
        response = client.generic(method, path)
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert "error" not in response["WWW-Authenticate"]
        assert response["Content-Type"].startswith("application/")
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("address", api_addresses(), ids=str)
def test_an_api_address_never_redirects(address: Address) -> None:
    path = address.path(API_NAMES)
    for spelling in (path, path + "/"):
        for method in ("GET", "POST", "PUT", "DELETE"):
            response = Client().generic(method, spelling)
            assert not 300 <= response.status_code < 400
            assert "Set-Cookie" not in response
            assert response["Content-Type"].startswith("application/")


def test_a_guard_refuses_by_name() -> None:
    assert NotAllowed("role:grant").missing == "role:grant"
