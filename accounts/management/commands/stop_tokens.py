"""Stops every API token of an organisation, from the next call on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.actions.token_stop import stop_tokens
from accounts.management.operator import operator
from accounts.management.organisations import organisation_named


class Command(BaseCommand):
    help = "Stop every API token and mobile session of an organisation, by name or tenant id, until they are started."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", help="name or tenant id")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = organisation_named(options["organisation"])
        changed = stop_tokens(organisation=organisation, reason="operator", by=operator())
        self.stdout.write(
            f"All tokens of {organisation} are stopped. Every call with one is refused from now on."
            if changed
            else f"The tokens of {organisation} were stopped already. Nothing is changed."
        )
