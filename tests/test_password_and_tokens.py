"""Whoever changes a password may revoke all own tokens with it: offered with their number and names, done together."""

from typing import Any

import pytest

from accounts.models import Login
from audit.models import Entry
from audit.verbs import Verb
from tests.factories import PASSWORD, AccessTokenFactory
from tests.test_roles_pages import signed_in
from tests.test_sign_in_passwords import CHANGE, NEW, knows
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db


def change(login: Login, **more: Any) -> Any:
    data = {"current": PASSWORD, "password": NEW, "again": NEW, **more}
    return signed_in(login).post(CHANGE, data)


@pytest.fixture
def tokens(olivia: Login, ada: Login) -> list[AccessToken]:
    AccessTokenFactory(owner=ada, name="Of Ada")
    return [AccessTokenFactory(owner=olivia, name=f"Load {number}") for number in range(10)]


def test_it_is_offered_with_what_stops(olivia: Login, vera: Login, tokens: list[AccessToken]) -> None:
    text = signed_in(olivia).get(CHANGE).content.decode()
    assert "Also revoke all my 10 access tokens" in text
    assert "Load 0, Load 1" in text
    assert "and 2 more." in text
    assert "Of Ada" not in text
    assert "revoke_tokens" not in signed_in(vera).get(CHANGE).content.decode()


def test_without_the_wish_they_stay(olivia: Login, tokens: list[AccessToken]) -> None:
    assert change(olivia).status_code == 303
    assert AccessToken.objects.filter(revoked_at=None).count() == 11


def test_with_it_each_is_revoked_on_record(olivia: Login, tokens: list[AccessToken]) -> None:
    answer = change(olivia, revoke_tokens="on")
    assert answer.status_code == 303
    assert list(AccessToken.objects.filter(revoked_at=None).values_list("name", flat=True)) == ["Of Ada"]
    entries = Entry.objects.filter(verb=Verb.TOKEN_REVOKE, actor_id=olivia.public_id)
    assert {entry.token_id for entry in entries} == {token.public_id for token in tokens}
    assert {entry.details["why"] for entry in entries} == {"Revoked with the old password"}
    assert Entry.objects.filter(verb=Verb.LOGIN_PASSWORD).count() == 1
    page = answer.wsgi_request
    assert any("All your 10 access tokens are revoked." in str(message) for message in page._messages)


def test_a_refused_password_revokes_nothing(olivia: Login, tokens: list[AccessToken]) -> None:
    assert change(olivia, revoke_tokens="on", current="a wrong guess").status_code == 422
    assert change(olivia, revoke_tokens="on", password="short", again="short").status_code == 422
    assert AccessToken.objects.filter(revoked_at=None).count() == 11


def test_both_or_neither(olivia: Login, tokens: list[AccessToken], monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts.actions import passwords

    def crash(**values: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(passwords, "end_others", crash)
    with pytest.raises(RuntimeError):
        change(olivia, revoke_tokens="on")
    assert AccessToken.objects.filter(revoked_at=None).count() == 11
    assert knows(olivia, PASSWORD)
