"""Copies what a console needs to be put up again elsewhere: its database, as it is at one moment, and its keys."""

import os
import shutil
import sqlite3
from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from audit.seals import keys

DATABASE = "console.sqlite3"
SECRETS = ("secret-key", "issuer", "signing-keys", f"ledger/{keys.FILE}")
"""Of ``DATA_DIR``. The last signed checkpoint is not among them: it has to stay where no backup brings it back."""


class Command(BaseCommand):
    help = (
        "Copy the database, while the console runs, and the keys into a new folder (docs/backup.md). On PostgreSQL "
        "the keys alone: pg_dump or pg_basebackup copies the database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="made by this; must not be there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            folder.mkdir(mode=0o700)
            self._copy(folder)
        except (OSError, sqlite3.Error) as error:
            raise CommandError(f"The backup is not whole: {error}") from None
        self.stdout.write(f"Not in it, on purpose: {settings.LEDGER_DIR}/newest. Keep it apart; never set it back.")

    def _copy(self, folder: Path) -> None:
        if connection.vendor == "sqlite":
            _copy_sqlite(folder / DATABASE)
            self.stdout.write(f"{folder / DATABASE}: the database")
        else:
            self.stdout.write("The database is copied by pg_dump or pg_basebackup.")
        for name in SECRETS:
            source, target = Path(settings.DATA_DIR) / name, folder / name
            if source.is_dir():
                target.mkdir(mode=0o700)
                for path in sorted(source.iterdir()):
                    shutil.copy2(path, target / path.name)
            elif source.exists():
                target.parent.mkdir(mode=0o700, exist_ok=True)
                shutil.copy2(source, target)
            else:
                continue
            self.stdout.write(f"{target}: kept closed: whoever has the keys can sign as this console")
        os.sync()


def _copy_sqlite(target: Path) -> None:
    """By SQLite itself, which copies what is committed at one moment, whoever writes meanwhile; then looked through."""
    connection.ensure_connection()
    target.touch(mode=0o600)
    with closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        (found,) = copy.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found)
