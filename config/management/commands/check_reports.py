"""Checks the SQL files of reports, each against the database for no row; ``serve`` does the same at its start."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tokens.reports.registry import checked


class Command(BaseCommand):
    help = "Check the SQL files of REPORTS_DIR: one line for each that is in order, every error of each that is not."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        files = checked()
        if not files:
            self.stdout.write(f"There are no *.sql files in {settings.REPORTS_DIR}.")
        for one in files:
            for line in one.lines:
                self.stdout.write(line)
        if wrong := [one for one in files if one.errors]:
            raise CommandError(f"{len(wrong)} of {len(files)} files have errors.")
