"""Stops an organisation: no sign-in and no token of it works from the next request on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.actions.organisations import suspend_organisation
from accounts.management.operator import operator
from accounts.management.organisations import organisation_named


class Command(BaseCommand):
    help = "Suspend an organisation, by name or tenant id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", help="name or tenant id")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = organisation_named(options["organisation"])
        changed = suspend_organisation(organisation=organisation, by=operator())
        self.stdout.write(
            f"{organisation} is suspended. No sign-in and no token of it works from now on."
            if changed
            else f"{organisation} was suspended already. Nothing is changed."
        )
