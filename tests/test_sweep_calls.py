"""Every address of the API against everybody's tokens: route × identity × verb, complete by construction."""

import itertools
from typing import Any

import pytest
from django.test import Client

from accounts.models import Login, Organisation
from tests.addresses import Address, api_addresses
from tests.api_calls import make_valid
from tests.factories import AccessTokenFactory
from tests.matrix import INSIDE, OUTSIDE, TOKENS_ADMITTED, more_people
from tokens.models import AccessToken
from tokens.scopes import ALL

pytestmark = pytest.mark.django_db(transaction=True)

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
# Answers to who is let in: what is asked for may be missing, misspelt or there already.
FINE = {200, 201, 204, 400, 404, 406, 409, 411, 415, 422}
OF_ANYBODY = {"reports": "ContactsAndLogins", "data": "ContactsAndLogins", "apiops": "projects"}


def wanted(address: Address) -> int:
    """The scope of an address; 0 is any token that is valid."""
    return int(address.guard.removeprefix("scope:"))


def others(address: Address) -> int:
    return int(ALL) & ~wanted(address)


def expected(address: Address, name: str, *, has_scope: bool, verb: str) -> set[int]:
    if verb not in address.methods and not (verb == "HEAD" and "GET" in address.methods):
        return {405}
    if name not in TOKENS_ADMITTED:
        return {401}
    if not has_scope:
        return {403}
    is_foreign = name != "personal" and "access-tokens/" in address.route
    return {404} if is_foreign else FINE


@pytest.fixture
def owners(organisation: Organisation, ada, olivia, peter, vera, olga, robot) -> dict[str, Login]:
    logins = {"no_role": peter, "view_only": vera, "personal": olivia, "admin": ada, "other_organisation": olga}
    return logins | {"service": robot, **more_people(organisation)}


def ids(owners: dict[str, Login]) -> dict[str, str]:
    return OF_ANYBODY | {"access-tokens": AccessTokenFactory(owner=owners["personal"]).public_id}


def token(owner: Login, scopes: int) -> tuple[AccessToken, dict[str, str]]:
    made = AccessTokenFactory(owner=owner, scopes=scopes)
    return made, {"HTTP_AUTHORIZATION": f"Bearer {make_valid(made)}"}


def ask(address: Address, owners: dict[str, Login], verb: str, headers: dict[str, str]) -> Any:
    answer = Client(raise_request_exception=False).generic(verb, address.path(ids(owners)), **headers)
    if answer.streaming:
        list(answer.streaming_content)
    return answer


@pytest.mark.parametrize("name", sorted(INSIDE | OUTSIDE))
def test_every_cell_of_calls(name: str, owners: dict[str, Login]) -> None:
    """With the one scope that an address wants, with all others and not that one, and (nobody) with no token."""
    found = []
    for address, has_scope in itertools.product(api_addresses(), (True, False)):
        scopes = (has_scope and wanted(address)) or others(address)
        headers = token(owners[name], scopes)[1] if name != "nobody" else {}
        for verb in VERBS:
            status = ask(address, owners, verb, headers).status_code
            if status not in expected(address, name, has_scope=has_scope or not wanted(address), verb=verb):
                found.append(f"{verb} {address} answers {name}, scopes {scopes}: {status}")
    assert found == []


def test_all_scopes_open_everything(owners: dict[str, Login]) -> None:
    _made, headers = token(owners["personal"], int(ALL))
    statuses = [ask(address, owners, "GET", headers).status_code for address in api_addresses()]
    assert len(statuses) > 6
    assert {401, 403} & set(statuses) == set()


def test_the_consoles_cookie_helps_no_bad_token(owners: dict[str, Login]) -> None:
    """C16: the session of an administrator beside a token that is none, or beside one without the scope."""
    client = Client(raise_request_exception=False)
    client.force_login(owners["admin"])
    _made, narrow = token(owners["personal"], 4)
    for address in api_addresses():
        path = address.path(ids(owners))
        is_narrow = wanted(address) in {1, 2}
        for headers, status in (({"HTTP_AUTHORIZATION": "Bearer nonsense"}, 401), (narrow, 403))[: 1 + is_narrow]:
            answer = client.generic(address.methods[0], path, **headers)
            assert answer.status_code == status, path
            assert "Set-Cookie" not in answer


def test_a_token_in_a_form_is_no_credentials(owners: dict[str, Login]) -> None:
    """C05: where a form or JSON may be sent, without a header."""
    jwt = token(owners["personal"], int(ALL))[1]["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    sent = {"access_token": jwt, "token": jwt, "name": "From a form"}
    for address in api_addresses():
        for kind in ("application/x-www-form-urlencoded", "application/json"):
            client = Client(raise_request_exception=False)
            client.cookies["access_token"] = jwt
            path = f"{address.path(ids(owners))}?access_token={jwt}"
            for method in address.methods:
                if kind == "application/json":
                    answer = client.generic(method, path, str(sent).replace("'", '"'), kind)
                else:
                    answer = client.generic(method, path, "&".join(f"{k}={v}" for k, v in sent.items()), kind)
                assert answer.status_code == 401, (method, path)
    assert not AccessToken.objects.filter(name="From a form").exists()
