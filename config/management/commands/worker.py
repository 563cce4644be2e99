"""Runs the jobs that no request waits for, each in its turn, until it is told to stop."""

import logging
import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connections

from accounts import limits
from accounts.actions import import_work, imports, outbox, sessions
from tokens.actions import daily, mobile, pending, sweeping

log = logging.getLogger("worker")

GRACE_SECONDS = 0.5
"""What runs when the signal to stop comes may go on so long; then it is broken off, as a crash would."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something done again and again. ``run`` returns what there is to tell of it, or something false.

    Any number of workers may run on any number of machines: a job itself makes sure that nothing is done twice.
    """

    name: str
    every: float  # seconds from the end of one run to the start of the next
    run: Callable[[], object]


JOBS = (
    Job("outbox", 2.0, outbox.deliver_due),
    Job("imports", 1.0, import_work.work_on_imports),
    Job("pending", 60.0, pending.forget_old_pending),
    Job("client_credentials", 3600.0, sweeping.forget_ended_client_credentials),
    Job("mobile sessions", 3600.0, mobile.forget_ended),
    Job("console sessions", 300.0, sessions.end_overdue),
    Job("daily calls", 300.0, daily.count_calls),
    Job("counters", 3600.0, limits.forget_old),
    Job("old imports", 3600.0, imports.forget_old_imports),
)


class Worker:
    """Runs each job when it is due. A database that cannot be reached makes it wait, not end."""

    def __init__(self, jobs: tuple[Job, ...]) -> None:
        self.due = dict.fromkeys(jobs, 0.0)
        self.stopping = Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            for job in [job for job, at in self.due.items() if at <= time.monotonic()]:
                if self.stopping.is_set():
                    break
                self.run_once(job)
                self.due[job] = time.monotonic() + job.every
            self.stopping.wait(max(0.0, min(self.due.values()) - time.monotonic()))

    def run_once(self, job: Job) -> bool:
        """Run one job now; False when the database could not be reached. Any other error ends the worker."""
        try:
            outcome = job.run()
        except (OperationalError, InterfaceError) as error:
            log.warning("%s: the database cannot be reached: %s", job.name, error)
            connections.close_all()
            return False
        if outcome:
            log.info("%s: %s", job.name, outcome)
        return True

    def listen(self) -> None:
        """Stop on SIGTERM and Ctrl-C: within a second, whatever a job waits for."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGALRM, self._break_off)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)

    def _break_off(self, number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)


class Command(BaseCommand):
    help = "Run the background jobs (mail delivery), until stopped or, with --once, one time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="run every job one time, for cron and tests")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker(JOBS)
        if options["once"]:
            reached = [worker.run_once(job) for job in JOBS]
            raise SystemExit(0 if all(reached) else 1)
        worker.listen()
        log.info("worker started: %s", ", ".join(job.name for job in JOBS))
        worker.run()
        signal.setitimer(signal.ITIMER_REAL, 0)  # the interpreter's own end must not be broken off
        log.info("worker stopped")
