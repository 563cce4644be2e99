"""The clock of the application's machine jumps: the database's decides, and nothing lasts longer for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Login
from tests.api_calls import call, make_valid, valid_token  # noqa: F401
from tests.factories import AccessTokenFactory
from tests.people import signed_in
from tokens.keys import ring
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]
JUMPS = (timedelta(days=400), timedelta(seconds=90), timedelta(seconds=-90), timedelta(days=-400))


def at(jump: timedelta) -> Any:
    """The application's clock after the jump; the database's goes on as it was."""
    return time_machine.travel(timezone.now() + jump)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_what_has_expired_stays_so(jump: timedelta, call: Call, olivia: Login) -> None:
    token, text = valid_token(olivia)
    AccessToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert call(text).status_code == 401
    with at(jump):
        assert call(text).json()["reason"] == "expired"
    assert call(text).json()["reason"] == "expired"


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_what_is_valid_stays_so(jump: timedelta, call: Call, olivia: Login) -> None:
    _token, text = valid_token(olivia)
    assert call(text).status_code == 200
    with at(jump):
        assert call(text).status_code == 200
    assert call(text).status_code == 200


@pytest.mark.parametrize("seconds", [90, -90])
def test_a_small_jump_does_not_touch_a_new_jwt(seconds: int, call: Call, olivia: Login) -> None:
    _token, text = valid_token(olivia)
    ring().verified.clear()
    with at(timedelta(seconds=seconds)):
        assert call(text).status_code == 200


def test_a_jwt_of_the_future_is_refused(call: Call, olivia: Login) -> None:
    """Issued while the clock was ahead: worth nothing once it is right, however long its row says."""
    token = AccessTokenFactory(owner=olivia)
    with at(timedelta(days=400)):
        text = make_valid(token, expires_at=timezone.now() + timedelta(days=30))
    ring().verified.clear()
    assert call(text).status_code == 401


def works(client: Client) -> bool:
    return client.get("/tokens").status_code == 200


@pytest.mark.parametrize(
    ("jump", "goes_on"),
    [(timedelta(seconds=90), True), (timedelta(seconds=-90), True), *((jump, False) for jump in (JUMPS[0], JUMPS[3]))],
    ids=str,
)
def test_no_session_lasts_longer_for_a_jump(jump: timedelta, goes_on: bool, olivia: Login) -> None:
    client = signed_in(olivia)
    assert works(client)
    with at(jump):
        assert works(client) is goes_on
    assert works(client) is goes_on  # what was ended does not come back with the clock
