"""The worker's sealing lane alone, as a program of one thread, so that what sealing costs can be read from its CPU."""

import signal
from threading import Event

import django


def main() -> None:
    django.setup()
    from config.worker.jobs import JOBS
    from config.worker.lanes import Lane

    stopping = Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.set())
    Lane("sealing", tuple(job for job in JOBS if job.lane == "sealing"), "bench").run(stopping)


if __name__ == "__main__":
    main()
