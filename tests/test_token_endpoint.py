"""The two addresses where a program gets a token for a user name and a password, through HTTP."""

import base64
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from accounts import limits
from accounts.actions.program_sign_in import RECORDED_A_MINUTE
from accounts.actions.sign_in import ADDRESS_ATTEMPTS_LIMIT, WINDOW
from accounts.models import Attempts, Login, OutboxMail
from audit.models import Entry
from tests.factories import PASSWORD
from tests.threads import at_once
from tokens.actions.sweeping import forget_ended_client_credentials
from tokens.api.bodies import FORM_LIMIT
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db(transaction=True)

OAUTH, APINIZER = "/oauth/token", "/apiops/auth/token"
BOTH = pytest.mark.parametrize("address", [OAUTH, APINIZER])
FORM = "application/x-www-form-urlencoded"
JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
CHALLENGE = 'Basic realm="Reports API", charset="UTF-8"'
APINIZER_TYPE = "application/json;charset=UTF-8"
REFUSED = {
    OAUTH: (401, {"error": "invalid_client", "error_description": "Bad credentials"}),
    APINIZER: (401, {"error": "unauthorized_client", "error_description": "Bad credentials"}),
}
UNAUTHORISED = {OAUTH: 400, APINIZER: 401}


def ask(address: str = OAUTH, user_name: str = "olivia@demo.example", password: str = PASSWORD, **more: Any) -> Any:
    """Id and secret in the body; ``headers``, ``body``, ``kind`` and more fields as given. None leaves one out."""
    headers, body = more.pop("headers", {}), more.pop("body", None)
    kind, query = more.pop("kind", FORM), more.pop("query", "")
    fields = {"grant_type": "client_credentials", "client_id": user_name, "client_secret": password, **more}
    written = urlencode({name: value for name, value in fields.items() if value is not None})
    client = Client(raise_request_exception=False, **headers)
    return client.post(address + query, written if body is None else body, content_type=kind)


def with_basic(address: str, user_name: str, password: str, **more: Any) -> Any:
    pair = base64.b64encode(f"{user_name}:{password}".encode()).decode()
    headers = {"HTTP_AUTHORIZATION": f"Basic {pair}", **more.pop("headers", {})}
    return ask(address, headers=headers, **{"user_name": None, "password": None, **more})


def meta(jwt: str, address: str = "/api/meta") -> Any:
    response = Client(raise_request_exception=False).get(address, HTTP_AUTHORIZATION=f"Bearer {jwt}")
    if response.streaming:
        response.getvalue()  # to the end, so that its closing entry is not another test's
    return response


def rows() -> list[tuple[str, str, str]]:
    return list(Entry.objects.order_by("pk").values_list("verb", "result", "reason"))


