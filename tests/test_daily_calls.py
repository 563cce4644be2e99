"""The counts of each day: true to the ledger, added up once, and pages that tell the truth without them."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Login
from audit.models import Entry
from audit.verbs import Verb
from tests.audit_entries import entry
from tests.factories import AccessTokenFactory
from tokens import daily
from tokens.actions.daily import KEPT, MARGIN, count_calls
from tokens.daily import Daily, calls_of_organisation, calls_of_token, calls_of_tokens
from tokens.models import ALL_TOKENS, AccessToken, CallsCounted, DailyCalls

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(olivia: Login) -> AccessToken:
    return AccessTokenFactory(owner=olivia, name="Board pack")


def calls(token: AccessToken, count: int, days_ago: float, **more: Any) -> None:
    for _number in range(count):
        entry(token.owner, Verb.TOKEN_AUTHENTICATE, token=token, days_ago=days_ago, **more)


def numbers(found: Daily) -> dict[int, tuple[int, int]]:
    """By days before today, where there were any."""
    today = found.days[-1].day
    return {(today - day.day).days: (day.ok, day.failed) for day in found.days if day.ok or day.failed}


@pytest.fixture
def history(token: AccessToken, robot: Login, olga: Login) -> dict[int, tuple[int, int]]:
    """Olivia's token and another of the organisation; a stranger's is not counted with them."""
    calls(token, 3, 2)
    calls(token, 1, 2, result="fail", reason="expired")
    calls(token, 2, 29)
    calls(token, 1, 0)
    calls(AccessTokenFactory(owner=robot), 4, 2)
    calls(AccessTokenFactory(owner=olga), 5, 2)
    entry(token.owner, Verb.REPORT_READ, token=token, days_ago=2)
    return {2: (3, 1), 29: (2, 0), 0: (1, 0)}


@pytest.mark.parametrize("counted", [False, True])
def test_pages_tell_the_same_before_and_after_counting(
    counted: bool, token: AccessToken, history: dict[int, tuple[int, int]]
) -> None:
    if counted:
        assert count_calls() == 3 + 1 + 2 + 4 + 5  # the newest is left to the next time
    organisation_id = token.owner.organisation_id
    assert numbers(calls_of_token(token, 30)) == history
    assert numbers(calls_of_organisation(organisation_id, 30)) == {**history, 2: (7, 1)}
    assert numbers(calls_of_tokens(organisation_id, AccessToken.objects.of_owner(token.owner), 30)) == history
    assert calls_of_token(token, 30).is_whole
    assert len(calls_of_token(token, 60).days) == 60


def test_counting_again_adds_only_what_is_new(token: AccessToken, history: Any) -> None:
    count_calls()
    before = sorted(DailyCalls.objects.values_list("day", "token_id", "ok", "failed"))
    assert count_calls() == 0
    assert sorted(DailyCalls.objects.values_list("day", "token_id", "ok", "failed")) == before
    # Ten minutes pass, and there is another call of the day that is counted in part already.
    CallsCounted.objects.update(until=timezone.now() - timedelta(hours=1))
    calls(token, 2, (MARGIN + timedelta(minutes=5)) / timedelta(days=1))
    assert count_calls() == 2
    assert sum(row.ok for row in DailyCalls.objects.filter(token_id=token.public_id)) == 3 + 2 + 2


def test_what_is_too_old_is_not_counted_and_forgotten(token: AccessToken) -> None:
    calls(token, 1, 100)
    calls(token, 1, 90)
    count_calls()
    assert DailyCalls.objects.filter(token_id=token.public_id).count() == 1
    DailyCalls.objects.update(day=(timezone.now() - KEPT - timedelta(days=1)).date())
    count_calls()
    assert not DailyCalls.objects.exists()


def test_a_day_begins_at_midnight_in_utc(token: AccessToken) -> None:
    midnight = datetime.combine((timezone.now() - timedelta(days=3)).astimezone(UTC).date(), datetime.min.time(), UTC)
    for at in (midnight, midnight - timedelta(milliseconds=1)):
        entry(token.owner, Verb.TOKEN_AUTHENTICATE, token=token, at=at)
    assert numbers(calls_of_token(token, 30)) == {3: (1, 0), 4: (1, 0)}
    count_calls()
    assert numbers(calls_of_token(token, 30)) == {3: (1, 0), 4: (1, 0)}


def test_a_page_says_what_it_could_not_count(token: AccessToken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "UNCOUNTED_MOST", 3)
    calls(token, 2, 5)
    calls(token, 3, 1)
    found = calls_of_token(token, 30)
    assert not found.is_whole
    assert numbers(found) == {1: (3, 0)}
    assert found.known_from == found.days[-5].day
    count_calls()
    assert calls_of_token(token, 30).is_whole
    assert numbers(calls_of_token(token, 30)) == {1: (3, 0), 5: (2, 0)}


@pytest.mark.django_db(transaction=True)
def test_two_workers_count_each_call_once(token: AccessToken) -> None:
    for days_ago in range(1, 20):
        calls(token, 2, days_ago)
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        try:
            count_calls()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    total = DailyCalls.objects.filter(token_id=ALL_TOKENS)
    assert sum(row.ok for row in total) == Entry.objects.filter(verb=Verb.TOKEN_AUTHENTICATE).count() == 38
    with transaction.atomic():
        assert count_calls() == 0
