"""User name and password in place of a token, on report addresses: the traditional way, where it is allowed."""

import base64
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from accounts.blocks import name_key
from accounts.models import Attempts, Login, Organisation
from audit.models import Entry
from tests.api_calls import valid_token
from tests.cast import Places
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

META = "/api/meta"
ROWS = "/api/data/ContactsAndLogins"
BOTH = 'Bearer realm="Reports API", Basic realm="Reports API", charset="UTF-8"'
ADDRESSES = [META, "/api/meta/reports", "/api/meta/reports/TokenInventory", "/api/data/TokenInventory"]


@pytest.fixture
def allowed(organisation: Organisation) -> Organisation:
    Organisation.objects.update(basic_allowed=True)
    organisation.refresh_from_db()
    return organisation


def get(address: str, user_name: str = "olivia@demo.example", password: str = PASSWORD, **headers: Any) -> Any:
    pair = base64.b64encode(f"{user_name}:{password}".encode()).decode()
    client = Client(raise_request_exception=False)
    response = client.get(address, HTTP_AUTHORIZATION=f"Basic {pair}", **headers)
    if response.streaming:
        response.content_read = response.getvalue()
    return response


def entries() -> list[tuple[str, str, str, str]]:
    return list(Entry.objects.order_by("pk").values_list("verb", "result", "reason", "scheme"))


class TestOff:
    """As every organisation is at first."""

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_is_refused_like_a_bad_password(self, olivia: Login, address: str) -> None:
        off, wrong = get(address), get(address, password="not the right password")
        body, other = off.json(), wrong.json()
        del body["request_id"], other["request_id"]
        assert (off.status_code, body) == (wrong.status_code, other)
        assert off.status_code == 401
        assert off["WWW-Authenticate"] == wrong["WWW-Authenticate"] == BOTH
        assert "access token" in body["detail"]
        assert entries() == [("login.sign_in_fail", "fail", "basic_off", "password")] * 2

    def test_a_token_as_password_works_all_the_same(self, olivia: Login) -> None:
        _token, jwt = valid_token(olivia)
        assert get(META, "anybody", jwt).status_code == 200

    def test_a_right_password_is_counted_like_a_wrong_one(self, olivia: Login) -> None:
        """Otherwise the console's lock would tell who guessed right here."""
        for _ in range(olivia.organisation.password_attempts_limit):
            get(META)
        assert Attempts.objects.get(key=name_key(olivia)).count == olivia.organisation.password_attempts_limit


