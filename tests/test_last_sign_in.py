"""People see when they came last, from where and with what, and whether somebody tried their name since."""

from typing import Any

import pytest
from django.test import Client

from accounts.last_sign_in import last_sign_in
from accounts.models import Login
from tests.factories import PASSWORD
from tests.test_sessions import CHROME, signed_in

pytestmark = pytest.mark.django_db


def try_in_vain(login: Login, address: str, **more: Any) -> None:
    answer = Client(REMOTE_ADDR=address).post("/sign-in", {"login": login.user_name, "password": "not it"}, **more)
    assert answer.status_code == 422


def session_of(client: Client) -> str:
    return str(client.session["public_id"])


def test_the_visit_before_this_one(olivia: Login) -> None:
    first = last_sign_in(olivia, session_of(signed_in(olivia, CHROME, "192.0.2.7")))
    assert (first.at, first.refused) == (None, 0)
    page = signed_in(olivia, CHROME, "192.0.2.8").get("/personal").content.decode()
    assert "from 192.0.2.7, before this one" in page
    assert "Password · Chrome" in page


def test_attempts_refused_since_then(olivia: Login, ada: Login) -> None:
    try_in_vain(olivia, "198.51.100.1")  # before the visit before: told then
    signed_in(olivia)
    try_in_vain(olivia, "198.51.100.2")
    try_in_vain(olivia, "198.51.100.3")
    try_in_vain(ada, "198.51.100.4")
    client = signed_in(olivia)
    told = "2 attempts with your user name were refused since then, the last from 198.51.100.3."
    assert told in client.get("/personal").content.decode()
    assert told in client.get("/").content.decode()


def test_attempts_from_elsewhere_are_told_right_after_signing_in(olivia: Login) -> None:
    signed_in(olivia)
    try_in_vain(olivia, "198.51.100.2")
    Login.objects.update(language="en", time_zone="Europe/Istanbul")
    client = Client(REMOTE_ADDR="192.0.2.7", HTTP_ACCEPT_LANGUAGE="de")
    credentials = {"login": olivia.user_name, "password": PASSWORD}
    page = client.post("/sign-in?next=/personal", credentials, follow=True).content.decode()
    assert "somebody tried your user name in vain" in page
    assert "from 198.51.100.2" in page


def test_ones_own_slip_is_no_warning(olivia: Login) -> None:
    signed_in(olivia)
    try_in_vain(olivia, "192.0.2.7")
    client = Client(REMOTE_ADDR="192.0.2.7")
    credentials = {"login": olivia.user_name, "password": PASSWORD}
    page = client.post("/sign-in?next=/personal", credentials, follow=True).content.decode()
    assert "in vain" not in page
    assert "1 attempt with your user name was refused since then, from 192.0.2.7." in page
