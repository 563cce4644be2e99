"""Lists the keys that sign and verify JWTs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.management.readiness import require_migrations
from tokens.leak_search import headers
from tokens.signing_keys import SigningKey, mobile_sessions_of, signing_keys, valid_tokens_of


class Command(BaseCommand):
    help = "List the keys of JWTs: which signs, since when, and how many valid JWTs each may have signed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--beginnings",
            action="store_true",
            help="list what the JWTs of each key begin with, for scanners of secrets",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrations()
        if options["beginnings"]:
            self.stdout.write(b"\n".join(headers()).decode())
            return
        keys = signing_keys()
        for key in keys:
            self.stdout.write(_line(key))
        if any(key.signs and key.is_old for key in keys):
            self.stdout.write("The key that signs is older than a year: manage.py rotate_signing_key makes a new one.")


def _line(key: SigningKey) -> str:
    use = "signs" if key.signs else "will sign" if key.waits else "verifies"
    tokens, sessions = valid_tokens_of(key).count(), mobile_sessions_of(key).count()
    return (
        f"{key.key.kid}  {key.key.algorithm}  from {key.made_at:%Y-%m-%d %H:%M} UTC  {use}  "
        f"{tokens} tokens, {sessions} mobile sessions"
    )
