"""Lets a ledger that is not sealed any more grow again: who decided that, and why, goes on record."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actions.restoring import accept_ledger
from accounts.management.operator import operator
from accounts.management.readiness import require_migrations
from audit.actions.sealing import Halted
from config.worker.ledger import notice_restore


class Command(BaseCommand):
    help = (
        "Begin a new generation of the ledger after a halt (another root than was signed, another key, an unreadable "
        "checkpoint outside). All API tokens are stopped until an administrator of their organisation starts them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", required=True, help="why it is accepted: it goes on record")
        parser.add_argument(
            "--keep-tokens", action="store_true", help="leave the tokens as they are: nothing of the database is older"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrations()
        if not options["reason"].strip():
            raise CommandError("Say why: --reason must not be empty.")
        if self._was_older():
            self.stdout.write("An older backup needs no word: a new generation is begun, all API tokens are stopped.")
            return
        try:
            wrong = accept_ledger(reason=options["reason"].strip(), keep_tokens=options["keep_tokens"], by=operator())
        except Halted as halted:
            raise CommandError(f"{halted}") from None
        if not wrong:
            self.stdout.write("The ledger grows from what was signed. Nothing is changed.")
            return
        self.stdout.write(f"Accepted: {wrong}.")
        self.stdout.write(
            "The tokens are as they were."
            if options["keep_tokens"]
            else "All API tokens are stopped until an administrator of their organisation starts them again."
        )

    def _was_older(self) -> bool:
        try:
            return notice_restore()
        except Halted:
            return False
