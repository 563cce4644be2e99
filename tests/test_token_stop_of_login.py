"""The emergency stop of one login: its tokens and mobile apps alone, at once, by those who may, and back again."""

from typing import Any

import pytest
from django.test import Client

from accounts.actions.token_stop import start_tokens_of, stop_tokens_of
from accounts.exceptions import Refused
from accounts.models import Login, Organisation
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tests.factories import MobileSessionFactory
from tests.people import address, signed_in
from tokens.statuses import Status

pytestmark = pytest.mark.django_db(transaction=True)


def by(login: Login) -> Actor:
    return Actor(id=login.public_id, label=login.label, organisation_id=login.organisation_id, channel="console")


def stop(login: Login) -> None:
    stop_tokens_of(login=login, by=Actor(label="Operator", channel="command"))
    login.refresh_from_db()


def reasons(call: Any, *jwts: str) -> list[str]:
    return [answer.json().get("reason", "") for answer in map(call, jwts)]


def test_an_administrator_stops_the_tokens_of_one_login_and_of_no_other(call, ada, olivia, robot):
    (token, of_olivia), (_other, of_robot) = valid_token(olivia, name="Excel"), valid_token(robot)
    asked = signed_in(ada).get(address("stop_login_tokens", olivia)).content.decode()
    assert "1 token stops on its next call: Excel" in asked
    assert signed_in(ada).post(address("stop_login_tokens", olivia)).status_code == 303
    assert reasons(call, of_olivia, of_robot) == ["login_stopped", ""]
    token.refresh_from_db()
    assert (token.status, token.revoked_at) == (Status.INACTIVE, None)
    asked = signed_in(ada).get(address("start_login_tokens", olivia)).content.decode()
    assert "1 token works again at once: Excel" in asked
    assert signed_in(ada).post(address("start_login_tokens", olivia)).status_code == 303
    assert call(of_olivia).status_code == 200


def test_both_are_on_record_once(ada, olivia):
    for deed in ("stop_login_tokens", "stop_login_tokens", "start_login_tokens", "start_login_tokens"):
        signed_in(ada).post(address(deed, olivia), REMOTE_ADDR="192.0.2.7")
    entries = Entry.objects.filter(verb__in=[Verb.LOGIN_STOP_TOKENS, Verb.LOGIN_START_TOKENS]).order_by("pk")
    assert [entry.verb for entry in entries] == [Verb.LOGIN_STOP_TOKENS, Verb.LOGIN_START_TOKENS]
    for entry in entries:
        assert (entry.subject_id, entry.actor_id, entry.address) == (olivia.public_id, ada.public_id, "192.0.2.7")


def test_a_refused_call_is_on_record(call, olivia):
    token, jwt = valid_token(olivia)
    stop(olivia)
    call(jwt)
    entry = Entry.objects.get(verb=Verb.TOKEN_AUTHENTICATE)
    assert (entry.result, entry.reason, entry.token_id) == ("fail", "login_stopped", token.public_id)


def test_mobile_apps_are_told_of_and_stop(ada, olivia):
    MobileSessionFactory(login=olivia)
    page = signed_in(ada).get(address("stop_login_tokens", olivia)).content.decode()
    assert "1 mobile app stops too." in page


def test_signing_in_goes_on(olivia):
    stop(olivia)
    assert signed_in(olivia).get("/personal").status_code == 200


@pytest.mark.parametrize("deed", ["stop_login_tokens", "start_login_tokens"])
def test_who_may_not(deed, ada, olivia, peter, vera, olga):
    for viewer, status in ((olivia, 403), (peter, 403), (vera, 403), (olga, 404)):
        assert signed_in(viewer).post(address(deed, ada)).status_code == status
    assert Client().post(address(deed, ada)).status_code == 302
    ada.refresh_from_db()
    assert ada.tokens_stopped_at is None


