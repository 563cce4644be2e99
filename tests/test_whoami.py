"""What a token is told about itself: who, what, where, until when, and which addresses."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Organisation
from accounts.pairs import Pair, encode
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import make_valid, valid_token
from tests.factories import AccessTokenFactory
from tests.oauth_calls import *  # noqa: F403
from tokens.actions.minting import mint_client_credentials
from tokens.actions.mobile import begin
from tokens.models import AccessToken
from tokens.scopes import Scope

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/api/whoami"
REPORTS = ["/api/data/{name}"]
META = ["/api/meta", "/api/meta/reports", "/api/meta/reports/{name}"]


@pytest.fixture
def who(call):
    def ask(jwt):
        response = call(jwt, ADDRESS)
        assert response.status_code == 200, response.content
        return response.json()

    return ask


def paths(found):
    return [address["path"] for address in found["may_call"]]


def test_a_token_sees_itself(who, olivia, places):
    end = datetime(2030, 1, 1, 12, tzinfo=UTC)
    token = AccessTokenFactory(owner=olivia, name="Excel month end", scopes=int(Scope.META | Scope.REPORT))
    found = who(make_valid(token, expires_at=end))
    left = found["expires"].pop("seconds_left")
    assert abs(left - (end - timezone.now()).total_seconds()) < 5
    assert found["token"].pop("created_at").endswith("Z")
    assert {ADDRESS, *META, *REPORTS} <= set(paths(found))
    del found["may_call"]
    user_type = {"id": f"{olivia.organisation_id}:general-user", "name": "General User"}
    permissions = ["report:read", "token:create"]
    assert found == {
        "token": {"id": token.public_id, "name": "Excel month end", "kind": "api", "read_only": False},
        "expires": {"at": "2030-01-01T12:00:00Z", "never": False},
        "scopes": ["api:meta:read", "api:report:read"],
        "owner": {"id": olivia.public_id, "user_name": "olivia@demo.example", "name": "Olivia Novak"},
        "organisation": {"tenant_id": olivia.organisation_id, "name": "Demo Organisation"},
        "assignments": [
            {
                "user_type": user_type,
                "department": {"id": places.south.public_id, "name": "Energy > South"},
                "permissions": permissions,
            },
            {
                "user_type": user_type,
                "department": {"id": places.finance.public_id, "name": "Finance"},
                "permissions": permissions,
            },
        ],
        "permissions": permissions,
        "calls": None,
    }


def test_the_call_is_on_record_and_for_the_caller_alone(call, olivia):
    token, jwt = valid_token(olivia)
    response = call(jwt, ADDRESS)
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    entry = Entry.objects.get()
    assert (entry.verb, entry.result, entry.token_id) == (Verb.TOKEN_AUTHENTICATE, "ok", token.public_id)
    assert (entry.path, entry.scheme) == (ADDRESS, "bearer")


def test_a_token_that_never_ends(who, olivia):
    assert who(valid_token(olivia)[1])["expires"] == {"at": None, "never": True, "seconds_left": None}


def test_the_whole_organisation_is_no_department(who, ada):
    found = who(valid_token(ada)[1])
    [assignment] = found["assignments"]
    assert assignment["department"] is None
    assert assignment["user_type"] == {"id": f"{ada.organisation_id}:owner", "name": "System Administrator"}
    assert "token:manage_all" in found["permissions"]


def test_a_restricted_token_sees_what_is_left_now(who, olivia, places):
    pair = Pair(olivia.organisation.user_types.get(slug="general-user").pk, places.finance.pk)
    token = AccessTokenFactory(owner=olivia, restriction=encode([pair]))
    jwt = make_valid(token)
    assert [one["department"]["name"] for one in who(jwt)["assignments"]] == ["Finance"]
    olivia.assignments.filter(department=places.south).delete()
    _token, unrestricted = valid_token(olivia)
    assert [one["department"]["name"] for one in who(unrestricted)["assignments"]] == ["Finance"]


def test_scopes_are_those_of_the_jwt_now(who, olivia):
    token, jwt = valid_token(olivia, scopes=7)
    assert who(jwt)["scopes"] == ["api:meta:read", "api:report:read", "api:token:manage"]
    AccessToken.objects.filter(pk=token.pk).update(current_scopes=int(Scope.TOKEN))
    found = who(jwt)
    assert found["scopes"] == ["api:token:manage"]
    assert not {*META, *REPORTS} & {*paths(found)}


def test_a_read_only_token_keeps_what_views(who, ada):
    found = who(valid_token(ada, scopes=7, read_only=True)[1])
    assert found["token"]["read_only"] is True
    assert found["permissions"] == ["contact:view", "log:view", "report:read", "token:view_all"]
    assert all(set(address["methods"]) <= {"GET", "HEAD", "POST"} for address in found["may_call"])


def test_a_token_of_the_token_endpoint(who, olivia, by):
    found = who(mint_client_credentials(owner=olivia, scopes=3, by=by).jwt)
    assert (found["token"]["kind"], found["token"]["name"]) == ("client_credentials", "client_credentials")
    assert 3590 < found["expires"]["seconds_left"] <= 3600


def test_a_mobile_session(who, olivia, places, by):
    pair = Pair(olivia.organisation.user_types.get(slug="general-user").pk, places.finance.pk)
    opened = begin(login=olivia, device="Phone", pair=pair, by=by)
    found = who(opened.access)
    session = opened.session
    assert {**found["token"], "created_at": ""} == {
        "id": session.public_id, "name": "Phone", "kind": "mobile", "read_only": False, "created_at": "",
    }  # fmt: skip
    assert 890 < found["expires"]["seconds_left"] <= 900
    assert found["scopes"] == ["api:meta:read", "api:report:read"]
    assert [one["department"]["name"] for one in found["assignments"]] == ["Finance"]
    assert {ADDRESS, *META, *REPORTS, "/api/mobile/logout"} <= set(paths(found))
    assert not [path for path in paths(found) if path.startswith("/v1/")]


def test_a_mobile_session_for_which_nothing_was_chosen(who, olivia, by):
    found = who(begin(login=olivia, device="Phone", pair=None, by=by).access)
    assert (found["assignments"], found["permissions"]) == ([], [])


def test_the_limit_of_calls(call, who, olivia):
    Organisation.objects.filter(pk=olivia.organisation_id).update(token_calls_per_minute=5)
    _token, jwt = valid_token(olivia)
    first, second = who(jwt)["calls"], who(jwt)["calls"]
    assert (first["a_minute"], first["left"]) == (5, 4)
    assert second["left"] == 3 or second["left"] == 4  # the minute may have turned
    assert 1 <= second["seconds_until_next_minute"] <= 60
    assert "RateLimit" in call(jwt, ADDRESS)


@pytest.mark.parametrize("scopes", [1, 2, 4, 7])
@pytest.mark.parametrize("read_only", [False, True])
def test_what_it_names_takes_it_and_nothing_else_does(call, who, olivia, scopes, read_only):
    """Only GET is tried: the other methods change something."""
    _token, jwt = valid_token(olivia, scopes=scopes, read_only=read_only)
    named = who(jwt)["may_call"]
    assert named
    for address in named:
        if "GET" in address["methods"]:
            response = call(jwt, address["path"].replace("{name}", "TokenActivity"))
            assert response.status_code == 200, address
            response.close()
    for path in {*META, *REPORTS, "/v1/access-tokens"} - {address["path"] for address in named}:
        assert call(jwt, path.replace("{name}", "TokenActivity")).status_code == 403


def test_who_is_not_admitted_is_told_as_anywhere(call, olivia):
    token, jwt = valid_token(olivia)
    AccessToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    response = call(jwt, ADDRESS)
    assert (response.status_code, response.json()["reason"]) == (401, "expired")
    assert call(None, ADDRESS).status_code == 401
    basic = call(None, ADDRESS, HTTP_AUTHORIZATION="Basic b2xpdmlhOng=")
    assert basic.status_code == 401
    assert "Basic" not in basic["WWW-Authenticate"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_reading(db, method):
    response = Client().generic(method, ADDRESS)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
