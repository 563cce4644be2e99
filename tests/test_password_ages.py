"""Passwords with an end: the forced choice, refused programs, the mails before, and what administrators see."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions.password_reminders import remind_of_passwords
from accounts.actions.program_sign_in import verify_password
from accounts.exceptions import BadCredentials
from accounts.models import Login, Organisation, OutboxMail
from audit.actor import Actor
from audit.grids.moments import day_text
from audit.models import Entry
from audit.verbs import Verb
from tests.factories import PASSWORD
from tests.test_organisation_page import fresh, typed
from tests.test_roles_pages import signed_in
from tests.test_sign_in_passwords import change
from tests.threads import at_once
from tokens.views.organisation import PASSWORDS

pytestmark = pytest.mark.django_db
PROGRAM = Actor(label="", channel="api", address="192.0.2.9")


def limited(login: Login, *, days: int = 90, age: float = 0.0, **columns: Any) -> Login:
    """The organisation's passwords last so long, and this one is so many days old."""
    Organisation.objects.filter(pk=login.organisation_id).update(password_days_limit=days, **columns)
    Login.objects.filter(pk=login.pk).update(password_changed_at=timezone.now() - timedelta(days=age))
    return Login.objects.select_related("organisation", "contact").get(pk=login.pk)


class TestTooOld:
    def test_the_next_page_asks_for_a_new_one(self, olivia: Login) -> None:
        client = signed_in(olivia)
        assert client.get("/contacts").status_code != 303
        limited(olivia, age=91)
        answer = client.get("/contacts")
        assert (answer.status_code, answer["Location"]) == (303, "/password")
        assert "Your password is older than 90 days." in client.get("/password").content.decode()
        assert change(client).status_code == 303
        assert client.get("/contacts").status_code != 303

    def test_the_same_again_is_no_new_one(self, olivia: Login) -> None:
        limited(olivia, age=91)
        assert change(signed_in(olivia), password=PASSWORD).status_code == 422

    def test_signing_in_leads_there(self, client: Client, olivia: Login) -> None:
        limited(olivia, age=91)
        client.post("/sign-in", {"login": olivia.user_name, "password": PASSWORD})
        assert client.get("/")["Location"] == "/password"

    def test_the_limit_is_exact(self, olivia: Login) -> None:
        assert not limited(olivia, age=89.99).must_choose_password
        assert limited(olivia, age=90.01).must_choose_password

    def test_one_without_a_date_counts_from_the_login(self, olivia: Login) -> None:
        limited(olivia)
        Login.objects.filter(pk=olivia.pk).update(
            password_changed_at=None, created_at=timezone.now() - timedelta(days=91)
        )
        assert Login.objects.select_related("organisation").get(pk=olivia.pk).must_choose_password

    def test_programs_are_refused_and_the_reason_is_on_record(self, olivia: Login) -> None:
        limited(olivia, age=89)
        assert verify_password(user_name=olivia.user_name, password=PASSWORD, by=PROGRAM) == olivia
        limited(olivia, age=91)
        with pytest.raises(BadCredentials):
            verify_password(user_name=olivia.user_name, password=PASSWORD, by=PROGRAM)
        assert Entry.objects.get(verb=Verb.SIGN_IN_FAIL).reason == "change_due"

    @pytest.mark.parametrize("kind", ["is_sso", "is_service", "no password"])
    def test_who_has_no_password_has_no_old_one(self, olivia: Login, kind: str) -> None:
        login = limited(olivia, age=91)
        if kind == "no password":
            login.set_unusable_password()
        else:
            setattr(login, kind, True)
        assert not login.must_choose_password


def test_the_personal_page_says_when_it_ends(olivia: Login) -> None:
    assert "to be changed by" not in signed_in(olivia).get("/personal").content.decode()
    end = limited(olivia, age=30).password_ends_at
    assert end
    assert f"to be changed by {day_text(end)}" in signed_in(olivia).get("/personal").content.decode()