class TestTheFourAnswers:
    """Of Apinizer, to the letter."""

    def test_a_token(self, olivia: Login) -> None:
        response = ask(APINIZER)
        assert response.status_code == 200
        assert response["Content-Type"] == APINIZER_TYPE
        jwt = response.json()["access_token"]
        assert JWT.fullmatch(jwt)
        rest = '"token_type":"Bearer","expires_in":3600,"scope":"api:meta:read api:report:read"'
        assert response.content.decode() == f'{{"access_token":"{jwt}",{rest}}}'
        assert (response["Cache-Control"], response["Pragma"]) == ("no-store", "no-cache")

    @pytest.mark.parametrize(
        "grant", [None, "", "password", "authorization_code", "CLIENT_CREDENTIALS", " client_credentials"]
    )
    def test_another_grant(self, olivia: Login, grant: str | None) -> None:
        response = ask(APINIZER, grant_type=grant)
        assert (response.status_code, response["Content-Type"]) == (400, APINIZER_TYPE)
        assert response.content == (
            b'{"error":"unsupported_grant_type","error_description":"GrantType value must be client_credentials!"}'
        )

    def test_a_bad_password(self, olivia: Login) -> None:
        response = ask(APINIZER, password="not the right password")
        assert (response.status_code, response["Content-Type"]) == (401, APINIZER_TYPE)
        assert response.content == b'{"error":"unauthorized_client","error_description":"Bad credentials"}'

    def test_a_fault_of_ours(self, olivia: Login, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*args: object, **kwargs: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("tokens.api.oauth.token.mint_client_credentials", fail)
        response = ask(APINIZER)
        assert (response.status_code, response["Content-Type"]) == (500, APINIZER_TYPE)
        assert list(response.json()) == ["error", "error_description"]
        assert response.json()["error"] == "server_error"

    @BOTH
    def test_a_database_that_is_away(self, olivia: Login, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*args: object) -> int:
            raise OperationalError("gone")

        monkeypatch.setattr(limits, "hit", fail)
        response = ask(address)
        assert response.status_code == 503
        assert int(response["Retry-After"]) > 0
        assert list(response.json()) == ["error", "error_description"]
        assert response.json()["error"] == "temporarily_unavailable"
        assert "Set-Cookie" not in response


class TestAToken:
    @BOTH
    @pytest.mark.parametrize("way", ["body", "header"])
    def test_works_on_the_api(self, olivia: Login, address: str, way: str) -> None:
        headers = {"HTTP_ACCEPT_ENCODING": "gzip, br"}
        ways = {
            "body": lambda: ask(address, headers=headers),
            "header": lambda: with_basic(address, olivia.user_name, PASSWORD, headers=headers),
        }
        response = ways[way]()
        assert response.status_code == 200
        assert list(response.json()) == ["access_token", "token_type", "expires_in", "scope"]
        assert "Set-Cookie" not in response
        assert "Content-Encoding" not in response
        assert meta(response.json()["access_token"]).status_code == 200
        assert meta(response.json()["access_token"], "/api/data/TokenInventory").status_code == 200

    def test_is_a_row_for_an_hour(self, olivia: Login) -> None:
        before = timezone.now()
        jwt = ask().json()["access_token"]
        token = AccessToken.objects.get()
        assert (token.kind, token.name, token.owner, token.scopes) == (
            "client_credentials", "client_credentials", olivia, 3,
        )  # fmt: skip
        assert token.restriction is None
        assert token.expires_at is not None
        assert timedelta(seconds=3598) < token.expires_at - before < timedelta(seconds=3602)
        assert jwt not in str(AccessToken.objects.values())

    def test_is_on_record_and_no_mail_goes_out(self, olivia: Login) -> None:
        ask(headers={"HTTP_USER_AGENT": "gateway/2", "REMOTE_ADDR": "192.0.2.9"})
        entries = Entry.objects.order_by("pk")
        assert [entry.verb for entry in entries] == ["token.create", "token.generate"]
        for entry in entries:
            assert (entry.channel, entry.path, entry.method, entry.address, entry.user_agent) == (
                "api", OAUTH, "POST", "192.0.2.9", "gateway/2",
            )  # fmt: skip
            assert (entry.actor_id, entry.owner_id, entry.organisation_id) == (
                olivia.public_id, olivia.public_id, olivia.organisation_id,
            )  # fmt: skip
            assert entry.token_id == AccessToken.objects.get().public_id
        assert not OutboxMail.objects.exists()

    def test_is_admitted_and_recorded_like_any_other(self, olivia: Login) -> None:
        meta(ask().json()["access_token"])
        entry = Entry.objects.get(verb="token.authenticate")
        assert (entry.result, entry.token_name, entry.owner_id) == ("ok", "client_credentials", olivia.public_id)

    def test_is_not_in_my_tokens(self, client: Client, olivia: Login) -> None:
        ask()
        client.force_login(olivia)
        assert "client_credentials" not in client.get("/tokens").content.decode()

    def test_the_logs_tell_of_it(self, client: Client, ada: Login, olivia: Login) -> None:
        meta(ask().json()["access_token"])
        client.force_login(olivia)
        page = client.get("/tokens/logs").content.decode()
        assert "client_credentials" in page
        assert re.search(r"<option[^>]*>\s*client_credentials", page) is None, "no choice among the filters"
        client.force_login(ada)
        for query in ("", "?q=olivia@demo.example", "?token=client_credentials"):
            assert "client_credentials" in client.get(f"/administrator/token-logs{query}").content.decode()

    def test_ends_after_an_hour(self, olivia: Login) -> None:
        jwt = ask().json()["access_token"]
        past = timezone.now() - timedelta(seconds=1)
        AccessToken.objects.update(expires_at=past)  # the database's clock decides
        response = meta(jwt)
        assert (response.status_code, response.json()["reason"]) == (401, "expired")

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"has_personal_role": False}, "role_missing"),
            ({"enabled": False}, "login_disabled"),
            ({"expires_at": timezone.now() - timedelta(days=1)}, "login_expired"),
        ],
    )
    def test_dies_with_its_owners_right(self, olivia: Login, change: dict[str, Any], reason: str) -> None:
        jwt = ask().json()["access_token"]
        assert meta(jwt).status_code == 200
        Login.objects.filter(pk=olivia.pk).update(**change)
        response = meta(jwt)
        assert (response.status_code, response.json()["reason"]) == (401, reason)

    def test_survives_a_new_password(self, olivia: Login) -> None:
        jwt = ask().json()["access_token"]
        olivia.set_password("another password than this")
        olivia.save()
        assert meta(jwt).status_code == 200

    def test_can_be_revoked(self, olivia: Login) -> None:
        from tokens.api.actors import program_actor

        response = ask()
        from tokens.actions import revoke

        revoke(token=AccessToken.objects.get(), by=program_actor(response.wsgi_request, olivia))
        refused = meta(response.json()["access_token"])
        assert (refused.status_code, refused.json()["reason"]) == (401, "revoked")

    def test_many_at_once_are_all_different_and_all_valid(self, olivia: Login) -> None:
        """More than the attempts that a name has: right passwords do not lock each other out."""
        answers = at_once(16, lambda _index: ask())
        assert [answer.status_code for answer in answers] == [200] * 16
        found = {answer.json()["access_token"] for answer in answers}
        assert len(found) == 16
        assert {meta(jwt).status_code for jwt in found} == {200}
        assert AccessToken.objects.filter(kind="client_credentials").count() == 16
        assert not Attempts.objects.filter(key__startswith="name:", count__gt=0).exists()


