"""Lets programs of an organisation give user name and password in place of an access token, or no longer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.actions.organisations import set_basic
from accounts.management.operator import operator
from accounts.management.organisations import organisation_named

SAFER = "Access tokens are safer: take them where you can."
WORDS = {
    (True, True): f"{{}} allows user name and password on report addresses. {SAFER}",
    (True, False): "{} allowed user name and password already. Nothing is changed.",
    (False, True): "{} takes access tokens alone from now on.",
    (False, False): "{} took access tokens alone already. Nothing is changed.",
}


class Command(BaseCommand):
    help = "Allow Basic authentication with user name and password on report addresses; --off ends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", help="name or tenant id")
        parser.add_argument("--off", action="store_true", help="take access tokens alone, as at first")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation, allowed = organisation_named(options["organisation"]), not options["off"]
        changed = set_basic(organisation=organisation, allowed=allowed, by=operator())
        self.stdout.write(WORDS[allowed, changed].format(organisation))
