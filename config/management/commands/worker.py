"""``worker``: runs the background jobs until it is told to stop."""

import logging
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.parent import end_with_supervisor
from config.worker.jobs import JOBS
from config.worker.running import Worker

log = logging.getLogger("worker")


class Command(BaseCommand):
    help = "Run the background jobs (sealing, mail, imports, clean-up), until stopped or, with --once, one time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="run every job one time, for cron and tests")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker(JOBS)
        if options["once"]:
            raise SystemExit(0 if worker.once() else 1)
        worker.listen()
        end_with_supervisor(worker.stopping.set)
        log.info("worker started: %s", ", ".join(job.name for job in JOBS))
        worker.run()
        log.info("worker stopped")
