"""/readyz and /metrics: what is late behind the requests is told to insiders; requests go on without a worker."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import F
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts.actions import working
from accounts.models import Heartbeat, OutboxMail
from audit import triggers
from audit.actions import sealing
from audit.models import Checkpoint, Entry, Head, Leaf, PendingSeal
from config import vitals
from config.worker.jobs import JOBS
from config.worker.running import Worker
from tests.api_calls import call, valid_token  # noqa: F401
from tests.audit_entries import entry
from tests.test_outbox import queued
from tests.test_worker_leases import seconds_pass

pytestmark = pytest.mark.django_db(transaction=True)

LANES = list(dict.fromkeys(job.lane for job in JOBS))
METRICS_TOKEN = "metrics token of the tests"
STRANGER = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(autouse=True)
def ledger_of_this_test(settings: Any, tmp_path: Any) -> None:
    settings.LEDGER_DIR, settings.METRICS_TOKEN = tmp_path / "ledger", ""


def all_lanes_live() -> None:
    working.beat("worker", [working.LaneSign(lane, 0.0) for lane in LANES])


def warnings(client: Any) -> list[str]:
    answer = client.get("/readyz")
    assert answer.status_code == 200  # requests do not need the worker
    found: list[str] = answer.json()["warnings"]
    return found


def samples(client: Any, **more: Any) -> dict[str, float]:
    """Every sample by its name and labels, as Prometheus reads the text."""
    answer = client.get("/metrics", **more)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.content.decode())
    return {
        " ".join([sample.name.removeprefix("token_console_"), *filter(None, sample.labels.values())]): sample.value
        for family in families
        for sample in family.samples
    }


def entries_age(seconds: float) -> None:
    """The times of entries move, past the guard that refuses it."""
    triggers.drop(connection)
    Entry.objects.update(at=F("at") - timedelta(seconds=seconds))
    triggers.create(connection)


def test_all_is_well(client) -> None:
    all_lanes_live()
    assert client.get("/readyz").json() == {
        "status": "ok", "pending_migrations": [], "missing_guards": [], "warnings": [],
    }  # fmt: skip


def test_a_console_without_a_worker_says_so(client) -> None:
    assert warnings(client) == [f"worker: nothing was ever heard of the lane {lane}" for lane in LANES]


def test_a_lane_that_stopped_going_round_is_warned_of_after_a_minute(client) -> None:
    all_lanes_live()
    seconds_pass(55)
    assert warnings(client) == []
    working.beat("other", [working.LaneSign(lane, 0.0) for lane in LANES if lane != "main"])
    working.beat("worker", [working.LaneSign("main", 61.0, job="imports")])
    [warning] = warnings(client)
    assert warning == "worker: the lane main last went round 61 s ago, at imports"


def test_of_two_workers_the_living_one_counts(client) -> None:
    all_lanes_live()
    seconds_pass(4000)
    working.beat("other", [working.LaneSign(lane, 0.0) for lane in LANES])
    assert warnings(client) == []
    assert samples(client)["workers"] == 1


def test_a_dead_worker_whose_clock_was_ahead_does_not_count(client) -> None:
    all_lanes_live()
    seconds_pass(-400 * 24 * 3600)
    assert len(warnings(client)) == len(LANES)
    assert samples(client)["workers"] == 0
    working.forget_old()
    assert not Heartbeat.objects.exists()


def test_trouble_is_shown_while_the_worker_that_has_it_lives(client) -> None:
    all_lanes_live()
    working.beat("worker", [working.LaneSign("sealing", 0.0, trouble="the ledger is not sealed: older than signed")])
    assert warnings(client) == ["worker: the ledger is not sealed: older than signed"]
    assert samples(client)["worker_troubles sealing"] == 1
    seconds_pass(vitals.HEARD_OF_LATELY.total_seconds() + 1)
    assert not [warning for warning in warnings(client) if "signed" in warning]


def test_a_halted_seal_reaches_readyz_from_the_worker_itself(client, olivia, settings) -> None:
    worker = Worker(tuple(job for job in JOBS if job.name == "sealing"))
    all_lanes_live()
    entry(olivia, "token.create")
    assert worker.once()
    (settings.LEDGER_DIR / "newest").write_text("no checkpoint")
    assert not worker.once()
    worker.beat()
    [warning] = warnings(client)
    assert "no checkpoint of this ledger" in warning


def test_a_worker_dead_for_an_hour(client, call, olivia) -> None:
    """Requests go on, the lag is shown, and the next worker catches up with all of it."""
    all_lanes_live()
    sealing.seal()
    _token, text = valid_token(olivia)
    for _each in range(5):
        assert call(text).status_code == 200
    queued(count=2)
    written = Entry.objects.count()
    entries_age(3600)
    seconds_pass(3600)
    OutboxMail.objects.update(created_at=F("created_at") - timedelta(hours=1))
    assert call(text).status_code == 200
    told = warnings(client)
    assert len(told) == len(LANES) + 1
    assert f"{written + 1 - Leaf.objects.count()} entries wait for their seal, the oldest for 360" in told[-1]
    found = samples(client)
    assert found["oldest_unsealed_seconds"] >= 3600
    assert found["outbox_oldest_seconds"] >= 3600
    assert found["worker_round_seconds sealing"] >= 3600
    assert found["workers"] == 0
    assert found["entries_total"] == Entry.objects.count()

    sealing.seal()
    all_lanes_live()
    assert warnings(client) == []
    assert Leaf.objects.count() == Entry.objects.count() == written + 1
    assert not PendingSeal.objects.exists()


def test_what_the_metrics_tell(client, call, olivia) -> None:
    _token, text = valid_token(olivia)
    call(text)
    call(text[:-2] + ("AA" if text[-2:] != "AA" else "BB"))
    sealing.seal()
    unsealed = entry(olivia, "token.create")
    sent, _waiting, given_up = queued(count=3)
    OutboxMail.objects.filter(pk=sent.pk).update(sent_at=timezone.now())
    OutboxMail.objects.filter(pk=given_up.pk).update(given_up_at=timezone.now())
    all_lanes_live()
    working.take("held", "worker", 60)
    working.take("done", "worker", 60)
    working.release("done", "worker")
    found = samples(client)
    assert PendingSeal.objects.get().entry_id == unsealed.pk
    assert found["database_up"] == 1
    assert (found["entries_total"], found["entries_unsealed"]) == (Entry.objects.count(), 1)
    assert found["entries_sealed"] == found["checkpoint_entries"] == Head.objects.get().size
    assert found["checkpoint_timestamp_seconds"] == pytest.approx(Checkpoint.objects.latest("id").at.timestamp(), abs=1)
    assert (found["outbox_mails waiting"], found["outbox_mails given up"]) == (1, 1)
    assert found["calls_last_minute ok"] == 1
    assert {name for name in found if name.startswith("worker_round_seconds")} == {
        f"worker_round_seconds {lane}" for lane in LANES
    }
    assert found["job_lease held worker"] == 1
    assert "job_lease done worker" not in found
    assert 0 <= found["job_ran_seconds done"] < 30


def test_the_metrics_cost_no_more_with_more_entries(client, olivia, django_assert_max_num_queries) -> None:
    for _each in range(20):
        entry(olivia, "token.create")
    with django_assert_max_num_queries(12):
        samples(client)


def test_nothing_of_it_is_told_to_strangers(client, settings) -> None:
    assert client.get("/readyz", **STRANGER).json() == {"status": "ok"}
    assert client.get("/metrics", **STRANGER).status_code == 403
    settings.METRICS_TOKEN = METRICS_TOKEN
    for given in ("", "Bearer ", "Bearer wrong", f"Basic {METRICS_TOKEN}", METRICS_TOKEN):
        answer = client.get("/metrics", HTTP_AUTHORIZATION=given, **STRANGER)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="metrics"')
        assert b"token_console" not in answer.content
        assert client.get("/readyz", HTTP_AUTHORIZATION=given, **STRANGER).json() == {"status": "ok"}


def test_the_token_opens_both(client, settings) -> None:
    settings.METRICS_TOKEN = METRICS_TOKEN
    more = {"HTTP_AUTHORIZATION": f"Bearer {METRICS_TOKEN}", **STRANGER}
    assert samples(client, **more)["database_up"] == 1
    assert "warnings" in client.get("/readyz", **more).json()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"])
def test_a_proxy_on_this_machine_is_not_this_machine(client, header) -> None:
    for value in ("203.0.113.9", "127.0.0.1"):
        assert client.get("/metrics", headers={header: value}).status_code == 403
        assert client.get("/readyz", headers={header: value}).json() == {"status": "ok"}


def test_they_are_asked_by_number(client) -> None:
    for path in ("/readyz", "/metrics"):
        assert client.get(path, headers={"Host": "10.0.0.7:8000"}).status_code == 200


def test_a_database_that_is_away_is_told_as_everywhere(client, monkeypatch) -> None:
    def gone() -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(vitals, "ledger", gone)
    for path in ("/readyz", "/metrics"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer["Retry-After"].isdigit()


def test_heartbeats_are_few(client) -> None:
    """A worker's row is written over, not added to."""
    for _each in range(3):
        all_lanes_live()
    assert Heartbeat.objects.count() == len(LANES)
