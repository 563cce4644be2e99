"""Lets an organisation's people sign in at their identity provider, by OpenID Connect."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actions.identity_providers import ProviderDraft, remove_identity_provider, set_identity_provider
from accounts.exceptions import Refused
from accounts.management.operator import operator
from accounts.management.organisations import organisation_named
from accounts.models import IdentityProvider, IdentityTie, Login, Organisation
from accounts.sign_on.endpoints import discover
from accounts.sign_on.flow import redirect_uri
from accounts.sign_on.troubles import Trouble

LONGEST_FILE = 8192
OPEN_TO_OTHERS = 0o037  # to reading, and to writing by a group; Kubernetes lets a group read


class Command(BaseCommand):
    help = "Set, show or remove the OpenID provider of an organisation. See docs/single-sign-on.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", help="name or tenant id")
        parser.add_argument("--issuer", help="as the provider's discovery document names it, https")
        parser.add_argument("--client-id", help="as the provider gave it")
        parser.add_argument("--client-secret-file", help="a file that holds the client secret alone, or - to read it")
        parser.add_argument("--name", default="", help='what people call it, such as "Company sign-in"')
        parser.add_argument(
            "--verified-mail-only",
            action="store_true",
            help="at the first sign-in take a verified mail address alone, not the provider's user name",
        )
        parser.add_argument("--unasked", action="store_true", help="do not ask the provider whether it is there")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--show", action="store_true", help="say what is set; changes nothing")
        what.add_argument("--remove", action="store_true", help="end single sign-on and the sessions begun with it")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = organisation_named(options["organisation"])
        if options["show"]:
            self.show(organisation)
        elif options["remove"]:
            removed = remove_identity_provider(organisation=organisation, by=operator())
            words = "{} has no single sign-on from now on." if removed else "{} had none. Nothing is changed."
            self.stdout.write(words.format(organisation))
        else:
            self.set(organisation, options)

    def set(self, organisation: Organisation, options: dict[str, Any]) -> None:
        if not options["issuer"] or not options["client_id"]:
            raise CommandError("Give --issuer and --client-id, or --show, or --remove.")
        draft = ProviderDraft(
            name=" ".join(options["name"].split()) or f"{organisation.name}"[:100],
            issuer=options["issuer"],
            client_id=options["client_id"],
            secret=secret_in(options["client_secret_file"]),
            mail_only=options["verified_mail_only"],
        )
        if not options["unasked"]:
            ask(draft.issuer)
        try:
            set_identity_provider(organisation=organisation, draft=draft, by=operator())
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"SSO logins of {organisation} sign in at {draft.name} ({draft.issuer}) from now on.")
        self.stdout.write(f"Register this redirect URI there, exactly: {redirect_uri()}")

    def show(self, organisation: Organisation) -> None:
        provider = IdentityProvider.objects.filter(organisation=organisation).first()
        if provider is None:
            self.stdout.write(f"{organisation} has no identity provider.")
            return
        logins = Login.objects.filter(organisation=organisation, is_sso=True).count()
        for name, value in (
            ("Name", provider.name),
            ("Issuer", provider.issuer),
            ("Client id", provider.client_id),
            ("Client secret", "set" if provider.sealed_secret else "none"),
            ("First sign-in by", "verified mail address" if provider.mail_only else "verified mail or user name"),
            ("Redirect URI", redirect_uri()),
            ("SSO logins", f"{logins}, {IdentityTie.objects.filter(provider=provider).count()} of them tied"),
        ):
            self.stdout.write(f"{name}: {value}")


def secret_in(path: str | None) -> str:
    """Never an argument: other users of the machine see those."""
    if not path:
        return ""
    try:
        text = sys.stdin.read(LONGEST_FILE) if path == "-" else closed_file(Path(path))
    except (OSError, UnicodeError) as error:
        raise CommandError(f"The client secret cannot be read: {error}.") from None
    if not text.strip():
        raise CommandError("The file of the client secret is empty.")
    return text.strip()


def closed_file(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        if os.fstat(file.fileno()).st_mode & OPEN_TO_OTHERS:
            raise CommandError(f"Others may read or change {path}; close it to them (chmod 600).")
        return file.read(LONGEST_FILE)


def ask(issuer: str) -> None:
    try:
        discover(issuer)
    except Trouble as trouble:
        about = f" ({trouble.about})" if trouble.about else ""
        raise CommandError(f"{issuer}: {trouble.message}{about} Nothing is changed.") from None
