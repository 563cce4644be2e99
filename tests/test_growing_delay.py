"""Who goes on guessing waits longer: a quarter of an hour at first, then until the day is over."""

from contextlib import suppress
from datetime import UTC, datetime

import time_machine
from django.test import Client

from accounts.actions.factor_checks import check_code
from accounts.actions.factors import reset_factors
from accounts.actions.sign_in_ways import reactivate
from accounts.blocks import OF_THE_DAY, blocked_logins, blocked_until, name_key
from accounts.exceptions import Refused
from accounts.models import Attempts, Login
from tests.second_factors import code_of, give_app
from tests.test_sign_in import REFUSED, WRONG, is_signed_in, refusals, sign_in
from tests.token_story import actor as actor_for


def test_who_goes_on_waits_longer(client: Client, olivia: Login, ada: Login) -> None:
    """A hundred wrong ones in a day, of which ten in each quarter of an hour were looked at."""
    names = ("olivia@demo.example", "nobody@demo.example")
    with time_machine.travel("2026-11-21 00:01:00Z", tick=False) as clock:
        for quarter in range(10):
            for name in names:
                others = Client(REMOTE_ADDR=f"192.0.2.{quarter}")
                answers = [sign_in(others, name, WRONG).content.decode() for _ in range(11)]
                assert [REFUSED in answer for answer in answers] == [True] * 10 + [False]
            clock.shift(15 * 60)
        locked = [sign_in(Client(), name).content.decode() for name in names]
        assert all("Try again in 22 hours" in answer for answer in locked)
        assert blocked_until([olivia]) == {olivia.pk: datetime(2026, 11, 22, tzinfo=UTC)}
        assert blocked_logins(olivia.organisation) == blocked_until([olivia])
        assert [reason for _id, reason in refusals()].count("locked") == 11
        clock.shift(12 * 3600)
        assert "Try again in 10 hours" in sign_in(client, names[0]).content.decode()
        reactivate(login=olivia, by=actor_for(ada))
        assert blocked_logins(olivia.organisation) == {}
        sign_in(client, names[0])
        assert is_signed_in(client)


def test_the_next_day_is_another(client: Client, olivia: Login) -> None:
    Attempts.objects.create(
        key=OF_THE_DAY + name_key(olivia), window_start=datetime(2026, 11, 21, tzinfo=UTC), count=100
    )
    with time_machine.travel("2026-11-21 23:59:30Z", tick=False) as clock:
        assert "Try again in 1 minute." in sign_in(client, "olivia@demo.example").content.decode()
        clock.shift(31)
        sign_in(client, "olivia@demo.example")
        assert is_signed_in(client)


def test_codes_are_counted_by_the_day_too(olivia: Login) -> None:
    with time_machine.travel("2026-11-21 00:01:00Z", tick=False) as clock:
        looked_at = 0
        for _quarter in range(14):
            for _ in range(12):
                try:
                    check_code(login=olivia, code="123456")
                except Refused as refusal:
                    looked_at += refusal.code != "locked"
            clock.shift(15 * 60)
    assert looked_at == 100


def test_a_new_second_factor_starts_anew(olivia: Login, ada: Login) -> None:
    """Whoever guessed at the old one keeps nobody out of the next."""
    give_app(olivia)
    for _ in range(12):
        with suppress(Refused):
            check_code(login=olivia, code="123456")
    reset_factors(login=olivia, by=actor_for(ada))
    assert check_code(login=olivia, code=code_of(give_app(olivia))) == "totp"


def test_a_right_one_forgets_the_day(client: Client, olivia: Login) -> None:
    with time_machine.travel("2026-11-21 00:01:00Z", tick=False) as clock:
        for _quarter in range(12):
            for _ in range(9):
                sign_in(client, "olivia@demo.example", WRONG)
            sign_in(client, "olivia@demo.example")
            assert is_signed_in(client)
            client.post("/sign-out")
            clock.shift(15 * 60)
