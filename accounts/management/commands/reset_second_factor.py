"""Removes the second factors of a login: for a System Administrator who lost them and whom no other can help."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actions.factors import reset_factors
from accounts.exceptions import Refused
from accounts.management.operator import operator
from accounts.models import Login


class Command(BaseCommand):
    help = "Remove all second factors of a login, by user name. Its owner is told by mail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user_name", help="user name of the login")

    def handle(self, *args: Any, **options: Any) -> None:
        login = Login.objects.named(options["user_name"])
        if login is None:
            raise CommandError(f"There is no login {options['user_name']}.")
        try:
            reset_factors(login=login, by=operator())
        except Refused as refusal:
            raise CommandError(f"{login}: {refusal.message}.") from None
        self.stdout.write(f"{login} has no second factor any more. It signs in with its password alone.")
