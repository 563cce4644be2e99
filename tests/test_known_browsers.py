"""Guesses from elsewhere keep nobody out of the browser in which they signed in before, and guess no more for it."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.blocks import blocked_logins, blocked_until
from accounts.known_browsers import COOKIE
from accounts.models import Attempts, Login
from audit.models import Entry
from tests.factories import PASSWORD
from tests.test_sign_in import WRONG, is_signed_in, sign_in
from tests.test_sign_in_passwords import NEW, change
from tests.test_sign_in_races import compared  # noqa: F401
from tests.threads import at_once

pytestmark = pytest.mark.django_db
OLIVIA = "olivia@demo.example"
LIMIT = 10


@pytest.fixture
def known(olivia: Login) -> Client:
    """Her browser, signed out."""
    client = Client(REMOTE_ADDR="192.0.2.20")
    sign_in(client, OLIVIA)
    client.post("/sign-out")
    return client


def besieged(name: str = OLIVIA) -> Client:
    """Somebody elsewhere guesses until the name is blocked."""
    stranger = Client(REMOTE_ADDR="198.51.100.66")
    for _ in range(LIMIT + 1):
        answer = sign_in(stranger, name, WRONG)
    assert "Too many attempts" in answer.content.decode()
    return stranger


def test_its_owner_comes_in_while_strangers_are_locked_out(known: Client) -> None:
    stranger = besieged()
    assert sign_in(known, OLIVIA).status_code == 302
    assert is_signed_in(known)
    assert "Too many attempts" in sign_in(stranger, OLIVIA).content.decode(), "her sign-in gives no further guesses"
    assert not is_signed_in(stranger)


def test_without_the_cookie_nobody_does(known: Client) -> None:
    besieged()
    del known.cookies[COOKIE]
    assert "Too many attempts" in sign_in(known, OLIVIA).content.decode()


def test_it_has_a_limit_of_its_own(known: Client) -> None:
    for _ in range(LIMIT):
        sign_in(known, OLIVIA, WRONG)
    assert "Too many attempts" in sign_in(known, OLIVIA).content.decode()
    elsewhere = Client(REMOTE_ADDR="192.0.2.21")
    assert sign_in(elsewhere, OLIVIA).status_code == 302
    reasons = list(Entry.objects.filter(verb="login.sign_in_fail").values_list("reason", flat=True))
    assert reasons == ["bad_password"] * LIMIT + ["locked"]


def test_the_cookie_says_and_gives_nothing(known: Client, olivia: Login) -> None:
    cookie = known.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert cookie["max-age"] == 30 * 24 * 3600
    assert olivia.public_id not in cookie.value
    assert olivia.password not in cookie.value
    assert not is_signed_in(known)


@pytest.mark.parametrize("what", ["forged", "of another login", "too old", "of an earlier password"])
def test_what_is_no_mark_of_hers(known: Client, olivia: Login, peter: Login, what: str) -> None:
    value = known.cookies[COOKIE].value
    match what:
        case "forged":
            known.cookies[COOKIE] = value.replace(value[0], "0" if value[0] != "0" else "1", 1)
        case "of another login":
            other = Client()
            sign_in(other, peter.user_name)
            known.cookies[COOKIE] = other.cookies[COOKIE].value
        case "of an earlier password":
            olivia.set_password(NEW)
            olivia.save()
    besieged()
    later = timedelta(days=31) if what == "too old" else timedelta(0)
    with time_machine.travel(timezone.now() + later):
        if later:
            besieged()
        answer = sign_in(known, OLIVIA, NEW if what == "of an earlier password" else PASSWORD)
    assert "Too many attempts" in answer.content.decode()


def test_a_new_password_renews_it_here(known: Client, olivia: Login) -> None:
    sign_in(known, OLIVIA)
    change(known)
    known.post("/sign-out")
    besieged()
    assert sign_in(known, OLIVIA, NEW).status_code == 302


def test_people_who_share_a_browser_keep_theirs(known: Client, peter: Login) -> None:
    sign_in(known, peter.user_name)
    known.post("/sign-out")
    besieged()
    besieged(peter.user_name)
    assert sign_in(known, OLIVIA).status_code == 302
    known.post("/sign-out")
    assert sign_in(known, peter.user_name).status_code == 302


def test_re_activation_forgets_both_counts(known: Client, ada: Login, olivia: Login) -> None:
    for _ in range(LIMIT + 1):
        sign_in(known, OLIVIA, WRONG)
    assert {*blocked_until([olivia])} == {*blocked_logins(olivia.organisation)} == {olivia.pk}, "there alone, and shown"
    besieged()
    client = Client()
    client.force_login(ada)
    assert client.post(f"/logins/{olivia.public_id}/reactivate").status_code == 303
    assert not Attempts.objects.filter(key__regex="^(name|known):", count__gte=LIMIT).exists()
    assert not blocked_logins(olivia.organisation)
    assert sign_in(known, OLIVIA).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_are_never_more_than_twice_the_limit(olivia: Login, compared: list[str]) -> None:
    """Forty from elsewhere and forty in browsers that know the login."""
    client = Client()
    sign_in(client, OLIVIA)
    mark = client.cookies[COOKIE].value
    compared.clear()

    def guess(index: int) -> int:
        guesser = Client(REMOTE_ADDR=f"192.0.2.{index}")
        if index % 2:
            guesser.cookies[COOKIE] = mark
        return sign_in(guesser, OLIVIA, f"guess number {index}").status_code

    assert at_once(80, guess) == [422] * 80
    assert len(compared) == 2 * LIMIT
