"""Makes a new key that signs JWTs, or takes an old one out of use."""

import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.exceptions import Refused
from accounts.management.operator import operator
from accounts.management.readiness import require_migrations
from tokens.actions.signing_keys import retirable, retire_signing_key, rotate_signing_key
from tokens.signing_keys import SigningKey, mobile_sessions_of, valid_tokens_of

NAMED = 20
MINUTES_MOST = 7 * 24 * 60


class Command(BaseCommand):
    help = (
        "Make a new signing key: new JWTs are signed with it within a second, without a restart, and those of older "
        "keys go on working. With --retire an older key is taken out of use, and every JWT that it signed ends."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--retire", metavar="KID", help="take this key out of use (manage.py keys lists them)")
        parser.add_argument(
            "--in-minutes",
            type=int,
            default=0,
            choices=range(MINUTES_MOST + 1),
            metavar="N",
            help="let the new key sign only in N minutes, so that its file can be brought to other machines before",
        )
        parser.add_argument("--yes", action="store_true", help="do not ask before a key is taken out of use")

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrations()
        if options["retire"]:
            self._retire(options["retire"], asks=not options["yes"])
            return
        minutes = options["in_minutes"]
        kid = rotate_signing_key(after=timedelta(minutes=minutes), by=operator())
        when = f"In {minutes} minutes new JWTs are" if minutes else "New JWTs are"
        self.stdout.write(f"{when} signed with the key {kid}. Those of older keys go on working.")
        if minutes:
            self.stdout.write("Until then copy its file to DATA_DIR/signing-keys of every other machine (mode 0600).")
        self.stdout.write("Keep a backup of DATA_DIR/signing-keys: without its key no JWT is ever accepted again.")

    def _retire(self, kid: str, *, asks: bool) -> None:
        try:
            self._tell(retirable(kid))
            if asks:
                self._ask(kid)
            ended = retire_signing_key(kid=kid, by=operator())
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(
            f"The key {kid} is out of use: {ended.tokens} tokens and {ended.mobile_sessions} mobile sessions ended."
        )

    def _tell(self, key: SigningKey) -> None:
        """What ends with the key, by name, before anything is done."""
        tokens = valid_tokens_of(key).select_related("owner").order_by("owner__user_name", "name")
        count = tokens.count()
        self.stdout.write(f"With the key {key.key.kid} of {key.made_at:%d %B %Y} these end at once, for good:")
        for token in tokens[:NAMED]:
            self.stdout.write(f"  {token.name} of {token.owner.user_name} ({token.public_id})")
        if count > NAMED:
            self.stdout.write(f"  and {count - NAMED} more")
        self.stdout.write(f"{count} tokens with a valid JWT, {mobile_sessions_of(key).count()} mobile sessions.")
        self.stdout.write("The owner of each token has to generate a new JWT. Mobile devices have to sign in again.")

    def _ask(self, kid: str) -> None:
        if not sys.stdin.isatty():
            raise CommandError("Nothing is changed. Give --yes where nobody can be asked.")
        if input(f"Type {kid} to take it out of use: ").strip() != kid:
            raise CommandError("Nothing is changed.")
