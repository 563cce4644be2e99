"""The worker's lanes: none waits for another, a defect is one job's alone, and the heart tells when each went round."""

import itertools
import time
from collections import Counter
from collections.abc import Callable
from threading import Event, Timer

import pytest
from django.db import OperationalError

from accounts.models import Heartbeat
from config.worker import lanes, running
from config.worker.jobs import JOBS, Job
from config.worker.running import Worker
from config.worker.trouble import Trouble

pytestmark = pytest.mark.django_db(transaction=True)


def turns_beside_a_slow_job(lane: str) -> int:
    """How often a quick job of the lane runs while one in the lane "main" waits half a second for something."""
    turns: list[str] = []
    over = Event()

    def slow() -> None:
        over.wait(0.5)
        worker.stopping.set()

    worker = Worker((Job("slow", 60, slow), Job("quick", 0.01, lambda: turns.append("quick"), lane=lane)))
    worker.run()
    return len(turns)


def test_a_job_that_waits_holds_up_no_other_lane() -> None:
    assert turns_beside_a_slow_job("sealing") > 5


def test_within_one_lane_it_would() -> None:
    assert turns_beside_a_slow_job("main") <= 1


def test_a_mail_server_can_hold_up_mail_alone() -> None:
    lanes = {job.name: job.lane for job in JOBS}
    assert [name for name, lane in lanes.items() if lane == "mail"] == ["outbox"]
    assert lanes["imports"] == "main"


class Broken(BaseException):
    """What no lane survives."""


