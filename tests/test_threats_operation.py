"""Threats to one moment, one clock, one rule (docs/security.md: D11, D15, D16, D19, E03, E15, F06, F08, I05, I09)."""

import logging
import secrets
import statistics
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import ids
from accounts.exceptions import Refused
from accounts.models import Login, Organisation
from audit.models import Entry
from tests.addresses import UNKNOWN, console_addresses, things_of
from tests.api_calls import valid_token
from tests.cast import person
from tests.imports import applied, checked
from tests.people import fresh, signed_in
from tests.test_sign_in_races import compared  # noqa: F401  # a fixture
from tests.test_surroundings import Lines
from tests.threads import at_once
from tests.token_story import created, generated
from tokens import admission
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db

NEW_YEAR = datetime(2027, 12, 31, 22, 30, tzinfo=UTC)


class TestTheLastSystemAdministrator:
    """F08: by no way at all does an organisation lose everybody who can give a right."""

    WAYS = (
        "logins/{login}/type/general-user", "logins/{login}/type/view-only", "logins/{login}/disable",
        "logins/{login}/delete", "logins/{login}/sso/set", "contacts/{contact}/delete",
        "contacts/selected/disable", "contacts/selected/delete", "contacts/selected/set-general-user",
        "contacts/selected/set-view-only",
    )  # fmt: skip

    @staticmethod
    def administrators(organisation: Organisation) -> int:
        return Login.objects.can_grant_roles(organisation.pk).count()

    def try_all(self, by: Login, target: Login) -> None:
        client = signed_in(by)
        typed = {
            "confirmation": target.user_name,
            "typed": "1",
            "selected": target.contact.public_id,
            "back": "/contacts",
        }
        for way in self.WAYS:
            path = "/" + way.format(login=target.public_id, contact=target.contact.public_id)
            for more in ({}, {"confirmed": "1"}, {"given": "1"}, {"selected": target.public_id}, {"every": "1"}):
                answer = client.post(path, {**typed, **more})
                assert answer.status_code in {200, 302, 303, 403, 404, 409, 422}, path
        page = client.get(f"/logins/{target.public_id}/edit").content.decode()
        version = page.partition('name="version" value="')[2].partition('"')[0]
        for kind in ("service", "sso", "person"):
            sent = {"version": version, "user_name": target.user_name, "login_email": target.email, "kind": kind,
                    "language": "en", "time_zone": "UTC", "expires_on": "2020-01-01"}  # fmt: skip
            client.post(f"/logins/{target.public_id}/edit", sent)
        pairs = {"department": ["whole"], "user_type": ["view-only"], "version": version}
        client.post(f"/logins/{target.public_id}/assignments", pairs)
        who = f"{target.contact.first_name};{target.contact.last_name};{target.email};{target.user_name}"
        found = checked(by, "First Name;Last Name;E Mail;User Name;Department;User Type", f"{who};;View Only")
        if found.state == "checked":
            with suppress(Refused):
                applied(found, by)

    def test_cannot_end_that_by_any_way(self, ada: Login, olivia: Login) -> None:
        self.try_all(ada, ada)
        assert self.administrators(ada.organisation) == 1
        assert fresh(ada).is_system_administrator
        assert fresh(ada).is_active

    def test_nor_can_the_last_but_one_end_both(self, ada: Login, olivia: Login) -> None:
        second = person(ada.organisation, "Sam", "Root", "sam@demo.example", user_type="owner")
        self.try_all(ada, second)
        assert self.administrators(ada.organisation) == 1  # the control: of two, one can be ended
        self.try_all(ada, ada)
        assert self.administrators(ada.organisation) == 1


