"""``serve``: the whole console on this machine, web server and background worker, until Ctrl-C."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.models import Login, Organisation
from audit.actions.sealing import Halted
from config.answering import CLOSED
from config.cautions import AS_ROOT, NO_TLS, cautions, is_root
from config.children import Child, Server
from config.listening import CannotListen, handed_over, listen_soon
from config.supervisor import Certificate, Supervisor, web_command, worker_command
from config.worker.ledger import notice_restore
from tokens import keys
from tokens.demo import meters
from tokens.reports import registry

DEMO_SIGN_INS = {
    "ada@demo.example": "System Administrator, both token roles",
    "peter.john@demo.example": "General User, no token role yet",
    "olivia@demo.example": "General User, Personal role",
    "vera@demo.example": "View Only",
    "olga@other.example": "System Administrator of the other organisation",
}


class Command(BaseCommand):
    help = "Serve the console: web server and background worker, restarted when they die, ended by Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--migrate", action="store_true", help="bring the database up to date first")
        parser.add_argument("--certificate", default="", help="certificate chain, to serve TLS without a proxy")
        parser.add_argument("--key", default="", help="its key, in PKCS#8")

    def handle(self, *args: Any, **options: Any) -> None:
        environment = settings.ENVIRONMENT
        certificate = self._certificate(options["certificate"], options["key"])
        if environment.is_https and not certificate and not environment.trusted_proxies:
            raise CommandError(NO_TLS)
        try:
            kept = handed_over()
            listening = kept or listen_soon(environment.host, environment.port)
        except CannotListen as reason:
            raise CommandError(str(reason)) from None
        keys.ring()  # made at first start; refused here in one line rather than at the first call
        is_open = self._prepare(migrate=options["migrate"])
        self._announce(is_open=is_open)
        connections.close_all()
        web = web_command(environment.host, environment.port, environment.workers, certificate)
        self.server = Server(
            "web server", web, {} if is_open else {CLOSED: "1"}, listening=listening, keeps_listening=kept is not None
        )
        children = [self.server, Child("background worker", worker_command())]
        Supervisor(children, self._tell, None if is_open else self._open).run()
        self._tell("Stopped.")

    def _prepare(self, *, migrate: bool) -> bool:
        """Whether the database is there. With ``migrate`` it must be."""
        try:
            self._prepare_database(migrate=migrate)
        except OperationalError as error:
            reason = f"The database cannot be opened: {str(error).splitlines()[0]}"
            if migrate:
                raise CommandError(reason) from error
            self._tell(f"{reason}. Everything is answered 503 until it can.")
            return False
        return True

    def _open(self) -> bool:
        """While the web server answers 503 alone: let one that serves take over, once the database is there."""
        try:
            self._prepare_database(migrate=False)
        except OperationalError:
            return False
        finally:
            connections.close_all()
        self._tell("The database is there.")
        self.server.environment.clear()
        self.server.renew(self._tell)
        return True

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _certificate(self, chain: str, key: str) -> Certificate | None:
        if bool(chain) != bool(key):
            raise CommandError("--certificate and --key belong together.")
        return Certificate(chain, key) if chain else None

    def _prepare_database(self, *, migrate: bool) -> None:
        if migrate:
            self._tell("Bringing the database up to date ...")
            call_command("migrate", interactive=False, verbosity=0)
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise CommandError("The database is not up to date: run `manage.py migrate`, or serve with --migrate.")
        self._check_ledger()
        if settings.DEMO and not Organisation.objects.exists():
            self._tell("Making the demo organisations ...")
            call_command("demo")
        elif settings.DEMO:
            meters.publish(timezone.now().date())
        self._check_reports()

    def _check_ledger(self) -> None:
        """Before the first call: what was revoked after a backup was made is not revoked in it."""
        try:
            if notice_restore():
                self._tell("The database is older than what was signed of it. All API tokens are stopped until an")
                self._tell("administrator of their organisation starts them again.")
        except Halted as halted:
            self._tell(f"The ledger is not sealed: {halted}.")

    def _check_reports(self) -> None:
        """A wrong file stops nothing: its report answers 503, and here is why."""
        for file in registry.checked():
            for line in file.lines if file.errors else ():
                self._tell(line)

    def _announce(self, *, is_open: bool) -> None:
        self._tell(f"\nThe console is at {settings.PUBLIC_URL}/ (Ctrl-C ends it).")
        for line in ([AS_ROOT] if is_root() else []) + list(cautions()):
            self._tell(f"Mind: {line}")
        if folder := getattr(settings, "EMAIL_FILE_PATH", None):
            self._tell(f"No EMAIL_URL: mail is written to {folder}.")
        if is_open and settings.DEMO and Login.objects.filter(user_name="ada@demo.example").exists():
            self._tell(f"Demo sign-ins, all with the password {settings.DEMO_PASSWORD}")
            for name, role in DEMO_SIGN_INS.items():
                self._tell(f"  {name:<26}{role}")
        self._tell("")
