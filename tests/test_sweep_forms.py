"""Every form of the console: no other site can send it, and what it does not ask for it does not take."""

import itertools
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from django.views.decorators.http import require_http_methods

from accounts.access import signed_in, viewer_of
from accounts.models import Assignment, Contact, Department, Login, Organisation, UserType
from tests.addresses import Address, console_addresses, in_groups, things_of
from tests.cast import person
from tests.forms_found import contents, forms_of, keys, smuggled
from tests.matrix import undone, writes
from tokens.models import AccessToken, MobileSession

pytestmark = pytest.mark.django_db

TYPED = [Organisation, Contact, Login, Department, UserType, Assignment, AccessToken, MobileSession]
# What a view reads beside its form, each with a test of its own: where to go back to, which rows are meant.
ASIDE = {"back", "next", "selected", "every", "filter", "version", "dialog", "confirmation"}
CONSOLE = pytest.mark.parametrize("group", in_groups(console_addresses()))
ELSEWHERE = "https://elsewhere.example"


class Found(NamedTuple):
    where: str
    fields: dict[str, list[str]]
    names: set[str]
    """Of all its fields: a box that is not ticked sends nothing."""


def posting(address: Address, given: dict[str, str], client: Client) -> Found | None:
    """The form of a page that the page itself takes."""
    where = address.path(given)
    answer = client.get(where)
    if not isinstance(answer, HttpResponse) or answer.status_code != 200:
        return None
    page = answer.content.decode()
    forms = [fields for action, fields in forms_of(page) if action in {"", where}]
    names = {part.partition('"')[0] for part in page.split('name="')[1:]}
    return Found(where, forms[0], names) if forms else None


def done_by(client: Client, where: str, fields: dict[str, Any], known: Any) -> tuple[int, dict[str, list[str]]]:
    """The answer to the form, and all that is in the database after it."""
    with undone(client):
        return client.post(where, fields).status_code, contents(known)


@pytest.fixture
def foreign(olga: Login) -> dict[type, Any]:
    """The keys of another organisation's things."""
    department = Department.objects.create(organisation=olga.organisation, name="Elsewhere")
    first_type = olga.organisation.user_types.get(slug="owner")
    return {
        Organisation: olga.organisation.pk, Login: olga.pk, Contact: olga.contact.pk,
        Department: department.pk, UserType: first_type.pk,
    }  # fmt: skip


@pytest.fixture
def ids(ada: Login, olivia: Login) -> dict[str, str]:
    person(ada.organisation, "Sam", "Root", "sam@demo.example", user_type="owner")
    return things_of(olivia)


def changed_by_smuggling(address: Address, login: Login, ids: dict[str, str], foreign: dict[type, Any]) -> list[str]:
    client = Client(raise_request_exception=False)
    client.force_login(login)
    found = posting(address, ids, client)
    if found is None:
        return []
    known, complaints = keys(), []
    plain = done_by(client, found.where, found.fields, known)
    for switch in ("on", "false"):
        more = smuggled(TYPED, foreign, switch=switch)
        extra = {name: value for name, value in more.items() if name not in ASIDE | found.names}
        given = done_by(client, found.where, {**extra, **found.fields}, known)
        if given != plain:
            again = done_by(client, found.where, found.fields, known)
            what = f"with {switch}: {given[0]} {differences(plain, given)}; again {differences(plain, again)}"
            complaints.append(f"{found.where} by {login} {plain[0]} {what}")
    return complaints


def differences(one: Any, other: Any) -> list[str]:
    return [
        f"{label}: {sorted(set(one[1][label]) ^ set(other[1][label]))[:2]}"
        for label in one[1]
        if one[1][label] != other[1][label]
    ]


@CONSOLE
def test_a_field_that_no_form_asks_for_changes_nothing(
    group: list[Address], ada: Login, olivia: Login, ids: dict[str, str], foreign: dict[type, Any]
) -> None:
    found = []
    for address in group:
        found += changed_by_smuggling(address, ada, ids, foreign)
        if address.route.startswith(("tokens", "personal", "password")):
            found += changed_by_smuggling(address, olivia, ids, foreign)
    assert found == []


@signed_in
@require_http_methods(["GET", "POST"])
def careless(request: Any) -> HttpResponse:
    """A form as nobody should write one: it takes whatever is called like a column."""
    if request.method == "POST":
        given = {name: True for name in ("has_admin_role", "must_change_password") if request.POST.get(name) == "on"}
        Login.objects.filter(pk=viewer_of(request).pk).update(**given)
    return HttpResponse('<form method="post"><input name="language" value="de"></form>')


urlpatterns = [path("careless", careless), path("", include("config.urls"))]


@pytest.mark.urls(__name__)
def test_a_careless_form_would_be_found(ada: Login, ids: dict[str, str], foreign: dict[type, Any]) -> None:
    """The control."""
    found = changed_by_smuggling(Address("careless", "signed_in", is_api=False), ada, ids, foreign)
    assert "accounts.Login" in found[0]


@pytest.mark.long
def test_enough_forms_are_tried(ada: Login, ids: dict[str, str]) -> None:
    """So many pages have a form, and of so many it is taken as it stands."""
    client = Client()
    client.force_login(ada)
    found = [one for address in console_addresses() if (one := posting(address, ids, client))]
    taken = 0
    for one in found:
        with undone(client):
            taken += client.post(one.where, one.fields).status_code == 303
    assert len(found) > 50
    assert taken > 30


# --- forms of other sites ---------------------------------------------------------------------------------------------


def form_token(client: Client) -> str:
    page = client.get("/personal").content.decode()
    return page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]


def another_token(login: Login) -> str:
    """The form token of somebody else's browser."""
    client = Client()
    client.force_login(login)
    return form_token(client)


@CONSOLE
def test_a_form_of_another_site_changes_nothing(
    group: list[Address], ada: Login, olivia: Login, ids: dict[str, str]
) -> None:
    """G01: without a token, with another session's, and with the right one from another site."""
    theirs, found = another_token(olivia), []
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(ada)
    own = form_token(client)
    assert own not in {"", theirs}
    for address, (sent, headers) in itertools.product(group, (
        ({}, {}),
        ({"csrfmiddlewaretoken": theirs}, {}),
        ({"csrfmiddlewaretoken": own}, {"HTTP_ORIGIN": ELSEWHERE}),
        ({"csrfmiddlewaretoken": own}, {"HTTP_ORIGIN": "null"}),
    )):  # fmt: skip
        with undone(client), writes() as changed:
            status = client.post(address.path(ids), sent, **headers).status_code
        if status not in {403, 404, 405} or changed:
            found.append(f"{address} {status} {[*sent]} {headers} {changed}")
    assert found == []


def test_the_tokens_of_these_tests_would_do(ada: Login, olivia: Login) -> None:
    """The control: the same form with its own token, from its own site, is taken."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(olivia)
    own = form_token(client)
    found = posting(Address("personal/edit", "signed_in", is_api=False), {}, client)
    assert found
    sent = {**found.fields, "language": "fr", "csrfmiddlewaretoken": own}
    assert client.post("/personal/edit", sent, HTTP_ORIGIN="http://testserver").status_code == 303
    assert Login.objects.get(pk=olivia.pk).language == "fr"


def test_every_table_is_looked_at() -> None:
    assert {model._meta.label for model in apps.get_models() if model._meta.app_label == "tokens"} <= set(contents({}))
