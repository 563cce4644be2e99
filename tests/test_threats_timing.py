"""No stopwatch tells which names and mail addresses there are: the product's own hash, many answers of each kind."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.actions import passwords
from accounts.models import Attempts, Login, OutboxMail
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long, pytest.mark.alone]
ROUNDS = 300  # each takes a tenth of a second and more
WITHIN = 0.10


def seconds_of(deed: Callable[[], Any]) -> float:
    Attempts.objects.all().delete()  # no kind is ever locked
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def medians(deeds: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Of the kinds in turn, so that whatever else the machine does falls on all."""
    for deed in deeds.values():
        deed()
    times: dict[str, list[float]] = {name: [] for name in deeds}
    for _ in range(rounds):
        for name, deed in deeds.items():
            times[name].append(seconds_of(deed))
    return {name: statistics.median(measured) for name, measured in times.items()}


def spread(found: dict[str, float]) -> float:
    return max(found.values()) / min(found.values()) - 1


@pytest.fixture
def people(olivia: Login, peter: Login, settings: Any) -> None:
    """One who may sign in and one who is disabled, their passwords hashed as the product does."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    for login in (olivia, peter):
        login.set_password(PASSWORD)
        login.enabled = login == olivia
        login.save()


def guess(user_name: str, password: str = "not the right one") -> Callable[[], Any]:
    return lambda: Client().post("/sign-in", {"login": user_name, "password": password})


GUESSES = {
    "known": guess("olivia@demo.example"),
    "unknown": guess("nobody@demo.example"),
    "disabled": guess("peter.john@demo.example"),
    "disabled, right password": guess("peter.john@demo.example", PASSWORD),
}


def test_signing_in(people: None) -> None:
    found = medians(GUESSES, ROUNDS)
    assert spread(found) < WITHIN, found


def test_signing_in_without_a_hash_for_unknown_names(people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with the protection removed."""
    monkeypatch.setattr(
        "accounts.backends.has_password",
        lambda login, password: login.check_password(password) if login else False,
    )
    found = medians({name: GUESSES[name] for name in ("known", "unknown")}, 10)
    assert spread(found) > WITHIN, found


def ask(address: str) -> Callable[[], Any]:
    def deed() -> None:
        OutboxMail.objects.all().delete()
        Client().post("/password/reset", {"email": address})

    return deed


@pytest.fixture
def asked(people: None, ada: Login, vera: Login) -> dict[str, Callable[[], Any]]:
    """Of somebody, of nobody, and of an address that three logins have."""
    Login.objects.filter(pk__in=[ada.pk, vera.pk]).update(email="team@demo.example")
    Login.objects.filter(user_name="peter.john@demo.example").update(email="team@demo.example", enabled=True)
    addresses = {"known": "olivia@demo.example", "unknown": "nobody@demo.example", "three": "team@demo.example"}
    return {name: ask(address) for name, address in addresses.items()}


def test_asking_for_a_reset(asked: dict[str, Callable[[], Any]]) -> None:
    found = medians(asked, 100)
    assert spread(found) < WITHIN, found


def test_asking_without_a_time_for_all(asked: dict[str, Callable[[], Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with the protection removed."""
    monkeypatch.setattr(passwords, "ANSWER_SECONDS", 0.0)
    found = medians(asked, 30)
    assert spread(found) > WITHIN, found
