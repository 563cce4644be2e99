"""Makes the demonstration organisations in an empty database on this machine."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Organisation
from config.environment import is_loopback, kept_secret
from tokens.actions.daily import count_calls
from tokens.actions.demo import make_demonstration
from tokens.demo import meters


class Command(BaseCommand):
    help = "Make the demonstration organisations in an empty database; everybody there has the same password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes-this-is-a-demo", action="store_true", help="instead of DEMO=1 in the environment")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or options["yes_this_is_a_demo"]):
            raise CommandError("Set DEMO=1, or say --yes-this-is-a-demo: sign-ins with a known password are made.")
        if not is_loopback(settings.PUBLIC_URL):
            raise CommandError("The demonstration is for this machine alone: PUBLIC_URL must be on localhost.")
        if Organisation.objects.exists():
            meters.publish(timezone.now().date())
            self.stdout.write("There are organisations already. Nothing is changed.")
            return
        password = settings.DEMO_PASSWORD or kept_secret(settings.DATA_DIR / "demo-password", 12)
        make_demonstration(password=password, now=timezone.now())
        count_calls()
        meters.publish(timezone.now().date())
        self.stdout.write("The demonstration organisations are made.")
