"""Runs the worker's lanes side by side, tells the database that they live, and stops them within a second."""

import logging
import os
import secrets
import signal
import socket
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from types import FrameType

from accounts.actions import working
from config.worker.jobs import Job
from config.worker.lanes import Lane

log = logging.getLogger("worker")

GRACE_SECONDS = 0.5
"""What runs when the signal to stop comes may go on so long; then it is broken off, as a crash would."""
HEART = "heart"
BEAT_SECONDS = 10.0


class Worker:
    """All lanes of one process. Each has its thread and its database connection; so has the heart."""

    def __init__(self, jobs: tuple[Job, ...]) -> None:
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
        names = dict.fromkeys(job.lane for job in jobs)
        self.lanes = [Lane(name, tuple(job for job in jobs if job.lane == name), self.name) for name in names]
        self.heart = Lane(HEART, (Job("heartbeat", BEAT_SECONDS, self.beat, lane=HEART),), self.name)
        self.stopping = Event()
        self.owns_process = False  # else nothing is broken off

    def run(self) -> None:
        """Run until told to stop, or until a lane breaks: its error is raised when every lane has ended."""
        pool = ThreadPoolExecutor(len(self.lanes) + 1, thread_name_prefix="lane")
        running = [pool.submit(lane.run, self.stopping) for lane in [*self.lanes, self.heart]]
        for lane in running:
            lane.add_done_callback(lambda _ended: self.stopping.set())
        self.stopping.wait()
        ended, at_work = wait(running, timeout=GRACE_SECONDS if self.owns_process else None)
        failed = [error for lane in ended if (error := lane.exception()) is not None]
        if at_work:
            self._break_off(failed)
        if failed:
            raise failed[0]

    def once(self) -> bool:
        """Run every job one time, in the order of the lanes; False when one could not do its work."""
        reached = [lane.run_once(job) for lane in self.lanes for job in lane.due]
        return all(reached)

    def beat(self) -> None:
        """Tell when each lane last went round and what it is at, and keep the leases of the jobs that run."""
        working.beat(self.name, [lane.sign_of_life() for lane in self.lanes])
        working.renew(self.name, [job.name for lane in self.lanes if (job := lane.at_work) and job.alone])

    def listen(self) -> None:
        """Stop on SIGTERM and Ctrl-C: within a second, whatever a job waits for. The process is the worker's own."""
        self.owns_process = True
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def _break_off(self, failed: list[BaseException]) -> None:
        """End at once: a thread that waits for another machine cannot be told to stop, and leases cover a crash."""
        for error in failed:
            log.error("a lane broke", exc_info=error)
        os._exit(1 if failed else 0)
