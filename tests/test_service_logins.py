"""A service login never signs in, whatever password it may have; its token opens the API all the same."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import Login, Organisation
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import valid_token
from tests.factories import PASSWORD
from tests.oauth_calls import basic, bearer, in_body, post

pytestmark = pytest.mark.django_db(transaction=True)


def get(address: str, jwt: str) -> Any:
    return Client().get(address, **bearer(jwt))


def test_its_token_works_though_it_never_signed_in(robot: Login) -> None:
    assert robot.last_login is None
    token, jwt = valid_token(robot, name="Nightly import")
    assert get("/api/meta", jwt).status_code == 200
    response = get("/api/data/TokenInventory", jwt)
    assert [row["Token Name"] for row in json.loads(b"".join(response))] == ["Nightly import"]
    assert {*Entry.objects.values_list("owner_id", "token_id", "result")} == {(robot.public_id, token.public_id, "ok")}
    robot.refresh_from_db()
    assert robot.last_login is None


def test_its_token_outlives_the_people_who_made_it(robot: Login, ada: Login) -> None:
    _token, jwt = valid_token(robot)
    Login.objects.filter(pk=ada.pk).update(enabled=False)
    assert get("/api/meta", jwt).status_code == 200
    Login.objects.filter(pk=robot.pk).update(enabled=False)
    refused = get("/api/meta", jwt)
    assert (refused.status_code, refused.json()["reason"]) == (401, "login_disabled")


def test_a_password_opens_nothing(robot: Login) -> None:
    Organisation.objects.update(basic_allowed=True)
    robot.set_password(PASSWORD)
    robot.save()
    device = {"username": robot.user_name, "password": PASSWORD, "device": "Phone"}
    grant = {"grant_type": "client_credentials", **in_body(robot)}
    answers = [
        post("/oauth/token", grant),
        post("/apiops/auth/token", grant),
        Client().post("/api/mobile/login", device, content_type="application/json"),
        Client().get("/api/meta", **basic(robot)),
    ]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert {*Entry.objects.values_list("verb", "reason")} == {(Verb.SIGN_IN_FAIL, "service")}