class TestReminders:
    def test_a_life_of_them(self, olivia: Login) -> None:
        told = {}
        for days in (60, 75, 75.9, 76.1, 76.2, 80, 82.9, 83.1, 88.9, 89.1, 89.9, 90.1, 100):
            age = Login.objects.get(pk=olivia.pk).password_changed_at
            passed = timezone.now() - timedelta(days=days)
            reminded = Login.objects.get(pk=olivia.pk).password_reminded_at
            limited(olivia, age=days)
            if reminded and age:  # the rows' times move, the clock stays
                Login.objects.filter(pk=olivia.pk).update(password_reminded_at=reminded - (age - passed))
            if remind_of_passwords():
                told[days] = OutboxMail.objects.count()
        assert told == {76.1: 1, 83.1: 2, 89.1: 3}

    def test_who_comes_late_tells_once(self, olivia: Login) -> None:
        limited(olivia, age=89.5)
        assert remind_of_passwords() == "1 people"
        assert remind_of_passwords() == ""
        entry = Entry.objects.get()
        assert (entry.verb, entry.subject_id, entry.channel) == (Verb.LOGIN_PASSWORD_REMIND, olivia.public_id, "worker")
        assert entry.details["to"] == olivia.email

    def test_in_the_persons_language_and_time_zone(self, olivia: Login) -> None:
        limited(olivia, age=89.5)
        Login.objects.filter(pk=olivia.pk).update(time_zone="Asia/Tokyo")
        remind_of_passwords()
        [mail] = OutboxMail.objects.all()
        assert mail.to == olivia.email
        assert "Hello Olivia," in mail.body
        assert "(Asia/Tokyo)" in mail.body
        assert "/password\n" in mail.body

    @pytest.mark.parametrize(
        ("columns", "of_organisation"),
        [
            ({"enabled": False}, False),
            ({"expires_at": timezone.now()}, False),
            ({"is_sso": True}, False),
            ({"is_service": True}, False),
            ({"email": ""}, False),
            ({"email": "no address"}, False),
            ({"password": "!"}, False),
            ({"password_reminders": False}, True),
            ({"password_days_limit": None}, True),
            ({"suspended_at": timezone.now()}, True),
        ],
    )
    def test_who_is_not_told(self, olivia: Login, columns: dict[str, Any], of_organisation: bool) -> None:
        limited(olivia, age=89.5)
        (Organisation if of_organisation else Login).objects.update(**columns)
        assert remind_of_passwords() == ""
        assert not OutboxMail.objects.exists()

    def test_a_new_password_begins_anew(self, olivia: Login) -> None:
        login = limited(olivia, age=89.5)
        remind_of_passwords()
        client = signed_in(login)
        change(client)
        assert remind_of_passwords() == ""
        Login.objects.filter(pk=olivia.pk).update(
            password_changed_at=timezone.now() - timedelta(days=77),
            password_reminded_at=timezone.now() - timedelta(days=77.5),
        )
        assert remind_of_passwords() == "1 people"


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_once(olivia: Login) -> None:
    limited(olivia, age=89.5)
    assert sorted(at_once(4, lambda _index: remind_of_passwords())) == ["", "", "", "1 people"]
    assert OutboxMail.objects.count() == Entry.objects.filter(verb=Verb.LOGIN_PASSWORD_REMIND).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_crash_leaves_neither_mail_nor_note(olivia: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts.actions import password_reminders

    def crash(**values: Any) -> None:
        raise RuntimeError

    limited(olivia, age=89.5)
    with monkeypatch.context() as patched:
        patched.setattr(password_reminders, "record", crash)
        with pytest.raises(RuntimeError):
            remind_of_passwords()
    assert not OutboxMail.objects.exists()
    assert remind_of_passwords() == "1 people"


class TestTheCard:
    def test_whom_it_concerns_is_told_before(self, ada: Login, olivia: Login, vera: Login, olga: Login) -> None:
        client, day = signed_in(ada), timezone.now()
        Login.objects.filter(pk__in=[olivia.pk, vera.pk, olga.pk]).update(password_changed_at=day - timedelta(days=91))
        Login.objects.filter(pk=vera.pk).update(is_sso=True)
        data = typed(ada.organisation, PASSWORDS, password_days_limit=90)
        text = " ".join(client.post(PASSWORDS.url, data).content.decode().split())
        assert "1 password is older." in text
        assert olivia.user_name in text
        assert vera.user_name not in text
        assert olga.user_name not in text
        assert fresh(ada.organisation).password_days_limit is None
        assert client.post(PASSWORDS.url, {**data, "confirmed": "1"}).status_code == 303
        assert fresh(ada.organisation).password_days_limit == 90
        data = typed(fresh(ada.organisation), PASSWORDS, password_days_limit=60)
        assert client.post(PASSWORDS.url, data).status_code == 303, "whom it concerned is told once"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"password_length_minimum": 11}, {"password_length_minimum": 65}, {"password_classes_minimum": 5},
            {"password_classes_minimum": 0}, {"password_days_limit": 29},
        ],
        ids=str,
    )  # fmt: skip
    def test_what_cannot_be(self, ada: Login, wrong: dict[str, int]) -> None:
        data = typed(ada.organisation, PASSWORDS, **wrong)
        assert signed_in(ada).post(PASSWORDS.url, {**data, "confirmed": "1"}).status_code == 422
        assert fresh(ada.organisation).password_days_limit is None

    def test_who_may_not(self, olivia: Login, client: Client) -> None:
        assert signed_in(olivia).get(PASSWORDS.url).status_code == 403
        assert client.get(PASSWORDS.url).status_code == 302
