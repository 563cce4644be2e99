"""Access tokens made by program: the item and the JWT once, on record, never wider or longer than allowed."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import jwt as pyjwt
import orjson
import pytest
from django.utils import timezone

from accounts.models import Login, Organisation, OutboxMail
from accounts.permissions import Permission
from audit.models import Entry
from audit.verbs import Result, Verb
from tests.api_calls import valid_token
from tests.epilot_calls import ADDRESS, MANAGE, made, manager, post, refused, request, role, rows  # noqa: F401  # manager is a fixture
from tests.factories import AccessTokenFactory
from tests.threads import at_once
from tests.token_story import actor
from tokens import actions
from tokens.models import AccessToken
from tokens.reports.reader import Reader
from tokens.scopes import Scope

pytestmark = pytest.mark.django_db(transaction=True)


class TestCreate:
    def test_the_item_and_the_token_once(self, manager: tuple[AccessToken, str], olivia: Login) -> None:
        response = post(manager[1], {"name": " Nightly load "})
        assert response.status_code == 201
        assert response["Content-Type"] == "application/json"
        assert response["Cache-Control"] == "no-store"
        token = made()
        body = response.json()
        jwt = body.pop("token")
        assert body == {
            "id": token.public_id,
            "created_at": token.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "name": "Nightly load",
            "token_type": "api",
            "assignments": [role(olivia)],
            "read_only": False,
        }
        claims = pyjwt.decode(jwt, options={"verify_signature": False})
        assert claims["token_id"] == token.public_id
        assert claims["sub"] == olivia.public_id
        assert claims["scope"] == "api:meta:read api:report:read"
        assert claims["assume_roles"] == [role(olivia)]
        assert "exp" not in claims

    def test_it_works_at_once_and_only_for_reports(self, manager: tuple[AccessToken, str]) -> None:
        jwt = post(manager[1], {"name": "Nightly load"}).json()["token"]
        assert request("GET", jwt, "/api/meta").status_code == 200
        assert rows(jwt, "ContactsAndLogins")
        assert "scope" in refused(post(jwt, {"name": "Third"}), 403)

    def test_on_record_with_the_token_that_asked_and_mailed(
        self, manager: tuple[AccessToken, str], olivia: Login
    ) -> None:
        response = post(manager[1], {"name": "Nightly load", "expires_in": "10h", "read_only": True})
        call, create, generate = Entry.objects.order_by("pk")
        assert (call.verb, call.result, call.token_name) == (Verb.TOKEN_AUTHENTICATE, Result.OK, "Deployment")
        assert (create.verb, generate.verb) == (Verb.TOKEN_CREATE, Verb.TOKEN_GENERATE)
        for entry in (create, generate):
            assert (entry.actor_id, entry.actor_label, entry.channel) == (
                olivia.public_id,
                "Olivia Novak",
                "api",
            )
            assert (entry.address, entry.method, entry.path) == ("192.0.2.7", "POST", ADDRESS)
            assert entry.request_id == call.request_id == response["X-Request-ID"]
            assert (entry.token_id, entry.owner_id) == (response.json()["id"], olivia.public_id)
        assert create.details["made_with"] == {"id": manager[0].public_id, "name": "Deployment"}
        assert create.details["after"]["expires_on"] == "36000 s"
        mail = OutboxMail.objects.get()
        assert mail.to == olivia.email
        assert "Nightly load" in mail.body
        assert "Deployment" in mail.body
        assert "192.0.2.7" in mail.body
        assert "Read only" in mail.body
        jwt = response.json()["token"]
        assert jwt not in mail.body + orjson.dumps(list(Entry.objects.values_list("details", flat=True))).decode()

    def test_with_a_jwt_of_the_token_endpoint(self, olivia: Login) -> None:
        short = actions.mint_client_credentials(owner=olivia, scopes=MANAGE, by=actor(olivia)).jwt
        assert post(short, {"name": "Nightly load"}).status_code == 201
        only_reports = actions.mint_client_credentials(owner=olivia, scopes=3, by=actor(olivia)).jwt
        refused(post(only_reports, {"name": "Another"}), 403)

    def test_an_end(self, manager: tuple[AccessToken, str]) -> None:
        ends = {30: 30, 3600: 3600, "3600": 3600, "10h": 36_000, "2 days": 172_800, "1 year": 31_536_000}
        for expires_in, seconds in ends.items():
            body = post(manager[1], {"name": f"For {expires_in!r}", "expires_in": expires_in}).json()
            token = made()
            assert (token.expiry_choice, token.expiry_seconds) == ("seconds", seconds)
            assert body["expires_at"] == token.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            claims = pyjwt.decode(body["token"], options={"verify_signature": False})
            assert claims["exp"] - claims["iat"] == seconds

    def test_no_end_to_be_had(self, manager: tuple[AccessToken, str]) -> None:
        for expires_in in (
            0, 29, -1, 31_536_001, 10**18, 30.5, 3600.0, True, None, [], {}, "", "29s", "366d", "forever", "1h1h",
            "9" * 90,
        ):  # fmt: skip
            assert "expires_in: " in refused(post(manager[1], {"name": "Nightly load", "expires_in": expires_in}), 400)
        huge = b'{"name": "a", "expires_in": 1' + b"0" * 400 + b"}"
        refused(post(manager[1], huge), 400)
        assert AccessToken.objects.count() == 1

    def test_the_organisations_limit(self, manager: tuple[AccessToken, str], organisation: Organisation) -> None:
        organisation.token_days_limit = 7
        organisation.save()
        told = refused(post(manager[1], {"name": "a"}), 400)
        assert told == "expires_in: Demo Organisation wants every token to expire."
        assert "7 days at most" in refused(post(manager[1], {"name": "a", "expires_in": "8d"}), 400)
        assert post(manager[1], {"name": "a", "expires_in": "7d"}).status_code == 201

    def test_scopes_as_far_as_the_organisation_allows(
        self, manager: tuple[AccessToken, str], organisation: Organisation
    ) -> None:
        organisation.token_scopes_allowed = 5
        organisation.save()
        assert post(manager[1], {"name": "a"}).status_code == 201
        assert made().scopes == int(Scope.META)
        organisation.token_scopes_allowed = 4
        organisation.save()
        assert "Report Record" in refused(post(manager[1], {"name": "b"}), 403)

    def test_a_name_once(self, manager: tuple[AccessToken, str]) -> None:
        """Also that of a token that has expired and is in no list: the refusal says how to get rid of it."""
        first = post(manager[1], {"name": "Nightly load"}).json()["id"]
        AccessToken.objects.filter(public_id=first).update(expires_at=timezone.now() - timedelta(days=1))
        assert f"DELETE {ADDRESS}/{first}" in refused(post(manager[1], {"name": "NIGHTLY  load"}), 409)
        assert request("DELETE", manager[1], f"{ADDRESS}/{first}").status_code == 200
        assert post(manager[1], {"name": "Nightly load"}).status_code == 201

    def test_as_many_as_a_login_may_have(self, manager: tuple[AccessToken, str], organisation: Organisation) -> None:
        organisation.tokens_per_login = 1
        organisation.save()
        assert "1 tokens are the most" in refused(post(manager[1], {"name": "a"}), 409)

    def test_of_16_at_once_with_one_name_one_succeeds(self, manager: tuple[AccessToken, str]) -> None:
        answers = at_once(16, lambda _number: post(manager[1], {"name": "Nightly load"}))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 15
        assert AccessToken.objects.filter(name="Nightly load").count() == OutboxMail.objects.count() == 1
        assert Entry.objects.filter(verb__in=[Verb.TOKEN_CREATE, Verb.TOKEN_GENERATE]).count() == 2


class TestReadOnly:
    def test_only_to_look(self, ada: Login) -> None:
        """Whatever its user types may: reports it reads, tokens it neither makes nor revokes."""
        _token, maker = valid_token(ada, scopes=MANAGE)
        jwt = post(maker, {"name": "Viewer", "read_only": True}).json()["token"]
        assert made().read_only
        for report in ("ContactsAndLogins", "TokenInventory"):
            assert rows(jwt, report)
        AccessToken.objects.update(current_scopes=7)
        victim = AccessTokenFactory(owner=ada)
        assert "read" in refused(post(jwt, {"name": "Third"}), 403)
        assert "read" in refused(request("DELETE", jwt, f"{ADDRESS}/{victim.public_id}"), 403)
        assert request("GET", jwt).status_code == 200
        victim.refresh_from_db()
        assert victim.revoked_at is None

    def test_of_its_permissions_those_to_view_are_left(self, ada: Login) -> None:
        words = {"organisation_id": ada.organisation_id, "login_id": ada.pk, "login_public_id": ada.public_id}
        readers = [Reader(pairs=ada.pairs, zone=ZoneInfo("UTC"), read_only=only, **words) for only in (False, True)]
        whole, viewing = (next(iter(reader.permissions.values())) for reader in readers)
        assert whole == set(Permission.values)
        assert viewing == {"report:read", "contact:view", "token:view_all", "log:view"}

    def test_it_reaches_what_it_may_view(self, ada: Login, olivia: Login) -> None:
        """The organisation's rows, which contact:view and token:view_all give."""
        maker = valid_token(ada, scopes=MANAGE)[1]
        jwt = post(maker, {"name": "Viewer", "read_only": True}).json()["token"]
        user_names = {row["User Name"] for row in rows(jwt, "ContactsAndLogins")}
        assert {"ada@demo.example", "olivia@demo.example"} <= user_names
