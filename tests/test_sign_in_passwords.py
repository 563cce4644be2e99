"""Choosing a password: by oneself, by a link of a forgotten password, by the link of an invitation."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.actions.sign_in import activation_link
from accounts.models import Login, OutboxMail
from audit.models import Entry
from config.logs import scrub
from tests.factories import PASSWORD

NEW = "seven violet otters sing"
CHANGE = "/password"
RESET = "/password/reset"


@pytest.fixture
def olivias(client: Client, olivia: Login) -> Client:
    client.force_login(olivia)
    return client


def change(client: Client, current: str = PASSWORD, password: str = NEW, again: str | None = None):
    return client.post(
        CHANGE, {"current": current, "password": password, "again": password if again is None else again}
    )


def knows(login: Login, password: str) -> bool:
    login.refresh_from_db()
    return login.check_password(password)


def path_of(link: str) -> str:
    return "/" + link.split("/", 3)[3]


def mailed_link() -> str:
    (mail,) = OutboxMail.objects.all()
    found = re.search(r"http://\S+", mail.body)
    assert found
    return path_of(found[0])


def choose(client: Client, link: str, password: str = NEW):
    return client.post(link, {"password": password, "again": password})


class TestChange:
    def test_works_and_is_recorded(self, olivias: Client, olivia: Login) -> None:
        assert change(olivias).status_code == 303
        assert knows(olivia, NEW)
        assert olivia.password_changed_at is not None
        entry = Entry.objects.get()
        assert (entry.verb, entry.actor_id, entry.subject_id, entry.details) == (
            "login.password", olivia.public_id, olivia.public_id, {"how": "change"},
        )  # fmt: skip

    def test_anonymous_is_sent_to_sign_in(self, client: Client) -> None:
        assert client.get(CHANGE)["Location"] == "/sign-in?next=/password"

    def test_ends_the_other_sessions_and_keeps_this_one(self, olivias: Client, olivia: Login) -> None:
        elsewhere = Client()
        elsewhere.force_login(olivia)
        key = olivias.session.session_key
        change(olivias)
        assert olivias.get(CHANGE).status_code == 200
        assert olivias.session.session_key != key
        assert elsewhere.get(CHANGE).status_code == 302

    @pytest.mark.parametrize(
        ("password", "words"),
        [
            ("short words", "too short"),
            ("olivia@demo.example", "too similar"),
            ("1qaz2wsx3edc", "too common"),
            ("987654321098", "too common"),
            ("Finance2026Novak!", "names that people here know"),
            (PASSWORD, "Choose another than the current one."),
        ],
    )
    def test_rules_for_passwords(self, olivias: Client, olivia: Login, password: str, words: str) -> None:
        response = change(olivias, password=password)
        assert response.status_code == 422
        assert words in response.content.decode()
        assert knows(olivia, PASSWORD)

    def test_no_password_is_cut_short(self, olivias: Client, olivia: Login) -> None:
        long = "violet otters " * 60
        change(olivias, password=long)
        assert knows(olivia, long)
        assert not knows(olivia, long[:-1])

    def test_bad_input(self, olivias: Client, olivia: Login) -> None:
        assert change(olivias, again="another").status_code == 422
        assert olivias.post(CHANGE, {}).status_code == 422
        assert "not your current password" in change(olivias, current="a wrong guess").content.decode()
        assert knows(olivia, PASSWORD)
        assert not Entry.objects.exists()

    def test_the_current_password_cannot_be_guessed(self, olivias: Client, olivia: Login) -> None:
        for _ in range(10):
            change(olivias, current="a wrong guess")
        assert "Too many attempts" in change(olivias).content.decode()
        assert knows(olivia, PASSWORD)


class TestForcedChange:
    @pytest.fixture(autouse=True)
    def must_change(self, olivia: Login) -> None:
        olivia.must_change_password = True
        olivia.save()

    def test_comes_before_everything_else(self, olivias: Client) -> None:
        for address in ("/", "/contacts", "/nowhere"):
            response = olivias.get(address)
            assert (response.status_code, response["Location"]) == (303, CHANGE)
        assert olivias.post("/contacts").status_code == 303
        assert "Before you go on" in olivias.get(CHANGE).content.decode()

    def test_one_may_leave(self, olivias: Client) -> None:
        assert olivias.post("/sign-out")["Location"] == "/sign-in"

    def test_is_over_when_done(self, olivias: Client, olivia: Login) -> None:
        change(olivias)
        olivia.refresh_from_db()
        assert not olivia.must_change_password
        assert olivias.get("/nowhere").status_code == 404


class TestForgotten:
    def test_works_and_is_recorded(self, client: Client, olivia: Login) -> None:
        assert client.post(RESET, {"email": "Olivia@demo.example"})["Location"] == "/password/reset/sent"
        assert OutboxMail.objects.get().to == "olivia@demo.example"
        link = mailed_link()
        assert "Choose a new password" in client.get(link).content.decode()
        assert choose(client, link)["Location"] == "/sign-in"
        assert knows(olivia, NEW)
        asked, done = Entry.objects.order_by("id")
        assert (asked.verb, asked.subject_id, asked.actor_id) == ("login.password_reset", olivia.public_id, "")
        assert asked.organisation_id == olivia.organisation_id
        assert (done.verb, done.subject_id, done.actor_id) == ("login.password", olivia.public_id, olivia.public_id)
        assert done.details == {"how": "reset"}
        assert link.rpartition("/")[2] not in done.path

    def test_known_or_not_the_answer_is_the_same(self, client: Client, olivia: Login) -> None:
        known, unknown = (
            client.post(RESET, {"email": address}) for address in ("olivia@demo.example", "nobody@demo.example")
        )
        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
        assert set(known.headers) == set(unknown.headers)
        assert OutboxMail.objects.count() == 1

    @pytest.mark.parametrize("kind", ["is_service", "is_sso", "disabled", "expired", "suspended", "not activated"])
    def test_who_gets_none(self, client: Client, olivia: Login, kind: str) -> None:
        match kind:
            case "disabled":
                olivia.enabled = False
            case "expired":
                olivia.expires_at = timezone.now()
            case "suspended":
                olivia.organisation.suspended_at = timezone.now()
                olivia.organisation.save()
            case "not activated":
                olivia.set_unusable_password()
            case _:
                setattr(olivia, kind, True)
        olivia.save()
        assert client.post(RESET, {"email": "olivia@demo.example"}).status_code == 303
        assert not OutboxMail.objects.exists()

    def test_every_login_of_the_address_gets_its_own(self, client: Client, olivia: Login, peter: Login) -> None:
        peter.email = "olivia@demo.example"
        peter.save()
        client.post(RESET, {"email": "olivia@demo.example"})
        bodies = OutboxMail.objects.order_by("id").values_list("body", flat=True)
        assert ["olivia@demo.example" in bodies[0], "peter.john@demo.example" in bodies[1]] == [True, True]

    def test_speaks_of_no_host_that_the_request_names(self, client: Client, olivia: Login, settings) -> None:
        settings.ALLOWED_HOSTS = ["evil.example"]
        client.post(RESET, {"email": "olivia@demo.example"}, headers={"Host": "evil.example"})
        assert "evil.example" not in OutboxMail.objects.get().body

    def test_an_address_is_not_flooded(self, client: Client, olivia: Login) -> None:
        for _ in range(6):
            assert client.post(RESET, {"email": "olivia@demo.example"}).status_code == 303
        assert OutboxMail.objects.count() == 3

    def test_bad_input(self, client: Client) -> None:
        assert client.post(RESET, {"email": "no address"}).status_code == 422
        assert client.put(RESET).status_code == 405

    def test_works_once(self, client: Client, olivia: Login) -> None:
        client.post(RESET, {"email": "olivia@demo.example"})
        link = mailed_link()
        choose(client, link)
        assert choose(client, link, "another seven otters").status_code == 404
        assert knows(olivia, NEW)

    def test_dies_after_an_hour(self, client: Client, olivia: Login) -> None:
        client.post(RESET, {"email": "olivia@demo.example"})
        link = mailed_link()
        with time_machine.travel(timezone.now() + timedelta(minutes=59)):
            assert client.get(link).status_code == 200
        with time_machine.travel(timezone.now() + timedelta(minutes=61)):
            assert choose(client, link).status_code == 404

    @pytest.mark.parametrize("death", ["sign-in", "password", "disabled", "mail address"])
    def test_dies_with(self, client: Client, olivia: Login, death: str) -> None:
        client.post(RESET, {"email": "olivia@demo.example"})
        link = mailed_link()
        match death:
            case "sign-in":
                Client().post("/sign-in", {"login": "olivia@demo.example", "password": PASSWORD})
            case "password":
                olivia.set_password("something else altogether")
            case "disabled":
                olivia.enabled = False
            case "mail address":
                olivia.email = "new@demo.example"
        if death != "sign-in":
            olivia.save()
        assert client.get(link).status_code == 404

    def test_opens_no_other_login(self, client: Client, olivia: Login, ada: Login) -> None:
        client.post(RESET, {"email": "olivia@demo.example"})
        other = mailed_link().replace(olivia.public_id, ada.public_id)
        assert choose(client, other).status_code == 404
        assert knows(ada, PASSWORD)

    @pytest.mark.parametrize("token", ["x", "0-0", "-", "zzzzzzzzzzzzzzzzzz-abc", "ß-ß", "%00"])
    def test_any_other_token_is_a_dead_link(self, client: Client, olivia: Login, token: str) -> None:
        assert client.get(f"/password/reset/key/{olivia.public_id}/{token}").status_code == 404
        assert client.get(f"/password/reset/key/lgn_nobody/{token}").status_code == 404

    def test_ends_a_lockout_and_all_sessions(self, client: Client, olivia: Login) -> None:
        signed_in = Client()
        signed_in.force_login(olivia)
        for _ in range(11):
            client.post("/sign-in", {"login": "olivia@demo.example", "password": "a wrong guess"})
        client.post(RESET, {"email": "olivia@demo.example"})
        choose(client, mailed_link())
        assert signed_in.get(CHANGE).status_code == 302
        assert client.post("/sign-in", {"login": "olivia@demo.example", "password": NEW}).status_code == 302

    def test_the_rules_for_passwords_hold(self, client: Client, olivia: Login) -> None:
        client.post(RESET, {"email": "olivia@demo.example"})
        assert choose(client, mailed_link(), "short").status_code == 422


class TestActivation:
    @pytest.fixture
    def invited(self, peter: Login) -> Login:
        peter.set_unusable_password()
        peter.save()
        return peter

    def test_works_once_and_is_recorded(self, client: Client, invited: Login, settings) -> None:
        link = activation_link(invited)
        assert link.startswith(settings.PUBLIC_URL + "/activate/")
        page = client.get(path_of(link)).content.decode()
        assert "Welcome, Peter John" in page
        assert choose(client, path_of(link))["Location"] == "/sign-in"
        assert knows(invited, NEW)
        entry = Entry.objects.get()
        assert (entry.verb, entry.subject_id, entry.details) == (
            "login.password", invited.public_id, {"how": "activation"},
        )  # fmt: skip
        assert choose(client, path_of(link), "another seven otters").status_code == 404
        assert client.post("/sign-in", {"login": invited.user_name, "password": NEW}).status_code == 302

    def test_lasts_48_hours(self, client: Client, invited: Login) -> None:
        link = path_of(activation_link(invited))
        with time_machine.travel(timezone.now() + timedelta(hours=47, minutes=59)):
            assert client.get(link).status_code == 200
        with time_machine.travel(timezone.now() + timedelta(hours=48, minutes=1)):
            assert client.get(link).status_code == 404

    def test_is_for_a_login_without_a_password(self, client: Client, olivia: Login) -> None:
        assert client.get(path_of(activation_link(olivia))).status_code == 404

    def test_is_no_reset_link(self, client: Client, invited: Login) -> None:
        token = activation_link(invited).rpartition("/")[2]
        invited.set_password(PASSWORD)
        invited.save()
        assert client.get(f"/password/reset/key/{invited.public_id}/{token}").status_code == 404

    @pytest.mark.parametrize("field", ["is_service", "is_sso"])
    def test_is_for_people_with_passwords(self, client: Client, invited: Login, field: str) -> None:
        setattr(invited, field, True)
        invited.save()
        assert client.get(path_of(activation_link(invited))).status_code == 404

    def test_looking_at_the_page_uses_nothing_up(self, client: Client, invited: Login) -> None:
        link = path_of(activation_link(invited))
        for _ in range(3):
            assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200

    def test_no_log_line_keeps_it(self, invited: Login) -> None:
        link = activation_link(invited)
        assert link.rpartition("/")[2] not in scrub(None, "info", f'"GET {link} HTTP/1.1" 200')
