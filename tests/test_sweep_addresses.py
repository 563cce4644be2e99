"""Every address is guarded: the URL map against everybody, complete by construction."""

import itertools
from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.access import NotAllowed
from accounts.models import Contact, Login, Organisation
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
from tests.matrix import (
    FINE,
    INSIDE,
    OUTSIDE,
    PASSES,
    SIGN_IN,
    TO_SIGN_IN,
    expected,
    in_a_browser,
    more_people,
    undone,
    writes,
)

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
    "sign-in", "sign-in/sso", "sign-in/sso/callback", "sign-in/second-step", "sign-in/passkey",
    "sign-in/passkey/question", "sign-out", "activate/<str:login_id>/<str:token>",
    "password/reset", "password/reset/sent", "password/reset/key/<str:login_id>/<str:token>", "not-mine/key/<str:link>",
}  # fmt: skip
METHODS = ("DELETE", *(pytest.param(name, marks=pytest.mark.long) for name in ("PUT", "PATCH", "OPTIONS", "HEAD")))

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(organisation: Organisation, ada, olivia, peter, vera, olga, robot) -> dict[str, Client]:
    """A browser of each identity, by its name."""
    logins = {"no_role": peter, "view_only": vera, "personal": olivia, "admin": ada, "other_organisation": olga}
    logins |= {"service": robot, **more_people(organisation)}
    clients = {name: in_a_browser(login) for name, login in logins.items()}
    return clients | {"nobody": Client(raise_request_exception=False)}


@pytest.fixture
def ids(olivia: Login) -> dict[str, str]:
    """Things of Olivia's, in the Demo organisation."""
    return things_of(olivia)


def test_what_is_no_page_says_so(ada: Login) -> None:
    """The walks in a browser pass these by."""
    client, ids = in_a_browser(ada), things_of(ada)
    pages = console_addresses()
    refused = {address for address in pages if client.get(address.path(ids)).status_code == 405}
    assert refused == {address for address in pages if address.takes_forms_alone}
    for path in ("/sign-in/passkey", "/sign-in/passkey/question"):
        assert Client().get(path).status_code == 405


API_NAMES = {
    "reports": "ContactsAndLogins", "data": "ContactsAndLogins", "apiops": "projects",
    "access-tokens": "api_" + "0" * 21,
}  # fmt: skip


def test_every_address_has_a_guard() -> None:
    addresses = all_addresses()
    assert len(addresses) > 25
    assert [str(address) for address in addresses if not address.guard] == []
    known = {*PASSES, "public"}
    assert [str(a) for a in addresses if not a.guard.startswith("scope:") and a.guard not in known] == []


def test_only_these_addresses_are_public() -> None:
    assert {address.route for address in all_addresses() if address.guard == "public"} == PUBLIC


each_group = pytest.mark.parametrize("group", in_groups(console_addresses()))


def also(name: str, method: str, passes: set[int]) -> set[int]:
    """What a cell may answer besides: that nothing was sent with a POST, and that the method is none of the address."""
    if method == "POST":
        return {400} if passes is FINE else set()
    return set() if name in OUTSIDE else {405}


def complaints(address: Address, name: str, client: Client, path: str, method: str) -> Iterator[str]:
    """What is wrong with one cell: its answer, where it leads to, or that it changed what it must not."""
    with undone(client), writes() as changed:
        answer = client.generic(method, path)
    passes, status = expected(address, name), answer.status_code
    if status not in passes | also(name, method, passes):
        yield f"{method} {path} answers {name} {status}"
    if passes == {TO_SIGN_IN} and not answer.get("Location", "").startswith(SIGN_IN):
        yield f"{method} {path} leads {name} to {answer.get('Location')}"
    if changed and (method != "POST" or passes is not FINE):
        yield f"{method} {path} by {name} changes {changed}"


@pytest.mark.parametrize("method", ["GET", "POST"])
@each_group
def test_every_cell_of_pages(group: list[Address], people: dict[str, Client], ids: dict[str, str], method: str) -> None:
    """Who may gets an answer, everybody else a refusal; a GET and a refused POST change nothing."""
    cells = [(address, name, people[name], address.path(ids), method) for address in group for name in people]
    assert [found for cell in cells for found in complaints(*cell)] == []


def test_no_identity_is_missing(people: dict[str, Client]) -> None:
    assert people.keys() == INSIDE | OUTSIDE
    assert all(passing <= INSIDE for passing in PASSES.values())


def test_what_a_page_changes_is_seen(organisation: Organisation) -> None:
    """The control."""
    with writes() as changed:
        Contact.objects.filter(organisation=organisation).update(notes="x")
    assert len(changed) == 1


@pytest.mark.parametrize("group", in_groups([address for address in console_addresses() if address.blanks]))
def test_foreign_and_missing_look_the_same(
    group: list[Address], people: dict[str, Client], ids: dict[str, str]
) -> None:
    def answer(address: Address, given: dict[str, str]) -> tuple[int, str]:
        response = people["other_organisation"].get(address.path(given))
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
    """But HEAD, which is a GET without its body, and OPTIONS, which no page knows either."""
    cells = [(address, name, people[name], address.path(ids), method) for address in group for name in people]
    found = [complaint for cell in cells for complaint in complaints(*cell)]
    if method != "HEAD":
        for address, name in itertools.product(group, sorted(INSIDE)):
            with undone(people[name]):
                status = people[name].generic(method, address.path(ids)).status_code
            found += [f"{method} {address} answers {name} {status}"] if status in FINE - {405} else []
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
