"""Every address is guarded: the URL map against everybody, complete by construction."""

import itertools

import pytest
from django.apps import apps
from django.test import Client

from accounts.access import NotAllowed
from accounts.models import Login
from accounts.permissions import Permission
from audit.models import Entry
from tests.addresses import (
    UNKNOWN,
    Address,
    all_addresses,
    api_addresses,
    console_addresses,
    in_groups,
    things_of,
)

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
    "api/tokens/leaked", "healthz", "readyz", "metrics",
    ".well-known/jwks.json", "v1/access-tokens/.well-known/jwks.json",
    ".well-known/oauth-authorization-server", ".well-known/oauth-protected-resource",
    ".well-known/oauth-protected-resource/api", "v1/access-tokens/.well-known/openid-configuration",
    "api/schema", "api/docs", "api/ledger/checkpoint", "api/ledger/checkpoints/<int:size>",
    "api/ledger/consistency/<int:old>/<int:new>", "api/ledger/key",
    "api/mobile/login", "api/mobile/refresh", "api/mobile/logout",
    "sign-in", "sign-out", "activate/<str:login_id>/<str:token>",
    "password/reset", "password/reset/sent", "password/reset/key/<str:login_id>/<str:token>",
}  # fmt: skip
METHODS = ("DELETE", *(pytest.param(method, marks=pytest.mark.long) for method in ("PUT", "PATCH")))
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
    return things_of(olivia)


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


each_group = pytest.mark.parametrize("group", in_groups(console_addresses()))


@each_group
def test_a_page_lets_in_whom_it_should_and_writes_nothing(
    group: list[Address], people: dict[str, Client], ids: dict[str, str]
) -> None:
    found, before, nobody = [], rows(), Client()
    for address in group:
        path = address.path(ids)
        anonymous = nobody.get(path)
        if anonymous.status_code != 302 or not anonymous["Location"].startswith("/sign-in?next="):
            found.append(f"{path} answers nobody {anonymous.status_code}")
        for name, client in people.items():
            status = client.get(path).status_code
            if status not in expected(address, name) | {405}:
                found.append(f"{path} answers {name} {status}")
        if (after := rows()) != before:
            found.append(f"{path} writes")
            before = after
    assert found == []


@each_group
def test_a_refused_post_changes_nothing(group: list[Address], people: dict[str, Client], ids: dict[str, str]) -> None:
    found, before, nobody = [], rows(), Client()
    for address in group:
        path = address.path(ids)
        if (status := nobody.post(path).status_code) != 302:
            found.append(f"{path} answers nobody {status}")
        for name, client in people.items():
            if name not in PASSES[address.guard] or not may_reach(address, name):
                status = client.post(path).status_code
                if status not in {403, 404, 405}:
                    found.append(f"{path} answers {name} {status}")
        if (after := rows()) != before:
            found.append(f"{path} writes")
            before = after
    assert found == []


@pytest.mark.parametrize("group", in_groups([address for address in console_addresses() if address.blanks]))
def test_foreign_and_missing_look_the_same(
    group: list[Address], people: dict[str, Client], ids: dict[str, str]
) -> None:
    def answer(address: Address, given: dict[str, str]) -> tuple[int, str]:
        response = people["olga"].get(address.path(given))
        body = response.content.decode().replace(response["X-Request-ID"], "")
        for value in given.values():
            body = body.replace(value, "") if len(value) > 9 else body  # an entry's number may stand anywhere
        return response.status_code, body

    assert [str(address) for address in group if answer(address, ids) != answer(address, UNKNOWN)] == []


@pytest.mark.parametrize("method", METHODS)
@each_group
def test_other_verbs_are_refused(
    group: list[Address], people: dict[str, Client], ids: dict[str, str], method: str
) -> None:
    found = []
    for address, (name, client) in itertools.product(group, people.items()):
        status = client.generic(method, address.path(ids)).status_code
        if status not in {405} | (expected(address, name) - FINE):
            found.append(f"{method} {address} answers {name} {status}")
    assert found == []


@pytest.mark.parametrize("address", api_addresses(), ids=str)
def test_an_api_address_wants_a_token(address: Address, client: Client, ada: Login) -> None:
    path = address.path(API_NAMES)
    client.force_login(ada)  # the console's cookie opens nothing here
    for caller, method in itertools.product((Client(), client), address.methods):
        response = caller.generic(method, path)
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
