"""Verifying the ledger from the console: one at a time, by the worker, with its outcome in words and on record."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Login
from audit import triggers
from audit.models import Entry, Verification
from audit.verbs import Verb
from tests import ledger
from tests.factories import LoginFactory
from tests.token_story import signed_in
from tokens.actions import verifying
from tokens.actions.verifying import ATTEMPTS, ask_verification, work_on_verification

pytestmark = pytest.mark.django_db
PAGE, VERIFY, PROGRESS = (f"/administrator/ledger{rest}" for rest in ("", "/verify", "/verification"))


def text(client: Client, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def outcome() -> Entry:
    return Entry.objects.get(verb=Verb.LEDGER_VERIFY)


def test_it_is_proved_in_words_and_on_record(ada: Login):
    ledger.sealed(120)
    console = signed_in(ada)
    assert "120 entries against their seals" in text(console, VERIFY)
    assert console.post(VERIFY)["Location"] == PAGE
    assert "Waiting for the background worker" in text(console)
    assert "HX-Refresh" not in console.get(PROGRESS)
    work_on_verification()
    assert "Proved: 120 entries are as they were sealed" in text(console)
    assert f"Asked for by {ada.label}" in text(console)
    assert console.get(PROGRESS)["HX-Refresh"] == "true"
    entry = outcome()
    assert (entry.result, entry.actor_id, entry.organisation_id) == ("ok", ada.public_id, ada.organisation_id)
    assert (entry.path, entry.details) == (VERIFY, {"outcome": "proved", "entries": 120})
    assert Verification.objects.get().actor == {}
    shown = text(console, f"/administrator/activity/{entry.pk}")
    assert all(words in shown for words in ("Ledger verified", "<dt>Outcome</dt>", "Proved"))
    assert work_on_verification() == ""


def test_the_first_bad_number_is_named_with_what_to_do(ada: Login):
    ledger.sealed(60)
    triggers.drop(connection, (triggers.ENTRY,))
    for number in (17, 40):
        Entry.objects.filter(subject_id=f"con_{number}").update(subject_label="Somebody else")
    triggers.create(connection, (triggers.ENTRY,))
    console = signed_in(ada)
    console.post(VERIFY)
    work_on_verification()
    shown = text(console)
    assert "Broken: the first number that is wrong is 17." in shown
    assert "was changed after it was sealed. What differs: subject_label" in shown
    assert "There is 1 more finding." in shown
    assert "Change nothing" in shown
    entry = outcome()
    assert (entry.result, entry.details["first_finding"], entry.details["sequence"]) == ("fail", "entry_changed", 17)


def test_one_at_a_time_in_the_whole_installation(ada: Login, olga: Login):
    ledger.sealed(3)
    console = signed_in(ada)
    console.post(VERIFY)
    for client in (console, signed_in(olga)):
        answer = client.post(VERIFY)
        assert answer.status_code == 409
        assert "is being verified already" in answer.content.decode()
    assert Verification.objects.count() == 1


def test_who_asked_is_not_told_to_another_organisation(ada: Login, olga: Login):
    ledger.sealed(3)
    signed_in(ada).post(VERIFY)
    work_on_verification()
    shown = text(signed_in(olga))
    assert "Proved: 3 entries" in shown
    assert "Asked for by Another organisation" in shown
    assert ada.label not in shown


def test_a_dead_workers_verification_is_another_ones_and_ends_after_a_few(ada: Login, monkeypatch):
    ledger.sealed(3)
    signed_in(ada).post(VERIFY)

    def die(**_options: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(verifying, "verify", die)
        for _turn in range(ATTEMPTS):
            with pytest.raises(MemoryError):
                work_on_verification()
            assert work_on_verification() == ""  # the dead one's lease
            Verification.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert work_on_verification() == "broken off several times"
    assert "was broken off several times" in text(signed_in(ada))
    assert (outcome().result, outcome().reason) == ("fail", "broken_off")


def test_whoever_lost_the_lease_writes_nothing(ada: Login, monkeypatch):
    ledger.sealed(3)
    signed_in(ada).post(VERIFY)
    real = verifying.verify

    def slow(**options: object) -> object:
        report = real(**options)  # type: ignore[arg-type]
        Verification.objects.update(attempts=2)
        return report

    monkeypatch.setattr(verifying, "verify", slow)
    assert work_on_verification().startswith("given up")
    assert not Entry.objects.filter(verb=Verb.LEDGER_VERIFY).exists()
    assert Verification.objects.get().is_open


def test_what_cannot_be_read_is_told(ada: Login, monkeypatch):
    ledger.sealed(3)
    signed_in(ada).post(VERIFY)

    def fail(**_options: object) -> None:
        raise OSError("no such file")

    monkeypatch.setattr(verifying, "verify", fail)
    work_on_verification()
    assert "could not be verified" in text(signed_in(ada))


def test_only_who_may_see_the_whole_log_may_ask(olivia: Login, vera: Login):
    narrow = LoginFactory(organisation=olivia.organisation)
    for login in (olivia, vera, narrow):
        for path in (VERIFY, PROGRESS):
            assert signed_in(login).get(path).status_code == 403
        assert signed_in(login).post(VERIFY).status_code == 403
    assert not Verification.objects.exists()


def test_the_rest_keeps_a_portion_to_half_of_the_time(ada: Login, monkeypatch):
    ledger.sealed(3)
    ask_verification(by=ledger.ADA)
    rests: list[float] = []
    monkeypatch.setattr(verifying.time, "sleep", rests.append)
    work_on_verification()
    assert rests
    assert all(0 < rest <= verifying.LONGEST_REST_SECONDS for rest in rests)
