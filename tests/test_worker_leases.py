"""Leases: of any number of workers one runs a job that is alone, none runs it again too soon, and the dead let go."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models import F

from accounts.actions import working
from accounts.models import Heartbeat, Lease
from config.worker.jobs import JOBS, Job
from config.worker.lanes import Lane
from config.worker.running import Worker
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = 3600.0


def seconds_pass(seconds: float) -> None:
    """The rows' times move, the clock stays."""
    by = timedelta(seconds=seconds)
    Lease.objects.update(until=F("until") - by, ran_at=F("ran_at") - by)
    Heartbeat.objects.update(at=F("at") - by, went_round_at=F("went_round_at") - by)


def lane_of(job: Job, worker: str) -> Lane:
    return Lane("main", (job,), worker)


def test_of_many_workers_one_takes_the_turn() -> None:
    for name in ("first", "second", "third"):
        assert sum(at_once(4, lambda number, name=name: working.take(name, f"worker {number}", HOUR))) == 1
        Lease.objects.update(holder="", until=None)  # the row is there now: the other way to take it
        assert sum(at_once(4, lambda number, name=name: working.take(name, f"worker {number}", HOUR))) == 1


def overlaps(job_is_alone: bool) -> int:
    """How many of four workers run a job at the same time."""
    together = threading.Barrier(4)
    met: list[bool] = []

    def run() -> None:
        try:
            together.wait(0.5)
        except threading.BrokenBarrierError:
            return
        met.append(True)

    job = Job("test", HOUR, run, alone=job_is_alone)
    at_once(4, lambda number: lane_of(job, f"worker {number}").run_once(job))
    return len(met)


def test_a_job_that_is_alone_never_runs_twice_at_a_time() -> None:
    assert overlaps(job_is_alone=True) == 0


def test_without_the_lease_it_would() -> None:
    assert overlaps(job_is_alone=False) == 4


def test_a_job_that_ran_elsewhere_is_not_run_again_before_its_time() -> None:
    runs: list[str] = []
    job = Job("test", HOUR, lambda: runs.append("run"), alone=True)
    first, second = lane_of(job, "first"), lane_of(job, "second")
    assert first._in_turn(job) == HOUR
    assert second._in_turn(job) == 30  # asked for again soon, in case the first dies
    assert len(runs) == 1
    seconds_pass(HOUR)
    assert second._in_turn(job) == HOUR
    assert first._in_turn(job) == 30
    assert len(runs) == 2


def test_a_dead_workers_lease_runs_out() -> None:
    assert working.take("test", "dead", HOUR)
    assert not working.take("test", "living", HOUR)
    seconds_pass(working.LEASE.total_seconds() - 5)
    assert not working.take("test", "living", HOUR)
    seconds_pass(6)
    assert working.take("test", "living", HOUR)
    working.release("test", "dead")  # it was not dead after all: the turn is not its any more
    working.renew("dead", ["test"])
    assert Lease.objects.get().holder == "living"
    assert Lease.objects.get().ran_at is None


def test_a_clock_that_was_a_year_ahead_stops_no_job() -> None:
    """What was written by the wrong clock is in the future now: held by a worker that died then, or done then."""
    for leave in (lambda: None, lambda: working.release("test", "dead")):
        assert working.take("test", "dead", HOUR)
        leave()
        seconds_pass(-400 * 24 * HOUR)
        assert working.take("test", "living", HOUR)
        Lease.objects.all().delete()


def test_a_living_worker_keeps_the_lease_of_a_long_job() -> None:
    job = Job("test", HOUR, lambda: None, alone=True)
    worker = Worker((job,))
    assert working.take("test", worker.name, HOUR)
    [lane] = worker.lanes
    for at_work, is_kept in ((job, True), (None, False)):
        lane.at_work = at_work
        seconds_pass(working.LEASE.total_seconds() - 5)
        worker.beat()
        seconds_pass(6)
        assert working.take("test", "other", HOUR) is not is_kept


def test_a_job_that_the_database_broke_off_is_taken_again_at_once() -> None:
    answers = iter([OperationalError("gone"), None])

    def run() -> None:
        if error := next(answers):
            raise error

    job = Job("test", HOUR, run, alone=True)
    lane = lane_of(job, "worker")
    lane._in_turn(job)
    assert not lane.reached
    assert not working.take("test", "other", HOUR)
    assert lane._in_turn(job) == HOUR
    assert lane.reached
    assert Lease.objects.get().ran_at


def test_once_runs_what_ran_a_moment_ago_but_not_what_another_is_at() -> None:
    runs: list[str] = []
    worker = Worker((Job("test", HOUR, lambda: runs.append("run"), alone=True),))
    assert worker.once()
    assert worker.once()
    assert len(runs) == 2
    working.take("test", "other", 0)
    assert worker.once()
    assert len(runs) == 2


def test_the_forgotten_are_old_and_the_others_stay() -> None:
    working.beat("old", [working.LaneSign("main", 0)])
    working.take("gone", "old", HOUR)
    working.release("gone", "old")
    seconds_pass(working.LEASES_KEPT.total_seconds() + 1)
    working.beat("new", [working.LaneSign("main", 0)])
    working.take("here", "new", HOUR)
    assert working.forget_old() == 2
    assert list(Heartbeat.objects.values_list("worker", flat=True)) == ["new"]
    assert list(Lease.objects.values_list("name", flat=True)) == ["here"]


def test_what_claims_for_itself_needs_no_lease_and_all_else_has_one() -> None:
    assert {job.name for job in JOBS if not job.alone} <= {"outbox", "imports", "sealing", "verification"}