class TestScopes:
    @BOTH
    @pytest.mark.parametrize(
        ("scope", "given"),
        [
            ("", "api:meta:read api:report:read"),
            ("api:report:read", "api:report:read"),
            ("api:report:read api:meta:read", "api:meta:read api:report:read"),
            ("api:meta:read api:meta:read", "api:meta:read"),
            ("api:token:manage", "api:token:manage"),
        ],
    )
    def test_are_those_asked_for(self, olivia: Login, address: str, scope: str, given: str) -> None:
        response = ask(address, scope=scope)
        assert (response.status_code, response.json()["scope"]) == (200, given)
        assert meta(response.json()["access_token"]).status_code == (200 if "meta" in given else 403)

    @BOTH
    def test_unknown_ones_are_named(self, olivia: Login, address: str) -> None:
        response = ask(address, scope="api:meta:read openid api:all")
        assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")
        description = response.json()["error_description"]
        assert description.startswith("Unknown scope: openid api:all. ")
        assert "api:report:read" in description

    def test_what_is_said_of_them_is_plain(self, olivia: Login) -> None:
        """RFC 6749, 5.2: no quotation mark, no backslash, nothing but ASCII in a description."""
        description = ask(scope='"ü\\\x7f').json()["error_description"]
        assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*", description)

    def test_the_default_is_as_much_as_the_organisation_allows(self, olivia: Login) -> None:
        type(olivia.organisation).objects.update(token_scopes_allowed=1)
        assert ask().json()["scope"] == "api:meta:read"
        response = ask(scope="api:meta:read api:report:read")
        assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")
        assert "does not allow: api:report:read." in response.json()["error_description"]

    def test_nothing_of_the_default_is_allowed(self, olivia: Login) -> None:
        type(olivia.organisation).objects.update(token_scopes_allowed=4)
        assert ask().json()["error"] == "invalid_scope"
        assert ask(scope="api:token:manage").status_code == 200


