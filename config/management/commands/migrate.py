"""``migrate``: Django's own, by the owner of the tables where ``DATABASE_OWNER_URL`` names one, without a deadline.

One process migrates at a time, another waits; after one that was killed anywhere the next one goes on.
"""

import copy
import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from psycopg.errors import LockNotAvailable

from config import guards

TURN = 0x316A7E
"""The advisory lock of whoever migrates, on PostgreSQL."""
ASK_EVERY_SECONDS = 0.2


class Executor(MigrationExecutor):
    """Changes the tables and notes it in one transaction. Django notes it after; killed between the two, a database
    could neither go on, because its tables are there, nor back, because nothing says so.
    """

    def apply_migration(self, state: Any, migration: Migration, *args: Any, **options: Any) -> Any:
        with self._in_one(migration):
            return super().apply_migration(state, migration, *args, **options)

    def unapply_migration(self, state: Any, migration: Migration, *args: Any, **options: Any) -> Any:
        with self._in_one(migration):
            return super().unapply_migration(state, migration, *args, **options)

    @contextmanager
    def _in_one(self, migration: Migration) -> Iterator[None]:
        if not migration.atomic:
            yield
            return
        # SQLite turns the checks off and on again between transactions only; the schema's editor looks for itself.
        with self.connection.constraint_checks_disabled(), transaction.atomic(self.connection.alias):
            yield


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        migrate.MigrationExecutor = Executor  # type: ignore[attr-defined]  # Django's command has no hook for it
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            with _alone_on_sqlite():
                super().handle(*args, **options)
            return
        usual = copy.deepcopy(connection.settings_dict)
        connection.close()
        connection.settings_dict.update(settings.DATABASE_OWNER or {})
        connection.settings_dict["OPTIONS"]["deadline"] = None
        try:
            _wait_for_turn(connection)  # until the connection is closed
            super().handle(*args, **options)
            if settings.DATABASE_OWNER:
                guards.grant(connection, usual["USER"])
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            raise CommandError("Somebody else holds a table for too long. Run it again: it goes on.") from error
        finally:
            connection.close()
            connection.settings_dict.update(usual)


def _wait_for_turn(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [TURN])
            if cursor.fetchone()[0]:
                return
            time.sleep(ASK_EVERY_SECONDS)


@contextmanager
def _alone_on_sqlite() -> Iterator[None]:
    """The kernel lets the file go with the process that held it."""
    with (Path(settings.DATA_DIR) / "migrating").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