class TestAllowed:
    @pytest.mark.parametrize("address", ADDRESSES)
    def test_opens_the_report_addresses(self, olivia: Login, allowed: Organisation, address: str) -> None:
        response = get(address)
        assert response.status_code == 200
        assert "Set-Cookie" not in response

    def test_is_on_record_as_a_sign_in(self, olivia: Login, allowed: Organisation) -> None:
        response = get(META, HTTP_USER_AGENT="Excel/16.0", REMOTE_ADDR="192.0.2.9")
        entry = Entry.objects.get()
        assert (entry.verb, entry.result, entry.scheme, entry.channel, entry.path, entry.method) == (
            "login.sign_in", "ok", "password", "api", META, "GET",
        )  # fmt: skip
        assert (entry.actor_id, entry.subject_id, entry.organisation_id) == (
            olivia.public_id, olivia.public_id, olivia.organisation_id,
        )  # fmt: skip
        assert (entry.address, entry.user_agent, entry.request_id) == (
            "192.0.2.9", "Excel/16.0", response["X-Request-ID"],
        )  # fmt: skip
        assert entry.token_id == ""

    def test_a_report_leaves_its_closing_entry(self, olivia: Login, allowed: Organisation) -> None:
        response = get("/api/data/TokenInventory")
        assert response.status_code == 200
        first, last = Entry.objects.order_by("pk")
        assert (first.verb, last.verb, last.result) == ("login.sign_in", "report.read", "ok")
        assert (last.token_id, last.token_name, last.owner_id) == ("", "", olivia.public_id)
        assert (last.subject_id, last.details["complete"]) == ("TokenInventory", True)
        assert last.request_id == first.request_id

    def test_reaches_what_the_login_reaches_now(
        self, ada: Login, olivia: Login, places: Places, allowed: Organisation
    ) -> None:
        def names(user_name: str) -> set[str]:
            return {row["User Name"] for row in json.loads(get(ROWS, user_name).content_read)}

        assert names(ada.user_name) == {ada.user_name, olivia.user_name}
        assert ada.user_name not in names(olivia.user_name)
        ada.assignments.update(user_type=allowed.user_types.get(slug="general-user"))
        assert olivia.user_name not in names(ada.user_name)

    def test_the_owner_of_no_token_role_may_read(self, peter: Login, allowed: Organisation) -> None:
        """The Personal role is about tokens."""
        assert get(META, peter.user_name).status_code == 200

    def test_opens_nothing_else(self, olivia: Login, allowed: Organisation) -> None:
        for address in ("/api/whoami", "/v1/access-tokens"):
            response = get(address)
            assert response.status_code == 401
            assert "Basic" not in response["WWW-Authenticate"]
        assert entries() == []

    def test_a_password_that_looks_like_a_jwt_is_only_ever_one(self, olivia: Login, allowed: Organisation) -> None:
        olivia.set_password("eyJust a password of mine")
        olivia.save()
        assert get(META, password="eyJust a password of mine").status_code == 401
        assert entries() == []
        assert not Attempts.objects.filter(key__startswith="name:").exists()

    def test_it_signs_nobody_in_to_the_console(self, olivia: Login, allowed: Organisation) -> None:
        pair = base64.b64encode(f"{olivia.user_name}:{PASSWORD}".encode()).decode()
        assert Client().get("/tokens", HTTP_AUTHORIZATION=f"Basic {pair}").status_code == 302

    def test_links_of_the_login_stay_good(self, olivia: Login, allowed: Organisation) -> None:
        get(META)
        olivia.refresh_from_db()
        assert olivia.last_login is None

    def test_acts_at_once(self, olivia: Login, allowed: Organisation) -> None:
        assert get(META).status_code == 200
        Organisation.objects.update(basic_allowed=False)
        assert get(META).status_code == 401

    @pytest.mark.parametrize(
        ("policy", "reason"),
        [({"tokens_stopped_at": timezone.now()}, "tokens_stopped"), ({"token_scopes_allowed": 2}, "scope_missing")],
    )
    def test_what_stops_tokens_stops_it(
        self, olivia: Login, allowed: Organisation, policy: dict[str, Any], reason: str
    ) -> None:
        Organisation.objects.update(**policy)
        assert get(META).status_code == 401
        assert entries() == [("login.sign_in_fail", "fail", reason, "password")]

    def test_no_record_no_answer(self, olivia: Login, allowed: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*args: object, **kwargs: object) -> None:
            raise DatabaseError("the ledger is away")

        monkeypatch.setattr("accounts.actions.sign_in.record", refuse)
        response = get(META)
        assert response.status_code in {500, 503}
        assert b"associates" not in response.content

    def test_calls_are_limited_where_tokens_are(self, olivia: Login, allowed: Organisation) -> None:
        Organisation.objects.update(token_calls_per_minute=2)
        left = [get(META)["RateLimit"].split(";")[1] for _ in range(2)]
        assert left in (["r=1", "r=0"], ["r=1", "r=1"], ["r=0", "r=1"])  # the minute may have turned
        for _ in range(3):
            response = get(META)
        assert response.status_code == 429
        assert int(response["Retry-After"]) <= 60
        assert ("login.sign_in_fail", "fail", "too_many_calls", "password") in entries()

    def test_answers_of_two_logins_are_two_documents(self, olivia: Login, peter: Login, allowed: Organisation) -> None:
        first = get(META)
        assert get(META, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
        assert get(META, peter.user_name, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


class TestTheSwitch:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("allow_basic_authentication", *arguments, stdout=out)
        return out.getvalue()

    def test_allows_and_ends(self, organisation: Organisation) -> None:
        assert "allows user name and password" in self.run("Demo Organisation")
        organisation.refresh_from_db()
        assert organisation.basic_allowed
        assert "takes access tokens alone" in self.run(str(organisation.pk), "--off")
        organisation.refresh_from_db()
        assert not organisation.basic_allowed

    def test_is_on_record_with_before_and_after(self, organisation: Organisation) -> None:
        self.run("Demo Organisation")
        entry = Entry.objects.get()
        assert (entry.verb, entry.channel, entry.subject_id, entry.organisation_id) == (
            "organisation.update", "command", str(organisation.pk), organisation.pk,
        )  # fmt: skip
        assert entry.details == {"before": {"basic_allowed": False}, "after": {"basic_allowed": True}}

    def test_twice_changes_and_records_nothing(self, organisation: Organisation) -> None:
        self.run("Demo Organisation")
        assert "Nothing is changed" in self.run("Demo Organisation")
        assert Entry.objects.count() == 1
        self.run("Demo Organisation", "--off")
        assert "Nothing is changed" in self.run("Demo Organisation", "--off")
        assert Entry.objects.count() == 2

    def test_an_unknown_organisation_is_told(self, organisation: Organisation) -> None:
        with pytest.raises(CommandError, match="no organisation named"):
            self.run("Nobody")
