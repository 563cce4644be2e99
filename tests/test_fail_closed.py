"""The ledger takes no entry: nothing happens that it would have recorded, and all works again once it does.

Every action, every form of the console and every address of the API; found by looking, so that none is forgotten.
"""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client

from accounts.models import Login
from audit.actor import Actor
from audit.models import Entry
from audit.refusals import NotRecorded
from tests.addresses import api_addresses, console_addresses, things_of
from tests.api_calls import valid_token
from tests.factories import PASSWORD
from tests.oauth_calls import basic, managing
from tests.people import signed_in
from tests.test_sweep_actions import CASES, stage  # noqa: F401
from tokens.actions.mobile import begin
from tokens.models import AccessToken
from tokens.scopes import ALL

# What is no business of the ledger: the visit, the counters of attempts, a file that nobody has applied.
PASSING = {
    "sessions.Session", "usersessions.UserSession", "accounts.Attempts", "accounts.ContactImport",
    "accounts.ImportRow",
    "audit.Verification",  # asking for one changes nothing; its outcome is recorded
}  # fmt: skip
# Actions that are part of another's transaction and write nothing but the entry.
PARTS = {"accounts.actions.sign_in.record_sign_in", "accounts.actions.sign_in.record_sign_out"}

POSTGRESQL = """
CREATE FUNCTION refuse_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room'; END $$;
CREATE TRIGGER refuse_all BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION refuse_all();
"""
SQLITE = "CREATE TRIGGER refuse_all BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'no room'); END"