def test_a_job_with_a_defect_backs_off_alone(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job beside it in the lane and those of other lanes go on as if nothing were; mended, it works again."""
    turns: Counter[str] = Counter()
    failed_at: list[float] = []
    monkeypatch.setattr(lanes, "MOST_SECONDS_AFTER_DEFECT", 0.16)
    mended = Event()

    def fail() -> None:
        if mended.is_set():
            return worker.stopping.set()
        failed_at.append(time.monotonic())
        mended.set() if len(failed_at) == 6 else None
        raise ZeroDivisionError

    def fine(name: str) -> Job:
        return Job(name, 0.02, lambda: turns.update([name]), lane=name.partition(" ")[0])

    worker = Worker((Job("fails", 0.02, fail), fine("main too"), fine("sealing")))
    with caplog.at_level("INFO", logger="worker"):
        worker.run()
    waits = [after - before for before, after in itertools.pairwise(failed_at)]
    assert [wait >= least for wait, least in zip(waits, (0.04, 0.08, 0.16, 0.16, 0.16), strict=True)] == [True] * 5
    assert min(turns["main too"], turns["sealing"]) > len(failed_at)
    assert [(record.levelname, bool(record.exc_info)) for record in caplog.records] == [
        ("ERROR", True),
        ("INFO", False),
    ]
    assert "works again" in caplog.text
    assert not worker.lanes[0].troubles


def test_without_that_it_would_end_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(lane: lanes.Lane, job: Job, error: Exception) -> float:
        raise error

    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(lanes.Lane, "_failed", ends)
    with pytest.raises(ZeroDivisionError):
        Worker((Job("fails", 60, fail), Job("fine", 0.01, lambda: None, lane="sealing"))).run()


def test_the_heart_tells_of_a_defect() -> None:
    def fail() -> None:
        raise ZeroDivisionError("secret")

    [lane] = Worker((Job("fails", 60, fail),)).lanes
    assert not lane.run_once(Job("fails", 60, fail))
    assert lane.sign_of_life().trouble == "fails has a defect (ZeroDivisionError); the worker's log says where"


def test_a_lane_that_breaks_ends_the_others_and_is_raised() -> None:
    """A lane that died unnoticed would be worse than a worker that is started again."""
    turns: list[str] = []

    def fail() -> None:
        if len(turns) > 3:
            raise Broken

    jobs = (Job("fails", 0.01, fail), Job("fine", 0.01, lambda: turns.append("fine"), lane="sealing"))
    with pytest.raises(Broken):
        Worker(jobs).run()
    ended = len(turns)
    time.sleep(0.1)
    assert len(turns) == ended


@pytest.mark.parametrize(("defect", "status"), [(True, 1), (False, 0)])
def test_a_lane_that_does_not_end_is_left_where_it_is(
    monkeypatch: pytest.MonkeyPatch, defect: bool, status: int
) -> None:
    statuses: list[int] = []
    over = Event()
    monkeypatch.setattr(running, "GRACE_SECONDS", 0.1)
    monkeypatch.setattr(running.os, "_exit", lambda number: (statuses.append(number), over.set()))

    def fail() -> None:
        if defect:
            raise Broken
        worker.stopping.set()

    worker = Worker((Job("stuck", 60, lambda: over.wait(5) and None), Job("other", 60, fail, lane="sealing")))
    worker.owns_process = True
    stop = Timer(0.3, worker.stopping.set)
    stop.start()
    try:
        worker.run()
    except Broken:
        assert defect
    stop.join()
    assert statuses == [status]


def test_that_the_database_is_away_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    answers = iter([OperationalError("gone"), OperationalError("gone"), OperationalError("gone"), None])

    def run() -> None:
        if error := next(answers):
            raise error
        worker.stopping.set()

    worker = Worker((Job("test", 0.01, run),))
    with caplog.at_level("INFO", logger="worker"):
        worker.run()
    assert [record.getMessage() for record in caplog.records] == [
        "test: the database cannot be reached: gone",
        "test: the database is back",
    ]


def run_until(worker: Worker, condition: Callable[[], bool]) -> None:
    """Run the worker until the condition, looked at in a lane of its own, holds."""

    def look() -> None:
        if condition():
            worker.stopping.set()

    latest = Timer(5, worker.stopping.set)
    latest.start()
    worker.lanes += Worker((Job("look", 0.05, look, lane="look"),)).lanes
    worker.run()
    latest.cancel()
    assert condition()


def test_the_heart_tells_of_a_lane_that_does_not_go_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BEAT_SECONDS", 0.05)
    worker = Worker(
        (Job("waits", 60, lambda: worker.stopping.wait(5) and None), Job("fine", 0.01, int, lane="sealing"))
    )

    def is_told() -> bool:
        ages = {beat.lane: (beat.at - beat.went_round_at).total_seconds() for beat in Heartbeat.objects.all()}
        return ages.get("main", 0) > 0.3

    run_until(worker, is_told)
    beats = {beat.lane: beat for beat in Heartbeat.objects.filter(worker=worker.name)}
    assert beats["main"].job == "waits"
    assert beats["sealing"].job in {"", "fine"}
    assert (beats["sealing"].at - beats["sealing"].went_round_at).total_seconds() < 0.3


def test_a_lane_with_nothing_due_goes_round_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "ROUND_SECONDS", 0.05)
    worker = Worker((Job("seldom", 3600, int),))
    Timer(0.5, worker.stopping.set).start()
    worker.run()
    [lane] = worker.lanes
    assert time.monotonic() - lane.went_round_at < 0.4


def test_trouble_is_told_and_the_job_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(running, "BEAT_SECONDS", 0.05)
    well = Event()

    def run() -> None:
        if not well.is_set():
            raise Trouble("the ledger is not sealed: older than what was signed")

    def told() -> list[str]:
        return [beat.trouble for beat in Heartbeat.objects.filter(lane="sealing")]

    def is_over() -> bool:
        if told() == ["the ledger is not sealed: older than what was signed"]:
            well.set()
        return well.is_set() and told() == [""]

    with caplog.at_level("INFO", logger="worker"):
        run_until(Worker((Job("sealing", 0.01, run, lane="sealing"),)), is_over)
    assert [record.getMessage() for record in caplog.records] == [
        "sealing: the ledger is not sealed: older than what was signed",
        "sealing: works again",
    ]


def test_once_tells_by_its_status_that_a_job_is_in_trouble() -> None:
    def run() -> None:
        raise Trouble("the ledger is not sealed")

    assert not Worker((Job("sealing", 1, run), Job("fine", 1, int))).once()
