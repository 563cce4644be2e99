"""Access tokens listed and revoked by program: one's own alone, and each once."""

from datetime import UTC
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Login
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import valid_token
from tests.epilot_calls import ADDRESS, MANAGE, manager, post, refused, request  # noqa: F401  # manager is a fixture
from tests.factories import AccessTokenFactory
from tests.threads import at_once
from tests.token_story import actor
from tokens import actions
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db(transaction=True)


class TestList:
    def test_a_bare_array_of_own_living_tokens_newest_first(
        self, manager: tuple[AccessToken, str], olivia: Login, ada: Login
    ) -> None:
        waiting = AccessTokenFactory(owner=olivia, name="Not generated")
        ended, _jwt = valid_token(olivia, name="Ended")
        AccessToken.objects.filter(pk=ended.pk).update(expires_at=timezone.now())
        revoked, _jwt = valid_token(olivia, name="Revoked")
        actions.revoke(token=revoked, by=actor(olivia))
        valid_token(ada, name="Of Ada")
        actions.mint_client_credentials(owner=olivia, scopes=3, by=actor(olivia))
        newest = post(manager[1], {"name": "Newest", "expires_in": "1h", "read_only": True}).json()
        response = request("GET", manager[1])
        assert response.status_code == 200
        assert response["Content-Type"] == "application/json"
        body = response.json()
        assert [item["name"] for item in body] == ["Newest", "Not generated", "Deployment"]
        del newest["token"]
        assert body[0] == newest
        assert body[1].keys() == {"id", "created_at", "name", "token_type", "assignments", "read_only"}
        assert body[1]["id"] == waiting.public_id
        assert body[2]["last_used"] == timezone.now().astimezone(UTC).date().isoformat()

    def test_by_type(self, manager: tuple[AccessToken, str]) -> None:
        for query, count in {
            "token_type=api": 1,
            "token_type[]=api&token_type[]=journey": 1,
            "token_type%5B%5D=api": 1,
            "token_type=api&token_type=app": 1,
            "token_type=journey": 0,
            "token_type[]=portal&token_type[]=portal_preview": 0,
            "token_type=assume&token_type=app": 0,
            "": 1,
            "other=1": 1,
        }.items():
            assert len(request("GET", manager[1], f"{ADDRESS}?{query}").json()) == count, query

    def test_an_unknown_type(self, manager: tuple[AccessToken, str]) -> None:
        for query in ("token_type=", "token_type=API", "token_type=api,journey", "token_type[]=%00"):
            assert "token_type" in refused(request("GET", manager[1], f"{ADDRESS}?{query}"), 400)

    def test_no_more_queries_for_more_tokens(
        self, manager: tuple[AccessToken, str], olivia: Login, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(30):
            AccessTokenFactory(owner=olivia, name=f"Token {number}")
        with django_assert_max_num_queries(4):
            assert len(request("GET", manager[1]).json()) == 31

    def test_head(self, manager: tuple[AccessToken, str]) -> None:
        response = request("HEAD", manager[1])
        assert (response.status_code, response.content) == (200, b"")


class TestRevoke:
    def test_the_whole_item(self, manager: tuple[AccessToken, str], olivia: Login) -> None:
        item = post(manager[1], {"name": "Nightly load", "expires_in": "1h"}).json()
        jwt = item.pop("token")
        response = request("DELETE", manager[1], f"{ADDRESS}/{item['id']}")
        assert (response.status_code, response.json()) == (200, item)
        assert request("GET", jwt, "/api/meta").status_code == 401
        entry = Entry.objects.get(verb=Verb.TOKEN_REVOKE)
        assert (entry.token_id, entry.actor_id, entry.channel) == (item["id"], olivia.public_id, "api")
        assert (entry.method, entry.address) == ("DELETE", "192.0.2.7")
        assert item["id"] not in {each["id"] for each in request("GET", manager[1]).json()}

    def test_foreign_missing_and_revoked_look_the_same(
        self, manager: tuple[AccessToken, str], olivia: Login, ada: Login, olga: Login
    ) -> None:
        revoked = AccessTokenFactory(owner=olivia)
        actions.revoke(token=revoked, by=actor(olivia))
        of_ada, of_olga = AccessTokenFactory(owner=ada), AccessTokenFactory(owner=olga)
        answers = set()
        for public_id in (
            revoked.public_id, of_ada.public_id, of_olga.public_id, "api_" + "0" * 21, "x",
            olivia.public_id, "..", "%F0%9F%92%A9", "x" * 3000,
        ):  # fmt: skip
            answers.add(refused(request("DELETE", manager[1], f"{ADDRESS}/{public_id}"), 404))
        assert len(answers) == 1
        refused(request("DELETE", manager[1], f"{ADDRESS}/api_%00{'0' * 20}"), 404)
        assert not AccessToken.objects.filter(pk__in=[of_ada.pk, of_olga.pk]).exclude(revoked_at=None).exists()

    def test_a_token_may_revoke_itself(self, manager: tuple[AccessToken, str]) -> None:
        token, jwt = manager
        assert request("DELETE", jwt, f"{ADDRESS}/{token.public_id}").json()["name"] == "Deployment"
        assert "revoked" in refused(request("DELETE", jwt, f"{ADDRESS}/{token.public_id}"), 401)

    def test_a_short_lived_one_too(self, olivia: Login) -> None:
        minted = actions.mint_client_credentials(owner=olivia, scopes=MANAGE, by=actor(olivia))
        assert request("DELETE", minted.jwt, f"{ADDRESS}/{minted.token.public_id}").status_code == 200

    def test_an_administrators_token_revokes_only_its_owners(self, ada: Login, olivia: Login) -> None:
        _token, jwt = valid_token(ada, scopes=7)
        victim = AccessTokenFactory(owner=olivia)
        refused(request("DELETE", jwt, f"{ADDRESS}/{victim.public_id}"), 404)

    def test_of_16_at_once_one_succeeds(self, manager: tuple[AccessToken, str]) -> None:
        victim = post(manager[1], {"name": "Nightly load"}).json()["id"]
        answers = at_once(16, lambda _number: request("DELETE", manager[1], f"{ADDRESS}/{victim}"))
        assert sorted(answer.status_code for answer in answers) == [200] + [404] * 15
        assert Entry.objects.filter(verb=Verb.TOKEN_REVOKE).count() == 1


class TestOtherMethods:
    def test_one_token_has_only_delete(self, manager: tuple[AccessToken, str]) -> None:
        for method in ("GET", "POST", "PUT", "PATCH", "OPTIONS"):
            response = request(method, manager[1], f"{ADDRESS}/{manager[0].public_id}")
            refused(response, 405)
            assert response["Allow"] == "DELETE"
        assert request("HEAD", manager[1], f"{ADDRESS}/{manager[0].public_id}").status_code == 405
        assert not Entry.objects.exists()

    def test_the_list_has_get_and_post(self, manager: tuple[AccessToken, str]) -> None:
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
            response = request(method, manager[1])
            refused(response, 405)
            assert {"GET", "POST"} <= set(response["Allow"].split(", "))

    def test_nothing_else_is_there(self, manager: tuple[AccessToken, str]) -> None:
        for path in (f"{ADDRESS}/", f"{ADDRESS}/x/y", "/v1/", "/v1/permissions/me"):
            refused(request("GET", manager[1], path), 404)
