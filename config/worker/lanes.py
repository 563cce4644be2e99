"""One lane of the worker: a thread that runs its jobs one after the other, each when it is due."""

import logging
import time
from collections import Counter
from threading import Event

from django.db import InterfaceError, OperationalError, connections

from accounts.actions import working
from config.worker.jobs import Job
from config.worker.trouble import Trouble

log = logging.getLogger("worker")

ASKED_AGAIN_SECONDS = 30.0
"""A job that another worker runs, or has just run, is asked for again after so long at most."""

MOST_SECONDS_AFTER_DEFECT = 30.0
"""A job that failed is tried again after so long at the latest, and after its own time where that is longer."""

ROUND_SECONDS = 10.0
"""A lane goes round so often at least, also with nothing due, because that is what tells that it lives."""


class Lane:
    """Runs each job when it is due. A database that cannot be reached makes it wait, a defect that one job; not end."""

    def __init__(self, name: str, jobs: tuple[Job, ...], worker: str) -> None:
        self.name, self.worker = name, worker
        self.due = dict.fromkeys(jobs, 0.0)
        self.went_round_at = time.monotonic()
        self.at_work: Job | None = None
        self.reached = True
        self.troubles: dict[str, str] = {}  # by job; replaced, never changed, because the heart reads it
        self.defects: Counter[str] = Counter()  # by job: how often it failed without doing its work in between

    def run(self, stopping: Event) -> None:
        try:
            while not stopping.is_set():
                for job in [job for job, at in self.due.items() if at <= time.monotonic()]:
                    if stopping.is_set():
                        break
                    self.due[job] = time.monotonic() + self._in_turn(job)
                self.went_round_at = time.monotonic()
                stopping.wait(min(ROUND_SECONDS, max(0.0, min(self.due.values()) - time.monotonic())))
        finally:
            connections.close_all()

    def run_once(self, job: Job) -> bool:
        """Run one job now, whenever it ran before; False when it could not do its work."""
        self._in_turn(job, every=0.0)
        return self.reached and job.name not in self.troubles

    def sign_of_life(self) -> working.LaneSign:
        """What the heart tells of this lane. Asked in another thread: each part is read once."""
        at_work, troubles = self.at_work, self.troubles
        seconds_ago = time.monotonic() - self.went_round_at
        return working.LaneSign(self.name, seconds_ago, at_work.name if at_work else "", "; ".join(troubles.values()))

    def _in_turn(self, job: Job, every: float | None = None) -> float:
        """Run the job, unless it is another worker's turn, and say after how many seconds it is due again.

        An error that is neither the database's absence nor ``Trouble`` is a defect. It is that job's alone: the others
        of the lane go on, and so do sealing and mail.
        """
        self.at_work = job
        try:
            if job.alone and not working.take(job.name, self.worker, job.every if every is None else every):
                return min(job.every, ASKED_AGAIN_SECONDS)
            self._tell(job, self._outcome(job))
            if job.alone:
                working.release(job.name, self.worker)
        except (OperationalError, InterfaceError) as error:
            self._lost(job, error)
        except Exception as error:  # noqa: BLE001  # whatever it is, the worker's other jobs have no part in it
            return self._failed(job, error)
        finally:
            self.at_work = None
        return job.every

    def _outcome(self, job: Job) -> object:
        try:
            outcome = job.run()
        except Trouble as trouble:
            if self._is_news(job, str(trouble)):
                log.error("%s: %s", job.name, trouble)  # noqa: TRY400 - the words say it all
            return None
        del self.defects[job.name]
        if job.name in self.troubles:
            self.troubles = {name: words for name, words in self.troubles.items() if name != job.name}
            log.info("%s: works again", job.name)
        return outcome

    def _is_news(self, job: Job, trouble: str) -> bool:
        """Keep what troubles the job; False when it is what troubled it before, which is said once."""
        before = self.troubles.get(job.name)
        self.troubles = {**self.troubles, job.name: trouble}
        return before != trouble

    def _failed(self, job: Job, error: Exception) -> float:
        """Say what is wrong, once, and give the job up for a while, for longer each time."""
        words = f"{job.name} has a defect ({type(error).__name__}); the worker's log says where"
        if self._is_news(job, words):
            log.error("%s failed, and is tried again now and then", job.name, exc_info=error)
        self.defects[job.name] += 1
        connections.close_all()  # a transaction may be open
        return max(job.every, min(job.every * 2.0 ** self.defects[job.name], MOST_SECONDS_AFTER_DEFECT))

    def _tell(self, job: Job, outcome: object) -> None:
        if outcome:
            log.info("%s: %s", job.name, outcome)
        if not self.reached:
            self.reached = True
            log.info("%s: the database is back", job.name)

    def _lost(self, job: Job, error: Exception) -> None:
        """Say it once, not every second; the next turn begins on a new connection."""
        if self.reached:
            log.warning("%s: the database cannot be reached: %s", job.name, str(error).partition("\n")[0])
        self.reached = False
        connections.close_all()