class TestForeignIds:
    """F06: an id of another organisation and one that nobody has are told apart by nothing, the time among it."""

    ROUNDS = 120

    @pytest.fixture
    def both(self, olivia: Login, olga: Login) -> tuple[Client, list[tuple[str, str]]]:
        theirs = things_of(olivia)
        paths = [
            (address.path(theirs), address.path(UNKNOWN))
            for address in console_addresses()
            if address.blanks and not address.route.startswith(("tokens", "personal"))
        ]
        client = signed_in(olga)
        client.get("/personal")  # the first visit notes the session
        return client, paths

    def test_they_ask_the_database_alike(self, both: tuple[Client, list[tuple[str, str]]]) -> None:
        client, paths = both
        found = []
        for foreign, missing in paths:
            counts = []
            for path in (foreign, missing):
                with CaptureQueriesContext(
                    connection,
                ) as asked:
                    client.get(path)
                counts.append(len(asked))
            found += [f"{foreign}: {counts}"] if counts[0] != counts[1] else []
        assert found == []

    @pytest.mark.long
    @pytest.mark.alone
    def test_they_take_as_long(self, both: tuple[Client, list[tuple[str, str]]]) -> None:
        client, paths = both
        for foreign, missing in paths[:: max(1, len(paths) // 6)]:
            spent: dict[str, list[float]] = {foreign: [], missing: []}
            for turn in range(self.ROUNDS):
                for path in ((foreign, missing), (missing, foreign))[turn % 2]:
                    began = time.thread_time()
                    client.get(path)
                    spent[path].append(time.thread_time() - began)
            one, other = (statistics.median(times) for times in spent.values())
            assert abs(one - other) < 0.1 * max(one, other), foreign


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


class TestTimes:
    """D15: the days of a life begin at Generate, and are days of the owner's calendar where a date was chosen."""

    @pytest.mark.parametrize(
        ("zone", "now", "date", "end"),
        [
            ("Europe/Berlin", noon(2027, 3, 27), (2027, 3, 28), datetime(2027, 3, 28, 22, tzinfo=UTC)),
            ("Europe/Berlin", noon(2027, 10, 30), (2027, 10, 31), datetime(2027, 10, 31, 23, tzinfo=UTC)),
            ("America/New_York", noon(2027, 3, 13), (2027, 3, 14), datetime(2027, 3, 15, 4, tzinfo=UTC)),
            ("Europe/Berlin", NEW_YEAR, (2027, 12, 31), datetime(2027, 12, 31, 23, tzinfo=UTC)),
            ("Pacific/Auckland", NEW_YEAR, (2028, 1, 1), datetime(2028, 1, 1, 11, tzinfo=UTC)),
            ("UTC", noon(2028, 2, 28), (2028, 2, 29), datetime(2028, 3, 1, tzinfo=UTC)),
        ],
    )  # fmt: skip
    def test_a_date_ends_at_its_midnight(
        self, zone: str, now: datetime, date: tuple[int, int, int], end: datetime, olivia: Login
    ) -> None:
        """Also on the day on which the clocks change, and at New Year."""
        Login.objects.filter(pk=olivia.pk).update(time_zone=zone)
        with time_machine.travel(now, tick=False):
            token = created(Login.objects.get(pk=olivia.pk), expiry_choice="date", expiry_date=datetime(*date).date())  # noqa: DTZ001
            generated(token)
        assert token.expires_at == end

    @pytest.mark.parametrize(("choice", "days"), [("1", 1), ("365", 365)])
    def test_days_have_24_hours_when_the_clocks_change(self, choice: str, days: int, olivia: Login) -> None:
        Login.objects.filter(pk=olivia.pk).update(time_zone="Europe/Berlin")
        for now in (datetime(2027, 3, 27, 22, 30, tzinfo=UTC), datetime(2027, 10, 30, 22, 30, tzinfo=UTC), NEW_YEAR):
            with time_machine.travel(now, tick=False):
                token = created(Login.objects.get(pk=olivia.pk), f"{choice} {now}", expiry_choice=choice)
                generated(token)
            assert (token.expires_at - now).total_seconds() == days * 24 * 3600


def test_no_form_moves_a_token_to_another_owner(olivia: Login, peter: Login, ada: Login) -> None:
    """D19: with Edit Token, by its owner and by an administrator."""
    token = created(olivia)
    for client, path in (
        (signed_in(olivia), f"/tokens/{token.public_id}/edit"),
        (signed_in(ada), f"/logins/{olivia.public_id}/tokens/{token.public_id}/edit"),
    ):
        page = client.get(path).content.decode()
        sent = {
            "name": f"Renamed by {path[1:7]}", "expires_on": "30", "scopes": ["1"], "owner": peter.public_id,
            "owner_id": peter.pk, "login": peter.public_id, "login_id": peter.pk, "created_by_label": "planted",
            "version": page.partition('name="version" value="')[2].partition('"')[0],
        }  # fmt: skip
        assert client.post(path, sent).status_code == 303
        token.refresh_from_db()
        assert token.name == sent["name"]
        assert (token.owner_id, token.created_by_label) == (olivia.pk, "Olivia Novak")


def test_a_role_that_is_taken_away_is_gone_from_an_open_session(ada: Login, olivia: Login) -> None:
    """D11: the same browser, before and after; what was open is refused with its next click, and nothing is done."""
    second = person(ada.organisation, "Sam", "Root", "sam@demo.example", user_type="owner", has_admin_role=True)
    token, client = created(olivia), signed_in(second)
    pages = ("/administrator/tokens", f"/logins/{olivia.public_id}/tokens/{token.public_id}")
    assert [client.get(path).status_code for path in pages] == [200, 200]
    client_of_ada = signed_in(ada)
    assert client_of_ada.post(f"/logins/{second.public_id}/roles/admin/remove").status_code == 303
    assert [client.get(path).status_code for path in pages] == [403, 403]
    assert client.post(f"{pages[1]}/revoke", {"confirmation": token.name}).status_code == 403
    token.refresh_from_db()
    assert token.revoked_at is None
    assert client_of_ada.post(f"/logins/{second.public_id}/roles/admin/add").status_code == 303
    assert client.get(pages[0]).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_50_first_calls_at_once_one_is_the_first(olivia: Login) -> None:
    """D16: each is admitted and on record, and the moment of the first use is set once."""
    token, jwt = valid_token(olivia)
    seen: list[Any] = []

    def call(index: int) -> int:
        status = Client().get("/api/meta", HTTP_AUTHORIZATION=f"Bearer {jwt}").status_code
        seen.append(AccessToken.objects.values_list("first_used_at", flat=True).get(pk=token.pk))
        return status

    statuses = [status for _round in range(5) for status in at_once(10, call)]
    assert statuses == [200] * 50
    assert len(set(seen)) == 1
    assert None not in seen
    assert Entry.objects.filter(verb="token.authenticate", result="ok").count() == 50


@pytest.mark.django_db(transaction=True)
def test_a_fault_in_authentication_tells_no_token(olivia: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    """E03: the answer, the line and its traceback; with the header at hand in every frame."""
    _token, jwt = valid_token(olivia)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"a fault beside {jwt}")

    monkeypatch.setattr(admission, "admit", broken)
    monkeypatch.setattr("tokens.api.authentication.admit", broken, raising=False)
    kept = Lines()
    logging.getLogger().addHandler(kept)
    try:
        answer = Client(raise_request_exception=False).get("/api/meta", HTTP_AUTHORIZATION=f"Bearer {jwt}")
    finally:
        logging.getLogger().removeHandler(kept)
    assert answer.status_code == 500
    text = "".join(kept.lines)
    assert "RuntimeError" in text
    for part in (jwt, *jwt.split(".")[1:]):
        assert part not in text
        assert part.encode() not in answer.content


class TestIds:
    """E15: public ids are of the system's random source, and many are all different."""

    def test_100_000_are_all_different(self) -> None:
        made = [ids.token_id() for _each in range(100_000)]
        assert len(set(made)) == len(made)
        places = [{one[place] for one in made} for place in range(4, 25)]
        assert all(len(letters) == len(ids.ALPHABET) for letters in places)
        assert ids.RANDOM_LENGTH * 5.95 > 124  # bits

    def test_they_come_of_secrets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(secrets, "choice", lambda letters: letters[0])
        assert ids.token_id() == "api_" + "a" * 21


class TestGuesses:
    @pytest.mark.django_db(transaction=True)
    def test_of_200_no_more_are_looked_at_than_the_limit(self, olivia: Login, compared: list[str]) -> None:
        """I05: 40 at any moment, from 200 addresses."""

        def guess(index: int) -> list[int]:
            return [
                Client(REMOTE_ADDR=f"192.0.2.{index * 5 + turn}")
                .post("/sign-in", {"login": "olivia@demo.example", "password": f"guess {index} {turn}"})
                .status_code
                for turn in range(5)
            ]

        assert {status for statuses in at_once(40, guess) for status in statuses} == {422}
        assert 0 < len(compared) <= olivia.organisation.password_attempts_limit


@pytest.mark.django_db(transaction=True)
def test_two_commands_make_one_organisation(capsys: pytest.CaptureFixture[str]) -> None:
    """I09: at the same moment, with one name; one is made, the other refused or told of it."""

    def make(index: int) -> str:
        try:
            call_command("create_organisation", "Acme", "--admin", "grace@acme.example")
        except Exception as error:  # noqa: BLE001  # whichever of them says it
            return type(error).__name__
        return "made"

    said = at_once(4, make)
    assert Organisation.objects.filter(name="Acme").count() == 1
    assert Login.objects.filter(user_name="grace@acme.example").count() == 1
    assert "made" in said
    assert set(said) <= {"made", "CommandError"}
