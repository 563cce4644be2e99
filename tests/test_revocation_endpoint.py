"""Revocation (RFC 7009): who may end what, one answer where there was nothing to end, and what stays untouched."""

import threading
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from accounts.models import Login
from accounts.pairs import Pair, encode
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import make_valid, valid_token
from tests.oauth_calls import *  # noqa: F403
from tests.oauth_calls import FORM, basic, bearer, in_body, managing, post, refused
from tokens import actions
from tokens.actions.minting import mint_client_credentials
from tokens.actions.mobile import begin, refresh
from tokens.jwt import digest
from tokens.models import AccessToken, MobileSession

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/oauth/revoke"


def end(jwt: str, fields: dict[str, str] | None = None, **headers: Any) -> None:
    response = post(ADDRESS, {"token": jwt, **(fields or {})}, **headers)
    assert (response.status_code, response.content) == (200, b"{}"), response.content
    assert response["Content-Type"] == "application/json"
    assert (response["Cache-Control"], response["Pragma"]) == ("no-store", "no-cache")


def is_live(token: AccessToken) -> bool:
    token.refresh_from_db()
    return token.revoked_at is None


def revocations() -> list[Entry]:
    return list(Entry.objects.filter(verb=Verb.TOKEN_REVOKE))


def test_an_own_token_ends_at_once(call, olivia):
    asking_token, asking = valid_token(olivia, scopes=7)
    token, jwt = valid_token(olivia)
    end(jwt, **bearer(asking))
    refusal = call(jwt)
    assert (refusal.status_code, refusal.json()["reason"]) == (401, "revoked")
    assert is_live(asking_token)
    [entry] = revocations()
    assert (entry.token_id, entry.owner_id, entry.actor_id) == (token.public_id, olivia.public_id, olivia.public_id)
    assert (entry.actor_label, entry.channel, entry.path) == ("Olivia Novak", "api", ADDRESS)
    assert entry.details == {"why": "revocation endpoint"}
    use = Entry.objects.get(verb=Verb.TOKEN_AUTHENTICATE, token_id=asking_token.public_id)
    assert use.request_id == entry.request_id


def test_client_credentials_in_the_header_or_in_the_body(olivia):
    for given, headers in (({}, basic(olivia)), (in_body(olivia), {})):
        token, jwt = valid_token(olivia)
        end(jwt, given, **headers)
        assert not is_live(token)
    assert Entry.objects.filter(verb=Verb.SIGN_IN, scheme="password", path=ADDRESS).count() == 2


def test_one_of_the_token_endpoint(olivia, by):
    minted = mint_client_credentials(owner=olivia, scopes=3, by=by)
    end(minted.jwt, **basic(olivia))
    assert not is_live(minted.token)


def test_a_token_of_any_scope_ends_itself(call, olivia):
    for values in ({"scopes": 1}, {"scopes": 2}, {"scopes": 7}, {"scopes": 3, "read_only": True}):
        token, jwt = valid_token(olivia, **values)
        end(jwt, **bearer(jwt))
        assert not is_live(token)
        assert call(jwt).json()["reason"] == "revoked"
        refused(post(ADDRESS, {"token": jwt}, **bearer(jwt)), 401, "invalid_token")


def test_another_needs_the_scope(olivia):
    _token, asking = valid_token(olivia, scopes=3)
    token, jwt = valid_token(olivia)
    challenge = refused(post(ADDRESS, {"token": jwt}, **bearer(asking)), 403, "insufficient_scope")
    assert 'scope="api:token:manage"' in challenge
    assert is_live(token)


def test_a_read_only_token_ends_nothing_but_itself(olivia):
    token, jwt = valid_token(olivia)
    response = post(ADDRESS, {"token": jwt}, **managing(olivia, read_only=True))
    refused(response, 403, "insufficient_scope")
    assert "only read" in response.json()["error_description"]
    assert is_live(token)


# --- Whose tokens ----------------------------------------------------------------------------------------------------


def test_others_of_the_organisation_are_for_the_admin_role(ada, olivia):
    token, jwt = valid_token(olivia)
    of_ada, jwt_of_ada = valid_token(ada)
    end(jwt_of_ada, **managing(olivia))
    assert is_live(of_ada)
    end(jwt, **managing(ada))
    assert not is_live(token)
    [entry] = revocations()
    assert (entry.owner_id, entry.actor_id) == (olivia.public_id, ada.public_id)


def test_an_administrator_by_password(ada, olivia):
    token, jwt = valid_token(olivia)
    end(jwt, **basic(ada))
    assert not is_live(token)


def test_another_organisation_is_out_of_reach_whatever_the_role(olivia, olga):
    token, jwt = valid_token(olivia)
    end(jwt, **managing(olga))
    end(jwt, **basic(olga))
    assert is_live(token)
    assert not revocations()


def test_an_administrator_without_the_role_or_the_user_type(ada, olivia):
    token, jwt = valid_token(olivia)
    asking = managing(ada)
    Login.objects.filter(pk=ada.pk).update(has_admin_role=False)
    end(jwt, **asking)
    Login.objects.filter(pk=ada.pk).update(has_admin_role=True)
    general = ada.organisation.user_types.get(slug="general-user")
    ada.assignments.create(user_type=general)
    end(jwt, **managing(ada, restriction=encode([Pair(general.pk, None)])))
    ada.assignments.exclude(user_type=general).delete()
    end(jwt, **asking)
    end(jwt, **basic(ada))
    assert is_live(token)


# --- Nothing to end --------------------------------------------------------------------------------------------------


