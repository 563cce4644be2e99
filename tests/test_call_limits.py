"""A limit of calls a minute: who sets it, where it is told, and that it acts at once."""

import pytest
from django.test import Client

from accounts.exceptions import Refused
from accounts.models import Login, Organisation
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tests.token_story import actor, created, edited, generated, signed_in, verbs
from tokens import actions
from tokens.models import AccessToken
from tokens.rules import CALLS_MOST

NEW = {"name": "LabTest", "expires_on": "30", "scopes": ["1", "2"]}
FIELD = 'name="calls_per_minute"'


@pytest.fixture
def olivias(olivia: Login) -> Client:
    return signed_in(olivia)


def body(response) -> str:
    return response.content.decode()


def limited(token: AccessToken) -> int | None:
    token.refresh_from_db()
    return token.calls_per_minute


@pytest.mark.django_db
class TestOnTheForms:
    def test_it_is_optional(self, olivias: Client) -> None:
        assert FIELD in body(olivias.get("/tokens/new"))
        assert olivias.post("/tokens/new", NEW).status_code == 303
        assert AccessToken.objects.get().calls_per_minute is None

    def test_it_is_set_and_on_record(self, olivias: Client) -> None:
        olivias.post("/tokens/new", {**NEW, "calls_per_minute": "60"})
        token = AccessToken.objects.get()
        assert token.calls_per_minute == 60
        assert Entry.objects.get(verb=Verb.TOKEN_CREATE).details["after"]["calls_per_minute"] == 60
        assert f'{FIELD} value="60"' in body(olivias.get(f"/tokens/{token.public_id}/edit"))

    @pytest.mark.parametrize(
        "typed", ["0", "-1", "many", "1.5", "1e3", str(CALLS_MOST + 1), "9" * 30, "9" * 5_000, "60\x00", "NaN"]
    )
    def test_senseless_ones_are_told_so_at_the_field(self, olivias: Client, typed: str) -> None:
        response = olivias.post("/tokens/new", {**NEW, "calls_per_minute": typed})
        assert response.status_code == 422
        assert response.context["form"].errors.keys() == {"calls_per_minute"}
        assert not AccessToken.objects.exists()

    def test_what_was_changed_is_said(self, olivias: Client, olivia: Login) -> None:
        token = created(olivia)

        def saved(typed: str) -> str:
            page = olivias.post(
                f"/tokens/{token.public_id}/edit", {**NEW, "name": "LabTest", "calls_per_minute": typed}, follow=True
            )
            return body(page)

        assert "From now on it may make 60 calls a minute." in saved("60")
        assert limited(token) == 60
        assert "From now on it may make 1 call a minute." in saved("1")
        assert "From now on it has no limit of calls of its own." in saved("")
        assert limited(token) is None
        assert "Nothing was changed." in saved("")

    def test_the_organisations_own_limit_is_told_where_it_is_set(self, olivias: Client) -> None:
        Organisation.objects.update(token_calls_per_minute=120)
        assert "Demo Organisation allows 120 calls a minute" in body(olivias.get("/tokens/new"))

    def test_an_administrator_sets_it_for_others(self, ada: Login, olivia: Login) -> None:
        token = created(olivia)
        address = f"/logins/{olivia.public_id}/tokens/{token.public_id}/edit"
        assert signed_in(ada).post(address, {**NEW, "calls_per_minute": "5"}).status_code == 303
        assert limited(token) == 5
        assert Entry.objects.get(verb=Verb.TOKEN_UPDATE).actor_label == ada.label


@pytest.mark.django_db
class TestTheAction:
    def test_a_change_of_it_keeps_all_else(self, olivia: Login) -> None:
        token = created(olivia, calls_per_minute=10)
        generated(token)
        shown = actions.generate(token=token, by=actor(olivia))
        token.refresh_from_db()
        result = edited(token, calls_per_minute=20)
        assert (result.changed, result.waits, result.lost_scopes) == ({"calls_per_minute"}, False, 0)
        details = Entry.objects.get(verb=Verb.TOKEN_UPDATE).details
        assert details == {"before": {"calls_per_minute": 10}, "after": {"calls_per_minute": 20}}
        actions.save(token=token, dialog=shown.dialog, by=actor(olivia))  # what was shown may still be saved

    def test_the_same_again_is_not_recorded(self, olivia: Login) -> None:
        token = created(olivia, calls_per_minute=10)
        assert edited(token, calls_per_minute=10).changed == frozenset()
        assert Verb.TOKEN_UPDATE not in verbs(token)

    @pytest.mark.parametrize("limit", [0, -1, CALLS_MOST + 1])
    def test_a_senseless_one_is_refused(self, olivia: Login, limit: int) -> None:
        with pytest.raises(Refused, match="A limit is from 1 to 100000"):
            created(olivia, calls_per_minute=limit)
        token = created(olivia)
        with pytest.raises(Refused, match="A limit is from 1 to 100000"):
            edited(token, calls_per_minute=limit)
        assert limited(token) is None

    def test_a_token_hands_its_limit_on(self, olivia: Login) -> None:
        """Else a limited JWT would make itself one without."""
        maker = created(olivia, "Maker", scopes=7, calls_per_minute=10)
        generated(maker)
        made = created(olivia, "Made", made_with=maker)
        assert made.calls_per_minute == 10


@pytest.mark.django_db(transaction=True)
def test_a_limit_acts_on_the_next_call_and_so_does_its_end(olivia: Login, call) -> None:
    token, jwt = valid_token(olivia)
    for _number in range(3):
        assert call(jwt).status_code == 200
    edited(token, calls_per_minute=1)
    statuses = [call(jwt).status_code for _number in range(4)]  # four, because a minute may end between them
    assert 200 in statuses
    assert 429 in statuses
    token.refresh_from_db()
    edited(token, calls_per_minute=None)
    assert call(jwt).status_code == 200
