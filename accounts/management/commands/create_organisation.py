"""Makes an organisation with its first System Administrator and prints the link that sets the first password."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.actions.organisations import Administrator, create_administrator, create_organisation
from accounts.actions.sign_in import activation_link
from accounts.exceptions import Refused
from accounts.management.operator import operator
from accounts.management.readiness import require_migrations
from accounts.models import Login, Organisation


class Command(BaseCommand):
    help = "Make an organisation and its first System Administrator; prints a 48-hour activation link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the organisation's name")
        parser.add_argument("--admin", required=True, metavar="MAIL", help="mail address, also the user name")
        parser.add_argument("--admin-name", default="", metavar="NAME", help='such as "Ada Byron"')

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrations()
        name, email = " ".join(options["name"].split()), options["admin"].strip()
        existing = Organisation.objects.filter(name=name).first()
        try:
            login = waiting_login(existing, email) if existing else new_login(name, email, options["admin_name"])
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        if existing is None:
            self.stdout.write(f"Organisation {login.organisation} is made. Its tenant id is {login.organisation_id}.")
        self.stdout.write(f"{login.user_name} sets the first password here, within 48 hours and once:")
        self.stdout.write(activation_link(login))


@transaction.atomic
def new_login(name: str, email: str, full_name: str) -> Login:
    first, _blank, last = (full_name.strip() or email.partition("@")[0].replace(".", " ").title()).partition(" ")
    by = operator()
    organisation = create_organisation(name=name, by=by)
    return create_administrator(organisation=organisation, person=Administrator(email, first, last.strip()), by=by)


def waiting_login(organisation: Organisation, email: str) -> Login:
    """The administrator of a repeated command. Raises ``CommandError`` unless a new link is all that is asked for."""
    login: Login | None = (
        Login.objects.system_administrators()
        .filter(organisation=organisation, user_name__iexact=email)
        .select_related("organisation")
        .first()
    )
    if login is None:
        raise CommandError(f"Organisation {organisation} exists already, and {email} is no System Administrator of it.")
    if login.has_usable_password():
        raise CommandError(f"Organisation {organisation} exists already, and {email} has set a password.")
    return login
