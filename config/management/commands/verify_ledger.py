"""Verifies the whole ledger and says what it found: in words, or as JSON for programs."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError

from audit.seals.notes import NoCheckpoint
from audit.seals.tree import NotProved
from audit.verification import Report, verify

PROVED, BROKEN, NOT_VERIFIED = 0, 1, 2


class Command(BaseCommand):
    help = (
        "Recompute the ledger: entries, sealed bytes, tree, checkpoints, and what is kept outside the database. "
        "Ends with 0 when it is proved, 1 when it is broken, 2 when it could not be verified."
    )
    requires_system_checks = ()  # a verification says what is wrong by its own exit codes

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="write the result as JSON")
        parser.add_argument("--from", dest="start", type=int, default=0, metavar="N", help="begin at this number")
        parser.add_argument("--key", default="", metavar="VERIFIER", help="the verifier's line, as it was noted down")
        parser.add_argument(
            "--against", type=Path, action="append", default=[], metavar="FILE", help="checkpoints kept elsewhere"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = verify(
                start=max(0, options["start"]),
                key=options["key"],
                against=options["against"],
                progress=self._show if options["verbosity"] > 1 else None,
            )
        except (DatabaseError, OSError, ImproperlyConfigured, NoCheckpoint, NotProved) as error:
            self._say_why_not(error, as_json=options["json"])
            sys.exit(NOT_VERIFIED)
        if options["json"]:
            self.stdout.write(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2).decode())
        else:
            self._say(report)
        if not report.is_proved:
            sys.exit(BROKEN)

    def _show(self, done: int, total: int) -> None:
        self.stderr.write(f"{done:,} of {total:,}")

    def _say_why_not(self, error: Exception, *, as_json: bool) -> None:
        why = f"{type(error).__name__}: {error}".strip()
        if as_json:
            self.stdout.write(orjson.dumps({"proved": None, "error": why}).decode())
        self.stderr.write(f"The ledger could not be verified. {why}")

    def _say(self, report: Report) -> None:
        first = report.first
        if first:
            self.stdout.write(self.style.ERROR("BROKEN. The ledger is not what was sealed."))
            if first.sequence is not None:
                self.stdout.write(f"The first number concerned is {first.sequence}.")
        else:
            self.stdout.write(self.style.SUCCESS("Proved. The ledger is what was sealed."))
        for finding in report.broken:
            self.stdout.write(f"  - {finding.words}")
        for left, what in (
            (report.broken_in_all - len(report.broken), "findings"),
            (report.warnings_in_all - len(report.warnings), "warnings"),
        ):
            if left:
                self.stdout.write(f"  - and {left:,} more {what}")
        for finding in report.warnings:
            self.stdout.write(f"  Warning: {finding.words}")
        rate = report.entries / report.seconds if report.seconds else 0.0
        self.stdout.write(
            f"{report.entries:,} entries, {report.checkpoints:,} checkpoints, {report.redacted:,} without personal "
            f"details, {report.waiting:,} waiting for their seal; {report.seconds:.1f} s, {rate:,.0f} entries/s."
        )
        self.stdout.write(f"Key: {report.verifier or 'none yet'}")