class TestTheRequest:
    @pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
    def test_is_a_form(self, olivia: Login, kind: str) -> None:
        response = ask(APINIZER, kind=kind)
        assert (response.status_code, list(response.json())) == (415, ["error", "error_description"])
        response = ask(OAUTH, kind=kind)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
        assert FORM in response.json()["error_description"]
        assert rows() == []

    @BOTH
    def test_may_name_its_charset(self, olivia: Login, address: str) -> None:
        assert ask(address, kind=f"{FORM}; charset=UTF-8").status_code == 200

    @BOTH
    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def test_is_a_post(self, olivia: Login, address: str, method: str) -> None:
        response = Client().generic(method, address)
        assert (response.status_code, response["Allow"]) == (405, "POST")
        if method != "HEAD":
            assert list(response.json()) == ["error", "error_description"]

    @BOTH
    def test_is_short(self, olivia: Login, address: str) -> None:
        assert ask(address, more="x" * (FORM_LIMIT - 200)).status_code == 200
        response = ask(address, more="x" * FORM_LIMIT)
        assert (response.status_code, list(response.json())) == (413, ["error", "error_description"])

    @BOTH
    def test_tells_its_length(self, olivia: Login, address: str) -> None:
        """In pieces it would arrive empty, and the answer would miss a parameter that was sent."""
        response = Client().request(
            REQUEST_METHOD="POST", PATH_INFO=address, CONTENT_TYPE=FORM, HTTP_TRANSFER_ENCODING="chunked"
        )
        assert (response.status_code, list(response.json())) == (411, ["error", "error_description"])

    @BOTH
    @pytest.mark.parametrize(
        "twice", ["grant_type=client_credentials", "client_id=x", "scope=&scope=api:meta:read", "x=1&x=2"]
    )
    def test_names_each_parameter_once(self, olivia: Login, address: str, twice: str) -> None:
        fields = {"grant_type": "client_credentials", "client_id": olivia.user_name, "client_secret": PASSWORD}
        response = ask(address, body=f"{urlencode(fields)}&{twice}")
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
        assert rows() == []

    @BOTH
    @pytest.mark.parametrize(
        "body", ["%ff=1", "client_id=%C3%28", "é=1".encode(), b"\xff", "&".join(f"x{n}=1" for n in range(99))]
    )
    def test_is_readable(self, olivia: Login, address: str, body: str | bytes) -> None:
        response = ask(address, body=body)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    @BOTH
    @pytest.mark.parametrize("name", ["client_secret", "client_id", "grant_type", "scope"])
    def test_has_nothing_in_the_address(self, olivia: Login, address: str, name: str) -> None:
        response = ask(address, query=f"?{name}=x")
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
        assert "in the body" in response.json()["error_description"]

    @BOTH
    def test_says_who_asks_in_one_place(self, olivia: Login, address: str) -> None:
        for more in ({"client_secret": PASSWORD}, {"client_id": "somebody@demo.example"}):
            response = with_basic(address, olivia.user_name, PASSWORD, **more)
            assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
        assert with_basic(address, olivia.user_name, PASSWORD, client_id=olivia.user_name).status_code == 200

    @BOTH
    @pytest.mark.parametrize(
        "headers",
        [{}, {"HTTP_AUTHORIZATION": "Basic"}, {"HTTP_AUTHORIZATION": "Basic !"}, {"HTTP_AUTHORIZATION": "Bearer x"}],
    )
    def test_says_who_asks(self, olivia: Login, address: str, headers: dict[str, str]) -> None:
        response = ask(address, None, None, headers=headers)  # type: ignore[arg-type]
        status, body = REFUSED[address]
        assert (response.status_code, response.json()["error"]) == (status, body["error"])
        told = response.json()["error_description"]
        assert told == body["error_description"] if address == APINIZER else "client_secret" in told
        assert response["WWW-Authenticate"] == CHALLENGE

    def test_wants_a_grant_type(self, olivia: Login) -> None:
        response = ask(grant_type="")
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
        response = ask(grant_type="password")
        assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")

    @BOTH
    def test_needs_no_slash_and_gets_no_redirect(self, olivia: Login, address: str) -> None:
        response = ask(f"{address}/")
        assert response.status_code in {401, 404}
        assert response["Content-Type"].startswith("application/json")


