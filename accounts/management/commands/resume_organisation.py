"""Lets a suspended organisation go on: its sign-ins and tokens work again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.actions.organisations import resume_organisation
from accounts.management.operator import operator
from accounts.management.organisations import organisation_named


class Command(BaseCommand):
    help = "Resume a suspended organisation, by name or tenant id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", help="name or tenant id")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = organisation_named(options["organisation"])
        changed = resume_organisation(organisation=organisation, by=operator())
        self.stdout.write(
            f"{organisation} goes on. Its sign-ins and tokens work again."
            if changed
            else f"{organisation} was not suspended. Nothing is changed."
        )
