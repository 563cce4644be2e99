"""Introspection (RFC 7662): who may ask, what is told, and {"active": false} for everything else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from accounts.models import Login, Organisation
from accounts.pairs import Pair, encode
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import make_valid, valid_token
from tests.factories import AccessTokenFactory
from tests.oauth_calls import *  # noqa: F403
from tests.oauth_calls import FORGED, FORM, basic, bearer, in_body, managing, post, refused
from tests.test_jwt import claims_of, signed
from tokens import actions
from tokens.actions.minting import mint_client_credentials
from tokens.actions.mobile import begin, disconnect
from tokens.keys import ring
from tokens.models import AccessToken, MobileSession

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/oauth/introspect"
INACTIVE = {"active": False}


def look(jwt: str, fields: dict[str, str] | None = None, **headers: Any) -> dict[str, Any]:
    response = post(ADDRESS, {"token": jwt, **(fields or {})}, **headers)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    assert (response["Cache-Control"], response["Pragma"]) == ("no-store", "no-cache")
    found: dict[str, Any] = response.json()
    return found


def test_everything_that_is_told(olivia):
    end = datetime(2030, 1, 1, 12, tzinfo=UTC)
    token = AccessTokenFactory(owner=olivia, name="Excel month end", scopes=3)
    jwt = make_valid(token, expires_at=end)
    claims = claims_of(jwt)
    assert look(jwt, **managing(olivia)) == {
        "active": True,
        "scope": "api:meta:read api:report:read",
        "client_id": token.public_id,
        "username": "olivia@demo.example",
        "token_type": "Bearer",
        "exp": int(end.timestamp()),
        "iat": claims["iat"],
        "sub": olivia.public_id,
        "aud": ring().audience,
        "iss": ring().issuer,
        "jti": claims["jti"],
        "token_name": "Excel month end",
        "org_id": olivia.organisation_id,
        "read_only": False,
    }


def test_a_token_may_look_at_itself(olivia):
    _token, jwt = valid_token(olivia, scopes=7)
    assert look(jwt, **bearer(jwt))["active"] is True


def test_one_that_never_ends_has_no_exp(olivia):
    assert "exp" not in look(valid_token(olivia)[1], **managing(olivia))


def test_a_shorter_expiry_acts_on_the_jwt_that_is_there(olivia):
    token = AccessTokenFactory(owner=olivia)
    jwt, sooner = make_valid(token, expires_at=timezone.now() + timedelta(days=30)), timezone.now() + timedelta(days=1)
    AccessToken.objects.filter(pk=token.pk).update(expires_at=sooner)
    assert look(jwt, **managing(olivia))["exp"] == int(sooner.timestamp())


def test_scopes_are_those_it_still_has(olivia):
    token, jwt = valid_token(olivia, scopes=3)
    AccessToken.objects.filter(pk=token.pk).update(current_scopes=1)
    assert look(jwt, **managing(olivia))["scope"] == "api:meta:read"


def test_a_read_only_one_and_one_of_the_token_endpoint(olivia, by):
    assert look(valid_token(olivia, read_only=True)[1], **managing(olivia))["read_only"] is True
    minted = mint_client_credentials(owner=olivia, scopes=3, by=by)
    found = look(minted.jwt, **managing(olivia))
    assert (found["active"], found["token_name"]) == (True, "client_credentials")


def test_the_jwt_of_a_mobile_session(olivia, by):
    opened = begin(login=olivia, device="Phone", pair=None, by=by)
    found = look(opened.access, **managing(olivia))
    assert (found["active"], found["client_id"]) == (True, opened.session.public_id)
    assert (found["token_name"], found["scope"]) == ("Phone", "api:meta:read api:report:read")
    assert found["exp"] == int(opened.session.access_expires_at.timestamp())
    assert look(opened.refresh, **managing(olivia)) == INACTIVE
    disconnect(session=opened.session, by=by)
    assert look(opened.access, **managing(olivia)) == INACTIVE


# --- What is not active ----------------------------------------------------------------------------------------------


def row(**values: Any) -> Any:
    def change(token: AccessToken) -> None:
        AccessToken.objects.filter(pk=token.pk).update(**values)

    return change


def owner(**values: Any) -> Any:
    def change(record: Any) -> None:
        login_id = record.owner_id if isinstance(record, AccessToken) else record.login_id
        Login.objects.filter(pk=login_id).update(**values)

    return change


def organisation(**values: Any) -> Any:
    def change(token: AccessToken) -> None:
        Organisation.objects.filter(pk=token.owner.organisation_id).update(**values)

    return change


PAST = timezone.now() - timedelta(days=1)
OF_THE_TOKEN = {
    "revoked": row(revoked_at=PAST),
    "expired": row(expires_at=PAST),
    "never generated": row(digest=None, generated_at=None),
    "superseded": make_valid,
    "nothing left of what it was limited to": row(current_restriction="|999:0|"),
    "deleted": lambda token: token.delete(),
}
OF_THE_OWNER = {
    "disabled": owner(enabled=False),
    "login expired": owner(expires_at=PAST),
    "no Personal role": owner(has_personal_role=False),
    "without assignments": lambda token: token.owner.assignments.all().delete(),
}


@pytest.mark.parametrize("change", OF_THE_TOKEN.values(), ids=OF_THE_TOKEN.keys())
def test_what_ends_a_token_ends_it_here(olivia, change):
    asking = managing(olivia)
    token, jwt = valid_token(olivia)
    assert look(jwt, **asking)["active"] is True
    change(token)
    assert look(jwt, **asking) == INACTIVE


@pytest.mark.parametrize("change", OF_THE_OWNER.values(), ids=OF_THE_OWNER.keys())
def test_what_stops_its_owner_stops_it_here(ada, olivia, change):
    asking = managing(ada)
    token, jwt = valid_token(olivia)
    assert look(jwt, **asking)["active"] is True
    change(token)
    assert look(jwt, **asking) == INACTIVE


@pytest.mark.parametrize("change", [organisation(suspended_at=PAST), organisation(tokens_stopped_at=PAST)])
def test_what_stops_the_organisation_stops_the_caller_too(olivia, change):
    token, jwt = valid_token(olivia, scopes=7)
    change(token)
    response = post(ADDRESS, {"token": jwt}, **bearer(jwt))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_token")


def test_while_all_tokens_are_stopped_none_is_active(olivia):
    token, jwt = valid_token(olivia)
    organisation(tokens_stopped_at=PAST)(token)
    assert look(jwt, **basic(olivia)) == INACTIVE


OF_THE_SESSION = {
    "signed out": lambda session: disconnect(session=session, by=Actor(label="", channel="api")),
    "over": lambda session: MobileSession.objects.update(expires_at=PAST),
    "access expired": lambda session: MobileSession.objects.update(access_expires_at=PAST),
    "password changed": owner(password_changed_at=timezone.now() + timedelta(days=1)),
    "disabled": owner(enabled=False),
    "login expired": owner(expires_at=PAST),
    "View Only": lambda session: session.login.assignments.update(
        user_type=session.login.organisation.user_types.get(slug="view-only")
    ),
    "refreshed": lambda session: MobileSession.objects.update(access_digest=b"0" * 32),
}


@pytest.mark.parametrize("change", OF_THE_SESSION.values(), ids=OF_THE_SESSION.keys())
def test_what_ends_a_mobile_session_ends_it_here(ada, olivia, by, change):
    asking = managing(ada)
    opened = begin(login=olivia, device="Phone", pair=None, by=by)
    assert look(opened.access, **asking)["active"] is True
    change(opened.session)
    assert look(opened.access, **asking) == INACTIVE


def test_forged_ones(olivia):
    """Signed with our own key, as if it had leaked: only the exact bytes that were issued count."""
    asking = managing(olivia)
    _token, jwt = valid_token(olivia)
    forged = [signed({**claims_of(jwt), **changed}) for changed in FORGED]
    for string in forged:
        assert look(string, **asking) == INACTIVE


def test_one_that_was_shown_and_not_saved(olivia, by):
    asking = managing(olivia)
    token, _jwt = valid_token(olivia)
    assert look(actions.generate(token=token, by=by).jwt, **asking) == INACTIVE


def test_any_other_string(olivia):
    asking = managing(olivia)
    _token, jwt = valid_token(olivia)
    for string in ("x", "a.b.c", jwt[:-1], jwt + "A", jwt + " ", " " + jwt, "\x00", "\u00fc", "A" * 9000):
        assert look(string, **asking) == INACTIVE


def test_a_limit_of_calls_that_is_used_up_does_not_end_a_token(olivia, call):
    asking = managing(olivia)
    _token, jwt = valid_token(olivia, calls_per_minute=1)
    call(jwt)
    call(jwt)
    assert look(jwt, **asking)["active"] is True


# --- Whose tokens ----------------------------------------------------------------------------------------------------


def test_others_of_the_organisation_are_for_the_admin_role(ada, olivia):
    _token, of_olivia = valid_token(olivia)
    _token, of_ada = valid_token(ada)
    assert look(of_olivia, **managing(ada))["username"] == "olivia@demo.example"
    assert look(of_ada, **managing(olivia)) == INACTIVE


def test_another_organisation_is_out_of_reach_whatever_the_role(ada, olivia, olga):
    _token, jwt = valid_token(olivia)
    assert look(jwt, **managing(olga)) == INACTIVE
    assert look(jwt, **basic(olga)) == INACTIVE


def test_the_admin_role_without_its_user_type_or_the_reverse(ada, olivia):
    _token, jwt = valid_token(olivia)
    asking = managing(ada)
    Login.objects.filter(pk=ada.pk).update(has_admin_role=False)
    assert look(jwt, **asking) == INACTIVE
    assert look(jwt, **basic(ada)) == INACTIVE
    Login.objects.filter(pk=ada.pk).update(has_admin_role=True)
    assert look(jwt, **asking)["active"] is True
    ada.assignments.update(user_type=ada.organisation.user_types.get(slug="general-user"))
    assert look(jwt, **asking) == INACTIVE
    assert look(jwt, **basic(ada)) == INACTIVE


def test_a_token_that_was_not_left_the_user_type_sees_its_own(ada, olivia):
    ada.assignments.create(user_type=ada.organisation.user_types.get(slug="general-user"))
    pair = Pair(ada.organisation.user_types.get(slug="general-user").pk, None)
    asking = managing(ada, restriction=encode([pair]))
    assert look(valid_token(olivia)[1], **asking) == INACTIVE
    assert look(valid_token(ada)[1], **asking)["active"] is True


def test_a_read_only_token_may_look(ada, olivia):
    assert look(valid_token(olivia)[1], **managing(ada, read_only=True))["active"] is True


# --- The caller ------------------------------------------------------------------------------------------------------


def test_client_credentials_in_the_header_or_in_the_body(olivia):
    _token, jwt = valid_token(olivia)
    assert look(jwt, **basic(olivia))["active"] is True
    assert look(jwt, in_body(olivia))["active"] is True


def test_nobody_is_asked_for_either(olivia):
    challenge = refused(post(ADDRESS, {"token": valid_token(olivia)[1]}), 401, "invalid_client")
    assert challenge == 'Bearer realm="Reports API", Basic realm="Reports API", charset="UTF-8"'


def test_bad_credentials(olivia):
    _token, jwt = valid_token(olivia)
    assert refused(post(ADDRESS, {"token": jwt}, **basic(olivia, "wrong")), 401, "invalid_client").startswith("Basic ")
    challenge = refused(post(ADDRESS, {"token": jwt}, **bearer("x")), 401, "invalid_token")
    assert challenge == 'Bearer realm="Reports API", error="invalid_token"'
    assert refused(post(ADDRESS, {"token": jwt}, **bearer("x y")), 400, "invalid_request")


def test_the_scope_is_needed(olivia):
    _token, jwt = valid_token(olivia, scopes=3)
    challenge = refused(post(ADDRESS, {"token": jwt}, **bearer(jwt)), 403, "insufficient_scope")
    assert challenge == 'Bearer realm="Reports API", error="insufficient_scope", scope="api:token:manage"'


def test_a_mobile_session_asks_nothing(olivia, by):
    opened = begin(login=olivia, device="Phone", pair=None, by=by)
    refused(post(ADDRESS, {"token": opened.access}, **bearer(opened.access)), 403, "insufficient_scope")


def test_credentials_in_two_places(olivia):
    _token, jwt = valid_token(olivia, scopes=7)
    both = {"token": jwt, **in_body(olivia)}
    refused(post(ADDRESS, both, **bearer(jwt)), 400, "invalid_request")
    refused(post(ADDRESS, both, **basic(olivia)), 400, "invalid_request")


@pytest.mark.parametrize("kind", ["vera", "robot"])
def test_logins_that_no_program_may_be(request, kind, olivia):
    login = request.getfixturevalue(kind)
    refused(post(ADDRESS, {"token": valid_token(olivia)[1]}, **basic(login)), 401, "invalid_client")


def test_the_look_is_no_use_and_the_call_is_on_record(ada, olivia):
    asking_token, asking = valid_token(ada, scopes=7)
    token, jwt = valid_token(olivia)
    look(jwt, **bearer(asking))
    token.refresh_from_db()
    assert (token.first_used_at, token.last_used_at) == (None, None)
    entry = Entry.objects.get()
    assert (entry.verb, entry.result, entry.token_id) == (Verb.TOKEN_AUTHENTICATE, "ok", asking_token.public_id)
    assert (entry.path, entry.method, entry.scheme) == (ADDRESS, "POST", "bearer")


def test_a_look_at_what_is_not_active_leaves_no_failure(olivia):
    asking = managing(olivia)
    token, jwt = valid_token(olivia)
    AccessToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    look(jwt, **asking)
    assert list(Entry.objects.values_list("result", flat=True)) == ["ok"]


def test_a_call_with_a_password_is_on_record(olivia):
    _token, jwt = valid_token(olivia)
    look(jwt, **basic(olivia))
    entry = Entry.objects.get()
    assert (entry.verb, entry.subject_id, entry.actor_id) == (Verb.SIGN_IN, olivia.public_id, olivia.public_id)
    assert (entry.channel, entry.scheme, entry.path) == ("api", "password", ADDRESS)


# --- The request -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "whatever"])
def test_the_hint_changes_nothing(olivia, hint):
    _token, jwt = valid_token(olivia, scopes=7)
    assert post(ADDRESS, {"token": jwt, "token_type_hint": hint, "extra": "1"}, **bearer(jwt)).json()["active"] is True


@pytest.mark.parametrize("content", ["", "token=", "tokens=x", "token=x&token=y", "token=%ff", "token=\u00fc"])
def test_a_request_without_one_token(olivia, content):
    response = Client().post(ADDRESS, content, FORM, **managing(olivia))
    refused(response, 400, "invalid_request")


def test_only_a_form(olivia):
    _token, jwt = valid_token(olivia, scopes=7)
    refused(Client().post(ADDRESS, {"token": jwt}, "application/json", **bearer(jwt)), 400, "invalid_request")
    refused(Client().post(ADDRESS, {"token": jwt}, **bearer(jwt)), 400, "invalid_request")
    refused(Client().post(ADDRESS, "token=" + "A" * 17000, FORM, **bearer(jwt)), 413, "invalid_request")


def test_a_token_in_the_address_is_refused(olivia):
    _token, jwt = valid_token(olivia, scopes=7)
    refused(Client().post(f"{ADDRESS}?token={jwt}", "token=x", FORM, **bearer(jwt)), 400, "invalid_request")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_post(olivia, method):
    response = Client().generic(method, ADDRESS, **managing(olivia))
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert response["Content-Type"] == "application/json"
    assert not Entry.objects.exists()


def test_the_consoles_session_is_nobody(ada, olivia, client):
    client.force_login(ada)
    response = client.post(ADDRESS, f"token={valid_token(olivia)[1]}", FORM)
    refused(response, 401, "invalid_client")
    assert "Set-Cookie" not in response


def test_the_database_is_away(olivia, monkeypatch):
    def away(*args: object) -> None:
        raise OperationalError("connection lost")

    _token, jwt = valid_token(olivia, scopes=7)
    monkeypatch.setattr("tokens.admission.looking.run", away)
    response = post(ADDRESS, {"token": jwt}, **bearer(jwt))
    refused(response, 503, "temporarily_unavailable")
    assert response["Retry-After"] == "5"


def test_a_limit_of_calls_is_told_and_holds(olivia):
    _token, jwt = valid_token(olivia, scopes=7, calls_per_minute=1)
    first = post(ADDRESS, {"token": jwt}, **bearer(jwt))
    assert first["RateLimit-Policy"] == '"calls";q=1;w=60'
    second = post(ADDRESS, {"token": jwt}, **bearer(jwt))
    refused(second, 429, "temporarily_unavailable")
    assert int(second["Retry-After"]) >= 1
