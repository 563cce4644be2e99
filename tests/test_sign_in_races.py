"""Many at once: the counters count exactly, no guess slips past the lockout, a link is used once."""

from collections.abc import Iterator
from threading import Barrier

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from accounts import limits, links
from accounts.models import Attempts, Login
from audit.models import Entry
from tests.factories import PASSWORD
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 40


@pytest.fixture
def compared(monkeypatch) -> Iterator[list[str]]:
    """The passwords that were really compared."""
    seen: list[str] = []
    verify = MD5PasswordHasher.verify

    def spy(self: MD5PasswordHasher, password: str, encoded: str) -> bool:
        seen.append(password)
        return verify(self, password, encoded)

    monkeypatch.setattr(MD5PasswordHasher, "verify", spy)
    return seen


def guess(index: int) -> int:
    credentials = {"login": "olivia@demo.example", "password": f"guess number {index}"}
    return Client(REMOTE_ADDR=f"192.0.2.{index}").post("/sign-in", credentials).status_code


def test_every_hit_gets_its_own_number() -> None:
    counts = at_once(THREADS, lambda index: limits.hit("some:key", 3600))
    assert sorted(counts) == list(range(1, THREADS + 1))
    assert Attempts.objects.get().count == THREADS


def test_counting_by_reading_and_writing_would_lose_some() -> None:
    """The same with the protection removed."""
    everyone_has_read = Barrier(THREADS)
    limits.hit("some:key", 3600)

    def naive(index: int) -> int:
        row = Attempts.objects.get(key="some:key")
        everyone_has_read.wait(30)
        row.count += 1
        row.save()
        return row.count

    assert at_once(THREADS, naive) == [2] * THREADS


def test_parallel_guesses_never_check_more_than_the_limit(olivia: Login, compared: list[str]) -> None:
    assert at_once(THREADS, guess) == [422] * THREADS
    assert len(compared) == olivia.organisation.password_attempts_limit
    entries = Entry.objects.filter(verb="login.sign_in_fail")
    assert sorted(entries.values_list("reason", flat=True)) == ["bad_password"] * 10 + ["locked"]
    compared.clear()
    response = Client().post("/sign-in", {"login": "olivia@demo.example", "password": PASSWORD})
    assert (response.status_code, compared) == (422, [])


def test_guesses_would_slip_past_a_counter_that_is_read_first(olivia: Login, compared: list[str], monkeypatch) -> None:
    """The same with the protection removed: counted only after the password was looked at, as naive lockouts do."""
    everyone_has_read = Barrier(THREADS)

    def read(key: str, window_seconds: int) -> int:
        count = sum(Attempts.objects.filter(key=key).values_list("count", flat=True))
        if key.startswith("name:"):
            everyone_has_read.wait(30)
        return count + 1

    monkeypatch.setattr(limits, "hit", read)
    at_once(THREADS, guess)
    assert len(compared) == THREADS


def test_a_link_is_used_once(olivia: Login) -> None:
    address = links.RESET.address(olivia)
    path = "/" + address.split("/", 3)[3]

    def choose(index: int) -> int:
        password = f"seven violet otters {index}"
        return Client().post(path, {"password": password, "again": password}).status_code

    assert sorted(at_once(8, choose)) == [303] + [404] * 7
    assert Entry.objects.filter(verb="login.password").count() == 1


def test_eight_people_sign_in_at_once(organisation, olivia: Login) -> None:
    """Nobody meets a locked database; every session and every entry is there."""

    def enter(index: int) -> int:
        client = Client()
        client.post("/sign-in", {"login": "olivia@demo.example", "password": PASSWORD})
        return client.get("/password").status_code

    assert at_once(8, enter) == [200] * 8
    assert Entry.objects.filter(verb="login.sign_in").count() == 8