class TestBasic:
    """RFC 6749 (2.3.1) wants both parts form-encoded. Most clients do not."""

    @pytest.mark.parametrize(
        "password",
        [
            "correct horse battery staple", "with+plus+and/slash=", "100% of it: all", "%41%42 is no escape",
            "50%41 percent", "Grüße aus Köln", "colon:in:it", "~._-*!'()", "\\\"quoted\\\"",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("encodes", [False, True])
    def test_both_are_understood(self, olivia: Login, password: str, encodes: bool) -> None:
        olivia.set_password(password)
        olivia.save()
        pair = (olivia.user_name, password)
        response = with_basic(OAUTH, *(map(quote_plus, pair) if encodes else pair))
        assert response.status_code == 200
        assert rows() == [("token.create", "ok", ""), ("token.generate", "ok", "")]

    @pytest.mark.parametrize("password", ["correct horse battery!", "with+plus+inside", "Grüße aus Köln"])
    def test_also_of_a_name_that_tells_nothing(self, olivia: Login, password: str) -> None:
        olivia.user_name = "olivia"
        olivia.set_password(password)
        olivia.save()
        assert with_basic(OAUTH, "olivia", password).status_code == 200
        if "+" not in password:
            assert with_basic(OAUTH, "olivia", quote_plus(password)).status_code == 200

    @pytest.mark.parametrize("user_name", ["olivia@demo.example", "olivia%40demo.example", "olivia"])
    @pytest.mark.parametrize("password", ["a+b%20c", "%41", "x"])
    def test_one_attempt_is_one_password(
        self, olivia: Login, user_name: str, password: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked_at: list[str] = []
        encode = MD5PasswordHasher.encode

        def spy(self: MD5PasswordHasher, password: str, salt: str) -> str:
            looked_at.append(password)
            return encode(self, password, salt)

        monkeypatch.setattr(MD5PasswordHasher, "encode", spy)
        assert with_basic(OAUTH, user_name, password).status_code == 401
        assert len(looked_at) == 1
        assert sum(Attempts.objects.filter(key__startswith="name:").values_list("count", flat=True)) == 1


class TestWithoutTheRight:
    """The password was right, so the answer may say what is missing, and who can give it."""

    @BOTH
    def test_no_personal_role(self, peter: Login, address: str) -> None:
        response = ask(address, peter.user_name)
        assert (response.status_code, response.json()["error"]) == (UNAUTHORISED[address], "unauthorized_client")
        assert "Personal role" in response.json()["error_description"]
        assert "System Administrator" in response.json()["error_description"]
        assert rows() == [("login.sign_in_fail", "fail", "role_missing")]
        assert not AccessToken.objects.exists()

    @BOTH
    def test_no_token_create(self, olivia: Login, address: str) -> None:
        olivia.organisation.user_types.filter(slug="general-user").update(permissions=["report:read"])
        response = ask(address)
        assert (response.status_code, response.json()["error"]) == (UNAUTHORISED[address], "unauthorized_client")
        assert "token:create" in response.json()["error_description"]
        assert rows() == [("login.sign_in_fail", "fail", "not_allowed")]

    @BOTH
    def test_all_tokens_stopped(self, olivia: Login, address: str) -> None:
        type(olivia.organisation).objects.update(tokens_stopped_at=timezone.now())
        response = ask(address)
        assert (response.status_code, response.json()["error"]) == (UNAUTHORISED[address], "unauthorized_client")
        assert "stopped" in response.json()["error_description"]
        assert rows() == [("login.sign_in_fail", "fail", "tokens_stopped")]

    def test_a_wrong_password_is_told_nothing_of_it(self, peter: Login) -> None:
        response = ask(OAUTH, peter.user_name, "not the right password")
        assert (response.status_code, response.json()) == REFUSED[OAUTH]

    def test_a_loop_does_not_fill_the_ledger(self, peter: Login) -> None:
        for _ in range(RECORDED_A_MINUTE + 5):
            assert ask(OAUTH, peter.user_name).status_code == 400
        # The minute may have turned meanwhile.
        assert RECORDED_A_MINUTE <= Entry.objects.count() <= RECORDED_A_MINUTE + 5


class TestGuessing:
    @BOTH
    def test_locks_the_name_and_says_so_to_nobody(self, olivia: Login, address: str) -> None:
        limit = olivia.organisation.password_attempts_limit
        answers = [ask(address, password=f"guess {n}") for n in range(limit + 2)]
        answers.append(ask(address))  # the right one
        assert {(answer.status_code, answer.content, frozenset(answer.headers)) for answer in answers} == {
            (answers[0].status_code, answers[0].content, frozenset(answers[0].headers))
        }
        assert (answers[0].status_code, answers[0].json()) == REFUSED[address]
        reasons = Entry.objects.order_by("pk").values_list("verb", "reason", "scheme", "path")
        assert list(reasons) == [
            *[("login.sign_in_fail", "bad_password", "password", address)] * limit,
            ("login.sign_in_fail", "locked", "password", address),
        ]

    def test_the_lock_is_the_consoles_too(self, client: Client, olivia: Login) -> None:
        for n in range(olivia.organisation.password_attempts_limit):
            ask(password=f"guess {n}")
        response = client.post("/sign-in", {"login": olivia.user_name, "password": PASSWORD})
        assert response.status_code == 422

    def test_the_lock_ends(self, olivia: Login) -> None:
        for n in range(olivia.organisation.password_attempts_limit + 1):
            ask(password=f"guess {n}")
        with time_machine.travel(timezone.now() + timedelta(seconds=WINDOW)):
            assert ask().status_code == 200

    def test_a_right_password_counts_as_no_attempt_and_the_wrong_ones_stay(self, olivia: Login) -> None:
        for n in range(3):
            ask(password=f"guess {n}")
        assert ask().status_code == 200
        assert Attempts.objects.get(key__startswith="name:").count == 3
        assert Attempts.objects.get(key__startswith="address:").count == 3

    @BOTH
    def test_an_address_that_tries_too_often_waits(self, olivia: Login, address: str) -> None:
        for _ in range(ADDRESS_ATTEMPTS_LIMIT):
            limits.hit(limits.key_of_address("address", "192.0.2.1"), WINDOW)
        response = ask(address, headers={"REMOTE_ADDR": "192.0.2.1"})
        assert response.status_code == 429
        assert 0 < int(response["Retry-After"]) <= WINDOW
        assert list(response.json()) == ["error", "error_description"]
        assert ask(address, headers={"REMOTE_ADDR": "192.0.2.2"}).status_code == 200

    def test_parallel_guesses_are_never_more_than_the_limit(
        self, olivia: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        compared: list[str] = []
        verify = MD5PasswordHasher.verify

        def spy(self: MD5PasswordHasher, password: str, encoded: str) -> bool:
            compared.append(password)
            return verify(self, password, encoded)

        monkeypatch.setattr(MD5PasswordHasher, "verify", spy)
        answers = at_once(24, lambda n: ask(password=f"guess {n}", headers={"REMOTE_ADDR": f"192.0.2.{n}"}))
        assert {answer.status_code for answer in answers} == {401}
        assert len(compared) == olivia.organisation.password_attempts_limit


class TestSecrecy:
    def test_neither_password_nor_jwt_is_kept_or_logged(
        self, olivia: Login, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        secret = "seven violet otters swim"
        olivia.set_password(secret)
        olivia.save()
        with caplog.at_level("DEBUG"):
            jwts = [
                ask(password=secret).json()["access_token"],
                with_basic(OAUTH, olivia.user_name, secret).json()["access_token"],
            ]
            ask(password=f"{secret}!")
            ask(APINIZER, password=secret, scope="unknown")
            ask(query=f"?client_secret={quote_plus(secret)}")
            meta(jwts[0])
        kept = [str(list(model.objects.values())) for model in (Entry, AccessToken, Attempts, OutboxMail)]
        everything = "".join([*kept, caplog.text, *capfd.readouterr()])
        for hidden in (secret, quote_plus(secret), *jwts):
            assert hidden not in everything

    def test_no_traceback_keeps_the_password(self, olivia: Login, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
        def fail(*args: object, **kwargs: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("tokens.api.oauth.token.mint_client_credentials", fail)
        assert ask().status_code == 500
        assert PASSWORD not in "".join(capfd.readouterr())


class TestSweeping:
    def test_a_row_goes_a_week_after_its_end_and_its_entries_stay(self, olivia: Login) -> None:
        ask()
        entries = Entry.objects.count()
        ended = timezone.now() - timedelta(days=7)
        AccessToken.objects.update(expires_at=ended + timedelta(minutes=1))
        assert forget_ended_client_credentials() == 0
        AccessToken.objects.update(expires_at=ended)
        assert forget_ended_client_credentials() == 1
        assert not AccessToken.objects.exists()
        assert Entry.objects.count() == entries

    def test_a_token_of_people_stays(self, olivia: Login) -> None:
        ask()
        AccessToken.objects.update(expires_at=timezone.now() - timedelta(days=400), kind="api")
        assert forget_ended_client_credentials() == 0

    def test_a_swept_tokens_jwt_is_nobodys(self, olivia: Login) -> None:
        jwt = ask().json()["access_token"]
        AccessToken.objects.all().delete()
        assert meta(jwt).status_code == 401

    def test_the_worker_does_it(self, olivia: Login) -> None:
        ask()
        AccessToken.objects.update(expires_at=timezone.now() - timedelta(days=8))
        with pytest.raises(SystemExit):
            call_command("worker", "--once")
        assert not AccessToken.objects.exists()
