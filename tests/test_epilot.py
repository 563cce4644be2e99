"""Access tokens by program: made, listed and revoked in epilot's shapes, never wider than the token that asks."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import jwt as pyjwt
import orjson
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.actions import roles
from accounts.models import Login, Organisation, OutboxMail
from accounts.pairs import Pair
from accounts.permissions import Permission
from accounts.roles import TokenRole
from audit.models import Entry
from audit.verbs import Result, Verb
from tests.api_calls import valid_token
from tests.cast import Places
from tests.factories import AccessTokenFactory, UserTypeFactory
from tests.token_story import actor
from tokens import actions
from tokens.api.bodies import JSON_LIMIT
from tokens.models import AccessToken
from tokens.reports.reader import Reader
from tokens.scopes import Scope

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/v1/access-tokens"
MANAGE = int(Scope.TOKEN)


@pytest.fixture
def manager(olivia: Login) -> tuple[AccessToken, str]:
    """A token of Olivia's, not limited, with the one scope that these addresses need."""
    return valid_token(olivia, name="Deployment", scopes=MANAGE)


def request(method: str, jwt: str | None, path: str = ADDRESS, body: Any = None, **headers: Any) -> Any:
    if jwt is not None:
        headers["HTTP_AUTHORIZATION"] = f"Bearer {jwt}"
    content = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
    kind = headers.pop("content_type", "application/json")
    client = Client(raise_request_exception=False)
    return client.generic(method, path, content, kind, REMOTE_ADDR="192.0.2.7", **headers)


def rows(jwt: str, report: str) -> list[dict[str, Any]]:
    response = request("GET", jwt, f"/api/data/{report}")
    assert response.status_code == 200
    found: list[dict[str, Any]] = orjson.loads(b"".join(response.streaming_content))
    return found


def post(jwt: str | None, body: Any, **headers: Any) -> Any:
    return request("POST", jwt, body=body, **headers)


