"""Lets the API tokens of an organisation work again, each as far as it is still valid."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.actions.token_stop import start_tokens
from accounts.management.operator import operator
from accounts.management.organisations import organisation_named


class Command(BaseCommand):
    help = "Let the API tokens of an organisation work again, by name or tenant id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", help="name or tenant id")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = organisation_named(options["organisation"])
        changed = start_tokens(organisation=organisation, by=operator())
        self.stdout.write(
            f"The tokens of {organisation} work again, each as far as it is still valid."
            if changed
            else f"The tokens of {organisation} were not stopped. Nothing is changed."
        )
