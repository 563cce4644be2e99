"""Confirm it is you: asked for before what changes rights, when the sign-in is a while ago; on record either way."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.actions import sessions
from accounts.models import Login
from accounts.views.confirm import confirmed
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Result, Verb
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def ada_in(clock: time_machine.Traveller, ada: Login) -> Client:
    """Ada, signed in this moment by the form."""
    client = Client()
    client.post("/sign-in", {"login": ada.user_name, "password": PASSWORD})
    return client


def later(clock: time_machine.Traveller, client: Client, minutes: int) -> None:
    """The time goes by with a click now and then, so that the session does not stand idle."""
    for _click in range(minutes // 10):
        clock.shift(timedelta(minutes=10))
        client.get("/how-to-use")
    clock.shift(timedelta(minutes=minutes % 10))


def confirmations() -> list[tuple[str, str]]:
    return list(Entry.objects.filter(verb=Verb.LOGIN_CONFIRM).order_by("pk").values_list("result", "reason"))


def removing(login: Login) -> str:
    return f"/logins/{login.public_id}/roles/personal/remove"


def test_a_page_opens_for_half_an_hour(clock: time_machine.Traveller, ada_in: Client, olivia: Login) -> None:
    later(clock, ada_in, 30)
    assert ada_in.get(removing(olivia)).status_code == 200
    clock.shift(timedelta(seconds=1))
    answer = ada_in.get(removing(olivia) + "?back=contacts")
    asked = f"/confirm?next=%2Flogins%2F{olivia.public_id}%2Froles%2Fpersonal%2Fremove%3Fback%3Dcontacts"
    assert (answer.status_code, answer["Location"]) == (302, asked)
    fragment = ada_in.get(removing(olivia), headers={"HX-Request": "true"})
    assert fragment["HX-Redirect"].startswith("/confirm?next=")


def test_a_form_opened_in_time_is_taken(clock: time_machine.Traveller, ada_in: Client, olivia: Login) -> None:
    later(clock, ada_in, 60)
    assert ada_in.post(removing(olivia)).status_code == 303
    olivia.refresh_from_db()
    assert not olivia.has_personal_role


def test_a_form_that_comes_too_late_does_nothing_and_says_so(
    clock: time_machine.Traveller, ada_in: Client, olivia: Login
) -> None:
    later(clock, ada_in, 61)
    answer = ada_in.post(removing(olivia), headers={"Referer": "http://testserver/contacts?q=olivia"}, follow=True)
    assert answer.redirect_chain == [("/confirm?next=%2Fcontacts%3Fq%3Dolivia&undone=1", 303)]
    assert b"Nothing was done" in answer.content
    olivia.refresh_from_db()
    assert olivia.has_personal_role


@pytest.mark.parametrize("elsewhere", ["http://evil.example/x", "//evil.example", "javascript:alert(1)", ""])
def test_no_other_site_is_led_to(clock: time_machine.Traveller, ada_in: Client, olivia: Login, elsewhere: str) -> None:
    later(clock, ada_in, 61)
    answer = ada_in.post(removing(olivia), headers={"Referer": elsewhere})
    assert answer["Location"] == "/confirm?next=%2F&undone=1"
    assert ada_in.post("/confirm", {"password": PASSWORD, "next": elsewhere})["Location"] == "/"


def test_the_password_opens_it_again(clock: time_machine.Traveller, ada_in: Client, olivia: Login) -> None:
    later(clock, ada_in, 40)
    key = ada_in.session.session_key
    page = ada_in.get("/confirm", {"next": removing(olivia)})
    assert page.status_code == 200
    answer = ada_in.post("/confirm", {"password": PASSWORD, "next": removing(olivia)})
    assert (answer.status_code, answer["Location"]) == (303, removing(olivia))
    assert ada_in.get(removing(olivia)).status_code == 200
    assert confirmations() == [(Result.OK, "")]
    # Whoever knew the key before knows nothing now; the row of the session goes on with the new one.
    assert ada_in.session.session_key != key
    assert UserSession.objects.get().session_key == ada_in.session.session_key
    old = Client()
    old.cookies["session"] = key
    assert old.get("/").status_code == 302


def test_a_confirmation_lengthens_no_session(clock: time_machine.Traveller, ada_in: Client) -> None:
    ada_in.get("/")
    began = ada_in.session["began"]
    later(clock, ada_in, 40)
    ada_in.post("/confirm", {"password": PASSWORD})
    assert ada_in.session["began"] == began


def test_wrong_passwords_are_counted_and_on_record(
    clock: time_machine.Traveller, ada_in: Client, ada: Login, olivia: Login
) -> None:
    later(clock, ada_in, 40)
    limit = ada.organisation.password_attempts_limit
    for _attempt in range(limit):
        assert ada_in.post("/confirm", {"password": "not it"}).status_code == 422
    for _attempt in range(3):  # and then the right one is not looked at
        assert b"Too many attempts" in ada_in.post("/confirm", {"password": PASSWORD}).content
    assert ada_in.get(removing(olivia)).status_code == 302
    assert confirmations() == [(Result.FAIL, "bad_password")] * limit + [(Result.FAIL, "locked")]


def test_a_clock_set_back_confirms_nothing(clock: time_machine.Traveller, ada_in: Client, olivia: Login) -> None:
    session = ada_in.session
    session["confirmed"] = int(timezone.now().timestamp()) + 3600
    session.save()
    assert ada_in.get(removing(olivia)).status_code == 302


def test_a_changed_password_confirms_as_well(
    clock: time_machine.Traveller, ada_in: Client, ada: Login, olivia: Login
) -> None:
    later(clock, ada_in, 40)
    new = "seven violet otters at sea"
    assert ada_in.post("/password", {"current": PASSWORD, "password": new, "again": new}).status_code == 303
    assert ada_in.get(removing(olivia)).status_code == 200


def test_a_session_that_ends_in_this_moment_gets_no_new_key(ada_in: Client, ada: Login) -> None:
    ada_in.get("/")
    request = RequestFactory().post("/confirm", {"next": "/personal"})
    request.user = ada
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(ada_in.session.session_key)
    assert request.session["public_id"]  # read before it ends
    sessions.end_others(login=ada, keep="", by=Actor(label="", channel="worker"))
    assert confirmed(request, how="password")["Location"] == "/personal"
    assert not request.session.modified
    assert not Session.objects.exists()
    assert not UserSession.objects.exists()
    assert confirmations() == []
