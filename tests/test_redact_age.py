"""What is older than an organisation keeps loses its personal details, on record, and is proved all the same."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actions import forgetting
from accounts.models import Login, Organisation
from audit.actions import redacting
from audit.actions.sealing import seal
from audit.actor import Actor
from audit.models import Entry
from audit.triggers import PERSONAL
from audit.verbs import Verb
from audit.verification import verify
from tests.audit_entries import entry
from tests.test_roles_pages import signed_in
from tokens.views.organisation import LOG

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = Actor(label="", channel="worker")


def keep(organisation: Organisation, days: int | None) -> None:
    Organisation.objects.filter(pk=organisation.pk).update(log_days_kept=days)


def kept(rows: list[Entry]) -> list[bool]:
    keys = [row.pk for row in rows]
    found = Entry.objects.in_bulk(keys)
    return [any(getattr(found[key], name) is not None for name in PERSONAL) for key in keys]


def test_by_age_each_organisation_loses_what_it_does_not_keep(ada: Login, olga: Login) -> None:
    ages = (400, 367, 363, 1)
    mine = [entry(ada, Verb.SIGN_IN, days_ago=days) for days in ages]
    others = [entry(olga, Verb.SIGN_IN, days_ago=days) for days in ages]
    seal()
    assert forgetting.remove_due(by=WORKER) == 0  # kept for ever
    keep(ada.organisation, 365)
    assert forgetting.remove_due(by=WORKER) == 2
    assert (kept(mine), kept(others)) == ([False, False, True, True], [True] * 4)
    [said] = Entry.objects.filter(verb=Verb.LEDGER_REDACT)
    assert (said.organisation_id, said.subject_kind, said.details["entries"]) == (ada.organisation_id, "ledger", 2)
    assert said.subject_id == f"before {forgetting.cutoff(365):%Y-%m-%dT%H:%M:%S.%fZ}"
    assert forgetting.remove_due(by=WORKER) == 0
    seal()
    report = verify()
    assert (report.is_proved, report.redacted) == (True, 2), report.broken
    assert forgetting.remove_due(by=WORKER, now=timezone.now() + timedelta(days=3)) == 1
    assert Entry.objects.filter(verb=Verb.LEDGER_REDACT).count() == 2
    assert verify().is_proved


def test_a_record_of_age_covers_nothing_that_is_younger(ada: Login) -> None:
    rows = [entry(ada, Verb.SIGN_IN, days_ago=days) for days in (400, 363)]
    seal()
    keep(ada.organisation, 365)
    forgetting.remove_due(by=WORKER)
    redacting._redact([rows[1].pk])
    [finding] = verify().broken
    assert (finding.code, finding.more["entry"]) == ("personal_removed", rows[1].pk)


def test_old_entries_that_are_not_sealed_are_left_for_the_next_turn(ada: Login) -> None:
    rows = [entry(ada, Verb.SIGN_IN, days_ago=400)]
    keep(ada.organisation, 365)
    assert forgetting.remove_due(by=WORKER) == 0
    assert kept(rows) == [True]
    assert not Entry.objects.filter(verb=Verb.LEDGER_REDACT).exists()
    seal()
    assert forgetting.remove_due(by=WORKER) == 1


def test_an_interrupted_turn_goes_on_under_the_same_record(ada: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    at = timezone.now() - timedelta(days=400)
    rows = [entry(ada, Verb.SIGN_IN, at=at) for _ in range(5)]  # of one moment
    seal()
    keep(ada.organisation, 365)
    monkeypatch.setattr(redacting, "PORTION", 2)
    monkeypatch.setattr(forgetting, "SECONDS", 0.0)
    assert forgetting.remove_due(by=WORKER) == 0  # on record, and the time is over
    assert Entry.objects.filter(verb=Verb.LEDGER_REDACT).count() == 1
    monkeypatch.setattr(forgetting, "SECONDS", 5.0)
    assert forgetting.remove_due(by=WORKER) == 5
    assert kept(rows) == [False] * 5
    assert Entry.objects.filter(verb=Verb.LEDGER_REDACT).count() == 1


def test_the_records_of_removals_by_age_leave_no_records_for_ever(ada: Login) -> None:
    entry(ada, Verb.SIGN_IN, days_ago=400)
    seal()
    keep(ada.organisation, 182)
    assert forgetting.remove_due(by=WORKER) == 1
    seal()
    years = timezone.now() + timedelta(days=1000)
    assert forgetting.remove_due(by=WORKER, now=years) == 0
    assert Entry.objects.count() == 2


def test_the_page_says_how_many_entries_lose_what_and_then_does_it(ada: Login) -> None:
    old = [entry(ada, Verb.CONTACT_UPDATE, days_ago=days) for days in (800, 300)]
    seal()
    client = signed_in(ada)
    version = LOG.form(None, organisation=ada.organisation).newest
    asked = client.post(LOG.url, {"log_days_kept": "365", "version": version})
    assert "1 entry from before" in asked.content.decode()
    assert Organisation.objects.get(pk=ada.organisation_id).log_days_kept is None
    done = client.post(LOG.url, {"log_days_kept": "365", "version": version, "confirmed": "1"})
    assert done.status_code == 303
    assert "1 year" in client.get("/configuration/organisation").content.decode()
    wrong = client.post(LOG.url, {"log_days_kept": "7", "version": version, "confirmed": "1"})
    assert wrong.status_code == 422
    seal()
    forgetting.remove_due(by=WORKER)
    assert kept(old) == [False, True]
