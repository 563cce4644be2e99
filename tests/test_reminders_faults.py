"""Reminders and daily mails are written once, however many workers there are and wherever they die."""

import datetime as dt
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.urls import clear_url_caches, get_resolver
from django.utils import timezone

from accounts.models import Login, OutboxMail
from audit.models import Entry
from audit.verbs import Verb
from tests.cast import person
from tests.factories import LoginFactory
from tests.servers import ROOT, python, served_environment
from tests.test_reminders import ending
from tests.threads import at_once
from tokens.actions import daily_mail, reminding
from tokens.actions.daily_mail import write_due
from tokens.actions.reminding import remind_owners
from tokens.models import DailyMail, Reminder

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

OWNERS = 6


class Killed(BaseException):
    """The worker dies here, as by SIGKILL: nothing after it runs."""


@pytest.fixture
def owners(organisation: Any) -> list[Login]:
    """Each with two tokens that end in six days."""
    logins = [LoginFactory(organisation=organisation, has_personal_role=True) for _number in range(OWNERS)]
    for login in logins:
        ending(login, 6, name="First")
        ending(login, 6, name="Second")
    return logins


@pytest.fixture
def administrators(organisation: Any, monkeypatch: pytest.MonkeyPatch) -> list[Login]:
    """They were there yesterday, and their morning begins with the day."""
    monkeypatch.setattr(daily_mail, "AT", dt.time(0))
    people = [
        person(organisation, "A", str(number), f"a{number}@demo.example", user_type="owner") for number in range(4)
    ]
    Login.objects.update(created_at=timezone.now() - timedelta(days=2))
    return people


def mails_by_reader() -> set[int]:
    """How many mails the readers have: one number, if they have equally many."""
    return {*Counter(OutboxMail.objects.values_list("to", flat=True)).values()}


def reminded() -> tuple[int, int, int]:
    """Mails, rows and entries."""
    entries = Entry.objects.filter(verb=Verb.TOKEN_REMIND)
    return OutboxMail.objects.count(), Reminder.objects.count(), entries.count()


def test_several_workers_remind_once(owners: list[Login]) -> None:
    at_once(3, lambda _worker: remind_owners())
    assert reminded() == (OWNERS, 2 * OWNERS, 2 * OWNERS)
    assert mails_by_reader() == {1}


def test_without_the_row_they_would_remind_again(owners: list[Login], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminding, "_note", lambda *args: None)
    at_once(3, lambda _worker: remind_owners())
    assert OutboxMail.objects.count() > OWNERS


def test_two_that_do_not_wait_for_each_other_cannot_both_write(
    owners: list[Login], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the database refuses although nobody holds the owner and both have looked already."""
    [token, *_others] = reminding.to_tell().order_by("pk")
    remind_owners()
    monkeypatch.setattr(reminding, "to_tell", lambda *args: type(token).objects.filter(pk=token.pk))
    with pytest.raises(IntegrityError):
        remind_owners()
    assert reminded() == (OWNERS, 2 * OWNERS, 2 * OWNERS)


@pytest.mark.parametrize("place", ["record_token", "tell_ending", "nearest"])
def test_killed_anywhere_between(place: str, owners: list[Login], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the third owner: the two before are told, of the third nothing is left, and the next worker goes on."""
    goes_on, calls = getattr(reminding, place), Counter[str]()

    def dies(*args: Any, **kwargs: Any) -> Any:
        calls[place] += 1
        if calls[place] == {"tell_ending": 3}.get(place, 6):  # the others are asked for each token
            raise Killed
        return goes_on(*args, **kwargs)

    monkeypatch.setattr(reminding, place, dies)
    with pytest.raises(Killed):
        remind_owners()
    assert reminded() == (2, 4, 4)
    assert remind_owners()
    assert reminded() == (OWNERS, 2 * OWNERS, 2 * OWNERS)
    assert mails_by_reader() == {1}


def test_several_workers_write_one_daily_mail(administrators: list[Login]) -> None:
    at_once(3, lambda _worker: write_due())
    assert OutboxMail.objects.count() == DailyMail.objects.count() == len(administrators)
    assert mails_by_reader() == {1}


def test_without_the_row_they_would_write_several(administrators: list[Login], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(DailyMail.objects), "get_or_create", lambda self, **values: (None, True))
    at_once(3, lambda _worker: write_due())
    assert OutboxMail.objects.count() > len(administrators)


def test_killed_between_the_row_and_the_daily_mail(
    administrators: list[Login], monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = daily_mail.tell_day

    def dies(reader: Login, *args: Any) -> None:
        goes_on(reader, *args)
        if reader.pk == administrators[2].pk:
            raise Killed

    monkeypatch.setattr(daily_mail, "tell_day", dies)
    with pytest.raises(Killed):
        write_due()
    assert OutboxMail.objects.count() == DailyMail.objects.count() == 2
    monkeypatch.setattr(daily_mail, "tell_day", goes_on)
    assert write_due() == "2 written"
    assert mails_by_reader() == {1}


@pytest.mark.parametrize(
    ("module", "mail", "job"), [(reminding, "tell_ending", remind_owners), (daily_mail, "tell_day", write_due)]
)
def test_the_url_map_is_read_before_anything_is_held(
    module: Any, mail: str, job: Callable[[], str], owners: list[Login], administrators: list[Login],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A worker that never read it would hold SQLite's only writer for as long as that takes."""
    known: list[bool] = []
    monkeypatch.setattr(module, mail, lambda *args, **kwargs: known.append(get_resolver()._populated))
    clear_url_caches()
    assert not get_resolver()._populated
    job()
    assert all(known)
    assert known


@pytest.mark.long
def test_real_workers_killed_again_and_again(organisation: Any, tmp_path: Any) -> None:
    """Two at a time, each killed somewhere; the last may end. Each owner has one mail, each token one entry."""
    owners = [LoginFactory(organisation=organisation, has_personal_role=True) for _number in range(80)]
    for login in owners:
        ending(login, 6)
    script = "from django import setup; setup(); from tokens.actions.reminding import remind_owners; remind_owners()"
    environment = {**os.environ, **served_environment()}
    at_random = random.Random(5)  # noqa: S311  # no secret

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([python, "-c", script], cwd=ROOT, env=environment)

    partly = 0
    for _round in range(3):
        before = OutboxMail.objects.count()
        workers = [start(), start()]
        deadline = time.monotonic() + 30
        while OutboxMail.objects.count() == before and time.monotonic() < deadline:
            if all(worker.poll() is not None for worker in workers):
                break
            time.sleep(0.005)
        time.sleep(at_random.random() * 0.05)
        for worker in workers:
            worker.kill()
            worker.wait()
        partly += before < OutboxMail.objects.count() < len(owners)
    last = start()
    assert last.wait(120) == 0
    assert partly, "no worker was killed at work"
    assert reminded() == (len(owners), len(owners), len(owners))
    assert mails_by_reader() == {1}