def test_the_action_asks_for_itself(ada, olivia, peter, olga):
    for stranger in (peter, olga):
        with pytest.raises(Refused):
            stop_tokens_of(login=olivia, by=by(stranger))
        with pytest.raises(Refused):
            start_tokens_of(login=olivia, by=by(stranger))
    Login.objects.filter(pk=olivia.pk).update(enabled=False)
    with pytest.raises(Refused):
        stop_tokens_of(login=olivia, by=by(olivia))


def test_a_person_stops_and_starts_their_own(call, olivia):
    _token, jwt = valid_token(olivia, name="Excel")
    client = signed_in(olivia)
    assert "/personal/stop-tokens" in client.get("/personal").content.decode()
    assert "Excel" in client.get("/personal/stop-tokens").content.decode()
    assert client.post("/personal/stop-tokens").status_code == 303
    assert reasons(call, jwt) == ["login_stopped"]
    page = client.get("/personal").content.decode()
    assert "are stopped since" in page
    assert "/personal/stop-tokens" not in page
    assert client.post("/personal/start-tokens").status_code == 303
    assert call(jwt).status_code == 200
    assert Entry.objects.filter(verb=Verb.LOGIN_STOP_TOKENS, actor_id=olivia.public_id).count() == 1


def test_starting_ones_own_wants_a_fresh_confirmation(olivia):
    stop(olivia)
    client = signed_in(olivia)
    session = client.session
    session["confirmed"] = 0
    session.save()
    assert client.post("/personal/start-tokens")["Location"].startswith("/confirm")
    olivia.refresh_from_db()
    assert olivia.tokens_stopped_at is not None


def test_pages_say_so_with_the_way_out(ada, olivia):
    token, _jwt = valid_token(olivia, name="Excel")
    stop(olivia)
    start = address("start_login_tokens", olivia)
    for page in (
        f"/contacts/{olivia.contact.public_id}/logins",
        f"/logins/{olivia.public_id}/tokens",
    ):
        content = signed_in(ada).get(page).content.decode()
        assert "are stopped since" in content
        assert start in content
    for viewer, page in (
        (olivia, f"/tokens/{token.public_id}"),
        (ada, f"/logins/{olivia.public_id}/tokens/{token.public_id}"),
    ):
        assert "tokens of the login that owns this one are stopped" in signed_in(viewer).get(page).content.decode()
    assert "/personal/start-tokens" in signed_in(olivia).get("/tokens").content.decode()


def test_the_menu_offers_one_of_the_two(ada, olivia, peter):
    menu = f"/logins/{olivia.public_id}/actions"
    assert "Stop All Tokens" in signed_in(ada).get(menu).content.decode()
    stop(olivia)
    assert "Start Tokens Again" in signed_in(ada).get(menu).content.decode()


def test_the_way_there_from_a_token(ada, olivia):
    token, _jwt = valid_token(olivia)
    page = signed_in(ada).get(f"/logins/{olivia.public_id}/tokens/{token.public_id}/revoke").content.decode()
    assert address("stop_login_tokens", olivia) in page
    page = signed_in(olivia).get(f"/tokens/{token.public_id}/revoke").content.decode()
    assert "/personal/stop-tokens" in page


def test_what_is_told_of_other_changes_knows_the_stop(ada, olivia):
    """Nothing works again by another door, and nothing is said to stop that is stopped."""
    valid_token(olivia, name="Excel")
    stop(olivia)
    assert "stops on its next call" not in signed_in(ada).get(address("disable_login", olivia)).content.decode()
    assert signed_in(ada).post(address("disable_login", olivia)).status_code == 303
    assert "works again" not in signed_in(ada).get(address("enable_login", olivia)).content.decode().replace(
        f"{olivia.user_name} works again, with the rights that it had.", ""
    )


def test_it_outlasts_the_start_of_all_tokens(call, ada, olivia):
    _token, jwt = valid_token(olivia)
    stop(olivia)
    Organisation.objects.filter(pk=olivia.organisation_id).update(tokens_stopped_at=None)
    assert reasons(call, jwt) == ["login_stopped"]
