"""Whoever is signed in and asks for what is not theirs leaves a line in the log: who, what, from where."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Login

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level("INFO", "config.access")
    return lambda: [record.msg for record in caplog.records if record.name == "config.access"]


def signed_in(login: Login) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.7")
    client.force_login(login)
    return client


def test_a_page_that_is_not_allowed(olivia: Login, lines: Any) -> None:
    answer = signed_in(olivia).get("/configuration/organisation")
    assert answer.status_code == 403
    (line,) = lines()
    told = {
        "event": "page refused",
        "reason": "not_allowed",
        "level": "warning",
        "login": olivia.public_id,
        "method": "GET",
    }
    told |= {"path": "/configuration/organisation", "address": "192.0.2.7", "missing": "organisation:manage"}
    assert line.items() >= told.items()
    assert line["request_id"] == answer["X-Request-ID"]


def test_things_of_another_organisation(olga: Login, olivia: Login, lines: Any) -> None:
    path = f"/logins/{olivia.public_id}/edit"
    assert signed_in(olga).post(path).status_code == 404
    (line,) = lines()
    assert (line["reason"], line["login"], line["path"]) == ("not_there", olga.public_id, path)


def test_an_address_that_is_nowhere_is_no_attempt(olivia: Login, lines: Any) -> None:
    assert signed_in(olivia).get("/favicon.ico").status_code == 404
    assert signed_in(olivia).get("/personal").status_code == 200
    assert Client().get("/configuration/organisation").status_code == 302
    assert lines() == []