def test_what_was_replaced_ended_or_never_saved_ends_nothing(call, olivia, by):
    asking = managing(olivia)
    token, old = valid_token(olivia)
    new = make_valid(token)
    end(old, **asking)
    shown = actions.generate(token=token, by=by)
    end(shown.jwt, **asking)
    assert call(new).status_code == 200
    assert actions.save(token=token, dialog=shown.dialog, by=by)
    assert call(shown.jwt).status_code == 200
    AccessToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    end(shown.jwt, **asking)
    assert not revocations()


def test_any_other_string_and_any_hint(olivia):
    asking = managing(olivia)
    token, jwt = valid_token(olivia)
    for string in ("x", "a.b.c", jwt[:-1], jwt + "A", jwt + " ", "\x00", "\u00fc", "A" * 9000):
        end(string, {"token_type_hint": "whatever"}, **asking)
    assert is_live(token)
    end(jwt, {"token_type_hint": "refresh_token"}, **asking)
    assert not is_live(token)


def test_twice_is_as_good_as_once(olivia):
    asking = managing(olivia)
    _token, jwt = valid_token(olivia)
    end(jwt, **asking)
    end(jwt, **asking)
    assert len(revocations()) == 1


# --- Mobile sessions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["access", "refresh"])
def test_a_mobile_session_ends_by_either_of_its_jwts(call, olivia, by, which):
    opened = begin(login=olivia, device="Phone", pair=None, by=by)
    end(getattr(opened, which), **managing(olivia))
    assert call(opened.access, "/api/meta").json()["reason"] == "session_ended"
    entry = Entry.objects.get(verb=Verb.SESSION_END)
    assert (entry.subject_id, entry.actor_id, entry.path) == (opened.session.public_id, olivia.public_id, ADDRESS)


def test_a_mobile_session_ends_itself_and_nothing_else(call, olivia, by):
    opened = begin(login=olivia, device="Phone", pair=None, by=by)
    token, jwt = valid_token(olivia)
    refused(post(ADDRESS, {"token": jwt}, **bearer(opened.access)), 403, "insufficient_scope")
    assert is_live(token)
    end(opened.access, **bearer(opened.access))
    assert call(opened.access, "/api/meta").json()["reason"] == "session_ended"


def test_a_mobile_session_goes_on_when_the_jwt_is_not_its_own_any_more(olivia, olga, peter, by):
    asking = managing(olivia)
    opened = begin(login=olivia, device="Phone", pair=None, by=by)
    newer = refresh(session_id=opened.session.public_id, sha256=digest(opened.refresh), by=by)
    end(opened.access, **asking)
    end(opened.refresh, **asking)
    end(newer.access, **managing(olga))
    end(newer.access, **basic(peter))
    assert MobileSession.objects.get().ended_at is None
    end(newer.access, **asking)
    end(newer.access, **asking)
    assert MobileSession.objects.get().ended_at is not None
    assert Entry.objects.filter(verb=Verb.SESSION_END).count() == 1


# --- The request -----------------------------------------------------------------------------------------------------


def test_nobody_and_bad_credentials(olivia, vera):
    token, jwt = valid_token(olivia)
    challenge = refused(post(ADDRESS, {"token": jwt}), 401, "invalid_client")
    assert challenge == 'Bearer realm="Reports API", Basic realm="Reports API", charset="UTF-8"'
    refused(post(ADDRESS, {"token": jwt}, **basic(olivia, "wrong")), 401, "invalid_client")
    refused(post(ADDRESS, {"token": jwt}, **basic(vera)), 401, "invalid_client")
    refused(post(ADDRESS, {"token": jwt}, **bearer("x")), 401, "invalid_token")
    assert is_live(token)


@pytest.mark.parametrize("content", ["", "token=", "tokens=x", "token=x&token=y", "token=%ff"])
def test_a_request_without_one_token(olivia, content):
    refused(Client().post(ADDRESS, content, FORM, **managing(olivia)), 400, "invalid_request")


def test_only_a_form(olivia):
    token, jwt = valid_token(olivia, scopes=7)
    refused(Client().post(ADDRESS, {"token": jwt}, "application/json", **bearer(jwt)), 400, "invalid_request")
    refused(Client().post(f"{ADDRESS}?token={jwt}", "token=x", FORM, **bearer(jwt)), 400, "invalid_request")
    refused(Client().post(ADDRESS, "token=" + "A" * 17000, FORM, **bearer(jwt)), 413, "invalid_request")
    assert is_live(token)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_post(olivia, method):
    response = Client().generic(method, ADDRESS, **managing(olivia))
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert response["Content-Type"] == "application/json"


def test_the_database_is_away(olivia, monkeypatch):
    """RFC 7009, 2.2.1: the token must be taken to exist still, and the client may try again."""
    token, jwt = valid_token(olivia, scopes=7)

    def away(**_given: object) -> None:
        raise OperationalError("connection lost")

    monkeypatch.setattr("tokens.api.oauth.revocation.revoke_presented", away)
    response = post(ADDRESS, {"token": jwt}, **bearer(jwt))
    refused(response, 503, "temporarily_unavailable")
    assert response["Retry-After"] == "5"
    assert is_live(token)


def test_of_many_at_once_one_ends_it(olivia):
    token, jwt = valid_token(olivia)
    asking, statuses = managing(olivia), []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        statuses.append(post(ADDRESS, {"token": jwt}, **asking).status_code)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
    assert not is_live(token)
    assert len(revocations()) == 1
