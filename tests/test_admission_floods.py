"""A flood of refusals: bounded in the ledger, and every one of it told by number, reason and address."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.db.models import F

from accounts import limits
from accounts.models import Attempts
from audit.models import Entry
from tests.api_calls import call, valid_token  # noqa: F401
from tests.people import signed_in
from tests.test_admission import CALL, PAST, change_token
from tokens import admission
from tokens.actions.floods import sum_up_floods
from tokens.admission import NotAdmitted, admit, floods
from tokens.api import authentication
from tokens.scopes import Scope

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few refusals make a flood, and no minute ends in the middle of it."""
    monkeypatch.setattr(floods, "RECORDED", 5)
    monkeypatch.setattr(floods, "SECONDS", 3600)


def refuse(text: str, times: int, address: str = CALL.address, scope: Scope = Scope.REPORT) -> None:
    call = type(CALL)(address, CALL.user_agent, CALL.request_id, CALL.method, CALL.path)
    for _each in range(times):
        with pytest.raises(NotAdmitted):
            admit(text.encode(), scope=scope, call=call)


def minutes_pass() -> None:
    for key in Attempts.objects.order_by("window_start").values_list("pk", flat=True):  # the oldest make room
        Attempts.objects.filter(pk=key).update(window_start=F("window_start") - timedelta(hours=2))


def summaries() -> list[Any]:
    return list(Entry.objects.filter(details__has_key="unrecorded").order_by("pk"))


def test_what_was_not_recorded_is_summed_up(olivia, one_minute):
    token, text = valid_token(olivia)
    refuse(text, 7, scope=Scope.TOKEN)
    change_token(revoked_at=PAST)(token)
    refuse(text, 4)
    refuse(text, 2, address="2001:db8::1")
    refuse(text, 1, address="2001:db8::2")
    refuse(text, 1, address="a socket")
    entries = Entry.objects.filter(result="fail")
    assert entries.count() == 6
    assert sum_up_floods() == 0  # the minute is not over
    minutes_pass()
    assert sum_up_floods() == 1
    (summary,) = summaries()
    details = summary.details
    assert details.pop("minute_at")
    assert details == {
        "summary": True,
        "unrecorded": 9,
        "reasons": ["revoked: 8", "scope_missing: 1"],
        "addresses": ["192.0.2.7: 5", "2001:db8::/64: 3", "1"],
    }
    assert (summary.verb, summary.result, summary.reason) == ("token.authenticate", "fail", "revoked")
    assert (summary.token_id, summary.token_name) == (token.public_id, token.name)
    assert (summary.organisation_id, summary.owner_id) == (olivia.organisation_id, olivia.public_id)
    assert (summary.actor_label, summary.channel) == ("Reports API", "worker")
    assert 6 + details["unrecorded"] == 15
    assert sum_up_floods() == 0
    assert not Attempts.objects.filter(key__startswith="more:").exists()


def test_each_token_and_each_minute_for_itself(olivia, one_minute):
    texts = [valid_token(olivia), valid_token(olivia)]
    for minute in range(2):
        for token, text in texts:
            change_token(revoked_at=PAST)(token)
            refuse(text, 8 + minute)
        minutes_pass()
    assert sum_up_floods() == 4
    assert sorted(entry.details["unrecorded"] for entry in summaries()) == [2, 2, 3, 3]


def test_without_a_flood_there_is_nothing_to_sum_up(olivia, one_minute):
    token, text = valid_token(olivia)
    change_token(revoked_at=PAST)(token)
    refuse(text, 6)
    minutes_pass()
    assert sum_up_floods() == 0


def test_no_flood_fills_the_counters(olivia, one_minute, monkeypatch):
    monkeypatch.setattr(floods, "ADDRESSES_COUNTED", 10)
    token, text = valid_token(olivia)
    change_token(revoked_at=PAST)(token)
    refuse(text, 6)
    for number in range(30):
        refuse(text, 1, address=f"192.0.2.{number}")
    assert Attempts.objects.filter(key__startswith="more:").count() == 10
    minutes_pass()
    assert sum_up_floods() == 1
    assert summaries()[0].details["unrecorded"] == 30


def test_a_summary_that_is_not_recorded_is_not_lost(olivia, one_minute, monkeypatch):
    token, text = valid_token(olivia)
    change_token(revoked_at=PAST)(token)
    refuse(text, 9)
    minutes_pass()
    with monkeypatch.context() as patch:
        patch.setattr("tokens.actions.floods.told", lambda counted: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sum_up_floods()
    assert summaries() == []
    assert sum_up_floods() == 1
    assert summaries()[0].details["unrecorded"] == 3


def test_a_use_that_cannot_be_marked_is_a_use_all_the_same(olivia, monkeypatch):
    """The call is on record: it is answered, and the next one marks it."""
    token, text = valid_token(olivia)
    run = admission.run

    def run_but_touch(statement: str, *parameters: Any) -> Any:
        if statement.lstrip().startswith("UPDATE"):
            raise OperationalError("no answer")
        return run(statement, *parameters)

    with monkeypatch.context() as patch:
        patch.setattr(admission, "run", run_but_touch)
        assert admit(text.encode(), scope=Scope.REPORT, call=CALL).token_id == token.public_id
    token.refresh_from_db()
    assert token.first_used_at is None
    assert list(Entry.objects.values_list("result", flat=True)) == ["ok"]
    admit(text.encode(), scope=Scope.REPORT, call=CALL)
    token.refresh_from_db()
    assert token.first_used_at is not None


def test_the_log_tells_how_many(olivia, one_minute):
    token, text = valid_token(olivia)
    change_token(revoked_at=PAST)(token)
    refuse(text, 7)
    minutes_pass()
    sum_up_floods()
    page = signed_in(olivia).get(f"/tokens/{token.public_id}/logs")
    assert "1 further one in one minute, most often: Token revoked" in page.content.decode()


def test_a_flood_of_strings_leaves_no_entry_and_hardly_asks_the_database(olivia, call, monkeypatch):
    """Beyond its limit an address is answered from memory for a second; a valid token passes all the same."""
    monkeypatch.setattr(authentication, "FAILURES_LIMIT", 3)
    asked = []
    hit = limits.hit
    monkeypatch.setattr(limits, "hit", lambda key, seconds: asked.append(key) or hit(key, seconds))
    _token, text = valid_token(olivia)
    with time_machine.travel(0, tick=False):  # no window ends meanwhile
        answers = [call("x").status_code for _each in range(50)]
    assert answers == [401] * 3 + [429] * 47
    assert len(asked) == 4
    assert Entry.objects.count() == 0
    assert call(text).status_code == 200