def run(postgresql: str, sqlite: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(postgresql if connection.vendor == "postgresql" else sqlite)


def refuse() -> None:
    run(POSTGRESQL, SQLITE)


def accept() -> None:
    run(
        "DROP TRIGGER IF EXISTS refuse_all ON audit_entry; DROP FUNCTION IF EXISTS refuse_all()",
        "DROP TRIGGER IF EXISTS refuse_all",
    )


@pytest.fixture
def ledger(transactional_db: None) -> Iterator[SimpleNamespace]:
    """A ledger that can be made to refuse, and to accept again."""
    yield SimpleNamespace(refuse=refuse, accept=accept)
    accept()


def state() -> dict[str, list[str]]:
    """Every row of every table but what a visit leaves in passing."""
    models = [model for model in apps.get_models() if model._meta.label not in PASSING]
    return {model._meta.label: sorted(map(str, model._default_manager.values_list())) for model in models}


def unavailable(response: Any, *, to_programs: bool) -> None:
    assert response.status_code == 503, (response.status_code, response.content[:500])
    assert int(response["Retry-After"]) > 0
    assert "WWW-Authenticate" not in response
    if to_programs:
        assert response["Content-Type"].startswith("application/")
        assert not response.content or json.loads(response.content)
    else:
        assert b"<h1" in response.content


@pytest.mark.django_db
@pytest.mark.parametrize("name", CASES)
def test_no_action_happens_unrecorded(name: str, stage: SimpleNamespace) -> None:
    case = CASES[name]
    case.prepare(stage)
    before = state()
    refuse()
    whole = transaction.atomic() if name in PARTS else nullcontext()
    with pytest.raises(NotRecorded), whole:
        case.act(stage)
    assert state() == before
    accept()
    case.act(stage)
    assert state() != before


def test_no_form_of_the_console_is_acted_on_unrecorded(ledger: SimpleNamespace, ada: Login) -> None:
    """Ada sends each form as it stands; those that act at once are refused, and do it when they are sent again."""
    client = signed_in(ada)
    client.raise_request_exception = False
    ids = things_of(ada)
    paths = [address.path(ids) for address in console_addresses()]
    before, refused = state(), []
    ledger.refuse()
    for path in paths:
        response = client.post(path)
        if response.status_code == 503:
            unavailable(response, to_programs=False)
            refused.append(path)
        else:
            assert response.status_code < 500, (path, response.status_code)
    assert state() == before
    assert len(refused) > 8, refused
    ledger.accept()
    entries = Entry.objects.count()
    assert [path for path in refused if client.post(path).status_code >= 500] == []
    assert Entry.objects.count() > entries


def test_no_call_of_the_api_is_answered_unrecorded(ledger: SimpleNamespace, olivia: Login) -> None:
    token, jwt = valid_token(olivia, scopes=int(ALL))
    names = {"reports": "ContactsAndLogins", "data": "ContactsAndLogins", "apiops": "projects"}
    names["access-tokens"] = token.public_id
    client = Client(raise_request_exception=False, HTTP_AUTHORIZATION=f"Bearer {jwt}")
    calls = [(method, address.path(names)) for address in api_addresses() for method in address.methods]
    before = state()
    ledger.refuse()
    for method, path in calls:
        unavailable(client.generic(method, path), to_programs=True)
    assert state() == before
    ledger.accept()
    assert client.get("/api/whoami").status_code == 200


def test_no_refusal_of_a_token_is_told_unrecorded(ledger: SimpleNamespace, olivia: Login) -> None:
    """A genuine JWT that admits nothing is refused on record, or not at all."""
    token, jwt = valid_token(olivia)
    AccessToken.objects.filter(pk=token.pk).update(revoked_at=token.created_at)
    client = Client(raise_request_exception=False, HTTP_AUTHORIZATION=f"Bearer {jwt}")
    ledger.refuse()
    unavailable(client.get("/api/meta"), to_programs=True)
    ledger.accept()
    assert client.get("/api/meta").status_code == 401


def token_requests(olivia: Login) -> list[tuple[str, Any, dict[str, str]]]:
    """Whatever a program may ask for without an access token in its header: address, body, headers."""
    opened = begin(login=olivia, device="A phone", pair=None, by=Actor(label=olivia.label, channel="api"))
    to_leak, to_revoke = valid_token(olivia)[1], valid_token(olivia)[1]
    mine = {"username": olivia.user_name, "password": PASSWORD, "device": "Another phone"}
    wrong = {**mine, "password": "not this one"}
    grant = {"grant_type": "client_credentials"}
    in_form = {"client_id": olivia.user_name, "client_secret": PASSWORD, **grant}
    return [
        ("/oauth/token", grant, basic(olivia)),
        ("/oauth/token", grant, basic(olivia, "not this one")),
        ("/apiops/auth/token", in_form, {}),
        ("/oauth/revoke", {"token": to_revoke}, managing(olivia)),
        ("/api/tokens/leaked", json.dumps({"token": to_leak}), {}),
        ("/api/mobile/login", json.dumps(mine), {}),
        ("/api/mobile/login", json.dumps(wrong), {}),
        ("/api/mobile/refresh", json.dumps({"refresh": opened.refresh}), {}),
        ("/api/mobile/logout", json.dumps({"refresh": opened.refresh}), {}),
    ]


def test_no_token_is_given_renewed_or_ended_unrecorded(ledger: SimpleNamespace, olivia: Login) -> None:
    requests = token_requests(olivia)
    client, before = Client(raise_request_exception=False), state()

    def send(address: str, body: Any, headers: dict[str, str]) -> Any:
        kind = "application/json" if isinstance(body, str) else "application/x-www-form-urlencoded"
        return client.generic("POST", address, body if isinstance(body, str) else urlencode(body), kind, **headers)

    ledger.refuse()
    for request in requests:
        unavailable(send(*request), to_programs=True)
    assert state() == before
    ledger.accept()
    answers = [send(*request).status_code for request in requests]
    assert answers == [200, 401, 200, 200, 202, 200, 401, 200, 200]


def test_nobody_comes_or_goes_unrecorded(ledger: SimpleNamespace, peter: Login) -> None:
    form = {"login": peter.user_name, "password": PASSWORD}
    client = Client(raise_request_exception=False)
    ledger.refuse()
    for fields in (form, {**form, "password": "not this one"}):
        unavailable(client.post("/sign-in", fields), to_programs=False)
    assert Session.objects.count() == 0
    assert client.get("/").status_code == 302
    ledger.accept()
    assert client.post("/sign-in", form).status_code == 302
    assert client.get("/").status_code == 200
    ledger.refuse()
    unavailable(client.post("/sign-out"), to_programs=False)
    assert client.get("/").status_code == 200  # still here, and knows it
    ledger.accept()
    assert client.post("/sign-out").status_code == 303
    assert client.get("/").status_code == 302


def test_nobody_takes_a_copy_unrecorded(ledger: SimpleNamespace, ada: Login) -> None:
    client = signed_in(ada)
    client.raise_request_exception = False
    ledger.refuse()
    for path in ("/tokens/logs", "/administrator/token-logs", "/tokens", "/contacts"):
        unavailable(client.get(f"{path}?export=csv"), to_programs=False)
    ledger.accept()
    assert client.get("/contacts?export=csv").status_code == 200