def refused(response: Any, status: int) -> str:
    """The words of a refusal, in this dialect's one shape."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    assert body.keys() == {"status", "error"}
    assert body["status"] == status
    assert body["error"]
    return str(body["error"])


def role(login: Login, slug: str = "general-user") -> str:
    return f"{login.organisation_id}:{slug}"


def pairs_of(login: Login, slug: str = "general-user") -> list[Pair]:
    return sorted(
        assignment.pair
        for assignment in login.assignments.select_related("user_type")
        if assignment.user_type.slug == slug
    )


def limited(owner: Login, *pairs: Pair, scopes: int = MANAGE, **more: Any) -> str:
    restriction = "|" + "".join(f"{pair.encoded()}|" for pair in pairs)
    return valid_token(owner, scopes=scopes, restriction=restriction, **more)[1]


def made() -> AccessToken:
    return AccessToken.objects.latest("pk")


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
        many = 16
        start = Barrier(many)

        def create(_number: int) -> Any:
            start.wait(30)
            try:
                return post(manager[1], {"name": "Nightly load"})
            finally:
                connection.close()

        with ThreadPoolExecutor(many) as pool:
            answers = list(pool.map(create, range(many)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * (many - 1)
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


# What is sent, and what the one sentence must tell of it.
BAD_BODIES: list[tuple[Any, list[str]]] = [
    ({}, ["name: is missing"]),
    ({"name": ""}, ["name: "]),
    ({"name": None}, ["name: "]),
    ({"name": ["a"]}, ["name: "]),
    ({"name": "x" * 101}, ["name: ", "100"]),
    ({"name": "a\x00b"}, ["name: ", "invisible"]),
    ({"name": "a\u202eb"}, ["name: ", "invisible"]),
    ({"name": "a", "read_only": "yes"}, ["read_only: "]),
    ({"name": "a", "read_only": None}, ["read_only: "]),
    ({"name": "a", "read_only": 1}, ["read_only: "]),
    ({"name": "a", "anonymize": True}, ["anonymize: ", "not supported"]),
    ({"name": "a", "anonymize": "no"}, ["anonymize: "]),
    ({"name": "a", "token_type": "API"}, ["token_type: "]),
    ({"name": "a", "token_type": None}, ["token_type: "]),
    ({"name": "a", "token_type": ["api"]}, ["token_type: "]),
    ({"name": "a", "token_type": {}}, ["token_type: "]),
    ({"name": "a", "scopes": ["api:token:manage"]}, ["there is no field scopes"]),
    ({"name": "a", "owner": "ada", "id": "1"}, ["there is no field owner, id"]),
    ({"name": "a", "Name": "b"}, ["there is no field Name"]),
    ({"name": "a", "": 1}, ["there is no field"]),
    ({"name": "a", "assignments": "1:general-user"}, ["assignments: "]),
    ({"name": "a", "assume_roles": {}}, ["assume_roles: "]),
    ({"name": "a", "assume_roles": None}, ["assume_roles: "]),
    ({"name": "a", "assume_roles": [1]}, ["assume_roles: "]),
    ({"name": "a", "assume_roles": ["general-user"]}, ["assume_roles: ", "general-user"]),
    ({"name": "a", "assume_roles": ["\x00"]}, ["assume_roles: "]),
    ({"name": "a", "assume_roles": [], "assignments": ["x"]}, ["assignments / assume_roles: ", "different"]),
]


class TestBadBodies:
    def test_told_what_is_wrong(self, manager: tuple[AccessToken, str]) -> None:
        for body, told in BAD_BODIES:
            words = refused(post(manager[1], body), 400)
            assert [part for part in told if part not in words] == [], (body, words)
        assert AccessToken.objects.count() == 1

    def test_other_kinds_of_token_are_not_supported(self, manager: tuple[AccessToken, str]) -> None:
        for kind in ("journey", "portal", "portal_preview", "assume", "app"):
            told = refused(post(manager[1], {"name": "a", "token_type": kind}), 400)
            assert f"{kind} is not supported, only api is" in told

    def test_everything_at_once_in_one_sentence(self, manager: tuple[AccessToken, str], olivia: Login) -> None:
        told = refused(
            post(
                manager[1],
                {
                    "expires_in": 5, "assume_roles": [role(olivia, "owner")], "read_only": 0,
                    "token_type": "app", "anonymize": True, "journey_id": "1",
                },
            ),
            400,
        )  # fmt: skip
        for field in (
            "name: ",
            "expires_in: ",
            "assume_roles: ",
            "read_only: ",
            "token_type: ",
            "anonymize: ",
            "journey_id",
        ):
            assert field in told
        assert told.count(". ") == 0
        assert told.endswith(".")

    def test_an_answer_is_no_echo(self, manager: tuple[AccessToken, str]) -> None:
        flood = {f"{number}{'x' * 500}": 1 for number in range(100)}
        assert len(refused(post(manager[1], {"name": "a", **flood}), 400)) < 500

    def test_no_json_object(self, manager: tuple[AccessToken, str]) -> None:
        for given in (
            b"",
            b"{",
            b"[]",
            b'"a"',
            b"null",
            b"1",
            b"\xff{}",
            b'{"name": "\\ud800"}',
            b"NaN",
            b'{"name": "a", "read_only": true, "read_only": false}',
            b'{"name": "a", "x": {"y": 1, "y": 2}}',
        ):
            refused(post(manager[1], given, CONTENT_TYPE="application/json"), 400)

    def test_deep_json(self, manager: tuple[AccessToken, str]) -> None:
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            deep = opening * 8000 + b"1" + closing * 8000
            refused(post(manager[1], b'{"name":' + deep + b"}"), 400)

    def test_too_much(self, manager: tuple[AccessToken, str]) -> None:
        refused(post(manager[1], {"name": "a", "x": "y" * JSON_LIMIT}), 413)

    def test_another_content_type(self, manager: tuple[AccessToken, str]) -> None:
        for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""):
            refused(post(manager[1], {"name": "a"}, content_type=kind), 415)

    def test_the_false_of_a_flag_is_what_is_anyway(self, manager: tuple[AccessToken, str]) -> None:
        body = {"name": "a", "token_type": "api", "read_only": False, "anonymize": False, "assignments": []}
        assert post(manager[1], body).status_code == 201


class TestWhoMay:
    def test_nobody_without_a_token(self, olivia: Login) -> None:
        for method in ("GET", "POST"):
            response = request(method, None, body={"name": "a"})
            refused(response, 401)
            assert response["WWW-Authenticate"].startswith("Bearer")
        assert not Entry.objects.exists()

    def test_no_scope(self, olivia: Login) -> None:
        _token, jwt = valid_token(olivia, scopes=3)
        response = post(jwt, {"name": "a"})
        assert "scope" in refused(response, 403)
        assert 'scope="api:token:manage"' in response["WWW-Authenticate"]
        assert Entry.objects.get().reason == "scope_missing"

    def test_no_permission_to_create(self, olivia: Login, organisation: Organisation) -> None:
        """The Personal role without token:create lists and revokes; it makes none."""
        reading = UserTypeFactory(organisation=organisation, permissions=["report:read"])
        olivia.assignments.all().delete()
        olivia.assignments.create(user_type=reading)
        token, jwt = valid_token(olivia, scopes=MANAGE)
        assert "token:create" in refused(post(jwt, {"name": "a"}), 403)
        assert request("GET", jwt).status_code == 200
        assert request("DELETE", jwt, f"{ADDRESS}/{token.public_id}").status_code == 200

    def test_token_create_by_the_tokens_own_pairs(self, olivia: Login, organisation: Organisation) -> None:
        """Union × union: the owner may create elsewhere, the token is limited to where nobody may."""
        reading = UserTypeFactory(organisation=organisation, permissions=["report:read"])
        olivia.assignments.create(user_type=reading)
        jwt = limited(olivia, Pair(reading.pk, None))
        for roles_wanted in ([], [f"{organisation.pk}:{reading.slug}"], [role(olivia)]):
            assert "token:create" in refused(post(jwt, {"name": "a", "assume_roles": roles_wanted}), 403)
        assert AccessToken.objects.count() == 1

    def test_the_personal_role_removed(self, manager: tuple[AccessToken, str], olivia: Login, ada: Login) -> None:
        child = post(manager[1], {"name": "Child"}).json()["token"]
        roles.remove_role(login=olivia, role=TokenRole.PERSONAL, by=actor(ada))
        refused(post(manager[1], {"name": "a"}), 401)
        assert request("GET", child, "/api/meta").status_code == 401

    def test_removed_between_the_admission_and_the_deed(
        self, manager: tuple[AccessToken, str], olivia: Login, ada: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.after_admission(
            monkeypatch, lambda: roles.remove_role(login=olivia, role=TokenRole.PERSONAL, by=actor(ada))
        )
        assert "Personal role" in refused(post(manager[1], {"name": "a"}), 403)
        assert AccessToken.objects.count() == 1

    def test_revoked_between_the_admission_and_the_deed(
        self, manager: tuple[AccessToken, str], olivia: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.after_admission(monkeypatch, lambda: actions.revoke(token=manager[0], by=actor(olivia)))
        assert "revoked" in refused(post(manager[1], {"name": "a"}), 403)
        assert AccessToken.objects.count() == 1

    def test_narrowed_between_the_admission_and_the_deed(
        self, manager: tuple[AccessToken, str], olivia: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        finance, _south = pairs_of(olivia)
        narrowed = AccessToken.objects.filter(pk=manager[0].pk)
        self.after_admission(monkeypatch, lambda: narrowed.update(current_restriction=f"|{finance.encoded()}|"))
        refused(post(manager[1], {"name": "a"}), 400)
        assert AccessToken.objects.count() == 1

    @staticmethod
    def after_admission(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
        """Something happens when everything was looked at and nothing is locked yet."""
        mint = actions.mint

        def meanwhile(**wanted: Any) -> Any:
            happens()
            return mint(**wanted)

        monkeypatch.setattr("tokens.api.epilot.actions.mint", meanwhile)

    def test_view_only_later(self, manager: tuple[AccessToken, str], olivia: Login, ada: Login) -> None:
        child = post(manager[1], {"name": "Child"}).json()["token"]
        roles.set_user_type(login=olivia, slug="view-only", by=actor(ada))
        for jwt in (manager[1], child):
            refused(post(jwt, {"name": "a"}), 401)

    def test_another_organisation_in_the_header(
        self, manager: tuple[AccessToken, str], olivia: Login, olga: Login
    ) -> None:
        for named in (str(olga.organisation_id), "", "x"):
            refused(post(manager[1], {"name": "a"}, HTTP_X_EPILOT_ORG_ID=named), 403)
        own = post(manager[1], {"name": "a"}, HTTP_X_EPILOT_ORG_ID=str(olivia.organisation_id))
        assert own.status_code == 201


class TestRoles:
    """``assume_roles`` gives the caller's pairs of those user types, and nothing else."""

    @pytest.fixture
    def auditor(self, olivia: Login, organisation: Organisation, places: Places) -> Pair:
        """Olivia is an auditor of Energy too."""
        auditing = UserTypeFactory(organisation=organisation, slug="auditor", permissions=["report:read", "log:view"])
        return olivia.assignments.create(user_type=auditing, department=places.energy).pair

    def test_either_spelling(self, manager: tuple[AccessToken, str], olivia: Login, auditor: Pair) -> None:
        for field in ("assume_roles", "assignments"):
            body = post(manager[1], {"name": field, field: [role(olivia, "auditor")]}).json()
            assert body["assignments"] == [role(olivia, "auditor")]
            assert made().pairs == {auditor}

    def test_both_alike(self, manager: tuple[AccessToken, str], olivia: Login, auditor: Pair) -> None:
        wanted = [role(olivia), role(olivia, "auditor")]
        body = post(manager[1], {"name": "a", "assume_roles": wanted, "assignments": wanted[::-1] + wanted}).json()
        assert body["assignments"] == sorted(wanted)
        assert made().pairs == {auditor, *pairs_of(olivia)}

    def test_not_limited_and_none_named(self, manager: tuple[AccessToken, str], olivia: Login, auditor: Pair) -> None:
        for none in ({"name": "a"}, {"name": "b", "assignments": []}):
            body = post(manager[1], none).json()
            assert body["assignments"] == sorted([role(olivia), role(olivia, "auditor")])
            assert made().pairs is None

    def test_limited_and_none_named(self, olivia: Login, auditor: Pair) -> None:
        finance, _south = pairs_of(olivia)
        body = post(limited(olivia, finance, auditor), {"name": "a"}).json()
        assert made().pairs == {finance, auditor}
        assert body["assignments"] == sorted([role(olivia), role(olivia, "auditor")])

    def test_limited_a_role_gives_its_pairs_alone(self, olivia: Login, auditor: Pair) -> None:
        """Of General User the token has Finance, not South: naming the role gives no South."""
        finance, south = pairs_of(olivia)
        assert post(limited(olivia, finance, auditor), {"name": "a", "assume_roles": [role(olivia)]}).status_code == 201
        assert made().pairs == {finance}
        assert south not in (made().pairs or set())

    def test_a_role_that_the_token_has_not(self, olivia: Login, auditor: Pair) -> None:
        finance, _south = pairs_of(olivia)
        jwt = limited(olivia, finance)
        told = refused(post(jwt, {"name": "a", "assume_roles": [role(olivia), role(olivia, "auditor")]}), 400)
        assert role(olivia, "auditor") in told
        assert role(olivia) not in told

    def test_roles_that_the_owner_has_not(self, manager: tuple[AccessToken, str], olivia: Login, olga: Login) -> None:
        for wanted in (role(olivia, "owner"), role(olga), role(olga, "owner"), role(olivia, "nonsense")):
            assert wanted in refused(post(manager[1], {"name": "a", "assume_roles": [wanted]}), 400)
        assert AccessToken.objects.count() == 1

    def test_a_child_makes_no_more_than_its_parent(self, olivia: Login, auditor: Pair) -> None:
        """Even if somebody gives the child the scope: it has its parent's pairs."""
        finance, _south = pairs_of(olivia)
        child = post(limited(olivia, finance), {"name": "Child"}).json()["token"]
        AccessToken.objects.filter(name="Child").update(current_scopes=7)
        assert post(child, {"name": "Grandchild"}).status_code == 201
        assert made().pairs == {finance}
        refused(post(child, {"name": "Other", "assume_roles": [role(olivia, "auditor")]}), 400)

    def test_what_the_owner_loses_all_lose(self, olivia: Login) -> None:
        finance, south = pairs_of(olivia)
        jwt = limited(olivia, finance, south)
        child = post(jwt, {"name": "Child"}).json()["token"]
        olivia.assignments.filter(department_id=finance.department_id).delete()
        assert post(jwt, {"name": "Later"}).status_code == 201
        assert made().pairs == {south}
        olivia.assignments.all().delete()
        refused(post(jwt, {"name": "Last"}), 401)
        assert request("GET", child, "/api/meta").status_code == 401


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
        many, victim = 16, post(manager[1], {"name": "Nightly load"}).json()["id"]
        start = Barrier(many)

        def revoke(_number: int) -> int:
            start.wait(30)
            try:
                return int(request("DELETE", manager[1], f"{ADDRESS}/{victim}").status_code)
            finally:
                connection.close()

        with ThreadPoolExecutor(many) as pool:
            assert sorted(pool.map(revoke, range(many))) == [200] + [404] * (many - 1)
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
